import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  cellExplanation,
  STRIPS,
  stripCells,
  stripName,
  stripRowHeight,
  stripText,
  vectorOf,
} from '../../static/js/figures/strips.js';

const matrix = (rows, cols, fill) => ({
  data: Float32Array.from({ length: rows * cols }, fill),
  rows,
  cols,
});
const q = matrix(3, 2, (_, i) => [1, 2, 0.5, -1, 3, 0][i]);
const k = matrix(5, 2, (_, i) => [1, 1, 2, -1, 0, 0, -2, 4, 8, 8][i]);
const keyTokens = ['[CLS]', 'The', 'Law', 'be', '.'].map((text) => ({ text }));

test('a strip keeps its shape and tells its range', () => {
  const cells = stripCells(k);
  assert.deepEqual([cells.rows, cells.cols, cells.range], [5, 2, 8]);
  assert.equal(cells.t[6], 0.375);
  assert.throws(() => stripCells({ ...k, rows: 4 }), /invalid matrix: 10 numbers are not 4 x 2/);
});

test('there is one strip for each vector, in the order of the computation', () => {
  assert.deepEqual(
    STRIPS.map(({ name, side }) => `${name} ${side}`),
    ['q query', 'k key', 'v key', 'z query'],
  );
});

test('a row is its token’s vector', () => {
  assert.deepEqual([...vectorOf(q, 1)], [0.5, -1]);
  assert.throws(() => vectorOf(q, 3), /invalid row: 3 of 3/);
});

test('rows of 512 tokens can still be pointed at', () => {
  assert.equal(stripRowHeight(512), 3);
  assert.equal(stripRowHeight(27), 13);
  assert.equal(stripRowHeight(2), 18);
  assert.throws(() => stripRowHeight(0), /invalid rows: 0/);
});

test('hovering tells the real number, its token and its dimension', () => {
  assert.deepEqual(stripText('k', k, keyTokens, 3, 1), {
    title: 'k of be (3)',
    value: '4.000',
    rows: [['dimension', '1']],
  });
});

test('a strip has a name', () => {
  assert.equal(
    stripName(STRIPS[0], q, 2.5),
    'Queries: what each token looks for. 3 tokens by 2 dimensions, colours from −2.5 to 2.5.',
  );
});

test('the explanation multiplies and adds q and k as on paper', () => {
  const { query, keys } = cellExplanation({ q, k, cell: { query_pos: 1, key_pos: 3 }, keyTokens });
  assert.deepEqual([...query], [0.5, -1]);
  const { products, dot } = keys.find(({ key_pos }) => key_pos === 3);
  assert.deepEqual([...products], [-1, -4]);
  assert.equal(dot, -5);
  assert.deepEqual(
    keys.map((key) => key.dot),
    [-0.5, 2, 0, -5, -4],
  );
});

test('the explanation lists the strongest keys and the chosen one, in the order of the text', () => {
  const pattern = new Float32Array(15);
  pattern.set([0.125, 0.5, 0.25, 0.03125, 0.09375], 5);
  const { keys, rest, restWeight } = cellExplanation(
    { q, k, cell: { query_pos: 1, key_pos: 3 }, head: { pattern, cols: 5 }, keyTokens },
    3,
  );
  assert.deepEqual(
    keys.map(({ key_pos }) => key_pos),
    [1, 2, 3],
  );
  assert.equal(rest, 2);
  assert.equal(restWeight, 0.125 + 0.09375);
});

test('scores and weights in the explanation are the given ones, and absent if none are given', () => {
  const scores = Float32Array.from({ length: 15 }, (_, i) => i);
  const cell = { query_pos: 2, key_pos: 0 };
  const pattern = new Float32Array(15).fill(0.2);
  const told = cellExplanation({ q, k, cell, head: { pattern }, scores, keyTokens });
  assert.equal(told.keys[0].score, 10);
  assert.equal(told.keys[0].weight, Math.fround(0.2));
  const plain = cellExplanation({ q, k, cell, keyTokens });
  assert.equal(plain.keys[0].score, null);
  assert.equal(plain.restWeight, null);
});

test('a masked key comes last in the explanation', () => {
  const pattern = new Float32Array(15).fill(0.25);
  pattern[1] = NaN;
  const { keys } = cellExplanation(
    { q, k, cell: { query_pos: 0, key_pos: 0 }, head: { pattern }, keyTokens },
    4,
  );
  assert.deepEqual(
    keys.map(({ key_pos }) => key_pos),
    [0, 2, 3, 4],
  );
});
