import assert from 'node:assert/strict';
import { test } from 'node:test';

import { poolingOf, poolingText } from '../../static/js/figures/pooling.js';

const words = [
  { text: '[CLS]', tokens: [0] },
  { text: '苹果', tokens: [1, 2] },
  { text: '很', tokens: [3] },
  { text: '好吃', tokens: [4, 5] },
];
const tokens = ['[CLS]', '苹', '果', '很', '好', '吃'].map((text, pos) => ({
  text,
  word: words.findIndex((word) => word.tokens.includes(pos)),
}));
const side = { tokens, words };
const sides = { query: side, key: side };
const data = new Float32Array(36);
data.set([0.5, 0.25, 0.125], 4 * 6 + 1);
data.set([0.0625, 0.125], 5 * 6 + 1);
const pattern = { data, cols: 6 };
const plain = (text) => text.replace(/[\u2066-\u2069]/g, '');

test('a word gives a word the mean over its tokens of the sum over the other word’s tokens', () => {
  const pooling = poolingOf(sides, { query_pos: 4, key_pos: 2 }, pattern);
  assert.deepEqual(
    pooling.rows.map(({ piece, weights, sum }) => [piece.text, weights, sum]),
    [
      ['好', [0.5, 0.25], 0.75],
      ['吃', [0.0625, 0.125], 0.1875],
    ],
  );
  assert.equal(pooling.value, 0.46875);
  assert.equal(
    plain(poolingText(pooling)),
    'Between words, 好吃 gives 苹果 0.4688: the sum over 苹, 果, then the mean over 好, 吃.',
  );
});

test('where one word is one token, one step is left', () => {
  const toOne = poolingOf(sides, { query_pos: 5, key_pos: 3 }, pattern);
  assert.equal(
    plain(poolingText(toOne)),
    'Between words, 好吃 gives 很 0.06250: the mean over 好, 吃.',
  );
  const fromOne = poolingOf(sides, { query_pos: 3, key_pos: 1 }, pattern);
  assert.equal(plain(poolingText(fromOne)), 'Between words, 很 gives 苹果 0: the sum over 苹, 果.');
});

test('a cell between single tokens needs no bridge, and a masked one gives nothing', () => {
  assert.equal(poolingOf(sides, { query_pos: 3, key_pos: 0 }, pattern), null);
  const masked = { data: new Float32Array(36).fill(NaN), cols: 6 };
  assert.equal(poolingOf(sides, { query_pos: 1, key_pos: 4 }, masked).value, 0);
});
