/** Texts to be read: typed, pasted, or an example. */

import { h } from '../core/dom.js';
import { EXAMPLES } from '../core/examples.js';
import { language } from '../core/language.js';

/** Where a text is typed. @param {Record<string, any>} props its own */
export const textArea = (props) =>
  h('textarea', {
    class: 'composer-text',
    dir: 'auto',
    spellcheck: 'false',
    autocomplete: 'off',
    ...props,
  });

/** Enter reads; with Shift, or while a sign is composed, it is typed. @param {() => void} read */
export const onEnter = (read) => (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  read();
};

/** @param {string} label @param {() => void} onclick @param {Record<string, any>} [props] */
export const exampleButton = (label, onclick, props = {}) =>
  h('button', { type: 'button', class: 'example-button', onclick, ...props }, label);

/** @param {Node[]} buttons */
export const examples = (buttons) =>
  h(
    'ul',
    { class: 'examples', 'aria-label': 'Examples' },
    ...buttons.map((button) => h('li', { class: 'example' }, button)),
  );

/**
 * @param {HTMLElement} root
 * @param {{onRead: (asked: {text: string, query: string|null, key: string|null}) => void}} callbacks
 *   an example brings the link that it is an example of
 */
export function textBox(root, { onRead }) {
  const box = textArea({
    name: 'text',
    rows: 1,
    'aria-label': 'Text',
    placeholder: 'Paste or type a sentence',
    oninput: dirty,
    onkeydown: onEnter(read),
  });
  const button = h(
    'button',
    { type: 'button', class: 'button button-primary', onclick: read },
    'Read',
  );
  root.replaceChildren(
    h('div', { class: 'composer-box reader-box' }, box, button),
    examples(
      singleTexts().map(({ label, text, query = null, key = null }) =>
        exampleButton(label, () => onRead({ text, query, key })),
      ),
    ),
  );
  let shown = '';

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
