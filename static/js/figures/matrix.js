/**
 * A matrix as heat: what colours its cells have, where they stand, which one is under a point. Pure.
 *
 * @typedef {{data: Float32Array, rows: number, cols: number}} Matrix NaN: that cell is blank
 * @typedef {{row: number, col: number}} Cell
 * @typedef {{left: number, top: number, plotWidth: number, plotHeight: number}} Place in pixels of
 *   the picture, where its cells are
 * @typedef {{left: number, top: number, cols: number, rows: number}} View which cells are in sight: a
 *   rectangle in cells, `left` and `top` its first column and row
 */

import { scaler } from './color.js';

/** @param {(number|null)[][]} rows null where there is nothing @returns {Matrix} NaN there */
export function matrixOf(rows) {
  const cols = rows[0].length;
  return { data: Float32Array.from(rows.flat(), (value) => value ?? NaN), rows: rows.length, cols };
}

/** After - before. @param {Matrix} before @param {Matrix} after @returns {Matrix} */
export function differenceOf(before, after) {
  if (before.rows !== after.rows || before.cols !== after.cols) {
    throw new Error(
      `invalid difference: ${before.rows} x ${before.cols} and ${after.rows} x ${after.cols}`,
    );
  }
  return { ...before, data: before.data.map((value, at) => after.data[at] - value) };
}

/** The largest size of any number; 0 where there is none. @param {...ArrayLike<number>} all */
export function largest(...all) {
  let most = 0;
  for (const data of all) {
    for (let at = 0; at < data.length; at += 1) {
      if (Math.abs(data[at]) > most) most = Math.abs(data[at]);
    }
  }
  return most;
}

/** How many cells must share one that is seen, where a cell is smaller than a pixel. */
export function poolFactor(cellPixels) {
  return cellPixels >= 1 ? 1 : Math.ceil(1 / cellPixels);
}

/**
 * The largest of each block, by size, so that a thin diagonal survives being made small.
 * @param {Matrix} matrix @param {number} factor cells across a block
 * @returns {Matrix} NaN only where a whole block is
 */
export function pooled(matrix, factor) {
  if (!(Number.isInteger(factor) && factor > 0)) throw new Error(`invalid factor: ${factor}`);
  if (factor === 1) return matrix;
  const rows = Math.ceil(matrix.rows / factor);
  const cols = Math.ceil(matrix.cols / factor);
  const data = new Float32Array(rows * cols).fill(NaN);
  for (let row = 0; row < matrix.rows; row += 1) {
    const base = Math.floor(row / factor) * cols;
    for (let col = 0; col < matrix.cols; col += 1) {
      const at = base + Math.floor(col / factor);
      const value = matrix.data[row * matrix.cols + col];
      const first = Number.isNaN(data[at]) && !Number.isNaN(value);
      if (first || Math.abs(value) > Math.abs(data[at])) data[at] = value;
    }
  }
  return { data, rows, cols };
}

/**
 * Places on a ramp of the cells to paint; of signed numbers 0 stands in its middle.
 * @param {Matrix} matrix
 * @param {{max: number, scale?: 'sqrt'|'linear'|'log', signed?: boolean, pool?: number}} how `max`
 *   takes the last colour
 * @returns {{t: Float32Array, rows: number, cols: number, pool: number}} t is 0 to 1, NaN blank
 */
export function heatCells(matrix, { max, scale = 'linear', signed = false, pool = 1 }) {
  const { data, rows, cols } = pooled(matrix, pool);
  const place = scaler(scale, max);
  const t = signed
    ? (value) => 0.5 + 0.5 * Math.sign(value) * place(Math.abs(value))
    : (value) => place(value);
  return { t: data.map(t), rows, cols, pool };
}

/** Labels of a legend whose middle is 0. @returns {{t: number, value: number}[]} */
export function signedTicks(max) {
  return [-max, 0, max].map((value, i) => ({ t: i / 2, value }));
}

/** @returns {View} */
export function wholeView({ rows, cols }) {
  return { left: 0, top: 0, cols, rows };
}

/**
 * The view nearer to or farther from a cell, held inside the matrix and at its proportions.
 * @param {View} view @param {Cell} cell stays where it is seen
 * @param {number} factor below 1 comes nearer
 * @param {{rows: number, cols: number}} matrix @returns {View}
 */
export function zoomedView(view, { row, col }, factor, { rows, cols }) {
  if (!(factor > 0)) throw new Error(`invalid factor: ${factor}`);
  const least = Math.max(Math.min(8 / cols, 1), Math.min(8 / rows, 1));
  const share = Math.min(1, Math.max(least, (view.cols / cols) * factor));
  const [wide, high] = [share * cols, share * rows];
  const along = (col + 0.5 - view.left) / view.cols;
  const down = (row + 0.5 - view.top) / view.rows;
  return heldView(
    { left: col + 0.5 - along * wide, top: row + 0.5 - down * high, cols: wide, rows: high },
    { rows, cols },
  );
}

/**
 * What a person framed, widened to the matrix's proportions so that cells stay square.
 * @param {[number, number]} x columns @param {[number, number]} y rows
 * @param {{rows: number, cols: number}} matrix @returns {View}
 */
export function framedView(x, y, { rows, cols }) {
  const [left, right] = [Math.min(...x) + 0.5, Math.max(...x) + 0.5];
  const [top, bottom] = [Math.min(...y) + 0.5, Math.max(...y) + 0.5];
  const share = Math.min(
    1,
    Math.max((right - left) / cols, (bottom - top) / rows, Math.min(1, 4 / Math.max(rows, cols))),
  );
  const [wide, high] = [share * cols, share * rows];
  return heldView(
    { left: (left + right - wide) / 2, top: (top + bottom - high) / 2, cols: wide, rows: high },
    { rows, cols },
  );
}

/** The view moved just so far that a cell is in it. @returns {View} */
export function viewHolding(view, { row, col }) {
  const moved = (from, span, pos) =>
    pos < from ? pos : pos + 1 > from + span ? pos + 1 - span : from;
  return {
    ...view,
    left: moved(view.left, view.cols, col),
    top: moved(view.top, view.rows, row),
  };
}

function heldView(view, { rows, cols }) {
  const held = (from, span, count) => Math.min(Math.max(from, 0), count - span);
  return { ...view, left: held(view.left, view.cols, cols), top: held(view.top, view.rows, rows) };
}

/**
 * Where cells stand, in pixels of the picture; `inside` if any of it is in view.
 * @param {Place} place @param {View} view
 * @param {{row: number, col: number, rows?: number, cols?: number}} block its first cell, and how
 *   many there are down and across
 */
export function blockBox(place, view, { row, col, rows = 1, cols = 1 }) {
  const { left, top, plotWidth, plotHeight } = place;
  const [cellWidth, cellHeight] = [plotWidth / view.cols, plotHeight / view.rows];
  const [width, height] = [cols * cellWidth, rows * cellHeight];
  const x = left + (col - view.left) * cellWidth;
  const y = top + (row - view.top) * cellHeight;
  const inside =
    x + width > left && x < left + plotWidth && y + height > top && y < top + plotHeight;
  return { x, y, width, height, inside };
}

/** The cell at a point of the picture, or null outside. @param {Place} place @returns {Cell|null} */
export function cellAt({ left, top, plotWidth, plotHeight }, view, x, y) {
  const [along, down] = [(x - left) / plotWidth, (y - top) / plotHeight];
  if (!(along >= 0 && along < 1 && down >= 0 && down < 1)) return null;
  return {
    row: Math.floor(view.top + down * view.rows),
    col: Math.floor(view.left + along * view.cols),
  };
}

/** The cell that an arrow key leads to, or null for other keys. @returns {Cell|null} */
export function movedCell({ row, col }, key, { rows, cols }) {
  const held = (pos, count) => Math.min(Math.max(pos, 0), count - 1);
  const move = {
    ArrowUp: [-1, 0],
    ArrowDown: [1, 0],
    ArrowLeft: [0, -1],
    ArrowRight: [0, 1],
    PageUp: [-10, 0],
    PageDown: [10, 0],
    Home: [0, -cols],
    End: [0, cols],
  }[key];
  return move ? { row: held(row + move[0], rows), col: held(col + move[1], cols) } : null;
}

/**
 * What is said of a cell, in one line.
 * @param {{title: string, rows: string[][], value: string}} text
 * @param {boolean} [named] whether that begins with what it is a cell of
 */
export const spoken = ({ title, rows, value }, named = false) => {
  const places = rows.map(([name, text]) => `${name} ${text}`);
  return `${[...(named ? [title] : []), ...places].join(', ')}: ${value}`;
};
