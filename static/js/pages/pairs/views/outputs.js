// What the model says of both texts, side by side. Absent where it says nothing.

import { classes, html, render } from '../../../core/template.js';
import { saidLines } from '../../../figures/pair.js';
import { t } from '../../../language/messages.js';

const SAME = html`<p class="pairs-vectors">${t('The same of both: each word its tag and its parent.')}</p>`;

const row = ({ word, what, before, after }) =>
  html`<tr class=${classes(before.split(' ')[0] !== after.split(' ')[0] && 'is-changed')}><th
    scope="row">${word}</th>${[what, before, after].map((text) => html`<td>${text}</td>`)}</tr>`;

const table = (lines) => html`<table class="pairs-said-table" aria-labelledby="said-title">
  <thead><tr><th scope="col">${t('Word')}</th><td></td><th scope="col">${t('First text')}</th><th
    scope="col">${t('Second text')}</th></tr></thead>
  <tbody>${lines.map(row)}</tbody></table>`;

/** @param {HTMLElement} root */
export function pairOutputsView(root) {
  return {
    /** @param {any} answer of POST /pairs */
    update(answer) {
      root.hidden = !answer.outputs;
      if (!answer.outputs) return;
      const lines = saidLines(answer);
      render(
        html`<h2 class="section-title"
          id="said-title">${t('What the model says')}</h2>${lines.length ? table(lines) : SAME}`,
        root,
      );
    },
  };
}
