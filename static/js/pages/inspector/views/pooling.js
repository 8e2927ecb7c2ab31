/** The token cells that a cell between words is made of; the arithmetic below is of one of them. */

import { classes, html, render, when } from '../../../core/template.js';
import { numberText } from '../../../figures/axis.js';
import { poolingText } from '../../../figures/pooling.js';
import { t } from '../../../language/messages.js';

/**
 * @param {HTMLElement} root
 * @param {{onCell(cell: {query_pos: number, key_pos: number}): void}} callbacks
 */
export function poolingView(root, { onCell }) {
  root.classList.add('pooling');
  root.hidden = true;

  function button(query, key, weight, cell) {
    const open = cell?.query_pos === query.pos && cell?.key_pos === key.pos;
    const number = numberText(weight, 4);
    return html`<td><button type="button" class="pooling-cell" aria-pressed=${open}
      aria-label=${t('{query} to {key}: {number}', { query: query.text, key: key.text, number })}
      @click=${() => onCell({ query_pos: query.pos, key_pos: key.pos })}>${number}</button></td>`;
  }

  const value = (number, strong = false) =>
    html`<td class=${classes('pooling-sum', strong && 'is-value')}>${numberText(number, 4)}</td>`;

  return {
    /**
     * @param {import('../../../figures/pooling.js').Pooling|null} pooling
     * @param {{query_pos: number, key_pos: number}|null} cell whose arithmetic is open
     */
    update(pooling, cell) {
      root.hidden = pooling === null;
      if (pooling === null) return;
      const { keys, rows } = pooling;
      const several = (make) => when(keys.length > 1, make);
      const row = ({
        piece,
        weights,
        sum,
      }) => html`<tr><th scope="row"><bdi>${piece.text}</bdi></th>
        ${weights.map((weight, n) => button(piece, keys[n], weight, cell))}${several(() => value(sum))}</tr>`;
      const mean = () => html`<tfoot><tr><th scope="row">${t('mean')}</th>
        ${several(
          () => html`<td
          colspan=${keys.length}></td>`,
        )}${value(pooling.value, true)}</tr></tfoot>`;
      render(
        html`<h3 class="cell-title">${t('From tokens to words')}</h3>
          <p class="pooling-text">${poolingText(pooling)}</p>
          <table class="pooling-table"><thead><tr><td></td>${keys.map(
            (key) => html`<th scope="col"><bdi>${key.text}</bdi></th>`,
          )}${several(() => html`<th scope="col" class="pooling-sum">${t('sum')}</th>`)}</tr></thead>
            <tbody>${rows.map(row)}</tbody>${when(rows.length > 1, mean)}</table>
          <p class="figure-note">${t('The arithmetic below is of the marked cell; choose another to see its own.')}</p>`,
        root,
      );
    },
  };
}
