/** The sentence that is walked through: typed, pasted, or an example. */

import { h } from '../../controls/dom.js';
import { EXAMPLES } from '../../examples.js';
import { language } from '../../language.js';

/**
 * @param {HTMLElement} root
 * @param {{onRead: (text: string) => void}} callbacks
 */
export function readerView(root, { onRead }) {
  const box = h('textarea', {
    class: 'composer-text',
    name: 'text',
    rows: 1,
    dir: 'auto',
    'aria-label': 'Text',
    placeholder: 'Paste or type a sentence',
    spellcheck: 'false',
    autocomplete: 'off',
    oninput: () => dirty(),
    onkeydown: (event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      onRead(box.value);
    },
  });
  const read = h(
    'button',
    { type: 'button', class: 'button button-primary', onclick: () => onRead(box.value) },
    'Read',
  );
  const single = EXAMPLES.filter(({ states }) => states.every(({ text_pair: pair }) => !pair));
  const examples = single.flatMap(({ label, choices, states }) =>
    states.map(({ text }, n) =>
      h(
        'li',
        { class: 'example' },
        h(
          'button',
          { type: 'button', class: 'example-button', onclick: () => onRead(text) },
          choices ? `${label} ${choices[n]}` : label,
        ),
      ),
    ),
  );
  let shown = '';
  root.replaceChildren(
    h('div', { class: 'composer-box walk-box' }, box, read),
    h('ul', { class: 'examples', 'aria-label': 'Examples' }, ...examples),
  );

  function dirty() {
    read.classList.toggle('is-calling', box.value !== shown);
  }

  return {
    /** @param {string} text that is read */
    update(text) {
      if (text !== shown) {
        shown = text;
        box.value = text;
      }
      root.lang = language(text) ?? 'en';
      dirty();
    },
  };
}
