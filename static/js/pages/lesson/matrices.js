/** Patterns of several heads or models side by side, with one cell that is spoken of in all. */

import { html } from '../../core/template.js';
import { tokenNames } from '../../figures/axis.js';
import { shortLabel } from '../../figures/walk/matrix.js';
import { t } from '../../language/messages.js';
import { numberTable } from '../../parts/number-table.js';
import { patternMatrix } from '../../parts/pattern-matrix.js';

const MOST = 24; // pixels of a cell

/**
 * @typedef {object} Item
 * @property {string} key what it is, whatever the text
 * @property {string} title
 * @property {readonly (readonly number[])[]} values its pattern
 *
 * @param {object} options
 * @param {((key: string, cell: {row: number, col: number}) => void)} [options.onCell] none: a cell says what
 *   it is, and opens nothing
 * @param {(key: string, cell: {row: number, col: number}) => any} options.text what a cell says of itself
 */
export function matrixRow({ onCell, text }) {
  const views = new Map();

  function viewOf(key) {
    if (!views.has(key)) {
      const view = patternMatrix({
        keys: onCell
          ? t('Arrow keys move, Enter opens a cell in all of them.')
          : t('Arrow keys move.'),
        most: MOST,
        named: true,
        onCell: (cell) => onCell?.(key, cell),
        text: (cell) => text(key, cell),
      });
      views.set(key, view);
    }
    return views.get(key);
  }

  /**
   * @param {readonly Item[]} items @param {readonly any[]} tokens
   * @param {{row: number, col: number}|null} chosen
   * @param {import('./lessons.js').Props} props
   */
  return (items, tokens, chosen, props) => {
    const labels = tokens.map(shortLabel);
    const names = tokenNames(tokens);
    const table = ({ title, values }) =>
      numberTable(
        {
          name: title,
          titled: true,
          rows: names,
          cols: names,
          values,
          kind: 'share',
          write: (value) => value.toFixed(2),
        },
        props.theme,
      );
    const picture = ({ key, title, values }) => {
      const view = viewOf(key);
      view.update({ name: title, labels, values, chosen });
      return html`<figure class="matrix-item"><figcaption class="number-title">${title}</figcaption>${view.element}</figure>`;
    };
    return html`<div class="matrix-row">${items.map(props.paper ? table : picture)}</div>`;
  };
}
