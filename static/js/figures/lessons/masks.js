/** What the lesson on masks shows: cells that are open or closed, reach, cost. Pure. */

import { language, t } from '../../language/messages.js';
import { numberText, tokenLabel, tokenName } from '../axis.js';
import { tex } from '../math.js';
import { softmaxEntry } from '../softmax-entry.js';
import { strongest } from '../walk/run.js';
import { toggle } from './flips.js';
import { meanOf } from './twins.js';

export const FORMULAS = {
  mask: tex`s_{i j} = -\infty ${`\u00a0${t('where it may not look')}`}`,
  rest: tex`a_{i j} = \frac{e^{s_{i j}}}{\sum_{j′ ${t('open')}} e^{s_{i j′}}}`,
  reach: tex`${t('reach')} = L \times w`,
  cost: tex`n^2 ${`\u00a0${t('against')}\u00a0`} n (2w + 1)`,
};

/** @type {[string, string][]} */
export const KINDS = [
  ['all', t('Everything')],
  ['causal', t('Causal')],
  ['window', t('Window')],
  ['padding', t('Padding')],
  ['edges', t('Syntax')],
];

/** What the width of a mask is, where it has one. @type {Readonly<Record<string, string>>} */
export const WIDTHS = {
  window: t('Width on either side'),
  padding: t('Positions of padding'),
};

export const MISTAKES = [
  {
    claim: t('“A mask sets weights to 0 after the softmax.”'),
    answer: t(
      'Then a row would no longer add up to 1. It sets scores to minus infinity before the softmax, and the open keys share what the closed ones had, each in proportion.',
    ),
  },
  {
    claim: t('“With a window a word never hears of one far away.”'),
    answer: t(
      'Not in one layer. Each layer passes on what the one before has gathered, so that the reach grows by the window with every layer.',
    ),
  },
  {
    claim: t('“A window saves parameters.”'),
    answer: t(
      'None: W_q, W_k, W_v and W_o are as large as before. It saves scores, and the time and memory that they take.',
    ),
  },
];

/** What a cell says of itself. @param {any} answer of POST /learn/masks */
export function cellText({ tokens, mask, pattern, masked_pattern }, { row, col }) {
  return {
    title: t('weight'),
    value: mask[row][col] ? numberText(masked_pattern[row][col], 4) : t('closed'),
    rows: [
      [t('query'), tokenName(tokens, row)],
      [t('key'), tokenName(tokens, col)],
      [t('without the mask'), numberText(pattern[row][col], 4)],
    ],
  };
}

/** The weight of the strongest open key of a row, worked out; null where none is open. */
export function rowEntry({ tokens, scores, mask, masked_pattern }, row) {
  const open = mask[row].flatMap((is, key) => (is ? [key] : []));
  if (!open.length) return null;
  const best = strongest(open.map((key) => masked_pattern[row][key]));
  return softmaxEntry({
    scores: open.map((key) => scores[row][key]),
    labels: open.map((key) => tokenLabel(tokens[key])),
    chosen: best,
    number: open[best],
    note: t('Only the open keys of {query} stand in its sum: {count} of {all}.', {
      query: tokenName(tokens, row),
      count: open.length,
      all: tokens.length,
    }),
  });
}

/** How many positions a query has been reached by, after each layer. */
export const reachCounts = ({ reach }, row) =>
  reach.map((layer) => layer[row].filter(Boolean).length);

/** Lengths whose cost stands beside that of the own text. */
export const LENGTHS = [128, 1024, 8192, 32768];

const counts = new Intl.NumberFormat(language);
export const countText = (count) => counts.format(count);

/** Scores to compute over n positions: all of them, those of a window, a causal half; those of what is
 * no padding; of a tree of n words, each with itself and along n - 1 edges both ways. */
export const scoresOf = {
  all: (n) => n * n,
  causal: (n) => (n * (n + 1)) / 2,
  padding: (n, w) => n * (n - Math.min(w, n)),
  edges: (n) => 3 * n - 2,
  window: (n, w) => {
    // At both ends a window is cut.
    const cut = Math.min(w, n - 1);
    return n * (2 * cut + 1) - cut * (cut + 1);
  },
};

/** The change of state that closes the strongest open key of a row. */
export function closeStrongest({ masked_pattern, mask }, row, { flips }) {
  const open = mask[row].filter(Boolean).length;
  if (open < 2) return {};
  return { flips: toggle(flips, row, strongest(masked_pattern[row])), query_pos: row };
}

/** What each mask cost those that were trained under it. @param {any} answer of POST /learn/twins */
export const trainedText = (answer) =>
  t(
    'Tags right: {window} with the window, {all} with everything, {causal} with what came before. Parents right: {parents_window}, {parents_all}, {parents_causal}; one that stands beyond the window, or to the right under a causal mask, cannot be found at all.',
    {
      window: meanOf(answer, 'window', 'tags'),
      all: meanOf(answer, 'base', 'tags'),
      causal: meanOf(answer, 'causal', 'tags'),
      parents_window: meanOf(answer, 'window', 'parents'),
      parents_all: meanOf(answer, 'base', 'parents'),
      parents_causal: meanOf(answer, 'causal', 'parents'),
    },
  );
