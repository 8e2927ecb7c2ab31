// The numbers behind a picture, as a table that is built when it is opened.

import { h, setText } from '../core/dom.js';

const MOST = 64;
const plain = (value) => value.toFixed(3);

/**
 * @param {string} label
 * @param {{onCsv?: () => void}} [callbacks] where the whole table can be had, if not here
 */
export function tableBehind(label, { onCsv } = {}) {
  const frame = h('div', {
    class: 'table-frame',
    tabindex: '0',
    role: 'region',
    'aria-label': label,
  });
  const note = h('p', { class: 'table-note' });
  const whole =
    onCsv &&
    h(
      'button',
      { type: 'button', class: 'text-button', onclick: onCsv },
      'Download all of it as CSV',
    );
  const summary = h('summary', {}, label);
  const element = h(
    'details',
    { class: 'behind', ontoggle: () => draw() },
    summary,
    note,
    whole,
    frame,
  );
  let props = null;
  let drawn = null;

  function draw() {
    if (!element.open || !props || drawn === props.matrix) return;
    drawn = props.matrix;
    const { matrix, rowNames, colNames, corner, blank = 'masked', write = plain } = props;
    const [rows, cols] = [Math.min(matrix.rows, MOST), Math.min(matrix.cols, MOST)];
    const thinned = rows < matrix.rows || cols < matrix.cols;
    setText(
      note,
      thinned
        ? `The first ${rows} of ${matrix.rows} rows and ${cols} of ${matrix.cols} columns.`
        : '',
    );
    if (whole) whole.hidden = !thinned;
    const text = (value) => (Number.isNaN(value) ? blank : write(value));
    const head = h(
      'tr',
      {},
      h('th', { scope: 'col' }, corner),
      ...colNames.slice(0, cols).map((name) => h('th', { scope: 'col' }, name)),
    );
    const body = rowNames
      .slice(0, rows)
      .map((name, r) =>
        h(
          'tr',
          {},
          h('th', { scope: 'row' }, name),
          ...Array.from(matrix.data.subarray(r * matrix.cols, r * matrix.cols + cols), (value) =>
            h('td', {}, text(value)),
          ),
        ),
      );
    frame.replaceChildren(
      h(
        'table',
        { class: 'data-table' },
        h('caption', { class: 'visually-hidden' }, summary.textContent),
        h('thead', {}, head),
        h('tbody', {}, ...body),
      ),
    );
  }

  return {
    element,
    /** @param {{matrix: {data: Float32Array, rows: number, cols: number}, rowNames: string[], colNames: string[], corner: string, name?: string, blank?: string, write?: (value: number) => string}} next `name` where what is in the table changes, `blank` what NaN is */
    update(next) {
      props = next;
      setText(summary, next.name ?? label);
      frame.setAttribute('aria-label', next.name ?? label);
      draw();
    },
  };
}
