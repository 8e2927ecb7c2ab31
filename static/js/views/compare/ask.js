// The text that both models read, and the link that is looked for in both.

import { h } from '../../controls/dom.js';
import { segmented } from '../../controls/fields.js';
import { EXAMPLES } from '../../examples.js';
import { language } from '../../language.js';
import { placePicker } from '../places.js';

/**
 * @param {{text: HTMLElement, link: HTMLElement}} roots
 * @param {{onRead: (patch: object) => void, onSearch: (places: {query: string|null, key: string|null}) => void, onPicture: (picture: string) => void}} callbacks
 */
export function askView(roots, { onRead, onSearch, onPicture }) {
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
  const single = EXAMPLES.flatMap(({ label, choices, states }) =>
    states.flatMap((state, i) =>
      state.text_pair ? [] : [[choices ? `${label} ${choices[i]}` : label, state]],
    ),
  );
  const examples = single.map(([label, { text, query = null, key = null }]) =>
    h(
      'li',
      { class: 'example' },
      h(
        'button',
        { type: 'button', class: 'example-button', onclick: () => onRead({ text, query, key }) },
        label,
      ),
    ),
  );
  const places = placePicker({ onSearch });
  const [sentence, words] = places.elements;
  const picture = segmented(
    'Picture of a head',
    [
      ['links', 'Links'],
      ['pattern', 'Pattern'],
    ],
    onPicture,
  );
  roots.text.replaceChildren(
    h('div', { class: 'composer-box compare-box' }, box, button),
    h('ul', { class: 'examples', 'aria-label': 'Examples' }, ...examples),
  );
  roots.link.replaceChildren(
    h(
      'div',
      { class: 'compare-question' },
      sentence,
      h('span', { class: 'spring' }),
      picture.element,
    ),
    words,
  );

  let shown = '';
  function dirty() {
    button.classList.toggle('is-calling', box.value !== shown);
  }

  function read() {
    onRead({ text: box.value, query: null, key: null });
  }

  return {
    /**
     * @param {{text: string, words: any[], dir: 'ltr'|'rtl', query: string|null, key: string|null, found: object|null, failed: boolean, picture: string}} next
     */
    update({ text, words: list, dir, query, key, found, failed, picture: chosen }) {
      if (text !== shown) {
        shown = text;
        box.value = text;
      }
      roots.text.lang = language(text) ?? 'en';
      dirty();
      picture.set(chosen);
      places.update({ queryWords: list, keyWords: list, dir, query, key, found, failed });
    },
    focus: () => box.focus(),
  };
}
