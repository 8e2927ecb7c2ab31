import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  aboutText,
  candidateText,
  isChanged,
  isLost,
  klText,
  largestKl,
  outcomeShort,
  outcomeText,
  predictionParts,
  top,
} from '../../static/js/figures/predictions.js';

const TOKENS = ['[CLS]', 'The', 'law', 'likes', 'its', '[MASK]'].map((text) => ({ text }));
const candidate = (name, before, after, key_pos = null) => ({ name, before, after, key_pos });
const said = (what, position, candidates, rest = {}) => ({
  said: what,
  position,
  word: position,
  kl: 0.1,
  total_variation: 0.1,
  candidates,
  ...rest,
});
const tag = said('tag', 2, [candidate('NOUN', 0.9, 0.4), candidate('VERB', 0.05, 0.55)], {
  total_variation: 0.5,
});
const still = said('tag', 3, [candidate('VERB', 0.9, 0.8), candidate('NOUN', 0.1, 0.2)]);
const parent = said('parent', 3, [candidate('likes', 0.7, 0.6, 3), candidate('The', 0.2, 0.3, 1)], {
  total_variation: 0.2,
  kl: null,
});
const fill = said('fill', 5, [candidate('words', 0.4, 0.4)], { word: null, kl: 0 });

test('gaps stand apart from words, and words that change most come first', () => {
  const parts = predictionParts([still, tag, parent, fill], 2);
  assert.deepEqual(parts.pieces, [fill]);
  assert.deepEqual(parts.rows, [tag, parent]);
  assert.equal(parts.rest, 1);
});

test('the first choice before need not be the one after', () => {
  assert.deepEqual([top(tag, 'before').name, top(tag, 'after').name], ['NOUN', 'VERB']);
  assert.deepEqual([isChanged(tag), isChanged(still)], [true, false]);
  const told = (...predictions) => outcomeText(predictions, TOKENS);
  assert.equal(told(tag, still), 'The first choice of 1 of 2 predictions is another.');
  assert.equal(told(still, fill), 'The first choice of all 2 predictions stays.');
  assert.equal(told(still), 'The first choice of the prediction stays.');
  assert.equal(outcomeShort([still, fill]), '');
});

test('what a head said that is off is lost: its first candidate is not its choice', () => {
  const off = (what, position) =>
    said(what, position, [candidate('law', 0.8, 0, 2), candidate('The', 0.2, 0, 1)], {
      total_variation: 0.5,
    });
  const its = off('antecedent', 4);
  assert.deepEqual([isLost(its), isChanged(its), isLost(tag)], [true, false, false]);
  const plain = (...predictions) =>
    outcomeText(predictions, TOKENS).replace(/[\u2066-\u2069]/g, '');
  assert.equal(
    plain(still, its),
    '1 of 2 predictions is lost: its (4) no longer refers to anything.',
  );
  assert.equal(
    plain(tag, off('parent', 1), its),
    '2 of 3 predictions are lost. The first choice of 1 of 3 predictions is another.',
  );
  assert.equal(outcomeShort([tag, its]), '1 of 2 predictions lost, 1 of 2 first choices changed');
  const moved = { ...tag, total_variation: 0.9 };
  assert.deepEqual(predictionParts([still, moved, its]).rows, [its, moved, still]);
});

test('a pointer is named by the token it points to, and the root by itself', () => {
  const plain = (prediction, at) =>
    candidateText(prediction, prediction.candidates[at], TOKENS).replace(/[\u2066-\u2069]/g, '');
  assert.equal(plain(tag, 0), 'NOUN');
  assert.equal(plain(parent, 0), 'itself: the root');
  assert.equal(plain(parent, 1), 'The (1)');
  assert.equal(aboutText(parent), 'syntactic parent');
});

test('a divergence that is infinite says so', () => {
  assert.deepEqual([klText(parent), klText(fill), klText(tag)], ['∞', '0', '0.10']);
});

test('the largest divergence is of what is read off the last vectors', () => {
  assert.equal(largestKl([tag, { ...fill, kl: 0.7 }, { ...parent, kl: 3 }]), 0.7);
  assert.equal(largestKl([parent]), null);
});
