/**
 * What a model says, before edits and after them, ready to be drawn. Pure.
 *
 * @typedef {{name: string, before: number, after: number, key_pos: number|null}} Candidate
 * @typedef {{said: "fill"|"next"|"tag"|"parent"|"antecedent", position: number, word: number|null,
 *   kl: number|null, total_variation: number, candidates: Candidate[]}} Prediction `kl` in nats;
 *   null: infinite, or a row that sums to 1 no more
 */

import { plural, prose, t } from '../language/messages.js';
import { numberText, tokenName } from './axis.js';
import { isolated } from './bidi.js';

/** Rows of words told at once; the table holds all. */
export const MOST_ROWS = 10;

const ABOUT = {
  fill: t('what may stand here'),
  next: t('what comes next'),
  tag: t('part of speech'),
  parent: t('syntactic parent'),
  antecedent: t('refers to'),
};

/** What is predicted, in a few words. @param {Prediction} one */
export const aboutText = ({ said }) => ABOUT[said];

const LOST = {
  fill: t('is filled by nothing any more'),
  next: t('is followed by nothing any more'),
  tag: t('has no part of speech any more'),
  parent: t('no longer has a parent'),
  antecedent: t('no longer refers to anything'),
};

/** Whether nothing is left of it: the head that says it gives nothing to any token.
 * @param {Prediction} one */
export const isLost = ({ candidates }) => candidates.every(({ after }) => after === 0);

/** Whether its most probable class is another. @param {Prediction} one */
export const isChanged = (one) => !isLost(one) && top(one, 'before') !== top(one, 'after');

/** Lost, then changed, then the rest; of each the one that moved most first. */
const byOutcome = (a, b) =>
  Number(isLost(b)) - Number(isLost(a)) ||
  Number(isChanged(b)) - Number(isChanged(a)) ||
  b.total_variation - a.total_variation;

/** Vocabulary pieces are read by candidates, one bar each; words by what they change to. */
const isPiece = ({ said }) => said === 'fill' || said === 'next';

/**
 * @param {readonly Prediction[]} predictions
 * @param {number} [most] rows
 * @returns {{pieces: Prediction[], rows: Prediction[], rest: number}} `rows` are of words: those
 *   that are lost first, then those that are another, then by how much they moved
 */
export function predictionParts(predictions, most = MOST_ROWS) {
  const words = predictions.filter((one) => !isPiece(one));
  const rows = [...words].sort(byOutcome);
  return {
    pieces: predictions.filter(isPiece),
    rows: rows.slice(0, most),
    rest: Math.max(0, rows.length - most),
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
  if (said === 'parent' && key_pos === position) return t('itself: the root');
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

/** @param {Prediction} one */
export const klText = ({ kl }) => (kl === null ? '∞' : numberText(kl, 2));

/**
 * What became of the predictions, in a sentence or two: those that are lost first.
 * @param {readonly Prediction[]} predictions @param {readonly {text: string}[]} tokens
 */
export function outcomeText(predictions, tokens) {
  const { lost, changed, all } = outcomes(predictions);
  const of = (some) =>
    plural('{some} of {count} prediction', '{some} of {count} predictions', all, { some });
  const said = [];
  if (lost.length === 1) {
    const [one] = lost;
    const token = tokenName(tokens, one.position);
    const what = LOST[one.said];
    said.push(t('{predictions} is lost: {token} {what}.', { predictions: of(1), token, what }));
  } else if (lost.length > 1) {
    said.push(t('{predictions} are lost.', { predictions: of(lost.length) }));
  }
  if (changed > 0) {
    said.push(t('The first choice of {predictions} is another.', { predictions: of(changed) }));
  }
  if (said.length > 0) return prose(...said);
  return plural(
    'The first choice of the prediction stays.',
    'The first choice of all {count} predictions stays.',
    all,
  );
}

/** The same in a few words; empty where nothing is lost or another. */
export function outcomeShort(predictions) {
  const { lost, changed, all } = outcomes(predictions);
  const parts = [];
  if (lost.length > 0)
    parts.push(t('{count} of {all} predictions lost', { count: lost.length, all }));
  if (changed > 0) parts.push(t('{changed} of {all} first choices changed', { changed, all }));
  return parts.join(t(', '));
}

function outcomes(predictions) {
  return {
    lost: predictions.filter(isLost),
    changed: predictions.filter(isChanged).length,
    all: predictions.length,
  };
}
