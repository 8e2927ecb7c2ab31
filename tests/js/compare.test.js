import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  DEFAULTS,
  parseCompare,
  WELCOME,
  writeCompare,
} from '../../static/js/pages/compare/address.js';

test('an empty fragment is the welcome: the same link in both models', () => {
  assert.deepEqual(parseCompare(''), WELCOME);
  assert.deepEqual(parseCompare('#'), WELCOME);
  assert.equal(WELCOME.query, 'its');
});

test('what is written is read again', () => {
  const state = {
    text: 'I saw a saw & more',
    query: '@s0:8-11',
    key: 'I',
    models: ['small', 'google-bert/bert-base-uncased'],
    heads: [
      { layer: 3, head: 0 },
      { layer: 11, head: 2 },
    ],
    picture: 'pattern',
  };
  assert.deepEqual(parseCompare(`#${writeCompare(state)}`), state);
});

test('defaults are left out of the address', () => {
  assert.equal(writeCompare({ ...DEFAULTS, text: 'a b' }), 'text=a+b');
});

test('what is named wrongly is the default', () => {
  const state = parseCompare('#text=a&head1=x-1&head2=3&picture=sound');
  assert.deepEqual(state.heads, [null, null]);
  assert.equal(state.picture, 'links');
});
