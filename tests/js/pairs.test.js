import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pairs } from '../../static/js/core/addresses/pairs.js';
import { EXAMPLES } from '../../static/js/core/pair-examples.js';
import * as pair from '../../static/js/figures/pair.js';

const token = (text, word = 0) => ({ text, special: false, word });

/** "a cat ran" beside "a dino saur ran": one word of one token, one of two. */
const LONGER = {
  level: 'token',
  tokens: [token('a', 0), token('cat', 1), token('ran', 2)],
  words: [token('a'), token('cat'), token('ran')],
  other_tokens: [token('a', 0), token('dino', 1), token('saur', 1), token('ran', 2)],
  other_words: [token('a'), token('dinosaur'), token('ran')],
  target_tokens: null,
  target_words: null,
  alignment: [
    { before: 0, after: 0, state: 'same' },
    { before: 1, after: null, state: 'only' },
    { before: null, after: 1, state: 'only' },
    { before: null, after: 2, state: 'only' },
    { before: 2, after: 3, state: 'same' },
  ],
};

// The address

test('an empty fragment is the welcome: tired and wide, and the row of it', () => {
  assert.deepEqual(pairs.parse('#'), pairs.WELCOME);
  assert.equal(pairs.WELCOME.query, 'it');
});

test('what is written is read again', () => {
  const state = {
    text: 'a & b',
    other: 'a & c=d',
    query: '@s0:0-1',
    model: 'google-bert/bert-base-uncased',
    head: { kind: 'cross', layer: 3, head: 11 },
    level: 'word',
  };
  assert.deepEqual(pairs.parse(`#${pairs.write(state)}`), state);
});

test('defaults are left out of the address, and what is named wrongly is the default', () => {
  assert.equal(
    pairs.write({ ...pairs.DEFAULTS, text: 'a b', other: 'a c' }),
    'v=1&text=a+b&other=a+c',
  );
  const state = pairs.parse('#text=a&head=x-1&level=letter');
  assert.deepEqual(state, { ...pairs.DEFAULTS, text: 'a' });
});

test('every example differs in one place, and both its texts hold the word to watch', () => {
  assert.ok(EXAMPLES.length >= 6);
  for (const { label, state } of EXAMPLES) {
    const places = pair.changedPlaces(state.text, state.other);
    assert.equal(places.length, 1, label);
    const [place] = places;
    const [ours, theirs] = [state.text.slice(...place.before), state.other.slice(...place.after)];
    assert.ok(Math.max(ours.length, theirs.length) < 12, `${label}: ${ours} / ${theirs}`);
    for (const text of [state.text, state.other]) assert.ok(text.includes(state.query), label);
  }
});

// Where two texts differ

const changed = (text, other) =>
  pair
    .changedPlaces(text, other)
    .flatMap(({ before, after }) => [text.slice(...before), other.slice(...after)]);

test('whole words are marked, not the letters in which they differ', () => {
  assert.deepEqual(changed('too tired.', 'too wide.'), ['tired', 'wide']);
  assert.deepEqual(changed("he didn't go", "he doesn't go"), ["didn't", "doesn't"]);
});

test('a word that is added is marked without the blank beside it', () => {
  assert.deepEqual(changed('it was good', 'it was not good'), ['', 'not']);
  assert.deepEqual(changed('so it is', 'so it'), ['is', '']);
});

test('a Chinese character is a word', () => {
  assert.deepEqual(changed('很好吃，我', '很好用，我'), ['吃', '用']);
});

test('texts that are the same, white space aside, have no place', () => {
  assert.deepEqual(changed('a b', 'a  b '), []);
});

test('every place is marked where there are several', () => {
  assert.deepEqual(changed('the cat saw the dog', 'a cat saw this dog now'), [
    ...['the', 'a'],
    ...['the', 'this'],
    ...['', 'now'],
  ]);
});

test('of texts too long to compare word by word, first to last is one place', () => {
  const words = (word) => Array.from({ length: 700 }, (_, i) => `${word}${i} same`).join(' ');
  const [[, end]] = pair.changedPlaces(words('a'), words('b')).map(({ before }) => before);
  assert.equal(end, words('a').length - ' same'.length);
});

test('characters outside the first plane are counted as the text counts them', () => {
  assert.deepEqual(changed('😀 a cat', '😀 a dog'), ['cat', 'dog']);
});

// Rows and columns

test('a row is a token of each text, or of one alone', () => {
  const { queries, keys } = pair.axesOf(LONGER, 'encoder');
  assert.equal(queries, keys);
  const texts = (side) => pair.labelled(queries, side).map(({ text }) => text);
  assert.deepEqual(texts('before'), ['a', 'cat', '–', '–', 'ran']);
  assert.deepEqual(texts('after'), ['a', '–', 'dino', 'saur', 'ran']);
  assert.deepEqual(texts('both'), ['a', 'cat', 'dino', 'saur', 'ran']);
  assert.deepEqual(queries.map(pair.unitName), [
    'a (0)',
    'cat (1, first text only)',
    'dino (1, second text only)',
    'saur (2, second text only)',
    'ran (2, 3)',
  ]);
});

test('what was changed one to one bears both names', () => {
  const unit = { before: token('tired'), after: token('wide'), state: 'changed', at: [13, 13] };
  assert.equal(pair.unitName(unit), 'tired / wide (13)');
  assert.equal(pair.labelled([unit], 'both')[0].text, 'tired / wide');
});

test('a decoder beside an encoder has the target on its own axes', () => {
  const answer = { ...LONGER, target_tokens: [token('un'), token('chat')] };
  const sizes = (kind) => {
    const { queries, keys } = pair.axesOf(answer, kind);
    return [queries.length, keys.length];
  };
  assert.deepEqual(
    [sizes('encoder'), sizes('cross'), sizes('decoder')],
    [
      [5, 5],
      [2, 5],
      [2, 2],
    ],
  );
  assert.equal(pair.axesOf(LONGER, 'decoder').queries.length, 5);
});

// Numbers and colours

test('the row of a word of two tokens is the mean of both', () => {
  const shown = {
    before: [
      [0.25, 0.75],
      [0.75, 0.25],
    ],
    after: [
      [1, 0],
      [0.5, null],
    ],
  };
  const keys = [{ name: 'x' }, { name: 'y' }];
  const { bars, rest } = pair.rowBars(shown, [0, 1], keys, 5);
  assert.deepEqual(bars, [
    { key: keys[0], before: 0.5, after: 0.75, change: 0.25 },
    { key: keys[1], before: 0.5, after: 0, change: -0.5 },
  ]);
  assert.deepEqual(rest, { keys: 0, before: 0, after: 0 });
});

test('of many keys those that get most in either text are kept, in their order', () => {
  const shown = { before: [[0.1, 0.6, 0, null]], after: [[0.2, 0.1, 0.25, 0.45]] };
  const { bars, rest } = pair.rowBars(shown, [0], ['a', 'b', 'c', 'd'], 2);
  assert.deepEqual(
    bars.map(({ key }) => key),
    ['b', 'd'],
  );
  assert.equal(bars[1].change, null);
  assert.equal(rest.keys, 2);
  assert.ok(Math.abs(rest.after - 0.45) < 1e-12);
});

test('where no word is asked about, the row that moved most is shown', () => {
  assert.equal(pair.mostMoved([0.1, null, 0.4, 0.2]), 2);
  assert.equal(pair.mostMoved([null, null, 0]), 2);
});

test('a change in a column keeps its sign and its places', () => {
  assert.deepEqual([0.25, -0.0312, 0.0004, -0.0004].map(pair.changeColumn), [
    '+0.250',
    '−0.031',
    '0.000',
    '0.000',
  ]);
});

const bar = (text, before, after) => ({
  key: { before: token(text), after: token(text), state: 'same', at: [2, 2] },
  before,
  after,
});

test('the sentence names the key that lost and the key that gained most', () => {
  assert.equal(
    pair.movedSentence([bar('animal', 0.68, 0.28), bar('street', 0.05, 0.12), bar('.', 0.1, 0.33)]),
    'Most is lost by animal (2), 0.68 to 0.28; most gained by . (2), 0.10 to 0.33.',
  );
  assert.equal(
    pair.movedSentence([bar('not', null, 1)]),
    'Most is gained by not (2), 0.00 to 1.00.',
  );
  assert.equal(pair.movedSentence([bar('a', 0.5, 0.502)]), '');
});

test('a cell tells both its numbers and the change', () => {
  const { queries, keys } = pair.axesOf(LONGER, 'encoder');
  const matrix = (at, value) => ({
    data: Float32Array.from({ length: 25 }, (_, i) => (i === at ? value : NaN)),
    rows: 5,
    cols: 5,
  });
  const props = {
    before: matrix(4, 0.25),
    after: matrix(4, 0.75),
    difference: matrix(4, 0.5),
    queries,
    keys,
    title: 'layer 3, head 1',
  };
  const { value, rows } = pair.cellText(props, { row: 0, col: 4 });
  assert.equal(value, '+0.5000');
  assert.deepEqual(rows, [
    ['query', 'a (0)'],
    ['key', 'ran (2, 3)'],
    ['first', '0.2500'],
    ['second', '0.7500'],
  ]);
  assert.equal(pair.cellText(props, { row: 0, col: 1 }).rows[3][1], 'not there');
});

// What the model says

test('pronouns are told in any case, tags and parents where they differ', () => {
  const outputs = {
    before: {
      tags: [
        { word: 0, tag: 'DET', probability: 0.9 },
        { word: 2, tag: 'VERB', probability: 0.8 },
      ],
      parents: [
        { word: 0, to: 1, value: 0.7 },
        { word: 2, to: 2, value: 0.6 },
      ],
      antecedents: [{ word: 2, to: 1, value: 0.91 }],
      fills: [],
    },
    after: {
      tags: [
        { word: 0, tag: 'DET', probability: 0.5 },
        { word: 2, tag: 'NOUN', probability: 0.7 },
      ],
      parents: [
        { word: 0, to: 2, value: 0.4 },
        { word: 2, to: 2, value: 0.5 },
      ],
      antecedents: [{ word: 2, to: 1, value: 0.92 }],
      fills: [],
    },
  };
  assert.deepEqual(pair.saidLines({ ...LONGER, outputs }), [
    { word: 'ran', what: 'refers to', before: 'cat 0.91', after: 'dinosaur 0.92' },
    { word: 'ran', what: 'is tagged', before: 'VERB 0.80', after: 'NOUN 0.70' },
    { word: 'a', what: 'has the parent', before: 'cat 0.70', after: 'ran 0.40' },
  ]);
  assert.deepEqual(pair.saidLines({ ...LONGER, outputs: null }), []);
});

test('a parent that was replaced by one word is the same parent, however both are cut', () => {
  const said = (to) => ({
    tags: [],
    antecedents: [],
    fills: [],
    parents: [{ word: 2, to, value: 1 }],
  });
  const answer = { ...LONGER, outputs: { before: said(1), after: said(1) } };
  assert.deepEqual(pair.saidLines(answer), []);
});
