import assert from 'node:assert/strict';
import { test } from 'node:test';

import { compare } from '../../static/js/core/addresses/compare.js';

test('an empty fragment is the welcome: the same link in both models', () => {
  assert.deepEqual(compare.parse(''), compare.WELCOME);
  assert.deepEqual(compare.parse('#'), compare.WELCOME);
  assert.equal(compare.WELCOME.query, 'its');
});

test('what is written is read again', () => {
  const state = {
    text: 'I saw a saw & more',
    query: '@s0:8-11',
    key: 'I',
    first: 'small',
    second: 'google-bert/bert-base-uncased',
    head1: { kind: null, layer: 3, head: 0 },
    head2: { kind: null, layer: 11, head: 2 },
    picture: 'pattern',
  };
  assert.deepEqual(compare.parse(`#${compare.write(state)}`), state);
});

test('defaults are left out of the address', () => {
  assert.equal(compare.write({ ...compare.DEFAULTS, text: 'a b' }), 'v=1&text=a+b');
});

test('what is named wrongly is the default', () => {
  const state = compare.parse('#text=a&head1=x-1&head2=3&picture=sound');
  assert.deepEqual([state.head1, state.head2], [null, null]);
  assert.equal(state.picture, 'links');
});
