import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chanceText, mostText, withEffects } from '../../static/js/figures/ablations.js';

const HEADS = [
  { kind: 'encoder', layer: 0, head: 0, effect: 0.02 },
  { kind: 'encoder', layer: 0, head: 1, effect: -0.5 },
];
const CHANCE = { low: 0.001, median: 0.01, high: 0.1 };

test('the overview learns what each head does alone, by its size', () => {
  const heads = [1, 0, 2].map((head) => ({ kind: 'encoder', layer: 0, head }));
  const overview = { id: 7, heads };
  const known = withEffects(overview, { heads: HEADS });
  assert.deepEqual(
    known.heads.map(({ ablation }) => ablation),
    [0.5, 0.02, null],
  );
  assert.equal(known.id, 7);
  assert.equal('ablation' in overview.heads[0], false);
});

test('the head that does most is named, beside what chance does', () => {
  assert.equal(
    mostText(HEADS, CHANCE),
    'Head 0-1 does most: −0.500, 5.0 times the 95th percentile.',
  );
  assert.equal(mostText(HEADS.slice(0, 1), CHANCE), 'Head 0-0 does most: 0.0200.');
});

test('what is measured is said, of a vector and of a logit', () => {
  assert.match(chanceText({ of: 'sentence' }, CHANCE), /^Measured: 1 − cosine/);
  assert.match(
    chanceText({ of: 'tag' }, CHANCE),
    /logit moves.*0\.010 in the middle, 0\.0010 to 0\.10/,
  );
});
