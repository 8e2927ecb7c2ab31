// Which measure of the open head is drawn, and what it is, in a sentence.

import { html, render } from '../../../core/template.js';
import { prose, rich, space, t } from '../../../language/messages.js';
import { segmented, select } from '../../../parts/fields.js';
import { MEASURE_KINDS, measureOf, rangeText, scopeText } from '../measures.js';

const WORDS = t(
  'Between words there is the pattern alone: the other layers are numbers of tokens, and those of a word’s pieces cannot be added up.',
);
const OUTPUT = t('What gradients are of, and what cutting a link is measured on');
const NAMES = MEASURE_KINDS.map(({ name, label }) => /** @type {const} */ ([name, label]));

/**
 * @param {HTMLElement} root
 * @param {{onMeasure: (name: string) => void, onOutput: (value: string) => void, onTokens: () => void}} callbacks
 */
export function measuresView(root, { onMeasure, onOutput, onTokens }) {
  return {
    /**
     * @param {object} next
     * @param {string} next.measure that is chosen
     * @param {{kind: string|null, layer: number, head: number}} next.open
     * @param {any|null} next.drawn the head as it is drawn in that measure; null: not yet
     * @param {number} [next.most] the largest size that is shown, where special tokens are hidden
     * @param {boolean} next.words whether the pictures are between words
     * @param {number} next.beside heads that are open beside the first
     * @param {import('../measures.js').Output[]} next.outputs @param {string} next.output
     * @param {string} next.hint what there is to say of an answer that came only in part
     * @param {any} next.problem
     */
    update({ measure, open, drawn, most, words, beside, outputs, output, hint, problem }) {
      const chosen = measureOf(words ? 'pattern' : measure);
      const scope = scopeText(chosen, open);
      const name = html`<b>${chosen.title} (${chosen.paper})</b>`;
      const told = scope ? rich('{name}, {scope}.', { name, scope }) : rich('{name}.', { name });
      const about = words
        ? WORDS
        : prose(
            chosen.about,
            drawn && rangeText(drawn, most),
            chosen.name !== 'pattern' && beside > 0 && t('Of the open head alone.'),
            hint,
          );
      const named = outputs.map(({ value, label }) => /** @type {const} */ ([value, label]));
      render(
        html`<div class="layers-row">
            ${segmented(t('Shown'), NAMES, chosen.name, onMeasure, { disabled: words })}
            ${select(t('Output'), named, output, onOutput, { title: OUTPUT })}</div>
          <p class="layers-about"
            aria-live="polite">${told}${space}<span>${about}</span>${space}<button
            type="button" class="text-button" ?hidden=${!words}
              @click=${onTokens}>${t('Show tokens')}</button></p>
          <div>${problem}</div>`,
        root,
      );
    },
  };
}
