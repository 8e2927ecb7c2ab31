/** What the lesson on score functions and normalisers says. Pure. */

import { t } from '../../language/messages.js';
import { numberText } from '../axis.js';
import { tex } from '../math.js';
import { cellIn, meanOf, TWINS, twinIn } from './twins.js';

export const FORMULAS = {
  scaled: tex`s_{i j} = \frac{q_i \cdot k_j}{\sqrt{d}}`,
  additive: tex`s_{i j} = \sum_d v_d \tanh (q_{i d} + k_{j d})`,
  softmax: tex`a_{i j} = \frac{e^{s_{i j}}}{\sum_m e^{s_{i m}}}`,
  relu: tex`a_{i j} = \frac{max(0, s_{i j})}{\sum_m max(0, s_{i m})}`,
  tied: tex`q_i \cdot k_j = (x_i W) \cdot (x_j W) = q_j \cdot k_i`,
};

export const SCORE_TWINS = /** @type {const} */ (['base', 'dot', 'additive']);
export const NORMALISER_TWINS = /** @type {const} */ (['base', 'relu']);
export const TIED_TWINS = /** @type {const} */ (['base', 'tied_qk', 'tied_kv', 'tied_qkv']);
export const OPENED = /** @type {const} */ ([
  ...SCORE_TWINS,
  'relu',
  ...TIED_TWINS.filter((name) => name !== 'base'),
]);
/** Models of the last table. */
export const ALL = /** @type {const} */ ([...OPENED, 'wide', 'wide_dot']);

/** What the base is called beside others. */
export const SOFTMAX = { ...TWINS, base: t('softmax') };
export const MATRICES = { ...TWINS, base: t('three matrices') };

export const MISTAKES = [
  {
    claim: t('“Q = K = V, so W_q, W_k and W_v are one.”'),
    answer: t(
      'Texts that write Q = K = V mean that queries, keys and values come from one source, the same vectors x. The matrices are three: each makes another vector of the same x.',
    ),
  },
  {
    claim: t('“Attention needs softmax.”'),
    answer: t(
      'Any normaliser that gives shares can be trained. ReLU over the row’s sum gives many keys exactly nothing; in this training it learned less, parents above all.',
    ),
  },
  {
    claim: t('“Additive scores see more than dot products.”'),
    answer: t(
      'They have a vector more to learn and bend each sum by tanh; in this training they were no better, and took several times as long, because every pair needs a tanh for every dimension.',
    ),
  },
];

/** One cell in several twins: its score and its weight. @param {any} answer */
export function cellRows(answer, names, state, named) {
  const { row, col } = cellIn(answer, state.cell);
  return names.map((name) => {
    const { scores, pattern } = twinIn(answer, name);
    return [named[name], numberText(scores[0][row][col], 4), numberText(pattern[0][row][col], 4)];
  });
}

/** @param {any} answer of the table's models */
export const evenText = (answer) =>
  t(
    'Over {count} sentences the rows of the additive twin have {additive} of the largest entropy in layer 0, those of the scaled dot product {base}; 1 would be all keys alike. Tags right: {tags_additive} against {tags}.',
    {
      count: 200,
      additive: meanOf(answer, 'additive', 'entropy.0', 2),
      base: meanOf(answer, 'base', 'entropy.0', 2),
      tags_additive: meanOf(answer, 'additive', 'tags'),
      tags: meanOf(answer, 'base', 'tags'),
    },
  );

export const zerosText = (answer) =>
  t(
    'In layer 0 it gives nothing to {first} of the keys, in layer 1 to {second}. Softmax gives every key something, since e to any power is more than 0. Parents right: {relu} with ReLU, {softmax} with softmax.',
    {
      first: meanOf(answer, 'relu', 'zeros.0', 2),
      second: meanOf(answer, 'relu', 'zeros.1', 2),
      relu: meanOf(answer, 'relu', 'parents'),
      softmax: meanOf(answer, 'base', 'parents'),
    },
  );

export const tiedText = (answer) =>
  t(
    'Parents right: {base} with three matrices, {qk} with W_q = W_k, {kv} with W_k = W_v, {all} with one. With W_q = W_k the scores are symmetric: a verb can only look at its noun as much as the noun asks for the verb, before the rows are normalised. A parent is not the parent of its parent.',
    {
      base: meanOf(answer, 'base', 'parents'),
      qk: meanOf(answer, 'tied_qk', 'parents'),
      kv: meanOf(answer, 'tied_kv', 'parents'),
      all: meanOf(answer, 'tied_qkv', 'parents'),
    },
  );

export const costText = (answer) =>
  t(
    'The additive twin took {times} times as long to train as the base: its tanh is worked out for every pair of tokens and every dimension, where a dot product is one matrix product.',
    {
      times: numberText(
        Number(meanOf(answer, 'additive', 'seconds')) / Number(meanOf(answer, 'base', 'seconds')),
        2,
      ),
    },
  );
