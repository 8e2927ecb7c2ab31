/**
 * What a model says, before edits and after them, ready to be drawn. Pure.
 *
 * @typedef {{name: string, before: number, after: number, key_pos: number|null}} Candidate
 * @typedef {{said: "fill"|"next"|"tag"|"parent"|"antecedent", position: number, word: number|null,
 *   kl: number|null, total_variation: number, candidates: Candidate[]}} Prediction `kl` in nats;
 *   null: infinite, or a row that sums to 1 no more
 */

import { isolated } from './bidi.js';
import { numberText, tokenName } from './axis.js';

/** Rows of words told at once; the table holds all. */
export const MOST_ROWS = 10;

const ABOUT = {
  fill: 'what may stand here',
  next: 'what comes next',
  tag: 'part of speech',
  parent: 'syntactic parent',
  antecedent: 'refers to',
};

/** What is predicted, in a few words. @param {Prediction} prediction */
export const aboutText = ({ said }) => ABOUT[said];

/** Vocabulary pieces are read by candidates, one bar each; words by what they change to. */
const isPiece = ({ said }) => said === 'fill' || said === 'next';

/**
 * @param {readonly Prediction[]} predictions
 * @param {number} [most] rows
 * @returns {{pieces: Prediction[], rows: Prediction[], rest: number, changed: number}} `rows` are
 *   of words, the most changed first; `changed` counts those whose most probable class is another
 */
export function predictionParts(predictions, most = MOST_ROWS) {
  const words = predictions.filter((one) => !isPiece(one));
  const rows = [...words].sort((a, b) => b.total_variation - a.total_variation);
  return {
    pieces: predictions.filter(isPiece),
    rows: rows.slice(0, most),
    rest: Math.max(0, rows.length - most),
    changed: predictions.filter((one) => top(one, 'before') !== top(one, 'after')).length,
  };
}

/** The most probable candidate. @param {Prediction} prediction @param {"before"|"after"} when */
export function top({ candidates }, when) {
  return candidates.reduce((best, one) => (one[when] > best[when] ? one : best));
}

/**
 * A candidate in words: the class, or where a pointer points to.
 * @param {Prediction} prediction @param {Candidate} candidate
 * @param {readonly {text: string}[]} tokens
 */
export function candidateText({ said, position }, { name, key_pos }, tokens) {
  if (key_pos === null || key_pos === undefined) return isolated(name);
  if (said === 'parent' && key_pos === position) return 'itself: the root';
  return tokenName(tokens, key_pos);
}

/**
 * The largest divergence of what is read off the last vectors: pointers are not among them.
 * @param {readonly Prediction[]} predictions @returns {number|null} null where there are none
 */
export function largestKl(predictions) {
  const read = predictions.filter(
    ({ said, kl }) => (said === 'tag' || isPiece({ said })) && kl !== null,
  );
  return read.length ? Math.max(...read.map(({ kl }) => kl)) : null;
}

/** @param {Prediction} prediction */
export const klText = ({ kl }) => (kl === null ? '∞' : numberText(kl, 2));

/** @param {number} changed @param {number} all */
export function changedText(changed, all) {
  const many = all === 1 ? 'prediction' : 'predictions';
  if (changed === 0)
    return `The first choice of ${all === 1 ? 'the' : `all ${all}`} ${many} stays.`;
  return `The first choice of ${changed} of ${all} ${many} is another.`;
}
