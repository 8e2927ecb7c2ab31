// The text that both models read, and the link that is looked for in both.

import { h } from '../../../core/dom.js';
import { segmented } from '../../../parts/fields.js';
import { textBox } from '../../../parts/text-box.js';
import { wordPicker } from '../../../parts/word-places.js';

/**
 * @param {{text: HTMLElement, link: HTMLElement}} roots
 * @param {{onRead: (patch: any) => void, onSearch: (places: {query: string|null, key: string|null}) => void, onPicture: (picture: string) => void}} callbacks
 */
export function askView(roots, { onRead, onSearch, onPicture }) {
  const reader = textBox(roots.text, { onRead });
  const places = wordPicker({ onSearch });
  const [sentence, words] = places.elements;
  const picture = segmented(
    'Picture of a head',
    [
      ['links', 'Links'],
      ['pattern', 'Pattern'],
    ],
    onPicture,
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

  return {
    /**
     * @param {{text: string, words: any[], dir: 'ltr'|'rtl', query: string|null, key: string|null, found: any|null, failed: boolean, picture: string}} next
     */
    update({ text, words: list, dir, query, key, found, failed, picture: chosen }) {
      reader.update(text);
      picture.set(chosen);
      places.update({ queryWords: list, keyWords: list, dir, query, key, found, failed });
    },
    focus: reader.focus,
  };
}
