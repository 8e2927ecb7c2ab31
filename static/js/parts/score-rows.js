/** Scores that can be dragged, and the weights that a softmax makes of them: a row a key. */

import { classes, html, live, nothing, when } from '../core/template.js';
import { numberText, shareText } from '../figures/axis.js';
import { t } from '../language/messages.js';

/**
 * @param {object} rows
 * @param {string} rows.name
 * @param {readonly string[]} rows.keys what each is called
 * @param {readonly number[]} rows.scores @param {readonly number[]} rows.weights
 * @param {{min: number, max: number}} rows.range of the scores
 * @param {number} [rows.chosen] the key that is spoken of
 * @param {readonly (number|null)[]} [rows.claims] a weight that somebody stated, marked on its bar
 * @param {((key: number, score: number) => void)|null} [rows.onScore] null: they are not to be dragged
 * @param {((key: number) => void)|null} [rows.onChoose]
 */
export function scoreRows({
  name,
  keys,
  scores,
  weights,
  range,
  chosen = -1,
  claims = [],
  onScore = null,
  onChoose = null,
}) {
  const slider = (key, n) => html`<input type="range" min=${range.min} max=${range.max} step="0.01"
    aria-label=${t('Score of {key}', { key })} .value=${live(String(scores[n]))}
    aria-valuetext=${numberText(scores[n], 3)}
    @input=${({ target }) => onScore(n, Number(target.value))}>`;
  const title = (key, n) =>
    onChoose
      ? html`<button type="button" class="text-button score-key" aria-pressed=${n === chosen}
          @click=${() => onChoose(n)}>${key}</button>`
      : html`<span class="score-key">${key}</span>`;
  const claim = (n) =>
    when(
      typeof claims[n] === 'number',
      () => html`<i class="score-claim" style="left: ${100 * claims[n]}%"
        title=${t('stated: {share}', { share: shareText(claims[n]) })}></i>`,
    );
  const row = (key, n) => html`<li class=${classes('score-row', n === chosen && 'is-chosen')}>
    ${title(key, n)}
    <span class="score-slider">${onScore ? slider(key, n) : nothing}</span>
    <span class="score-number">${numberText(scores[n], 3)}</span>
    <span class="score-bar"><b style="width: ${100 * weights[n]}%"></b>${claim(n)}</span>
    <span class="score-number score-weight">${numberText(weights[n], 3)}</span></li>`;
  return html`<ol class=${classes('score-rows', onScore && 'is-dragged')} aria-label=${name}>
    <li class="score-row score-head" aria-hidden="true"><span></span><span class="score-slider"></span><span
      class="score-number">${t('score')}</span><span class="score-bar-head">${t('weight')}</span><span></span></li>
    ${keys.map(row)}</ol>`;
}
