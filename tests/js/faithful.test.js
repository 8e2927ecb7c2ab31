import assert from 'node:assert/strict';
import { test } from 'node:test';

import { completenessText, tokenBars } from '../../static/js/figures/attribution.js';
import {
  correlationText,
  dotAt,
  dotText,
  measuredText,
  rankDots,
  ranks,
} from '../../static/js/figures/faithful.js';

const tokens = ['[CLS]', 'its', 'Law'].map((text) => ({ text, special: false }));
const plain = (text) => text.replace(/[\u2066-\u2069]/g, '');

test('equal values share the mean of the ranks that they take up', () => {
  assert.deepEqual(ranks([10, 30, 20, 20]), [1, 4, 2.5, 2.5]);
  assert.deepEqual(ranks([7, 7, 7]), [2, 2, 2]);
  assert.deepEqual(ranks([]), []);
});

test('a link that was not cut has no dot; the others stand at their ranks', () => {
  const answer = {
    effects: [
      [0.1, null, 0.3],
      [null, 0.2, null],
    ],
  };
  const weights = { data: Float32Array.of(0.5, 0, 0.25, 0, 1, 0), cols: 3 };
  const dots = rankDots(answer, weights);
  assert.deepEqual(
    dots.map(({ query_pos, key_pos, x, y }) => [query_pos, key_pos, x, y]),
    [
      [0, 0, 0.5, 0],
      [0, 2, 0, 1],
      [1, 1, 1, 0.5],
    ],
  );
  assert.deepEqual(
    rankDots({ effects: [[0.1]] }, weights).map(({ x, y }) => [x, y]),
    [[0.5, 0.5]],
  );
  assert.equal(dotAt(dots, 0.48, 0.03, 0.06).key_pos, 0);
  assert.equal(dotAt(dots, 0.5, 0.5, 0.06), null);
});

test('what was measured is told: how many links, of what, on which output', () => {
  const answer = { links: 27, query_pos: 1, query_tokens: tokens, renormalise: true };
  assert.equal(
    plain(measuredText(answer, 'the sentence’s vector')),
    'Rank correlation with the effect on the sentence’s vector of cutting each of 27 links of its (1) alone, the rest of its row sharing what it had.',
  );
  const whole = measuredText({ ...answer, query_pos: null, renormalise: false }, 'x');
  assert.equal(whole, 'Rank correlation with the effect on x of cutting each of 27 links alone.');
  const told = dotText(
    { query_pos: 1, key_pos: 2, weight: 0.25, effect: 0.0125 },
    { query_tokens: tokens, key_tokens: tokens },
  );
  assert.deepEqual(
    [plain(told.title), told.value, told.rows[0][1]],
    ['its (1) → Law (2)', '0.2500', '0.0125'],
  );
});

test('a correlation has two decimals, a true minus, or says that it is undefined', () => {
  assert.deepEqual([0.314, -0.5, null].map(correlationText), ['0.31', '−0.50', 'undefined']);
});

test('a token bar is a share of the largest, with its sign', () => {
  assert.deepEqual(
    tokenBars([0, -2, 1]).map(({ share }) => share),
    [0, -1, 0.5],
  );
  assert.deepEqual(
    tokenBars([0, 0]).map(({ share }) => share),
    [0, 0],
  );
});

test('the sum stands beside what it should be, and the gap in per cent', () => {
  const answer = {
    at_input: 1.413,
    at_baseline: 1,
    gap: -0.001,
    relative_gap: 0.0024,
    baseline: 'mean',
  };
  assert.match(completenessText(answer), /^Sums to 0\.4120 of 0\.4130: gap 0\.2 %\./);
  assert.match(
    completenessText(answer),
    /With the mean vector of all tokens in place .* is 1\.000, with the text 1\.413\.$/,
  );
  const still = completenessText({ ...answer, at_input: 1, gap: 0, relative_gap: null });
  assert.match(still, /^Sums to 0 of 0: gap 0\./);
});
