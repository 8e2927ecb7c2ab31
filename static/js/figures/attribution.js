// Integrated gradients, ready to be drawn: a bar for each token, and the sum in words. Pure.

import { t } from '../language/messages.js';
import { numberText, shareText } from './axis.js';

const BASELINES = {
  mean: t('the mean vector of all tokens'),
  zero: t('no vector'),
  mask: t('the mask token'),
};

/**
 * @param {readonly number[]} values
 * @returns {{value: number, share: number}[]} share of the largest size, −1 to 1
 */
export function tokenBars(values) {
  const most = Math.max(...values.map(Math.abs)) || 1;
  return values.map((value) => ({ value, share: value / most }));
}

/**
 * Whether the numbers add up to what they explain (completeness).
 * @param {{values: number[], at_input: number, at_baseline: number, gap: number, relative_gap: number|null, baseline: string}} answer
 */
export function completenessText({ at_input, at_baseline, gap, relative_gap, baseline }) {
  const moved = at_input - at_baseline;
  const [sum, of] = [numberText(moved + gap), numberText(moved)];
  const missed = relative_gap === null ? numberText(gap, 2) : shareText(relative_gap);
  return t(
    'Sums to {sum} of {of}: gap {missed}. With {baseline} in place of each typed token the output is {at_baseline}, with the text {at_input}.',
    {
      sum,
      of,
      missed,
      baseline: BASELINES[baseline],
      at_baseline: numberText(at_baseline),
      at_input: numberText(at_input),
    },
  );
}
