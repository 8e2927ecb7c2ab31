// The text that both models read, and the link that is looked for in both.

import { html, render } from '../../../core/template.js';
import { t } from '../../../language/messages.js';
import { segmented } from '../../../parts/fields.js';
import { textBox } from '../../../parts/text-box.js';
import { wordPicker } from '../../../parts/word-places.js';

const PICTURES = /** @type {const} */ ([
  ['links', t('Links')],
  ['pattern', t('Pattern')],
]);

/**
 * @param {{text: HTMLElement, link: HTMLElement}} roots
 * @param {{onRead: (patch: any) => void, onSearch: (places: {query: string|null, key: string|null}) => void, onPicture: (picture: string) => void}} callbacks
 */
export function askView(roots, { onRead, onSearch, onPicture }) {
  const reader = textBox(roots.text, { onRead });
  const places = wordPicker({ onSearch });
  const [sentence, words] = places.elements;

  return {
    /**
     * @param {{text: string, words: any[], dir: 'ltr'|'rtl', query: string|null, key: string|null, found: any|null, failed: boolean, picture: string}} next
     */
    update({ text, words: list, dir, query, key, found, failed, picture }) {
      reader.update(text);
      render(
        html`<div class="compare-question">${sentence}<span
          class="spring"></span>${segmented(t('Picture of a head'), PICTURES, picture, onPicture)}</div>${words}`,
        roots.link,
      );
      places.update({ queryWords: list, keyWords: list, dir, query, key, found, failed });
    },
    focus: reader.focus,
  };
}
