import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  aboutText,
  candidateText,
  changedText,
  klText,
  largestKl,
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
  assert.deepEqual([parts.rest, parts.changed], [1, 1]);
});

test('the first choice before need not be the one after', () => {
  assert.deepEqual([top(tag, 'before').name, top(tag, 'after').name], ['NOUN', 'VERB']);
  assert.equal(changedText(1, 4), 'The first choice of 1 of 4 predictions is another.');
  assert.equal(changedText(0, 4), 'The first choice of all 4 predictions stays.');
  assert.equal(changedText(0, 1), 'The first choice of the prediction stays.');
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
