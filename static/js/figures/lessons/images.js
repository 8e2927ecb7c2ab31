/** What the lesson on images shows: what a head looks at in a picture, and what models say of it. Pure. */

import { t } from '../../language/messages.js';
import { numberText, shareText, upTo } from '../axis.js';
import { INK, placeText } from '../digit.js';
import { tex } from '../math.js';
import { softmaxEntry } from '../softmax-entry.js';
import { strongest } from '../walk/run.js';
import { figureOf, rangeText } from './card.js';

export const FORMULAS = {
  patch: tex`x_i = ${t('patch')}_i W + b`,
  place: tex`x_i = ${t('patch')}_i W + b + p_i`,
  row: tex`a_{0 j} = \frac{e^{s_{0 j}}}{\sum_{j′} e^{s_{0 j′}}}`,
  occlusion: tex`a_{i j} = 0 ${`\u00a0${t('for every patch')}\u00a0`} j ${`\u00a0${t('that is covered')}`}`,
};

/** @type {Readonly<Record<string, string>>} */
export const MODELS = {
  patches: t('patches of 2 × 2, with positions'),
  no_positions: t('patches of 2 × 2, without positions'),
  pixels: t('patches of 1 × 1, with positions'),
  convolution: t('a small convolutional network'),
  logistic: t('logistic regression'),
};

/** Those that are made of attention. @type {[string, string][]} */
export const ATTENTION = [
  ['patches', t('2 × 2 pixels')],
  ['pixels', t('1 pixel')],
];

/** @type {[string, string][]} */
export const OCCLUSIONS = [
  ['most', t('those that it looks at most')],
  ['least', t('those that it looks at least')],
  ['ink', t('those with the most ink')],
  ['random', t('random ones')],
];

export const MISTAKES = [
  {
    claim: t('“A model for images sees rows and columns.”'),
    answer: t(
      'Attention sees a set of vectors. Where a patch stands it knows from the vector of its position alone: without it, any order of the patches is the same picture.',
    ),
  },
  {
    claim: t('“It looks at the ink.”'),
    answer: t(
      'Somewhat more than at blank paper: weight and ink go together only weakly. Yet what it looks at counts: cover that, and it fails far more often than with other patches covered, those with the most ink included.',
    ),
  },
  {
    claim: t('“For images attention is better than convolution.”'),
    answer: t(
      'Not on so little data: a convolution of a tenth of the numbers is as good here, and so is a look at the nearest known picture. A convolution has the neighbours built in; attention has to learn them.',
    ),
  },
];

/** What a position is called: CLS, or a patch by its row and column. @param {string} label */
export function positionText(label) {
  const [row, column] = label.split('-');
  return column === undefined ? label : placeText(row, column);
}

/** What is said of the picture, and what it is. @param {any} answer of POST /learn/images */
export function saidPairs({ label, shares, nearest }) {
  /** @type {[string, string][]} */
  const pairs = [
    [t('the model says'), `${strongest(shares)} (${shareText(shares[strongest(shares)])})`],
  ];
  if (label !== null) pairs.push([t('it is'), String(label)]);
  pairs.push([t('the nearest known picture is of'), String(nearest)]);
  return pairs;
}

/** What every model gives each digit. @param {readonly any[]} classifiers */
export const classifiersTable = (classifiers) => ({
  name: t('What each model gives each digit'),
  titled: true,
  rows: classifiers.map(({ model }) => MODELS[model]),
  cols: classifiers[0].shares.map((_, digit) => String(digit)),
  values: classifiers.map(({ shares }) => shares),
  kind: /** @type {const} */ ('share'),
  write: (value) => value.toFixed(2),
});

/** Lines of the card: mean, least and most over the trainings. */
const spread = (name, rows, lines) => ({
  name,
  titled: true,
  rows,
  cols: [t('mean'), t('least'), t('most')],
  values: lines.map(({ mean, least, most }) => [mean, least, most]),
  kind: /** @type {const} */ ('share'),
  write: (value) => value.toFixed(3),
});

/** How many are right of the pictures that were kept from training. @param {readonly any[]} figures */
export function accuracyTable(figures) {
  const models = Object.keys(MODELS);
  const lines = models.map((model) => figureOf(figures, model, 'accuracy'));
  return spread(
    t('Right, of 360 pictures that were kept from training, over {seeds} trainings', {
      seeds: lines[0].seeds,
    }),
    models.map((model) => MODELS[model]),
    lines,
  );
}

/** How many are right with patches covered. @param {readonly any[]} figures */
export function occlusionTable(figures) {
  const lines = ['accuracy', ...OCCLUSIONS.map(([occlusion]) => `occluded_${occlusion}`)].map(
    (measure) => figureOf(figures, 'patches', measure),
  );
  return spread(
    t('Right with a quarter of the patches covered, over {seeds} trainings', {
      seeds: lines[0].seeds,
    }),
    [t('none'), ...OCCLUSIONS.map(([, name]) => name)],
    lines,
  );
}

export const accuracyOf = (figures, model) => shareText(figureOf(figures, model, 'accuracy').mean);
export const nearestOf = (figures) =>
  shareText(figureOf(figures, 'patches', 'accuracy').baselines.nearest);
export const occludedOf = (figures, occlusion) =>
  shareText(figureOf(figures, 'patches', `occluded_${occlusion}`).mean);

/** How looks and ink go together, over the trainings. @param {readonly any[]} figures */
export function inkPairs(figures) {
  const onInk = figureOf(figures, 'patches', 'on_ink');
  const together = figureOf(figures, 'patches', 'ink_correlation');
  const over = (figure) => rangeText(figure, (value) => numberText(value, 2));
  return /** @type {[string, string][]} */ ([
    [t('of what it gives patches, on those with ink'), over(onInk)],
    [t('were all patches alike'), numberText(onInk.baselines.uniform, 2)],
    [t('correlation of weight and ink'), over(together)],
  ]);
}

/** One map for each head: what the query gives the patches. @param {any} answer */
export function headMaps({ axis, pixels, pattern, occluded, query_pos }) {
  const cells = Math.sqrt(axis.labels.length - 1);
  return pattern.flatMap((heads, layer) =>
    heads.map((row, head) => ({
      layer,
      head,
      name: t('Head {layer}-{head}', { layer, head }),
      toCls: row[0],
      map: {
        pixels,
        ink: INK,
        cells,
        weights: row.slice(1),
        covered: occluded.map((position) => position - 1),
        chosen: query_pos > 0 ? query_pos - 1 : null,
      },
    })),
  );
}

/** What a patch says of itself. @param {any} answer */
export function patchText({ axis, pattern }, { layer, head }, place) {
  const position = 1 + place;
  return {
    title: t('weight'),
    value: numberText(pattern[layer][head][position], 4),
    rows: [[t('patch'), positionText(axis.labels[position])]],
  };
}

/** The largest weight of a head's row, worked out. @param {any} answer */
export function rowEntry({ axis, scores, pattern }, { layer, head }) {
  const best = strongest(pattern[layer][head]);
  return softmaxEntry({
    scores: scores[layer][head],
    labels: axis.labels,
    chosen: best,
    own: pattern[layer][head][best],
    note: t('Head {layer}-{head} looks most at {patch}.', {
      layer,
      head,
      patch: positionText(axis.labels[best]),
    }),
  });
}

/** How far two answers of a model lie apart, at most. */
export function apart(before, after, model) {
  const [a, b] = [before, after].map(({ classifiers }) =>
    classifiers.find((one) => one.model === model),
  );
  return Math.max(...a.shares.map((share, digit) => Math.abs(share - b.shares[digit])));
}

/** What both attention models give each digit, before the patches change places and after. */
export function orderTable(before, after) {
  const rows = ['patches', 'no_positions'].flatMap((model) =>
    [
      [t('as it is'), before],
      [t('shuffled'), after],
    ].map(([order, { classifiers }]) => ({
      name: `${MODELS[model]}, ${order}`,
      shares: classifiers.find((one) => one.model === model).shares,
    })),
  );
  return {
    ...classifiersTable(after.classifiers),
    name: t('What the models give each digit, before and after'),
    rows: rows.map(({ name }) => name),
    values: rows.map(({ shares }) => shares),
  };
}

/** What the model says with nothing covered, and with the patches. */
export function occlusionPairs(before, after) {
  const digit = strongest(before.shares);
  /** @type {[string, string][]} */
  const pairs = [
    [t('it gives {digit}, nothing covered', { digit }), shareText(before.shares[digit])],
    [t('covered'), shareText(after.shares[digit])],
    [t('it says now'), String(strongest(after.shares))],
  ];
  return pairs;
}

const numbers = (count) => upTo(count).map(String);

/** A picture in numbers. @param {number[][]} pixels */
export const inkTable = (pixels, name = t('The picture as it is read, 8 by 8 pixels')) => ({
  name,
  rows: numbers(pixels.length),
  cols: numbers(pixels.length),
  values: pixels.map((line) => line.map((ink) => ink / INK)),
  kind: /** @type {const} */ ('share'),
  write: (value) => String(Math.round(INK * value)),
});

/** A map in numbers. */
export const mapTable = (name, { weights, cells }) => ({
  name,
  rows: numbers(cells),
  cols: numbers(cells),
  values: numbers(cells).map((_, row) => weights.slice(row * cells, (row + 1) * cells)),
  kind: /** @type {const} */ ('share'),
  write: (value) => value.toFixed(3),
});
