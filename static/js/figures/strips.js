/**
 * Vectors as diverging heat strips, and the explanation of one cell: q, k, product, softmax.
 *
 * @typedef {import('./matrix.js').Matrix} Matrix rows are tokens, columns dimensions of the head
 */

import { t } from '../language/messages.js';
import { numberText, tokenName } from './axis.js';
import { symmetricRange } from './color.js';
import { heatCells } from './matrix.js';

export const STRIPS = [
  { name: 'q', title: t('Queries'), side: 'query', meaning: t('what each token looks for') },
  { name: 'k', title: t('Keys'), side: 'key', meaning: t('how each token is found') },
  { name: 'v', title: t('Values'), side: 'key', meaning: t('what each token hands over') },
  { name: 'z', title: t('Results'), side: 'query', meaning: t('values, mixed by pattern') },
];

/** Row heights: every row at least 3 px, so that a pointer can find it. */
export function stripRowHeight(rows, height = 360) {
  if (!(rows > 0)) throw new Error(`invalid rows: ${rows}`);
  return Math.min(18, Math.max(3, Math.floor(height / rows)));
}

/**
 * Places on a diverging ramp, 0 negative, 0.5 zero, 1 positive.
 * @param {Matrix} matrix @returns {{t: Float32Array, rows: number, cols: number, range: number}}
 */
export function stripCells({ data, rows, cols }) {
  if (data.length !== rows * cols) {
    throw new Error(`invalid matrix: ${data.length} numbers are not ${rows} x ${cols}`);
  }
  const range = symmetricRange(data);
  return { ...heatCells({ data, rows, cols }, { max: range, signed: true }), range };
}

/** One row of a matrix, as a view of it. */
export function vectorOf({ data, rows, cols }, row) {
  if (!(row >= 0 && row < rows)) throw new Error(`invalid row: ${row} of ${rows}`);
  return data.subarray(row * cols, (row + 1) * cols);
}

/** What the tooltip says of one number of a vector. */
export function stripText(name, matrix, tokens, row, col) {
  const value = matrix.data[row * matrix.cols + col];
  return {
    title: t('{name} of {tokens}', { name, tokens: tokenName(tokens, row) }),
    value: numberText(value),
    rows: [[t('dimension'), String(col)]],
  };
}

/** A strip's accessible name. */
export function stripName({ title, meaning }, { rows, cols }, range) {
  return t(
    '{title}: {meaning}. {rows} tokens by {cols} dimensions, colours from {low} to {high}.',
    { title, meaning, rows, cols, low: numberText(-range, 2), high: numberText(range, 2) },
  );
}

/**
 * Why one query looks at some keys: for the strongest keys of its row and the chosen one,
 * the key, the products q_d k_d, their sum, and the weight.
 * @param {{q: Matrix, k: Matrix, cell: {query_pos: number, key_pos: number},
 *   head?: {pattern: Float32Array, cols: number}|null, scores?: Float32Array|null,
 *   keyTokens: any[]}} options
 * @param {number} [most] keys to list
 * @returns {{query: Float32Array, keys: {key_pos: number, k: Float32Array, products:
 *   Float32Array, dot: number, score: number|null, weight: number|null}[], rest: number,
 *   restWeight: number|null, qkRange: number, productRange: number}} keys in order of the
 *   text; `rest` keys are not listed and hold `restWeight` of the row
 */
export function cellExplanation({ q, k, cell, head = null, scores = null }, most = 12) {
  const query = vectorOf(q, cell.query_pos);
  const row = Array.from({ length: k.rows }, (_, key_pos) => {
    const key = vectorOf(k, key_pos);
    const products = Float32Array.from(query, (value, d) => value * key[d]);
    const at = cell.query_pos * k.rows + key_pos;
    return {
      key_pos,
      k: key,
      products,
      dot: products.reduce((sum, value) => sum + value, 0),
      score: scores ? scores[at] : null,
      weight: head ? head.pattern[at] : null,
    };
  });
  const merit = ({ weight, dot }) => (weight === null ? dot : Number.isNaN(weight) ? -1 : weight);
  const ranked = row
    .filter(({ key_pos }) => key_pos !== cell.key_pos)
    .sort((a, b) => merit(b) - merit(a))
    .slice(0, Math.max(0, most - 1));
  const keys = [row[cell.key_pos], ...ranked].sort((a, b) => a.key_pos - b.key_pos);
  const rest = row.filter((entry) => !keys.includes(entry));
  return {
    query,
    keys,
    rest: rest.length,
    restWeight: head ? rest.reduce((sum, { weight }) => sum + (weight > 0 ? weight : 0), 0) : null,
    qkRange: Math.max(symmetricRange(query), ...keys.map((key) => symmetricRange(key.k))),
    productRange: Math.max(...keys.map((key) => symmetricRange(key.products, 1))),
  };
}
