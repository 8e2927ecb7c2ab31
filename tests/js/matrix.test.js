import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  blockBox,
  cellAt,
  differenceOf,
  framedView,
  heatCells,
  largest,
  matrixOf,
  movedCell,
  pooled,
  poolFactor,
  signedTicks,
  spoken,
  viewHolding,
  wholeView,
  zoomedView,
} from '../../static/js/figures/matrix.js';

const SQUARE = { rows: 27, cols: 27 };

test('a pattern of the answer is a matrix, and what is masked is no number', () => {
  const made = matrixOf([
    [1, null, null],
    [0.25, 0.75, null],
  ]);
  assert.deepEqual([made.rows, made.cols], [2, 3]);
  assert.deepEqual([...made.data], [1, NaN, NaN, 0.25, 0.75, NaN]);
});

test('the difference is after less before, masked where they are', () => {
  const before = matrixOf([[0.75, 0.25, null]]);
  const after = matrixOf([[0.25, 0.75, null]]);
  assert.deepEqual([...differenceOf(before, after).data], [-0.5, 0.5, NaN]);
  assert.equal(largest(differenceOf(before, after).data), 0.5);
  assert.throws(() => differenceOf(before, matrixOf([[1]])), /1 x 3 and 1 x 1/);
});

test('made small, a difference keeps the strongest of each block, with its sign', () => {
  const matrix = matrixOf([
    [0.1, -0.4, 0, 0.2, null],
    [0.3, 0, 0.1, 0, null],
    [0, 0, -0.2, 0.1, null],
  ]);
  const made = pooled(matrix, 2);
  const wanted = Float32Array.from([-0.4, 0.2, NaN, 0, -0.2, NaN]);
  assert.deepEqual([made.rows, made.cols], [2, 3]);
  assert.deepEqual(made.data, wanted);
  assert.equal(pooled(matrix, 1), matrix);
  assert.throws(() => pooled(matrix, 0), /invalid factor: 0/);
});

test('pooling keeps the strongest of each block, so a diagonal survives', () => {
  const size = 11;
  const values = Float32Array.from({ length: size * size }, (_, i) =>
    i % (size + 1) === 0 ? 0.9 : 0.01,
  );
  const made = pooled({ data: values, rows: size, cols: size }, 3);
  assert.deepEqual([made.rows, made.cols], [4, 4]);
  for (let i = 0; i < 4; i += 1) assert.equal(made.data[i * 4 + i], Math.fround(0.9));
  assert.equal(made.data[1], Math.fround(0.01));
});

test('a block is blank only where all of it is', () => {
  const values = Float32Array.from([NaN, NaN, 0.2, NaN]);
  const { data } = pooled({ data: values, rows: 1, cols: 4 }, 2);
  assert.ok(Number.isNaN(data[0]));
  assert.equal(data[1], Math.fround(0.2));
});

test('pooling starts where a cell is smaller than a pixel', () => {
  assert.equal(poolFactor(1), 1);
  assert.equal(poolFactor(0.6), 2);
  assert.throws(
    () => pooled({ data: new Float32Array(1), rows: 1, cols: 1 }, 0),
    /invalid factor: 0/,
  );
});

test('arrow keys move a cell at a time and stop at the edge', () => {
  const at = { row: 0, col: 4 };
  assert.deepEqual(movedCell(at, 'ArrowDown', { rows: 3, cols: 5 }), { row: 1, col: 4 });
  assert.deepEqual(movedCell(at, 'ArrowUp', { rows: 3, cols: 5 }), at);
  assert.deepEqual(movedCell(at, 'ArrowRight', { rows: 3, cols: 5 }), at);
  assert.deepEqual(movedCell(at, 'Home', { rows: 3, cols: 5 }), { row: 0, col: 0 });
  assert.deepEqual(movedCell(at, 'PageDown', { rows: 3, cols: 5 }), { row: 2, col: 4 });
  assert.equal(movedCell(at, 'Enter', { rows: 3, cols: 5 }), null);
});

test('a point of the picture and a cell find each other, zoomed or not', () => {
  const geometry = { left: 41, top: 29, plotWidth: 500, plotHeight: 300 };
  for (const view of [
    wholeView({ rows: 3, cols: 5 }),
    { left: 1.5, top: 0.5, cols: 2.5, rows: 1.5 },
  ]) {
    const cell = { row: 1, col: 2 };
    const { x, y, width, height, inside } = blockBox(geometry, view, cell);
    assert.ok(inside);
    assert.deepEqual(cellAt(geometry, view, x + width / 2, y + height / 2), cell);
  }
  assert.equal(cellAt(geometry, wholeView({ rows: 3, cols: 5 }), 40, 50), null);
  assert.equal(cellAt(geometry, wholeView({ rows: 3, cols: 5 }), 541, 50), null);
  assert.equal(
    blockBox(geometry, { left: 3, top: 0, cols: 2, rows: 3 }, { row: 0, col: 2 }).inside,
    false,
  );
});

test('framing a part keeps the proportions and stays inside', () => {
  const view = framedView([2.5, 9.4], [7.9, 12.2], SQUARE);
  assert.equal(view.cols, view.rows);
  assert.ok(Math.abs(view.cols - 6.9) < 1e-9);
  const corner = framedView([24.5, 26.5], [-0.5, 9.5], SQUARE);
  assert.ok(corner.left + corner.cols <= 27 && corner.top >= 0);
});

test('coming nearer keeps the cell in its place, and going away ends at the whole', () => {
  const cell = { row: 13, col: 13 };
  const near = zoomedView(wholeView({ rows: 27, cols: 27 }), cell, 0.5, SQUARE);
  assert.deepEqual(near, { left: 6.75, top: 6.75, cols: 13.5, rows: 13.5 });
  assert.deepEqual(zoomedView(near, cell, 27, SQUARE), wholeView({ rows: 27, cols: 27 }));
  assert.throws(() => zoomedView(near, cell, 0, SQUARE), /invalid factor: 0/);
});

test('the view follows a cell just so far that it is seen', () => {
  const view = { left: 4, top: 4, cols: 8, rows: 8 };
  assert.deepEqual(viewHolding(view, { row: 5, col: 11 }), view);
  assert.deepEqual(viewHolding(view, { row: 3, col: 12 }), { ...view, top: 3, left: 5 });
});

test('zero stands in the middle of a signed ramp, equal sizes equally far from it', () => {
  const matrix = { data: Float32Array.of(1, -4, 0.5, 0, 2, NaN), rows: 2, cols: 3 };
  const places = (how) => [...heatCells(matrix, { max: 4, signed: true, ...how }).t];
  assert.deepEqual(places({}), [0.625, 0, 0.5625, 0.5, 0.75, NaN]);
  assert.deepEqual(places({ scale: 'sqrt' })[0], 0.75); // a square root: a quarter reaches half way
  assert.deepEqual(places({ max: 2 }).slice(0, 2), [0.75, 0], 'what is larger is held');
  assert.deepEqual(places({ pool: 2 }), [0, 0.5625]);
  assert.throws(() => heatCells(matrix, { max: 0 }), /invalid maximum of a scale: 0/);
  assert.deepEqual(signedTicks(4), [
    { t: 0, value: -4 },
    { t: 0.5, value: 0 },
    { t: 1, value: 4 },
  ]);
});

test('the largest is of sizes, over all that is given, and nothing is 0', () => {
  assert.equal(largest([1, -3, NaN], [2]), 3);
  assert.equal(largest([NaN]), 0);
  assert.equal(largest(), 0);
});

test('a block of cells stands where its first and last cell do', () => {
  const place = { left: 10, top: 20, plotWidth: 70, plotHeight: 50 };
  const whole = wholeView({ rows: 5, cols: 7 });
  const box = blockBox(place, whole, { row: 1, rows: 2, col: 3, cols: 4 });
  assert.deepEqual(box, { x: 40, y: 30, width: 40, height: 20, inside: true });
});

test('what is said of a cell is its places and its value', () => {
  const rows = [
    ['query', 'its (1)'],
    ['key', 'Law (2)'],
  ];
  const text = { title: 'scores', rows, value: '0.75' };
  assert.equal(spoken(text), 'query its (1), key Law (2): 0.75');
  assert.equal(spoken(text, true), 'scores, query its (1), key Law (2): 0.75');
});
