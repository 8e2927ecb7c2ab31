/**
 * A matrix as a heat picture: its colours, its room, and what its cells are called. Pure.
 */

import { t } from '../../language/messages.js';
import { numberText, tokenLabel, tokenName } from '../axis.js';
import { symmetricRange } from '../color.js';
import { heatCells } from '../matrix.js';

/** Room for the labels of tokens: beside the rows, above the columns. */
export const LEFT = 78;
export const TOP = 62;
export const RIGHT = 34; // the last slanted label leans out

/** The height of a token's row: never under 2 px, never so high that few tokens look coarse. */
export function rowHeightFor(count) {
  if (!(count > 0)) throw new Error(`invalid count: ${count}`);
  return Math.min(22, Math.max(2, Math.floor(360 / count)));
}

/**
 * Places on a ramp, NaN where hidden. @param {import('./steps.js').Picture} picture
 * @returns {{t: Float32Array, rows: number, cols: number, range: number}}
 */
export function cellsOf({ matrix: { data, rows, cols }, share = false, mask = null }) {
  const range = share ? 1 : symmetricRange(data);
  const seen = mask ? data.map((value, n) => (mask[n] === 0 ? NaN : value)) : data;
  const how = share ? { scale: /** @type {const} */ ('sqrt') } : { signed: true };
  return { ...heatCells({ data: seen, rows, cols }, { max: range, ...how }), range };
}

/**
 * Where the cells stand in a picture of that width.
 * @param {{matrix: {rows: number, cols: number}, rowKind: string, colKind: string}} picture
 * @param {{width: number, rowHeight: number, named: boolean, headed: boolean, most: number}} room
 *   named: rows have their tokens beside them; headed: some picture of the step has tokens
 *   above its columns; most: the height of what has dimensions down
 */
export function geometryOf(
  { matrix, rowKind, colKind },
  { width, rowHeight, named, headed, most },
) {
  const left = named && rowKind === 'token' ? LEFT : 0;
  const top = headed ? TOP : 0;
  const cellHeight = rowKind === 'dimension' ? most / matrix.rows : rowHeight;
  const right = colKind === 'token' ? RIGHT : 0;
  const cellWidth = (width - left - right) / matrix.cols;
  return {
    left,
    top,
    cellWidth,
    cellHeight,
    plotWidth: cellWidth * matrix.cols,
    plotHeight: cellHeight * matrix.rows,
    width,
    height: Math.ceil(top + cellHeight * matrix.rows),
    gap: cellWidth >= 9 && cellHeight >= 9 ? 1 : 0,
  };
}

/** Which labels have room: every so many, always the one that is followed. */
export function labelSteps(count, cell, least, chosen) {
  const step = Math.ceil(least / cell);
  const kept = [];
  for (let n = 0; n < count; n += step) {
    if (chosen === null || n === chosen || Math.abs(n - chosen) >= step) kept.push(n);
  }
  if (chosen !== null && !kept.includes(chosen)) kept.push(chosen);
  return kept;
}

/** A token's name beside a row or above a column. */
export const shortLabel = (token) => tokenLabel(token, 9);

/** What a cell says of itself. */
export function cellText({ name, picture, tokens }, { row, col }) {
  const { matrix, rowKind, colKind, mask } = picture;
  const value = matrix.data[row * matrix.cols + col];
  const place = (kind, pos) => (kind === 'token' ? tokenName(tokens, pos) : String(pos));
  const closed = mask?.[row * matrix.cols + col] === 0;
  const square = rowKind === 'token' && colKind === 'token';
  const rows = square
    ? [
        [t('query'), place(rowKind, row)],
        [t('key'), place(colKind, col)],
      ]
    : [
        ...(rowKind === 'vector'
          ? []
          : [[rowKind === 'token' ? t('token') : t('row'), place(rowKind, row)]]),
        [rowKind === 'dimension' ? t('column') : t('dimension'), place(colKind, col)],
      ];
  return { title: name, value: closed ? t('hidden') : numberText(value, 5), rows };
}

/** A picture's accessible name. */
export function matrixName({ name, picture }, range) {
  const {
    matrix: { rows, cols },
    rowKind,
    colKind,
    title,
  } = picture;
  const side = (kind, count) =>
    kind === 'token' ? t('{count} tokens', { count }) : t('{count} dimensions', { count });
  const scale = picture.share
    ? t('from 0 to 1')
    : t('from {from} to {to}', { from: numberText(-range, 2), to: numberText(range, 2) });
  const sides = rowKind === 'vector' ? [] : [side(rowKind, rows)];
  const size = [...sides, side(colKind, cols)].join(t(' by '));
  return t('{name}: {title}. {size}, colours {scale}.', { name, title, size, scale });
}

/** A formula in letters only: "W q", "x". */
export function plainName(tree) {
  const [tag, ...rest] = Array.isArray(tree) && typeof tree[0] === 'string' ? tree : ['', ...tree];
  const parts = rest.filter((part) => typeof part !== 'object' || Array.isArray(part));
  const words = parts.map((part) => (Array.isArray(part) ? plainName(part) : part.trim()));
  return words.join(tag === 'msub' ? '_' : ' ').trim();
}
