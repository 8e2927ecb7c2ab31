// What the model says of the text before the edits and after them. Absent where it says nothing.

import { build, classes, html, render, when } from '../../../core/template.js';
import { tokenName, weightText } from '../../../figures/axis.js';
import * as figure from '../../../figures/predictions.js';
import { t } from '../../../language/messages.js';
import { disclosure, headings, tableFrame } from '../../../parts/tables.js';

const KL = t(
  'KL: how far what it says after is from what it said before, over all classes, in nats; ∞ where something has become impossible or a row is no distribution any more.',
);

/** @param {HTMLElement} root */
export function predictionsView(root) {
  const all = disclosure();
  const content = build(html`<div class="said-parts"></div>`);
  root.replaceChildren(
    build(
      html`<h3 class="panel-title">${t('What the model says')}<span
        class="panel-about">${t('before the edits, and after them')}</span></h3>`,
    ),
    content,
    build(html`<p class="figure-note">${KL}</p>`),
    all.element,
  );
  root.hidden = true;

  return {
    /** @param {any} answer of /what-if */
    update({ predictions = [], target_tokens, tokens }) {
      root.hidden = predictions.length === 0;
      if (root.hidden) return;
      const { pieces, rows, rest } = figure.predictionParts(predictions);
      const table = (name, of) => wordsTable(name, of, target_tokens ?? tokens);
      render(
        html`<div class="said-pieces">${pieces.map((one) => pieceTable(one, target_tokens ?? tokens))}</div>
          <div class="said-words">${when(rows.length, () => table(t('Words whose prediction changes most'), rows))}
            ${when(
              rest > 0,
              () => html`<p
              class="figure-note">${t('{rest} more change less; the table holds all.', { rest })}</p>`,
            )}</div>`,
        content,
      );
      const name = t('Table: all predictions');
      all.update(name, () =>
        tableFrame(name, table(t('All predictions, before and after'), predictions)),
      );
    },
  };
}

/** A gap, or the end of the text: its candidates, each with its share before and after. */
function pieceTable(prediction, tokens) {
  const where = prediction.said === 'next' ? t('After') : t('At');
  const bar = (name, share) =>
    html`<span class=${`said-bar is-${name}`} style="--share: ${share}"></span>`;
  const row = (candidate) => html`<tr>
    <th scope="row"><bdi>${figure.candidateText(prediction, candidate, tokens)}</bdi></th>
    <td class="said-number">${candidate.before.toFixed(3)}</td>
    <td class="said-number">${candidate.after.toFixed(3)}</td>
    <td class="said-room"
      aria-hidden="true">${bar('before', candidate.before)}${bar('after', candidate.after)}</td></tr>`;
  return html`<table class="said-piece">
    <caption>${t('{where} {tokens} · KL {prediction}', { where, tokens: tokenName(tokens, prediction.position), prediction: figure.klText(prediction) })}</caption>
    <thead><tr><th scope="col"><span class="visually-hidden">${t('piece')}</span></th><th
      scope="col">${t('before')}</th><th
      scope="col">${t('after')}</th></tr></thead>
    <tbody>${prediction.candidates.slice(0, 8).map(row)}</tbody></table>`;
}

function wordsTable(name, predictions, tokens) {
  const first = (prediction, when) => {
    const best = figure.top(prediction, when);
    return `${figure.candidateText(prediction, best, tokens)} ${weightText(best[when])}`;
  };
  const row = (prediction) => {
    const lost = figure.isLost(prediction);
    const same = !lost && !figure.isChanged(prediction);
    const after = () =>
      same ? weightText(figure.top(prediction, 'after').after) : first(prediction, 'after');
    return html`<tr class=${classes(!same && 'is-changed')}>
      <th scope="row">${tokenName(tokens, prediction.position)}</th><td>${figure.aboutText(prediction)}</td>
      <td>${first(prediction, 'before')}</td><td>${lost ? t('nothing') : after()}</td>
      <td class="said-number">${figure.klText(prediction)}</td></tr>`;
  };
  return html`<table class="data-table said-table"><caption
    class="visually-hidden">${name}</caption>
    <thead>${headings([t('Word'), t('Says'), t('Before'), t('After'), 'KL'])}</thead>
    <tbody>${predictions.map(row)}</tbody></table>`;
}
