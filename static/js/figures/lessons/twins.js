/** What lessons say of models that differ in one choice: their names, their figures, one score. Pure. */

import { t } from '../../language/messages.js';
import { numberText, sizeText, tokenName } from '../axis.js';
import { matrixOf } from '../matrix.js';
import { entryOf } from '../walk/entries.js';
import { strongest } from '../walk/run.js';
import { figureOf, rangeText } from './card.js';

/** @type {Readonly<Record<string, string>>} */
export const TWINS = {
  base: t('scaled dot product'),
  dot: t('dot product, not scaled'),
  additive: t('additive'),
  relu: t('ReLU over the row’s sum'),
  tied_qk: t('W_q = W_k'),
  tied_kv: t('W_k = W_v'),
  tied_qkv: t('W_q = W_k = W_v'),
  learned: t('learned positions'),
  no_positions: t('no positions'),
  window: t('window of 3'),
  causal: t('causal mask'),
  causal_no_positions: t('causal mask, no positions'),
  heads_1: t('1 head'),
  heads_2: t('2 heads'),
  heads_8: t('8 heads'),
  wide: t('1 head of 128 numbers'),
  wide_dot: t('1 head of 128 numbers, not scaled'),
};

export const LAYERS = 2;
const shareOf = (value) => value.toFixed(3);

/** What a table of twins may tell of each. */
const COLUMNS = {
  parameters: [t('attention’s parameters'), ({ attention_parameters: n }) => sizeText(n)],
  tags: [t('tags right'), (_, of) => rangeText(of('tags'), shareOf)],
  parents: [t('parents right'), (_, of) => rangeText(of('parents'), shareOf)],
  entropy: [t('entropy, layer 0 and 1'), (_, of) => both(of, 'entropy', 2)],
  start: [t('before training'), (_, of) => both(of, 'start.entropy', 2)],
  zeros: [t('weights of exactly 0'), (_, of) => both(of, 'zeros', 2)],
  antisymmetric: [t('antisymmetric part'), (_, of) => both(of, 'antisymmetric', 2)],
  seconds: [t('time to train'), (_, of, base) => `× ${(of('seconds').mean / base).toFixed(1)}`],
};

const both = (of, measure, digits) =>
  [0, 1].map((layer) => of(`${measure}.${layer}`).mean.toFixed(digits)).join(' · ');

/**
 * @param {any} answer of POST /learn/twins @param {readonly string[]} columns of COLUMNS
 * @param {Readonly<Record<string, string>>} [named] other names of some of them
 */
export function twinTable({ twins, figures }, columns, named = {}) {
  const base = figureOf(figures, 'base', 'seconds')?.mean ?? 1;
  return {
    heads: [t('model'), ...columns.map((column) => COLUMNS[column][0])],
    rows: twins.map((one) => [
      named[one.twin] ?? TWINS[one.twin],
      ...columns.map((column) =>
        COLUMNS[column][1](one, (measure) => figureOf(figures, one.twin, measure), base),
      ),
    ]),
  };
}

/** A figure of a twin as a share, or as `digits` say. */
export const meanOf = ({ figures }, twin, measure, digits = 3) =>
  figureOf(figures, twin, measure).mean.toFixed(digits);

/** The answer with some of its twins alone. @param {any} answer @param {readonly string[]} names */
export const onlyOf = (answer, names) => ({
  ...answer,
  twins: names.map((name) => twinIn(answer, name)),
});

export const twinIn = ({ twins }, name) => twins.find(({ twin }) => twin === name);

/** Patterns of one head, one a twin. @param {any} answer @param {readonly string[]} names */
export const patternsOf = (answer, names, named = TWINS) =>
  names.map((name) => ({ key: name, title: named[name], values: twinIn(answer, name).pattern[0] }));

/** A cell within the text, whatever the address says; the strongest of the first word if nothing. */
export const cellIn = ({ tokens, twins }, cell) => {
  const [row, col] = cell ?? [1, strongest(twins[0].pattern[0][1])];
  const last = tokens.length - 1;
  return { row: Math.min(row, last), col: Math.min(col, last) };
};

/** What a cell of a head says of itself. */
export function cellText({ tokens }, { scores, pattern }, title, { row, col }) {
  return {
    title,
    value: numberText(pattern[row][col], 4),
    rows: [
      [t('query'), tokenName(tokens, row)],
      [t('key'), tokenName(tokens, col)],
      [t('score'), numberText(scores[row][col], 4)],
    ],
  };
}

/** The score of a cell, before it is scaled, worked out. @param {any} twin */
export function scoreEntry({ score, d_head, q, k, v_a, scores }, { row, col }) {
  const scaled = score === 'scaled_dot';
  const root = Math.sqrt(d_head);
  const by = scaled ? root : 1;
  const run = {
    q: matrixOf(q[0]),
    k: matrixOf(k[0]),
    v_a: v_a ? v_a[0] : null,
    dot: matrixOf(scores[0].map((line) => line.map((value) => value * by))),
  };
  const entry = entryOf(/** @type {any} */ (run), { step: 4, i: row, j: col });
  const note = scaled
    ? t('Divided by √{d} it is the score, {score}.', {
        d: d_head,
        score: numberText(scores[0][row][col], 4),
      })
    : '';
  return { ...entry, note };
}
