import assert from 'node:assert/strict';
import { test } from 'node:test';

import { inspector } from '../../static/js/core/addresses/inspector.js';
import { parsePlace, writePlace, writeTyped } from '../../static/js/core/places.js';
import { createStore } from '../../static/js/core/store.js';

const FULL = {
  text: 'its Law',
  text_pair: 'a second one',
  model: 'google-bert/bert-base-chinese',
  kind: 'cross',
  layer: 3,
  head: 11,
  more: [
    { kind: null, layer: 2, head: 4 },
    { kind: 'decoder', layer: 5, head: 1 },
  ],
  level: 'word',
  hide_special: true,
  threshold: 0.13,
  top_k: 7,
  scale: 'log',
  sort: 'entropy',
  color: 'to_special',
  query: 'its',
  key: '@s0:4-7',
  cell: { query_pos: 13, key_pos: 2 },
  pin: { side: 'key', pos: 5 },
  tab: 'attribution',
  measure: 'gradient_pattern',
  output: 'tag.4',
  steps: 256,
  ablations: true,
  edits: [
    { do: 'zero_ablation', on: true, kind: 'cross', layer: 3, heads: [1, 4], query_pos: null },
    { do: 'temperature', on: false, kind: null, layer: 0, heads: null, query_pos: [9], value: 0.5 },
  ],
  view: 'difference',
  dropped: [],
  ignored: [],
};

/** A window with an address bar and a history, nothing else. */
function fakeWindow(hash = '') {
  const entries = [hash];
  const listeners = [];
  const window = {
    location: { hash },
    history: {
      pushState(_, __, url) {
        entries.push(url);
        window.location.hash = url;
      },
      replaceState(_, __, url) {
        entries[entries.length - 1] = url;
        window.location.hash = url;
      },
    },
    setTimeout,
    addEventListener: (name, listener) => listeners.push([name, listener]),
    back() {
      entries.pop();
      window.location.hash = entries.at(-1);
      for (const [name, listener] of listeners) if (name === 'popstate') listener();
    },
    entries,
  };
  return window;
}

test('a state comes back from its own fragment', () => {
  assert.deepEqual(inspector.parse(`#${inspector.write(FULL)}`), FULL);
});

test('a text may hold any character', () => {
  const texts = [
    'Tom & Jerry #1 = 100%+1?',
    '苹果很好吃，我买了三斤。',
    '👩‍👩‍👧 🏳️‍🌈 e\u0301',
    '</script><script>alert(1)</script>',
    'שלום عالم',
    'line one\nline two\ttab',
    '"quotes" \'and\' \\ backslash',
    '%41 %zz +',
    'a\u0000b\u200d',
  ];
  for (const text of texts) {
    const fragment = inspector.write({ ...inspector.DEFAULTS, text });
    assert.equal(inspector.parse(fragment).text, text);
    assert.match(fragment, /^[\w%+*.=&-]*$/, 'the fragment is plain ASCII');
  }
});

test('a fragment without anything is the welcome: the Law sentence and its head', () => {
  assert.deepEqual(inspector.parse(''), inspector.WELCOME);
  assert.deepEqual(inspector.parse('#'), inspector.WELCOME);
  assert.deepEqual([inspector.WELCOME.layer, inspector.WELCOME.head], [3, 1]);
  assert.deepEqual([inspector.WELCOME.query, inspector.WELCOME.key], ['its', 'Law']);
});

test('what equals its default is left out of the fragment', () => {
  assert.equal(inspector.write({ ...inspector.DEFAULTS, text: 'I saw' }), 'v=1&text=I+saw');
});

test('an empty text is a state of its own, not the welcome', () => {
  assert.equal(inspector.parse(inspector.write(inspector.DEFAULTS)).text, '');
});

test('an empty second text is not the same as none', () => {
  assert.equal(inspector.parse('text=a').text_pair, null);
  assert.equal(inspector.parse('text=a&pair=').text_pair, '');
});

test('values that make no sense give way to defaults', () => {
  const wrong =
    'text=a&layer=-1&head=2&kind=sideways&level=letter&threshold=2&top=0&scale=cubic&cell=1-x&pin=up-3&with=1-2,nonsense,-3-4&measure=shape&output=fill.x&steps=17';
  assert.deepEqual(inspector.parse(wrong), {
    ...inspector.DEFAULTS,
    text: 'a',
    more: [{ kind: null, layer: 1, head: 2 }],
    ignored: wrong.split('&').slice(1),
  });
});

test('what an address says and its state does not is told, until another address is in use', () => {
  const ignored = (fragment) => inspector.parse(fragment).ignored;
  assert.deepEqual(ignored('text=a&txet=b&layer=2'), ['txet=b', 'layer=2']);
  assert.deepEqual(ignored('text=a&text=b'), ['text=a', 'text=b']);
  assert.deepEqual(ignored('text=a&top=3&level=token&threshold=0.050&layer=03&head=1'), []);
  assert.deepEqual(ignored('text=a&edit=what'), [], 'edits are told by themselves');
  const store = createStore(fakeWindow('#text=a&level=letter'), inspector);
  store.adjust({ threshold: 0.2 });
  assert.deepEqual(store.get().ignored, ['level=letter']);
  store.open({ text: 'b' });
  assert.deepEqual(store.get().ignored, []);
});

test('an address without a text is of the Law sentence', () => {
  assert.equal(inspector.parse('model=small').text, inspector.WELCOME.text);
});

test('a layer without a head, or a head without a layer, names no head', () => {
  assert.deepEqual(
    [inspector.parse('text=a&layer=2').layer, inspector.parse('text=a&head=2').head],
    [null, null],
  );
});

test('at most eight heads are shown', () => {
  const many = Array.from({ length: 13 }, (_, head) => `0-${head}`).join(',');
  assert.equal(inspector.parse(`text=a&layer=1&head=0&with=${many}`).more.length, 7);
});

test('a threshold of zero is kept', () => {
  const state = { ...inspector.DEFAULTS, text: 'a', threshold: 0 };
  assert.equal(inspector.parse(inspector.write(state)).threshold, 0);
});

const WORDS = [
  { text: '[CLS]', start: null, end: null, segment: 0, tokens: [0], special: true },
  { text: 'saw', start: 2, end: 5, segment: 0, tokens: [1, 2], special: false },
  { text: 'a', start: 6, end: 7, segment: 0, tokens: [3], special: false },
  { text: 'Saw', start: 8, end: 11, segment: 1, tokens: [4], special: false },
  { text: '@', start: 12, end: 13, segment: 1, tokens: [5], special: false },
];

test('the first occurrence of a word is written as the word', () => {
  assert.equal(writePlace(WORDS[1], WORDS), 'saw');
  assert.equal(parsePlace('saw'), 'saw');
});

test('a later occurrence is written as its characters', () => {
  const written = writePlace(WORDS[3], WORDS);
  assert.deepEqual(parsePlace(written), { start: 8, end: 11, segment: 1 });
});

test('a special token, which has no characters, is written as its position', () => {
  assert.deepEqual(parsePlace(writePlace(WORDS[0], WORDS)), { position: 0 });
});

test('a word that starts with the sign of a place is still a word', () => {
  assert.equal(parsePlace(writePlace(WORDS[4], WORDS)), '@');
  for (const typed of ['@p12', '@s0:1-2', '@@', '@']) {
    assert.equal(parsePlace(writeTyped(typed)), typed);
  }
});

test('opening makes a new entry in the history, and back returns to the one before', () => {
  const window = fakeWindow('#text=one');
  const store = createStore(window, inspector);
  const seen = [];
  store.subscribe((state) => seen.push(state.layer));
  store.open({ layer: 3, head: 1 });
  assert.equal(window.entries.length, 2);
  window.back();
  assert.equal(store.get().layer, null);
  assert.deepEqual(seen, [3, null]);
});

test('opening what is already open makes no entry', () => {
  const window = fakeWindow('#text=one&layer=3&head=1');
  createStore(window, inspector).open({ layer: 3, head: 1 });
  assert.equal(window.entries.length, 1);
});

test('a small change rewrites the entry, and is not lost when something is opened after it', () => {
  const window = fakeWindow('#text=one');
  const store = createStore(window, inspector);
  store.adjust({ threshold: 0.2 });
  assert.equal(window.entries.length, 1);
  store.open({ layer: 1, head: 2 });
  assert.equal(window.entries.length, 2);
  window.back();
  assert.equal(store.get().threshold, 0.2);
});

test('a link that names no known statistic sorts and colours as by default', () => {
  const state = inspector.parse('#text=Hello&sort=nothing&color=nothing');
  assert.deepEqual([state.sort, state.color], ['layer', 'pattern']);
  assert.equal(inspector.parse('#text=Hello&sort=entropy').sort, 'entropy');
});
