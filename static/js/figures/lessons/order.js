/** What the lesson on word order says. Pure. */

import { t } from '../../language/messages.js';
import { numberText, scientificText, upTo } from '../axis.js';
import { tex } from '../math.js';
import { meanOf, TWINS } from './twins.js';

export const FORMULAS = {
  shuffle: tex`z_i = \sum_j a_{i j} v_j`,
  positions: tex`x_i = E_{${t('token')}} + p_i`,
  sine: tex`p_{i, 2 m} = sin(i / 10000^{2 m / d})`,
  cosine: tex`p_{i, 2 m + 1} = cos(i / 10000^{2 m / d})`,
};

export const NAMES = { ...TWINS, base: t('positions of sines') };
export const POSITIONED = /** @type {const} */ (['no_positions', 'base', 'learned']);
export const MASKED = /** @type {const} */ (['no_positions', 'causal_no_positions', 'causal']);

export const MISTAKES = [
  {
    claim: t('“Attention reads from left to right.”'),
    answer: t(
      'It reads a bag. Without positions and without a mask each word gets the same vector in every order of the others, to the last digit.',
    ),
  },
  {
    claim: t('“Without positions a model knows nothing of order.”'),
    answer: t(
      'With a causal mask it does: a word sees those before it, and which these are depends on the order. How much that helps is another matter; see the last step.',
    ),
  },
  {
    claim: t('“Every task needs word order.”'),
    answer: t(
      'In these trainings the part of speech of a word suffered far less than its parent: which words there are tells much of a tag, and little of who belongs to whom.',
    ),
  },
];

/** The text in its own order and in the other. @param {any} answer of POST /learn/order */
export const sentences = ({ words, order }) => [words, order.map((word) => words[word])];

/** A difference, as it can be read: what is nothing but rounding is seen to be that. */
export const differenceText = (value) =>
  value !== 0 && value < 1e-6 ? scientificText(value, 2) : numberText(value, 3);

/** How far each word's vector moves, a row a model. @param {any} answer @param {readonly string[]} names */
export const differenceTable = ({ words, twins }, names) => ({
  name: t('How far each word’s last vector moves when the order is another'),
  titled: true,
  rows: names.map((name) => NAMES[name]),
  cols: words,
  values: names.map((name) => twins.find(({ twin }) => twin === name).differences),
  write: differenceText,
});

const ROWS = 12;
const COLS = 16;

/** The first numbers of the first positions. @param {any} answer */
export const waveTable = ({ sinusoids }) => ({
  name: t('The first {cols} of {d} numbers of the first {rows} positions', {
    cols: COLS,
    d: sinusoids[0].length,
    rows: ROWS,
  }),
  titled: true,
  corner: t('position'),
  rows: upTo(ROWS).map(String),
  cols: upTo(COLS).map(String),
  values: sinusoids.slice(0, ROWS).map((row) => row.slice(0, COLS)),
  write: (value) => value.toFixed(2).replace('-', '−'),
});

const AWAY = [0, 1, 2, 4, 8, 16, 32, 63];

/** Products of a position with one further and further away. @param {any} answer */
export const productTable = ({ products }) => ({
  name: t('p(0) · p(n), by the distance n'),
  titled: true,
  rows: ['p(0) · p(n)'],
  cols: AWAY.map(String),
  values: [AWAY.map((away) => products[away])],
  write: (value) => numberText(value, 3),
});

export const productText = ({ products }) =>
  t(
    'p₀ · p₀ is {own}, one away {one}, eight away {eight}, 63 away {last}: it depends on the distance alone. The slow waves hardly turn, and keep all positions somewhat alike; it is the fast ones that tell neighbours apart.',
    {
      own: numberText(products[0], 3),
      one: numberText(products[1], 3),
      eight: numberText(products[8], 3),
      last: numberText(products[63], 3),
    },
  );

export const causalText = ({ twins, words }) => {
  const moved = twins.find(({ twin }) => twin === 'causal_no_positions').differences;
  return t(
    'They move: by {most} at most, on “{word}”. Under a causal mask the first word sees itself alone and the last one all, so that another order is another set of keys for each.',
    {
      most: numberText(Math.max(...moved), 3),
      word: words[moved.indexOf(Math.max(...moved))],
    },
  );
};

export const nothingText = ({ twins }) => {
  const most = (name) => Math.max(...twins.find(({ twin }) => twin === name).differences);
  return t(
    'By {none} at most, which is rounding: a sum does not know the order of its terms. With positions of sines words move by up to {sines} of their length.',
    { none: differenceText(most('no_positions')), sines: numberText(most('base'), 3) },
  );
};

export const needText = (answer) =>
  t(
    'Parents right: {parents_none} without positions, {parents} with sines. Tags right: {tags_none} and {tags}. A parent is found by where words stand; a tag, mostly, by which words there are.',
    {
      parents_none: meanOf(answer, 'no_positions', 'parents'),
      parents: meanOf(answer, 'base', 'parents'),
      tags_none: meanOf(answer, 'no_positions', 'tags'),
      tags: meanOf(answer, 'base', 'tags'),
    },
  );
