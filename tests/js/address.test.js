import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  count,
  createAddress,
  head,
  list,
  name,
  number,
  oneOf,
  text,
  word,
} from '../../static/js/core/address.js';

const address = createAddress(
  {
    text,
    model: name,
    query: word(),
    layer: count(0),
    step: count(1, (step) => step <= 10),
    share: number(0, 1, 0.5),
    heads: { ...list(head, 2), name: 'with' },
    level: oneOf(['token', 'word'], 'token'),
    steps: oneOf([16, 64], null),
  },
  {
    apart: { edits: [] },
    welcome: { text: 'hello', layer: 3 },
    repeated: { edit: ({ edits }) => edits },
  },
);

test('an empty address is the welcome, any other says what it says and the rest by default, but a text', () => {
  assert.deepEqual(address.parse('#'), { ...address.DEFAULTS, text: 'hello', layer: 3 });
  const hello = { ...address.DEFAULTS, text: 'hello' };
  assert.deepEqual(address.parse('#level=word'), { ...hello, level: 'word' });
  assert.equal(address.parse('model=').model, null);
  assert.equal(address.parse('query=').query, '');
});

test('what is written is read again, in the order of the fields, after the version', () => {
  const state = {
    text: '',
    model: 'bert',
    query: '',
    layer: 2,
    step: 10,
    share: 0,
    heads: [
      { kind: null, layer: 3, head: 1 },
      { kind: 'cross', layer: 0, head: 11 },
    ],
    level: 'word',
    steps: 64,
    edits: [],
  };
  assert.deepEqual(address.parse(address.write(state)), state);
  assert.equal(
    decodeURIComponent(address.write(state)),
    'v=1&text=&model=bert&query=&layer=2&step=10&share=0&with=3-1,cross.0-11&level=word&steps=64',
  );
});

test('what means nothing gives way to the default, and is told', () => {
  const fragment =
    'v=2&text=a&layer=-1&step=11&share=2&with=x,3-1,4-2,5-3&level=letter&steps=17&edits=1&edit=b';
  const state = address.parse(fragment);
  assert.deepEqual(state, {
    ...address.DEFAULTS,
    text: 'a',
    heads: [
      { kind: null, layer: 3, head: 1 },
      { kind: null, layer: 4, head: 2 },
    ],
  });
  assert.deepEqual(address.ignored(new URLSearchParams(fragment), state), [
    ...['v=2', 'layer=-1', 'step=11', 'share=2', 'with=x,3-1,4-2,5-3'],
    ...['level=letter', 'steps=17', 'edits=1'],
  ]);
  const twice = new URLSearchParams('text=a&text=b&layer=02&level=token');
  assert.deepEqual(address.ignored(twice, address.parse(String(twice))), ['text=a', 'text=b']);
});

test('what is said once for each is written after the fields, and not written where nothing is', () => {
  assert.equal(
    address.write({ ...address.DEFAULTS, text: 'a', edits: ['x', 'y z'] }),
    'v=1&text=a&edit=x&edit=y+z',
  );
  assert.equal(createAddress({ model: name }).write({ model: null }), '');
});

test('a list keeps the number 0', () => {
  const scores = createAddress({ scores: list(number(-9, 9, 0), 8) });
  assert.deepEqual(scores.parse('scores=1,0,-2').scores, [1, 0, -2]);
  assert.deepEqual(scores.parse(scores.write({ scores: [0, 0, 3] })).scores, [0, 0, 3]);
});
