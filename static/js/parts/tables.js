// The numbers behind a picture, as a table that is written while it is open.

import { guard, html, nothing, render, when } from '../core/template.js';
import { t } from '../language/messages.js';

const MOST = 64;
const plain = (value) => value.toFixed(3);

/** A row of column headings. @param {readonly string[]} names */
export const headings = (names) =>
  html`<tr>${names.map((name) => html`<th scope="col">${name}</th>`)}</tr>`;

/**
 * @param {string} caption which is heard, not seen
 * @param {readonly string[]} columns @param {readonly any[][]} rows the first of each names it
 */
export const dataTable = (caption, columns, rows) =>
  html`<table class="data-table"><caption class="visually-hidden">${caption}</caption>
    <thead>${headings(columns)}</thead>
    <tbody>${rows.map(
      ([name, ...rest]) =>
        html`<tr><th scope="row">${name}</th>${rest.map((each) => html`<td>${each}</td>`)}</tr>`,
    )}</tbody></table>`;

/** What scrolls by itself. @param {string} label @param {any} content */
export const tableFrame = (label, content) =>
  html`<div class="table-frame" tabindex="0" role="region" aria-label=${label}>${content}</div>`;

/** What stands behind a summary: written while it is open. */
export function disclosure() {
  const element = document.createElement('details');
  element.className = 'behind';
  let shown = null;
  function draw() {
    if (!shown) return;
    const { label, content } = shown;
    render(html`<summary>${label}</summary>${element.open ? content() : nothing}`, element);
  }
  element.addEventListener('toggle', draw);
  return {
    element,
    /** @param {string} label @param {() => any} content */
    update(label, content) {
      shown = { label, content };
      draw();
    },
  };
}

/**
 * @param {string} label
 * @param {{onCsv?: () => void}} [callbacks] where the whole table can be had, if not here
 */
export function tableBehind(label, { onCsv } = {}) {
  const { element, update } = disclosure();

  function content({ matrix, rowNames, colNames, corner, name = label, ...how }) {
    const { blank = 'masked', write = plain } = how;
    const [rows, cols] = [Math.min(matrix.rows, MOST), Math.min(matrix.cols, MOST)];
    const thinned = rows < matrix.rows || cols < matrix.cols;
    const text = (value) => (Number.isNaN(value) ? blank : write(value));
    const line = (row) =>
      Array.from(matrix.data.subarray(row * matrix.cols, row * matrix.cols + cols), text);
    const table = () =>
      dataTable(
        name,
        [corner, ...colNames.slice(0, cols)],
        rowNames.slice(0, rows).map((named, row) => [named, ...line(row)]),
      );
    return html`
      <p class="table-note">${thinned ? t('The first {rows} of {all_rows} rows and {cols} of {all_cols} columns.', { rows, all_rows: matrix.rows, cols, all_cols: matrix.cols }) : ''}</p>
      ${when(
        thinned && onCsv,
        () =>
          html`<button type="button" class="text-button"
            @click=${onCsv}>${t('Download all of it as CSV')}</button>`,
      )}
      ${tableFrame(name, guard([matrix], table))}`;
  }

  return {
    element,
    /** @param {{matrix: {data: Float32Array, rows: number, cols: number}, rowNames: string[], colNames: string[], corner: string, name?: string, blank?: string, write?: (value: number) => string}} next `name` where what is in the table changes, `blank` what NaN is */
    update: (next) => update(next.name ?? label, () => content(next)),
  };
}
