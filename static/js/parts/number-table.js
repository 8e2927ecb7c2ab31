/** A small matrix with all of its numbers, on the colours of their signs. */

import { classes, html, when } from '../core/template.js';
import { numberText } from '../figures/axis.js';
import { cellColors } from '../figures/color.js';
import { tableFrame } from './tables.js';

/**
 * @param {object} table
 * @param {string} table.name
 * @param {boolean} [table.titled] the name is seen above it
 * @param {readonly string[]} table.rows @param {readonly string[]} table.cols what they are called
 * @param {readonly (readonly number[])[]} table.values
 * @param {string} [table.corner]
 * @param {readonly number[]} [table.rowSums] @param {readonly number[]} [table.colSums]
 * @param {string} [table.sum] what those are called
 * @param {'signed'|'share'} [table.kind] numbers around 0; shares from 0 to 1
 * @param {(n: number) => boolean} [table.marked] columns that are spoken of
 * @param {(value: number) => string} [table.write]
 * @param {any} theme
 */
export function numberTable(
  {
    name,
    titled = false,
    rows,
    cols,
    values,
    corner = '',
    rowSums,
    colSums,
    sum = '',
    kind = 'signed',
    marked = () => false,
    write = (value) => numberText(value, 3),
  },
  theme,
) {
  const most = Math.max(...values.flat().map(Math.abs)) || 1;
  const cell = (value, n) => {
    const { background, ink } = cellColors(value, { kind, most }, theme);
    return html`<td class=${classes(marked(n) && 'is-marked')}
      style="background: ${background}; color: ${ink}">${write(value)}</td>`;
  };
  const head = (text, n) =>
    html`<th scope="col" class=${classes(marked(n) && 'is-marked')}>${text}</th>`;
  return tableFrame(
    name,
    html`<table class="number-table"><caption class=${titled ? 'number-title' : 'visually-hidden'}>${name}</caption>
      <thead><tr>${corner ? html`<th scope="col">${corner}</th>` : html`<td></td>`}${cols.map(head)}${when(rowSums, () => html`<th scope="col" class="number-sum">${sum}</th>`)}</tr></thead>
      <tbody>${values.map(
        (row, n) =>
          html`<tr><th scope="row">${rows[n]}</th>${row.map(cell)}${when(rowSums, () => html`<td class="number-sum">${write(rowSums[n])}</td>`)}</tr>`,
      )}${when(
        colSums,
        () =>
          html`<tr><th scope="row" class="number-sum">${sum}</th>${colSums.map((value) => html`<td class="number-sum">${write(value)}</td>`)}${when(rowSums, () => html`<td></td>`)}</tr>`,
      )}</tbody></table>`,
  );
}
