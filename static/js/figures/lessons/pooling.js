/** What the lesson on pooling shows: many vectors, one vector, and whose query made it. Pure. */

import { t } from '../../language/messages.js';
import { numberText, tokenLabel, tokenName, tokenNames, upTo } from '../axis.js';
import { tex } from '../math.js';
import { strongest } from '../walk/run.js';

export const FORMULAS = {
  many: tex`x_1, \ldots, x_n`,
  mean: tex`z = \frac{1}{n} \sum_j v_j`,
  pooling: tex`z_i = \sum_j softmax_j(b s_{i j}) v_j`,
};

const SHOWN = 8; // dimensions of a vector in a table

export const MISTAKES = [
  {
    claim: t('“Attention is something other than a mean.”'),
    answer: t(
      'It is a weighted mean. Make all scores equal, and it is the plain mean to the last digit.',
    ),
  },
  {
    claim: t('“A mean keeps what every word said.”'),
    answer: t(
      'It keeps their sum alone. Of n vectors of d numbers d numbers are left, whatever n is; which word brought what cannot be told from them.',
    ),
  },
  {
    claim: t('“The query is one word’s alone, so it cannot be a cue for the task.”'),
    answer: t(
      'A query may come from anywhere: from a word, from [CLS], from a decoder, or it may be learned, one for all texts. Then the cue is fixed again, and the weights still follow the text, because the keys do.',
    ),
  },
];

/** A query within the text. @param {any} answer of POST /learn/pooling */
export const queryIn = ({ tokens }, pos) => Math.min(pos, tokens.length - 1);

/** What each kind of task makes of the vectors. @param {any} answer */
export function kindRows({ tags, tokens, values }) {
  const n = tokens.length;
  const d = values[0].length;
  return [
    [
      t('many to many'),
      t('a part of speech for each word'),
      tags.map(({ text, tag }) => `${text} ${tag}`).join(', ') || '–',
    ],
    [
      t('many to one'),
      t('one vector for the sentence'),
      t('{n} vectors of {d} numbers become 1 of {d}', { n, d }),
    ],
    [
      t('many to a sequence'),
      t('a translation, an answer'),
      t('one vector after another, each from a query of what was said so far'),
    ],
  ];
}

/** The weights of a query beside those of the mean. @param {any} answer */
export function weightTable({ tokens, scores, weights }, pos) {
  return {
    name: t('Weights of the mean and of {query}', { query: tokenName(tokens, pos) }),
    titled: true,
    rows: [t('mean'), tokenName(tokens, pos)],
    cols: tokenNames(tokens),
    values: [scores[pos].map(() => 1 / tokens.length), weights[pos]],
    kind: /** @type {const} */ ('share'),
    write: (value) => value.toFixed(3),
  };
}

const vectors = (name, rows, values) => ({
  name,
  titled: true,
  rows,
  cols: upTo(SHOWN).map(String),
  values: values.map((vector) => vector.slice(0, SHOWN)),
  write: (value) => numberText(value, 3),
});

/** What comes out, by the mean and by a query. @param {any} answer */
export const resultTable = ({ tokens, pooled, mean }, pos) =>
  vectors(
    t('What comes out, the first {count} of {d} numbers', { count: SHOWN, d: mean.length }),
    [t('mean'), tokenName(tokens, pos)],
    [mean, pooled[pos]],
  );

/** What every query takes home. @param {any} answer */
export const everyTable = ({ tokens, pooled, mean }) =>
  vectors(
    t('What each query takes home, the first {count} of {d} numbers', {
      count: SHOWN,
      d: mean.length,
    }),
    tokenNames(tokens),
    pooled,
  );

/** One number of what a query takes home, or of the mean. @param {any} answer */
export function pooledEntry({ tokens, weights, values, pooled }, pos) {
  const m = strongest(pooled[pos].map(Math.abs));
  const terms = tokens.map((token, key) => ({
    label: tokenLabel(token),
    numbers: [weights[pos][key], values[key][m]],
    value: weights[pos][key] * values[key][m],
  }));
  return {
    name: tex`z_{${pos}, ${m}}`,
    rule: tex`\sum_j a_{${pos} j} v_{j ${m}}`,
    kind: /** @type {const} */ ('products'),
    terms,
    heads: [t('key'), 'a', '× v', '='],
    value: terms.reduce((all, { value }) => all + value, 0),
    own: pooled[pos][m],
    note: t('The number in which this vector is largest.'),
  };
}

const distance = (a, b) => Math.hypot(...a.map((value, n) => value - b[n]));

/** How far apart two vectors are, as a share of the first one's length. */
const apart = (a, b) => numberText(distance(a, b) / Math.hypot(...a), 3);

export const meanText = ({ pooled, mean }, pos) =>
  t(
    'The vectors differ by {share} of the mean’s length: all e to the power of 0 are 1, so that each of the weights is 1/n.',
    {
      share: distance(mean, pooled[pos]) < 1e-12 ? '0' : apart(mean, pooled[pos]),
    },
  );
