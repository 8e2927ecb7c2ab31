/** A question before the answer: what do you expect? Then what came out. */

import { classes, html, when } from '../../../core/template.js';
import { t } from '../../../language/messages.js';

/**
 * @param {import('../lessons.js').Prediction} prediction
 * @param {number|null} guess the option that was chosen
 * @param {import('../lessons.js').Props} props
 * @param {(option: number) => void} onChoose
 */
export function prediction({ question, options, right, explanation }, guess, props, onChoose) {
  const option = (text, n) => html`<li><button type="button"
    class=${classes('button', 'predict-option', guess !== null && n === right && 'is-right', guess === n && n !== right && 'is-wrong')}
    aria-pressed=${guess === n} @click=${() => onChoose(n)}>${text}</button></li>`;
  const verdict = () =>
    guess === right ? t('That is what came out.') : t('It came out otherwise.');
  return html`<section class="predict" aria-label=${t('What do you expect?')}>
    <p class="predict-question">${question}</p>
    <ul class="predict-options">${options.map(option)}</ul>
    <div class="predict-answer" role="status">${when(
      guess !== null,
      () => html`<p><b>${verdict()}</b> ${explanation(props)}</p>`,
    )}</div></section>`;
}
