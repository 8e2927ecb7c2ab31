import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  compactText,
  focusText,
  hiddenShare,
  leftOutText,
  linkMarks,
  linksName,
  strongestLinks,
  tokenLinks,
} from '../../static/js/figures/links.js';
import {
  cellText,
  heatmapName,
  heatmapNote,
  visiblePattern,
} from '../../static/js/figures/pattern.js';
import { headOfMeasure } from '../../static/js/pages/inspector/measures.js';

// 2 queries, 3 keys; the first key is special.
const queryTokens = ['its', 'just'].map((text) => ({ text, special: false }));
const keyTokens = ['[CLS]', 'Law', 'be'].map((text, i) => ({ text, special: i === 0 }));
const open = { kind: 'encoder', layer: 3, head: 1, color: 'var(--head-1)' };
const matrix = { data: Float32Array.of(1, -4, 0.5, 0, 2, NaN), rows: 2, cols: 3 };
const head = headOfMeasure('gradient_pattern', open, matrix);
const all = { heads: [head], queryTokens, keyTokens, threshold: 0, topK: 3, hideSpecial: false };
const shown = { head, queryTokens, keyTokens, hideSpecial: false };
const plain = (text) => text.replace(/[\u2066-\u2069]/g, '');

test('signed links are ranked by their size, and their threshold is a share of the largest', () => {
  const weights = (options) =>
    strongestLinks({ ...all, ...options }).links.map((one) => one.weight);
  assert.deepEqual(weights({}), [0.5, 1, 2, -4]);
  assert.deepEqual(weights({ threshold: 0.5 }), [2, -4]);
  assert.deepEqual(weights({ topK: 1 }), [2, -4]);
  assert.deepEqual(
    tokenLinks(all, { side: 'query', pos: 0 }).map(({ weight }) => weight),
    [0.5, 1, -4],
  );
});

test('the sign of a link is its colour, its size its width', () => {
  const { links } = strongestLinks(all);
  const marks = linkMarks(links, [head], { queryX: 0, keyX: 100, rowHeight: 20 });
  assert.deepEqual(
    marks.map(({ color, width }) => [color, width]),
    [
      ['var(--diverge-positive)', 0.75 + 5.25 / 8],
      ['var(--diverge-positive)', 0.75 + 5.25 / 4],
      ['var(--diverge-positive)', 0.75 + 5.25 / 2],
      ['var(--diverge-negative)', 6],
    ],
  );
});

test('norms keep the colour of the head', () => {
  const norms = headOfMeasure('norms', open, { ...matrix, data: matrix.data.map(Math.abs) });
  const { links } = strongestLinks({ ...all, heads: [norms] });
  const marks = linkMarks(links, [norms], { queryX: 0, keyX: 100, rowHeight: 20 });
  assert.deepEqual(new Set(marks.map(({ color }) => color)), new Set(['var(--head-1)']));
});

test('what is drawn and hidden is told of sizes, since rows do not sum to one', () => {
  const selection = strongestLinks({ ...all, topK: 1, threshold: 0.05 });
  assert.equal(selection.weightShare, 6 / 7.5);
  assert.equal(
    leftOutText(selection, { ...all, topK: 1, threshold: 0.05 }),
    "2 of 5 links drawn: each query's strongest, at least 5.0 % of the largest. They hold 80 % of all sizes.",
  );
  assert.equal(hiddenShare([head], queryTokens, keyTokens), 1 / 7.5);
  assert.equal(hiddenShare([head], queryTokens, keyTokens, 0), 1 / 5.5);
});

test('the picture and its sentence are named after the layer', () => {
  const links = tokenLinks(all, { side: 'query', pos: 0 });
  const told = focusText(links, all, { side: 'query', pos: 0 });
  assert.match(plain(told), /^its \(0\) counts through its links to Law \(1\) −4\.000 · /);
  const name = linksName(all, strongestLinks(all));
  assert.match(plain(name), /^Token links of layer 3 head 1, gradient × pattern, 2 queries/);
  assert.match(plain(name), /from its \(0\) to Law \(1\), −4\.000\.$/);
});

test('a cell tells its number in the layer, the weight beside it, and what a blank is', () => {
  const weights = Float32Array.of(0.5, 0.25, 0.25, 0, 1, NaN);
  const told = cellText({ ...shown, head: { ...head, weights } }, { row: 0, col: 1 });
  assert.deepEqual([told.title, told.value], ['layer 3 head 1, gradient × pattern', '−4.000']);
  assert.deepEqual(told.rows.at(-1), ['pattern', '0.2500']);
  const flow = headOfMeasure('flow', open, matrix);
  assert.equal(cellText({ ...shown, head: flow }, { row: 1, col: 2 }).value, 'no path');
  assert.match(heatmapNote({ head: flow }, 1), /^Grey cells: no path leads there/);
  const name = heatmapName({ ...shown, head: flow }, visiblePattern(shown));
  assert.match(plain(name), /^Heatmap of layers 0 to 3, flow: .*key Law \(1\): −4\.000\.$/);
});

test('where there is little room a number is short, and keeps its sign', () => {
  assert.deepEqual([2.3504, 0.4321, -0.08412, -0.000079, 0].map(compactText), [
    '2.35',
    '0.432',
    '−0.084',
    '−7.9e−5',
    '0',
  ]);
});
