/** How a cell between words is made of the cells between their tokens. Pure. */

import { t } from '../language/messages.js';
import { numberText } from './axis.js';
import { isolated } from './bidi.js';

/**
 * @typedef {{pos: number, text: string}} Piece
 * @typedef {{query: string, key: string, keys: Piece[], rows: {piece: Piece, weights: number[],
 *   sum: number}[], value: number}} Pooling `weights` one for each of `keys`, 0 where masked;
 *   `sum` over them; `value` the mean of the sums
 */

/**
 * The words that a token cell lies in, and all the token cells between them.
 * @param {{query: {tokens: any[], words: any[]}, key: {tokens: any[], words: any[]}}} sides
 * @param {{query_pos: number, key_pos: number}} cell
 * @param {{data: Float32Array, cols: number}} pattern between tokens, NaN where masked
 * @returns {Pooling|null} null where each word is one token
 */
export function poolingOf({ query, key }, { query_pos, key_pos }, pattern) {
  const from = query.words[query.tokens[query_pos].word];
  const to = key.words[key.tokens[key_pos].word];
  if (from.tokens.length === 1 && to.tokens.length === 1) return null;
  const rows = from.tokens.map((row) => {
    const weights = to.tokens.map((col) => pattern.data[row * pattern.cols + col] || 0);
    return {
      piece: { pos: row, text: query.tokens[row].text },
      weights,
      sum: weights.reduce((sum, weight) => sum + weight, 0),
    };
  });
  return {
    query: from.text,
    key: to.text,
    keys: to.tokens.map((col) => ({ pos: col, text: key.tokens[col].text })),
    rows,
    value: rows.reduce((sum, row) => sum + row.sum, 0) / rows.length,
  };
}

/** What is done to the token cells, in a sentence. @param {Pooling} pooling */
export function poolingText({ query, key, keys, rows, value }) {
  const names = (pieces) => pieces.map(({ text }) => isolated(text)).join(', ');
  const pieces = { keys: names(keys), queries: names(rows.map(({ piece }) => piece)) };
  const how =
    keys.length > 1 && rows.length > 1
      ? t('the sum over {keys}, then the mean over {queries}', pieces)
      : keys.length > 1
        ? t('the sum over {keys}', pieces)
        : t('the mean over {queries}', pieces);
  return t('Between words, {query} gives {key} {value}: {how}.', {
    query: isolated(query),
    key: isolated(key),
    value: numberText(value, 4),
    how,
  });
}
