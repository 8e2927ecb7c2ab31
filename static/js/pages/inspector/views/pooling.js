/** The token cells that a cell between words is made of; the arithmetic below is of one of them. */

import { h, setText } from '../../../core/dom.js';
import { numberText } from '../../../figures/axis.js';
import { poolingText } from '../../../figures/pooling.js';

/**
 * @param {HTMLElement} root
 * @param {{onCell(cell: {query_pos: number, key_pos: number}): void}} callbacks
 */
export function poolingView(root, { onCell }) {
  root.classList.add('pooling');
  const text = h('p', { class: 'pooling-text' });
  const table = h('table', { class: 'pooling-table' });
  const below = h('p', { class: 'figure-note' });
  root.replaceChildren(
    h('h3', { class: 'cell-title' }, 'From tokens to words'),
    text,
    table,
    below,
  );
  root.hidden = true;
  let shown = '';

  /**
   * @param {import('../../../figures/pooling.js').Pooling|null} pooling
   * @param {{query_pos: number, key_pos: number}|null} cell whose arithmetic is open
   */
  function update(pooling, cell) {
    root.hidden = pooling === null;
    const next = JSON.stringify([pooling, cell]);
    if (pooling === null || next === shown) return;
    shown = next;
    setText(text, poolingText(pooling));
    const value = (number, strong = false) =>
      h('td', { class: strong ? 'pooling-sum is-value' : 'pooling-sum' }, numberText(number, 4));
    const several = pooling.keys.length > 1;
    const row = ({ piece, weights, sum }) =>
      h(
        'tr',
        {},
        h('th', { scope: 'row' }, h('bdi', {}, piece.text)),
        ...weights.map((weight, n) => h('td', {}, button(piece, pooling.keys[n], weight, cell))),
        several && value(sum),
      );
    const span = { colspan: String(pooling.keys.length) };
    const mean = h(
      'tfoot',
      {},
      h(
        'tr',
        {},
        h('th', { scope: 'row' }, 'mean'),
        several && h('td', span),
        value(pooling.value, true),
      ),
    );
    table.replaceChildren(
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('td', {}),
          ...pooling.keys.map((key) => h('th', { scope: 'col' }, h('bdi', {}, key.text))),
          several && h('th', { scope: 'col', class: 'pooling-sum' }, 'sum'),
        ),
      ),
      h('tbody', {}, ...pooling.rows.map(row)),
      ...(pooling.rows.length > 1 ? [mean] : []),
    );
    setText(below, 'The arithmetic below is of the marked cell; choose another to see its own.');
  }

  function button(query, key, weight, cell) {
    const open = cell?.query_pos === query.pos && cell?.key_pos === key.pos;
    return h(
      'button',
      {
        type: 'button',
        class: 'pooling-cell',
        'aria-pressed': String(open),
        'aria-label': `${query.text} to ${key.text}: ${numberText(weight, 4)}`,
        onclick: () => onCell({ query_pos: query.pos, key_pos: key.pos }),
      },
      numberText(weight, 4),
    );
  }

  return { update };
}
