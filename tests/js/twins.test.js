// What lessons say of models that differ in one choice.

import assert from 'node:assert/strict';
import test from 'node:test';

import * as heads from '../../static/js/figures/lessons/heads.js';
import * as order from '../../static/js/figures/lessons/order.js';
import { cellIn, scoreEntry, twinTable } from '../../static/js/figures/lessons/twins.js';

const close = (a, b) => assert.ok(Math.abs(a - b) < 1e-6, `${a} is not ${b}`);
const TOKENS = ['a', 'b', 'c'].map((text) => ({ text }));

test('a scaled score is worked out as a product and then divided', () => {
  const twin = {
    score: 'scaled_dot',
    d_head: 4,
    q: [[[1, 2, 3, 4]]],
    k: [[[1, 0, 1, 0.5]]],
    v_a: null,
    scores: [[[3]]],
  };
  const entry = scoreEntry(twin, { row: 0, col: 0 });
  close(entry.value, 6);
  close(entry.own, 6);
  assert.match(entry.note, /√4.*3/);
});

test('an additive score is v_a times a tanh in each dimension, and nothing divides it', () => {
  const twin = {
    score: 'additive',
    d_head: 2,
    q: [[[0.5, -1]]],
    k: [[[0.25, 0.5]]],
    v_a: [[2, -3]],
    scores: [[[2 * Math.tanh(0.75) - 3 * Math.tanh(-0.5)]]],
  };
  const entry = scoreEntry(twin, { row: 0, col: 0 });
  close(entry.value, 2 * Math.tanh(0.75) + 3 * Math.tanh(0.5));
  close(entry.own, entry.value);
  assert.equal(entry.note, '');
});

test('a cell of an address stays within the text', () => {
  const twins = [{ pattern: [[[1], [0.1, 0.2, 0.7]]] }];
  assert.deepEqual(cellIn({ tokens: TOKENS, twins }, [9, 1]), { row: 2, col: 1 });
  assert.deepEqual(cellIn({ tokens: TOKENS, twins }, null), { row: 1, col: 2 });
});

test('a table of models says each figure, time beside that of the base', () => {
  const figure = (model, measure, mean) => ({
    model,
    measure,
    mean,
    least: mean,
    most: mean,
    seeds: 1,
  });
  const answer = {
    twins: [
      { twin: 'base', attention_parameters: 32768 },
      { twin: 'additive', attention_parameters: 32896 },
    ],
    figures: [
      figure('base', 'seconds', 100),
      figure('additive', 'seconds', 450),
      figure('base', 'tags', 0.89),
      figure('additive', 'tags', 0.877),
    ],
  };
  const { heads: columns, rows } = twinTable(answer, ['tags', 'seconds'], { base: 'the base' });
  assert.deepEqual(columns, ['model', 'tags right', 'time to train']);
  assert.deepEqual(rows, [
    ['the base', '0.890', '× 1.0'],
    ['additive', '0.877', '× 4.5'],
  ]);
});

const TWO = {
  tokens: TOKENS,
  twins: [
    {
      heads: [0, 1],
      contributions: [[[1, 2, 0, 0, 0, 0, 0, 0, 0]], [[2, -5, 0, 0, 0, 0, 0, 0, 1]]],
      output: [[3, -3, 0, 0, 0, 0, 0, 0, 1]],
    },
  ],
};

test('what heads write stands above its sum and the output', () => {
  const { rows, values } = heads.contributionTable(TWO, 0);
  assert.deepEqual(rows, ['Head 0', 'Head 1', 'sum', 'output']);
  assert.deepEqual(values[2], [3, -3, 0, 0, 0, 0, 0, 0]);
  assert.deepEqual(values[3], values[2]);
  const entry = heads.outputEntry(TWO, 0);
  assert.deepEqual([entry.value, entry.own], [3, 3]);
});

test('words stand in both orders, and rounding is seen to be that', () => {
  assert.deepEqual(order.sentences({ words: ['a', 'b', 'c'], order: [2, 0, 1] }), [
    ['a', 'b', 'c'],
    ['c', 'a', 'b'],
  ]);
  assert.match(order.differenceText(3.2e-16), /3\.2.*10⁻¹⁶/);
  assert.equal(order.differenceText(0), '0');
  assert.equal(order.differenceText(0.1234), '0.123');
});
