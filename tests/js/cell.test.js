import assert from 'node:assert/strict';
import { test } from 'node:test';

import { cellSteps, cellTitle, productRows, residualText } from '../../static/js/figures/cell.js';

// Worked by hand: q.k = 2 * 3 + (-1) * 0.5 + 0 * 4 = 5.5, scaled by 0.5; the row is [2.75, 0.75].
const cell = {
  kind: 'encoder',
  layer: 3,
  head: 1,
  query_pos: 9,
  key_pos: 2,
  query_token: { text: 'its' },
  key_token: { text: 'Law' },
  q: [2, -1, 0],
  k: [3, 0.5, 4],
  products: [6, -0.5, 0],
  dot: 5.5,
  scale: 0.5,
  score: 2.75,
  softcap: null,
  capped: null,
  bias: null,
  masked: false,
  logit: 2.75,
  row_max: 2.75,
  exp: 1,
  denominator: 1 + Math.exp(-2),
  pattern: 1 / (1 + Math.exp(-2)),
  v: [1, 0, -2],
  weighted_v: [0.8808, 0, -1.7616],
  z: [1, 0.5, -2],
  contribution: [0.3, -0.4],
  contribution_norm: 0.5,
  model_score: 2.75,
  model_pattern: 0.8808,
  residual: { score: 0, pattern: -2e-8, z: 3e-7, output: 4.5e-7 },
};

const text = (formula) =>
  formula
    .map((part) => {
      if (typeof part === 'string') return part;
      return 'n' in part
        ? String(Number(part.n.toPrecision(5)))
        : `${part.v ?? ''}${part.sub ? `_${part.sub}` : ''}`;
    })
    .join('');
const stepOf = (given, id) => cellSteps(given).find((step) => step.id === id);

test('the steps follow the computation', () => {
  assert.deepEqual(
    cellSteps(cell).map(({ id }) => id),
    ['products', 'dot', 'score', 'logit', 'pattern', 'value', 'z', 'contribution'],
  );
});

test('each step is written out with its numbers', () => {
  assert.equal(text(stepOf(cell, 'dot').formulas[0]), 'q · k = ∑ q_dk_d = 5.5');
  assert.equal(text(stepOf(cell, 'score').formulas[0]), '5.5 × 0.5 = 2.75');
  assert.equal(text(stepOf(cell, 'logit').formulas[0]), '2.75 + 0 = 2.75');
  assert.deepEqual(stepOf(cell, 'pattern').formulas.map(text), [
    'exp(2.75 − 2.75) = 1',
    '1 / 1.1353 = 0.8808',
  ]);
});

test('the usual scale is named as one over the square root of d_head', () => {
  const usual = { ...cell, scale: 1 / Math.sqrt(3), score: 5.5 / Math.sqrt(3) };
  assert.equal(text(stepOf(usual, 'score').formulas[0]), '5.5 × 0.57735 (1/√3) = 3.1754');
  assert.match(stepOf({ ...cell, scale: 1 }, 'score').meaning, /does not scale/);
});

test('residuals stand with the step that they belong to', () => {
  const residuals = cellSteps(cell)
    .filter(({ residual }) => residual)
    .map(({ id, residual }) => [id, residual.value]);
  assert.deepEqual(residuals, [
    ['score', 0],
    ['pattern', -2e-8],
    ['z', 3e-7],
    ['contribution', 4.5e-7],
  ]);
});

test('a residual is written in powers of ten, and zero as equal', () => {
  assert.equal(
    residualText({ of: 'pattern', value: -2e-8 }),
    'Differs from the model’s own pattern by 2.0 × 10⁻⁸.',
  );
  assert.equal(residualText({ of: 'score', value: 0 }), 'Equal to the model’s own score.');
});

test('every dimension is listed with its product', () => {
  assert.deepEqual(productRows(cell), [
    { d: 0, q: 2, k: 3, product: 6, share: 1 },
    { d: 1, q: -1, k: 0.5, product: -0.5, share: -0.5 / 6 },
    { d: 2, q: 0, k: 4, product: 0, share: 0 },
  ]);
});

test('the dimensions that count most are named', () => {
  assert.match(
    stepOf(cell, 'products').meaning,
    /Dimensions 0 \(6\.000\) and 1 \(−0\.5000\) count most/,
  );
});

test('a softcap is a step of its own', () => {
  const capped = { ...cell, softcap: 50, capped: 2.747 };
  assert.equal(text(stepOf(capped, 'softcap').formulas[0]), '50 × tanh(2.75 / 50) = 2.747');
  assert.equal(text(stepOf(capped, 'logit').formulas[0]), '2.747 + 0 = 2.75');
});

test('a bias is added and explained', () => {
  const biased = { ...cell, bias: -1.25, logit: 1.5 };
  assert.equal(text(stepOf(biased, 'logit').formulas[0]), '2.75 + -1.25 = 1.5');
  assert.match(stepOf(biased, 'logit').meaning, /bias/);
});

test('a masked cell says so and takes nothing', () => {
  const masked = { ...cell, masked: true, logit: null, exp: null, pattern: 0 };
  assert.match(text(stepOf(masked, 'logit').formulas[0]), /masked$/);
  assert.equal(text(stepOf(masked, 'pattern').formulas[0]), 'exp(−∞) / 1.1353 = 0');
});

test('a row that may look nowhere is shared out evenly', () => {
  const nowhere = {
    ...cell,
    masked: true,
    logit: null,
    exp: null,
    denominator: 7,
    pattern: 1 / 7,
    row_max: 0,
  };
  assert.equal(text(stepOf(nowhere, 'pattern').formulas[0]), '1 / 7 = 0.14286');
  assert.match(stepOf(nowhere, 'pattern').meaning, /may look nowhere/);
});

test('a model without an output projection has no last step', () => {
  const bare = {
    ...cell,
    contribution: null,
    contribution_norm: null,
    residual: { ...cell.residual, output: null },
  };
  assert.equal(stepOf(bare, 'contribution'), undefined);
});

test('the panel names both tokens with positions, and the head', () => {
  assert.deepEqual(cellTitle(cell), { query: 'its (9)', key: 'Law (2)', where: 'layer 3 head 1' });
  assert.equal(cellTitle({ ...cell, kind: 'cross' }).where, 'cross layer 3 head 1');
});

test('an answer without its vectors is refused', () => {
  assert.throws(() => cellSteps({ ...cell, v: undefined }), /invalid cell: v is undefined/);
});
