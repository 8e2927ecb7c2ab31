import assert from 'node:assert/strict';
import { test } from 'node:test';

import { inspector } from '../../static/js/core/addresses/inspector.js';
import { unresolvedOf } from '../../static/js/pages/inspector/unresolved.js';

const side = { tokens: Array(5).fill({}), words: Array(3).fill({}) };
const OVERVIEW = /** @type {any} */ ({
  model: 'bert',
  level: 'token',
  kinds: [{ kind: 'encoder', layers: 2, heads: 3, query: side, key: side }],
  heads: [0, 1].flatMap((layer) =>
    [0, 1, 2].map((head) => ({
      kind: 'encoder',
      layer,
      head,
      strongest: { query_pos: 1, key_pos: 1, value: 0.1 * layer },
    })),
  ),
});
side.tokens = side.tokens.map((_, i) => ({ word: Math.min(i, 2) }));
side.words = side.words.map((_, i) => ({ text: `w${i}`, tokens: [i] }));

test('an address whose every word is on screen says nothing more', () => {
  const state = inspector.parse('text=a&layer=1&head=2&with=0-0&cell=4-4&pin=query-4');
  assert.deepEqual(unresolvedOf(state, OVERVIEW), []);
  assert.deepEqual(unresolvedOf(state, null), []);
});

test('what was not understood is told, the first six and shortened', () => {
  assert.deepEqual(unresolvedOf(inspector.parse('text=a&layer=abc&top=-4'), null), [
    'Not understood in this address, and left out: layer=abc, top=-4.',
  ]);
  const many = Array.from({ length: 8 }, (_, i) => `x${i}=${'y'.repeat(i ? 1 : 99)}`);
  const [told] = unresolvedOf(inspector.parse(`text=a&${many.join('&')}`), null);
  assert.match(told, new RegExp(`: x0=${'y'.repeat(57)}…, x1=y, .*x5=y and 2 more\\.$`));
});

test('a head that the model does not have is told, with those it has and what is shown', () => {
  assert.deepEqual(unresolvedOf(inspector.parse('text=a&layer=9&head=1'), OVERVIEW), [
    'bert has layers 0 to 1, heads 0 to 2, but no layer 9, head 1. Shown instead: layer 1, head 0.',
  ]);
  assert.deepEqual(unresolvedOf(inspector.parse('text=a&layer=1&head=1&with=0-3'), OVERVIEW), [
    'bert has layers 0 to 1, heads 0 to 2, but no layer 0, head 3.',
  ]);
});

test('a cell and a pin outside the text are told, at the level they are of', () => {
  const cell = { ...inspector.DEFAULTS, text: 'a', cell: { query_pos: 5, key_pos: 4 } };
  assert.deepEqual(unresolvedOf(cell, OVERVIEW), [
    'The text has no query 5: its tokens are 0 to 4.',
  ]);
  const pin = inspector.parse('text=a&level=word&pin=key-3');
  assert.deepEqual(unresolvedOf(pin, { ...OVERVIEW, level: 'word' }), [
    'The text has no key 3: its words are 0 to 2.',
  ]);
  assert.deepEqual(unresolvedOf(pin, OVERVIEW), [], 'the words are not there yet');
});
