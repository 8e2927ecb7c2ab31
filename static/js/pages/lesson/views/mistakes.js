/** What is often thought of the matter, and what is so: at the end of a lesson. */

import { html, render } from '../../../core/template.js';
import { t } from '../../../language/messages.js';

/** @param {readonly {claim: string, answer: string}[]} all */
export const mistakesList = (all) => html`<h2 class="section-title">${t('Common mistakes')}</h2>
  <dl class="mistakes">${all.map(
    ({ claim, answer }) => html`<div class="mistake"><dt>${claim}</dt><dd>${answer}</dd></div>`,
  )}</dl>`;

/** @param {HTMLElement} root @param {readonly {claim: string, answer: string}[]} all */
export function mistakesView(root, all) {
  render(mistakesList(all), root);
  return {
    /** @param {boolean} shown */
    update(shown) {
      root.hidden = !shown;
    },
  };
}
