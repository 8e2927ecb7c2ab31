/** A question before the answer: what do you expect? Then what came out. */

import { classes, html, when } from '../../../core/template.js';
import { t } from '../../../language/messages.js';

/**
 * @param {import('../lessons.js').Prediction} predict
 * @param {number|null} given the option that was chosen
 * @param {import('../lessons.js').Seen} seen
 * @param {(option: number) => void} onChoose
 */
export function prediction({ question, options, right, because }, given, seen, onChoose) {
  const option = (text, n) => html`<li><button type="button"
    class=${classes('button', 'predict-option', given !== null && n === right && 'is-right', given === n && n !== right && 'is-wrong')}
    aria-pressed=${given === n} @click=${() => onChoose(n)}>${text}</button></li>`;
  const verdict = () =>
    given === right ? t('That is what came out.') : t('It came out otherwise.');
  return html`<section class="predict" aria-label=${t('What do you expect?')}>
    <p class="predict-question">${question}</p>
    <ul class="predict-options">${options.map(option)}</ul>
    <div class="predict-answer" role="status">${when(
      given !== null,
      () => html`<p><b>${verdict()}</b> ${because(seen)}</p>`,
    )}</div></section>`;
}
