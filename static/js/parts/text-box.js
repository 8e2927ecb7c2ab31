/** One text to be read: typed, pasted, or an example. */

import { h } from '../core/dom.js';
import { EXAMPLES } from '../core/examples.js';
import { language } from '../core/language.js';

/**
 * @param {HTMLElement} root
 * @param {{onRead: (asked: {text: string, query: string|null, key: string|null}) => void}} callbacks
 *   an example brings the link that it is an example of
 */
export function textBox(root, { onRead }) {
  const box = /** @type {HTMLTextAreaElement} */ (
    h('textarea', {
      class: 'composer-text',
      name: 'text',
      rows: 1,
      dir: 'auto',
      'aria-label': 'Text',
      placeholder: 'Paste or type a sentence',
      spellcheck: 'false',
      autocomplete: 'off',
      oninput: dirty,
      onkeydown: (event) => {
        if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
        event.preventDefault();
        read();
      },
    })
  );
  const button = h(
    'button',
    { type: 'button', class: 'button button-primary', onclick: read },
    'Read',
  );
  root.replaceChildren(
    h('div', { class: 'composer-box reader-box' }, box, button),
    h('ul', { class: 'examples', 'aria-label': 'Examples' }, ...singleTexts().map(example)),
  );
  let shown = '';

  function example({ label, text, query = null, key = null }) {
    const onclick = () => onRead({ text, query, key });
    const say = h('button', { type: 'button', class: 'example-button', onclick }, label);
    return h('li', { class: 'example' }, say);
  }

  function dirty() {
    button.classList.toggle('is-calling', box.value !== shown);
  }

  function read() {
    onRead({ text: box.value, query: null, key: null });
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
    focus: () => box.focus(),
  };
}

/** Every example that is one text, by what its button says. */
function singleTexts() {
  return EXAMPLES.flatMap(({ label, choices, states }) =>
    states.flatMap((state, i) =>
      state.text_pair ? [] : [{ label: choices ? `${label} ${choices[i]}` : label, ...state }],
    ),
  );
}
