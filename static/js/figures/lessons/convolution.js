/** What the lesson on convolutions shows: nine heads of one offset each, and their sum. Pure. */

import { t } from '../../language/messages.js';
import { scientificText } from '../axis.js';
import { placeText, SIZE } from '../digit.js';
import { tex } from '../math.js';

export const FORMULAS = {
  convolution: tex`y_i = \sum_{d} w_d x_{i + d} + b`,
  attention: tex`y_i = \sum_{h} \sum_{j} a_{i j}^{h} x_j w_h + b`,
  place: tex`s_{i j}^{h} = 100 ${`\u00a0${t('for')}\u00a0`} j = i + d_h ${`\u00a0${t('else 0')}`}`,
};

export const MISTAKES = [
  {
    claim: t('“Attention and convolution are opposites.”'),
    answer: t(
      'A convolution is attention whose pattern does not depend on what is read: each head looks at one fixed offset. Attention may learn that, and may learn other patterns.',
    ),
  },
  {
    claim: t('“One head can be a convolution.”'),
    answer: t(
      'Only one with a kernel of a single weight. A row of a pattern sums to 1 and multiplies all channels alike: each offset with weights of its own needs a head of its own.',
    ),
  },
];

const ARROWS = ['↖', '↑', '↗', '←', '·', '→', '↙', '↓', '↘'];

/** The heads by the offset at which they look. @type {[string, string][]} */
export const HEADS = ARROWS.map((arrow, head) => [String(head), arrow]);

/** Where each head looks, from a pixel. */
export const DIRECTIONS = [
  t('above it and to the left'),
  t('above it'),
  t('above it and to the right'),
  t('to the left of it'),
  t('itself'),
  t('to the right of it'),
  t('below it and to the left'),
  t('below it'),
  t('below it and to the right'),
];

/** How far both lie apart. */
export const differenceText = (difference) =>
  difference === 0
    ? t('Here they do not differ in a single digit.')
    : t('They differ by {difference} at most.', { difference: scientificText(difference) });

/** The pixel at which a head looks from another; null: it is beyond the edge. */
export function targetOf(pixel, [down, right]) {
  const [row, column] = rowAndColumn(pixel).map((at, axis) => at + [down, right][axis]);
  const inside = row >= 0 && row < SIZE && column >= 0 && column < SIZE;
  return inside ? row * SIZE + column : null;
}

/** @returns {[number, number]} */
const rowAndColumn = (pixel) => [Math.floor(pixel / SIZE), pixel % SIZE];

/** What a pixel is called; null: what is beyond the edge. */
export const pixelName = (pixel) =>
  pixel === null ? t('beyond the edge') : placeText(...rowAndColumn(pixel));

/** One pixel of the channel as the sum of what nine heads bring. @param {any} answer */
export function pixelEntry({ offsets, image, kernel, bias, contributions, by_convolution }, pixel) {
  const weights = kernel.flat();
  const inputs = image.flat();
  const terms = offsets.map((offset, head) => {
    const target = targetOf(pixel, offset);
    const x = target === null ? 0 : inputs[target];
    return {
      label: `${ARROWS[head]} ${target === null ? '' : rowAndColumn(target).join('-')}`,
      numbers: [x, weights[head]],
      value: contributions[head][pixel],
    };
  });
  terms.push({ label: t('bias'), numbers: [1, bias], value: bias });
  return {
    name: tex`y_${pixel}`,
    rule: tex`\sum_{h} x_{i + d_h} w_h + b`,
    kind: /** @type {const} */ ('products'),
    terms,
    heads: [t('head'), 'x', 'w', 'x · w'],
    value: terms.reduce((all, { value }) => all + value, 0),
    own: by_convolution.flat()[pixel],
    note: t('Beyond the edge there is a key whose value is 0.'),
  };
}

/** What a row gives all keys but one. @param {readonly number[]} row */
export const elsewhere = (row, target) =>
  row.reduce((all, weight, key) => (key === target ? all : all + weight), 0);

/** What a cell of the pattern says of itself. @param {any} answer */
export const patternText = ({ pattern }, { row, col }) => ({
  title: t('weight'),
  value:
    pattern[row][col] > 1e-6 ? pattern[row][col].toFixed(6) : pattern[row][col].toExponential(1),
  rows: [
    [t('query'), pixelName(row)],
    [t('key'), pixelName(col < SIZE * SIZE ? col : null)],
  ],
});
