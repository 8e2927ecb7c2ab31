/**
 * What edits change, ready to be drawn: beside chance, token by token, head by head. Pure.
 *
 * `turn` is 1 - cosine of a vector before and after: 0 where its direction is the same, 2 where
 * it is the opposite.
 */

import { plural, t } from '../language/messages.js';
import { numberText, scientificText, tokenName } from './axis.js';
import { largest } from './matrix.js';

/** @typedef {import('./matrix.js').Matrix} Matrix */

/**
 * What a picture of before, after or the difference shows, in a sentence.
 * @param {string} title @param {{difference: Matrix, before: Matrix, after: Matrix}} matrices
 */
export function changeName(title, { difference, before, after }, { queryTokens, keyTokens }) {
  const most = largest(difference.data);
  if (most === 0) return t('{title}. Nothing changes in this head.', { title });
  const at = difference.data.findIndex((value) => Math.abs(value) === most);
  const [query, key] = [Math.floor(at / difference.cols), at % difference.cols];
  const [from, to] = [before, after].map(({ data }) => numberText(data[at], 3));
  return t('{title}. The largest change is query {query}, key {key}: {from} before, {to} after.', {
    title,
    query: tokenName(queryTokens, query),
    key: tokenName(keyTokens, key),
    from,
    to,
  });
}

/**
 * The change of the sentence beside what chance gives.
 * @param {number} own sentence_cosine_distance of the edits
 * @param {readonly number[]} band of random draws, ascending
 * @param {number} heads switched off in each draw
 * @returns {{text: string, special: boolean}}
 */
export function verdict(own, band, heads) {
  const many = plural('1 random other head', '{count} random other heads', heads);
  if (band.length === 0) {
    return {
      text: t('Too few other heads are left to draw from: chance is not known.'),
      special: false,
    };
  }
  const below = band.filter((one) => one < own).length;
  if (below === band.length) {
    const text = t(
      'Larger than in all {count} draws that switch off {many}: more than chance gives.',
      { count: band.length, many },
    );
    return { text, special: true };
  }
  const rank =
    below === 0
      ? t('Not larger than in any of {count}', { count: band.length })
      : t('Larger than in {below} of {count}', { below, count: band.length });
  return {
    text: t('{rank} draws that switch off {many}: no more than chance gives.', { rank, many }),
    special: false,
  };
}

/**
 * Where the draws and the edits stand on one line from 0 to the largest of them.
 * @returns {{draws: number[], own: number, low: number, high: number, most: number}} shares of
 *   the line; `most` is the value at its end
 */
export function bandPlaces(own, band) {
  const most = Math.max(own, ...band) || 1;
  const draws = band.map((one) => one / most);
  return { draws, own: own / most, low: draws[0] ?? 0, high: draws.at(-1) ?? 0, most };
}

/** A control as it is measured: an exact 0 says so. */
export function controlText(value) {
  return value === 0 ? t('0 exactly') : scientificText(value, 2);
}

/** @param {readonly number[]} values @returns {number[]} shares of the largest, 0 to 1 */
export function shares(values) {
  const most = largest(values);
  return values.map((value) => (most > 0 ? value / most : 0));
}

/**
 * What each head of each edit does alone, the largest first.
 * @param {{edit: number, kind: string, layer: number, head: number, kl: number|null,
 *   sentence_cosine_distance: number}[]} singles
 * @param {number} together sentence_cosine_distance of all edits
 * @param {number} [most] rows
 */
export function singleRows(singles, together, most = 12) {
  const sorted = [...singles].sort(
    (a, b) => b.sentence_cosine_distance - a.sentence_cosine_distance,
  );
  const top = Math.max(together, ...sorted.map((one) => one.sentence_cosine_distance)) || 1;
  return {
    rows: sorted
      .slice(0, most)
      .map((one) => ({ ...one, share: one.sentence_cosine_distance / top })),
    rest: Math.max(0, sorted.length - most),
    sum: singles.reduce((sum, one) => sum + one.sentence_cosine_distance, 0),
    share: together / top,
  };
}

/** Heads and edits together against their sum, in words. */
export function jointText(together, sum) {
  const [joint, added] = [numberText(together, 3), numberText(sum, 3)];
  const ratio = sum > 0 ? together / sum : 1;
  const said = { joint, added };
  if (ratio > 1.05) {
    return t('Together {joint}, more than the {added} that they add up to one by one.', said);
  }
  return ratio < 0.95
    ? t('Together {joint}, less than the {added} that they add up to one by one.', said)
    : t('Together {joint}, about the {added} that they add up to one by one.', said);
}
