// Which layer of the open head is drawn, and what it is, in a sentence.

import { h, setText } from '../../../core/dom.js';
import { segmented } from '../../../parts/fields.js';
import { LAYERS, measureOf, rangeText, scopeText } from '../measures.js';

const WORDS =
  'Between words there is the pattern alone: the other layers are numbers of tokens, and those of ' +
  'a word’s pieces cannot be added up.';

/**
 * @param {{onMeasure: (name: string) => void, onOutput: (value: string) => void, onTokens: () => void}} callbacks
 */
export function measuresView({ onMeasure, onOutput, onTokens }) {
  const shown = segmented(
    'Shown',
    LAYERS.map(({ name, label }) => [name, label]),
    onMeasure,
  );
  const buttons = [...shown.element.querySelectorAll('button')];
  const select = h('select', { onchange: () => onOutput(select.value) });
  const output = h(
    'label',
    { class: 'field', title: 'What gradients are of, and what cutting a link is measured on' },
    h('span', { class: 'field-label' }, 'Output'),
    select,
  );
  const title = h('b', {});
  const about = h('span', {});
  const tokens = h(
    'button',
    { type: 'button', class: 'text-button', hidden: true, onclick: onTokens },
    'Show tokens',
  );
  const problem = h('div', {});
  const element = h(
    'div',
    { class: 'layers', role: 'group', 'aria-label': 'What the pictures show' },
    h('div', { class: 'layers-row' }, shown.element, output),
    h('p', { class: 'layers-about', 'aria-live': 'polite' }, title, about, tokens),
    problem,
  );
  let listed = '';

  function list(outputs) {
    const written = JSON.stringify(outputs.map(({ value, label }) => [value, label]));
    if (written === listed) return;
    listed = written;
    select.replaceChildren(...outputs.map(({ value, label }) => h('option', { value }, label)));
  }

  return {
    element,
    /**
     * @param {object} next
     * @param {string} next.measure the layer that is chosen
     * @param {{kind: string|null, layer: number, head: number}} next.open
     * @param {any|null} next.drawn the head as it is drawn in that layer; null: not yet
     * @param {number} [next.most] the largest size that is shown, where special tokens are hidden
     * @param {boolean} next.words whether the pictures are between words
     * @param {number} next.beside heads that are open beside the first
     * @param {import('../measures.js').Output[]} next.outputs @param {string} next.output
     * @param {string} next.hint what there is to say of an answer that came only in part
     * @param {Node|null} next.problem
     */
    update(next) {
      const words = measureOf(next.words ? 'pattern' : next.measure);
      shown.set(words.name);
      for (const button of buttons) button.disabled = next.words;
      list(next.outputs);
      if (select.value !== next.output) select.value = next.output;
      const apart = words.name !== 'pattern' && next.beside > 0;
      const scope = scopeText(words, next.open);
      setText(title, `${words.title} (${words.paper})`);
      const sentences = [
        `${scope ? `, ${scope}` : ''}. ${words.about}`,
        next.drawn ? rangeText(next.drawn, next.most) : '',
        apart ? 'Of the open head alone.' : '',
        next.hint,
      ];
      setText(about, next.words ? `. ${WORDS} ` : sentences.filter(Boolean).join(' '));
      tokens.hidden = !next.words;
      problem.replaceChildren(...(next.problem ? [next.problem] : []));
    },
  };
}
