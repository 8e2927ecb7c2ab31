import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  bandPlaces,
  changeName,
  controlText,
  jointText,
  shares,
  singleRows,
  verdict,
} from '../../static/js/figures/effects.js';
import { differenceOf, matrixOf } from '../../static/js/figures/matrix.js';

const BAND = Array.from({ length: 20 }, (_, i) => (i + 1) / 1000);

test('a picture of a change names the cell that changes most, with both its weights', () => {
  const tokens = [{ text: 'its' }, { text: 'Law' }];
  const before = matrixOf([
    [0.5, 0.5],
    [0.9, 0.1],
  ]);
  const after = matrixOf([
    [0.5, 0.5],
    [0.25, 0.75],
  ]);
  const texts = { queryTokens: tokens, keyTokens: tokens };
  const named = (matrices) => changeName('After', matrices, texts).replace(/[\u2066-\u2069]/g, '');
  assert.equal(
    named({ before, after, difference: differenceOf(before, after) }),
    'After. The largest change is query Law (1), key its (0): 0.900 before, 0.250 after.',
  );
  const still = { before, after: before, difference: differenceOf(before, before) };
  assert.equal(named(still), 'After. Nothing changes in this head.');
});

test('only a change larger than every draw is more than chance gives', () => {
  assert.deepEqual(verdict(0.5, BAND, 1), {
    text: 'Larger than in all 20 draws that switch off 1 random other head: more than chance gives.',
    special: true,
  });
  assert.deepEqual(verdict(0.0195, BAND, 3), {
    text: 'Larger than in 19 of 20 draws that switch off 3 random other heads: no more than chance gives.',
    special: false,
  });
  assert.deepEqual(verdict(0, BAND, 2), {
    text: 'Not larger than in any of 20 draws that switch off 2 random other heads: no more than chance gives.',
    special: false,
  });
  // A draw that equals the edits is not smaller.
  assert.equal(verdict(0.02, BAND, 1).special, false);
  assert.match(verdict(0.5, [], 70).text, /Too few other heads/);
});

test('draws and edits stand on one line that ends at the largest of them', () => {
  const places = bandPlaces(0.04, BAND);
  assert.equal(places.most, 0.04);
  assert.deepEqual([places.own, places.low, places.high], [1, 0.025, 0.5]);
  assert.equal(places.draws.length, 20);
  assert.deepEqual(bandPlaces(0, []), { draws: [], own: 0, low: 0, high: 0, most: 1 });
});

test('an exact zero says so; rounding says how much', () => {
  assert.equal(controlText(0), '0 exactly');
  assert.equal(controlText(4.77e-7), '4.8 × 10⁻⁷');
});

test('bars are shares of the largest', () => {
  assert.deepEqual(shares([0, 0.5, 2]), [0, 0.25, 1]);
  assert.deepEqual(shares([0, 0]), [0, 0]);
});

test('heads one by one stand with the largest first, beside all together', () => {
  const single = (head, sentence_cosine_distance) => ({
    edit: 0,
    kind: 'encoder',
    layer: 3,
    head,
    sentence_cosine_distance,
  });
  const found = singleRows([single(1, 0.01), single(2, 0.04), single(5, 0.02)], 0.08, 2);
  assert.deepEqual(
    found.rows.map(({ head, share }) => [head, share]),
    [
      [2, 0.5],
      [5, 0.25],
    ],
  );
  assert.deepEqual([found.rest, found.share], [1, 1]);
  assert.equal(found.sum.toFixed(6), '0.070000');
  assert.equal(
    jointText(0.08, 0.07),
    'Together 0.0800, more than the 0.0700 that they add up to one by one.',
  );
  assert.equal(
    jointText(0.05, 0.07),
    'Together 0.0500, less than the 0.0700 that they add up to one by one.',
  );
  assert.match(jointText(0.07, 0.07), /about the 0\.0700/);
  assert.match(jointText(0, 0), /Together 0, about the 0 /);
});
