/** What the lesson on scaling shows: distributions, rows, real heads. Pure. */

import { t } from '../../language/messages.js';
import { plotFrame } from '../curve.js';
import { tex } from '../math.js';
import { meanOf } from './twins.js';

export const FORMULAS = {
  variance: tex`Var(q \cdot k) = d`,
  scaled: tex`Var(\frac{q \cdot k}{\sqrt{d}}) = 1`,
  weights: tex`y = softmax(\frac{q \cdot k}{\sqrt{d}})`,
  norm: tex`{|J|}_F = \sqrt{\sum_{i,j} {(\frac{\partial y_i}{\partial x_j})}^2}`,
  heads: tex`s = \frac{q_i \cdot k_j}{\sqrt{d_${t('head')}}}`,
};

export const MISTAKES = [
  {
    claim: t('“Without the scale the gradient vanishes.”'),
    answer: t(
      'Not everywhere. Softmax’s own gradient first rises, up to d of about 8, and falls after: it is small for large d only. And what reaches W_q is then not divided by √d on its way back.',
    ),
  },
  {
    claim: t('“The scale changes which key wins.”'),
    answer: t(
      'No. All scores of a row are divided by one number: their order stays, and so does that of the weights.',
    ),
  },
  {
    claim: t('“√d keeps the scores of a trained model near a spread of one.”'),
    answer: t(
      'Only at the start, when queries and keys are random. Training moves W_q and W_k wherever it helps: most heads spread further, and a sharp head has to.',
    ),
  },
];

/** A lesson's d, as powers of two. */
export const SIZES = Array.from({ length: 10 }, (_, n) => 2 ** n);

/**
 * Heights of a histogram, 0 to 1: each distribution beside its own tallest bin.
 * @param {readonly number[]} counts
 */
export function heights(counts) {
  const most = Math.max(...counts, 1);
  return counts.map((count) => count / most);
}

/** The score of the first query and key, worked out. @param {{first: {q: number[], k: number[], scores: number[]}}} drawn */
export function dotEntry({ first }) {
  const terms = first.q.map((value, n) => ({
    label: String(n),
    numbers: [value, first.k[n]],
    value: value * first.k[n],
  }));
  return {
    name: tex`q \cdot k`,
    rule: tex`\sum_n q_n k_n`,
    kind: /** @type {const} */ ('products'),
    terms,
    heads: ['n', 'q', '× k', '='],
    value: terms.reduce((all, { value }) => all + value, 0),
    own: null,
    note: '',
  };
}

/** How many heads spread further than random queries and keys would. */
export function beyond(heads) {
  return heads.filter(({ spread, d_head }) => spread > Math.sqrt(d_head)).length;
}

/** Ticks of an axis of spreads, as far as it goes. */
const STOPS = [1, 2, 5, 10, 20, 50, 100, 200, 500];

/**
 * Where dots of heads stand: their spread across, on a logarithmic axis, their evenness up.
 * @param {readonly {spread: number, entropy: number, d_head: number}[]} heads
 * @param {{width: number, height: number}} size
 */
export function scatter(heads, size) {
  const root = Math.sqrt(heads[0].d_head);
  const spreads = heads.map(({ spread }) => Math.max(spread, 0.01));
  const [least, most] = [Math.min(root / 2, ...spreads), Math.max(2 * root, ...spreads)];
  // A dot at either end stands wholly inside.
  const across = (spread) => 0.02 + (0.96 * Math.log(spread / least)) / Math.log(most / least);
  const ticks = STOPS.filter((stop) => stop >= least && stop <= most);
  const frame = plotFrame(size, { across, ticks }, 1);
  return {
    ...frame,
    root: { at: frame.x(root), value: root },
    dots: heads.map((head, n) => ({ head, x: frame.x(spreads[n]), y: frame.y(head.entropy) })),
  };
}

/** What training made of the scale, and of its lack. @param {any} answer of POST /learn/twins */
export const trainedText = (answer) =>
  t(
    'Its rows begin with {start} of the largest entropy and end with {end}; with the scale it is {scaled_start} and {scaled_end}. Where one key has nearly everything, softmax passes hardly any gradient back to the scores. Tags right: {tags} without the scale, {scaled_tags} with it.',
    {
      start: meanOf(answer, 'wide_dot', 'start.entropy.0', 2),
      end: meanOf(answer, 'wide_dot', 'entropy.0', 2),
      scaled_start: meanOf(answer, 'wide', 'start.entropy.0', 2),
      scaled_end: meanOf(answer, 'wide', 'entropy.0', 2),
      tags: meanOf(answer, 'wide_dot', 'tags'),
      scaled_tags: meanOf(answer, 'wide', 'tags'),
    },
  );
