/** One weight of a softmax, worked out of its row of scores. Pure. */

import { t } from '../language/messages.js';
import { tex } from './math.js';

/**
 * @param {object} row
 * @param {readonly number[]} row.scores
 * @param {readonly string[]} row.labels of the keys
 * @param {number} row.chosen the key whose weight it is
 * @param {number} [row.number] what that key is counted as
 * @param {number|null} [row.own] what the model has
 * @param {string} [row.note]
 * @returns {import('./walk/entries.js').Entry}
 */
export function softmaxEntry({ scores, labels, chosen, number = chosen, own = null, note = '' }) {
  const largest = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - largest));
  const total = powers.reduce((all, power) => all + power, 0);
  const all = `\u00a0${t('the sum of all')}\u00a0`;
  return {
    name: tex`y_${number}`,
    rule: tex`e^{x_${number} - max} / ${all} ${scores.length}`,
    kind: 'share',
    terms: powers.map((power, key) => ({
      label: labels[key],
      numbers: [scores[key], power],
      value: power / total,
    })),
    heads: [t('key'), 'x', 'exp(x − max)', 'y'],
    value: powers[chosen] / total,
    own,
    total,
    chosen,
    note,
  };
}
