import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  arcLevels,
  arcOpacity,
  filledText,
  isTyped,
  pieceLabel,
  saysAnything,
  sentenceFigure,
  sentenceLines,
  sentenceName,
  sentenceNote,
} from '../../static/js/figures/sentence.js';

const word = (text, special = false) => ({ text, special, tokens: [] });
const wordsOf = (text) => [
  word('[CLS]', true),
  ...text.split(' ').map((one) => word(one)),
  word('[SEP]', true),
];
const pointer = (from, to, value = 0.5) => ({ word: from, to, value });
const OUTPUTS = { tags: [], parents: [], antecedents: [], fills: [] };

test('a sentence ends with its full stop, and takes the quote that closes it along', () => {
  const words = wordsOf('He said : “ Go ! ” She went . 好 。 End');
  const { lines, sentences, left } = sentenceLines(words);
  const texts = lines.map((line) => line.map((i) => words[i].text).join(' '));
  assert.deepEqual(texts, ['He said : “ Go ! ”', 'She went .', '好 。', 'End']);
  assert.deepEqual([sentences, left], [4, 0]);
});

test('a stop after a title or an initial ends nothing', () => {
  const texts = (text) => {
    const words = wordsOf(text);
    return sentenceLines(words).lines.map((line) => line.map((i) => words[i].text).join(' '));
  };
  assert.deepEqual(texts('Mr . Smith slept . He woke .'), ['Mr . Smith slept .', 'He woke .']);
  assert.deepEqual(texts('J . R . wrote it .'), ['J . R . wrote it .']);
  assert.deepEqual(texts('So do I . Mr ! Yes'), ['So do I .', 'Mr !', 'Yes']);
});

test('special tokens are in no sentence', () => {
  assert.deepEqual(sentenceLines(wordsOf('a b')).lines, [[1, 2]]);
  assert.deepEqual(sentenceLines([word('[CLS]', true)]).lines, []);
});

test('as many whole sentences are drawn as stay legible, and the rest is counted', () => {
  const words = wordsOf('a b . c d . e f .');
  assert.deepEqual(sentenceLines(words, 7), {
    lines: [
      [1, 2, 3],
      [4, 5, 6],
    ],
    sentences: 3,
    left: 3,
  });
  assert.deepEqual(sentenceLines(words, 2), { lines: [[1, 2]], sentences: 3, left: 7 });
});

test('arcs that share a stretch have levels of their own, a short one inside a long one', () => {
  // 0-1 and 1-2 only touch; 0-2 runs over both; 1-3 crosses 0-2; 4-5 is apart.
  const spans = [
    { from: 0, to: 2 },
    { from: 1, to: 0 },
    { from: 1, to: 2 },
    { from: 3, to: 1 },
    { from: 4, to: 5 },
  ];
  assert.deepEqual(arcLevels(spans), [2, 1, 1, 3, 1]);
});

test('words stand one after another, each arc leads from the middle of a word to its parent', () => {
  const outputs = { ...OUTPUTS, parents: [pointer(1, 2, 0.9), pointer(2, 2, 0.7), pointer(3, 2)] };
  const made = sentenceFigure({ line: [1, 2, 3], widths: [20, 40, 30], outputs, dir: 'ltr' });
  // 6 of edge, then 20, 40 and 30 wide with 16 between them.
  assert.deepEqual(
    made.words.map(({ x }) => x),
    [16, 62, 113],
  );
  assert.deepEqual(
    made.words.map(({ box }) => [box.x, box.width]),
    [
      [-2, 36],
      [34, 56],
      [90, 46],
    ],
  );
  assert.equal(made.width, 6 + 20 + 16 + 40 + 16 + 30 + 6);
  const [first, last, root] = made.arcs;
  assert.match(first.d, /^M16,/);
  assert.match(first.tip, /^56,/); // left of the parent's middle: from the left it comes
  assert.match(last.d, /^M113,/);
  assert.match(last.tip, /^68,/);
  assert.equal(root.kind, 'root');
  assert.match(root.d, /^M62,/);
  assert.deepEqual(
    made.arcs.map(({ value }) => value),
    [0.9, 0.5, 0.7],
  );
});

test('from right to left the first word stands right', () => {
  const made = sentenceFigure({ line: [1, 2], widths: [20, 40], outputs: OUTPUTS, dir: 'rtl' });
  assert.deepEqual(
    made.words.map(({ x }) => x),
    [72, 26],
  );
});

test('an antecedent runs under the line, and makes the picture taller', () => {
  const plain = { line: [1, 2, 3], widths: [20, 20, 20], outputs: OUTPUTS, dir: 'ltr' };
  const without = sentenceFigure(plain);
  const outputs = { ...OUTPUTS, antecedents: [pointer(3, 1)] };
  const made = sentenceFigure({ ...plain, outputs });
  assert.equal(made.arcs[0].kind, 'antecedent');
  assert.ok(made.height > without.height);
  const lowest = Math.max(
    ...made.arcs[0].d.match(/,(\d+(\.\d+)?)/g).map((y) => Number(y.slice(1))),
  );
  assert.ok(lowest > made.words[0].tagY && lowest < made.height);
});

test('a link that leaves the sentence is not drawn but counted', () => {
  const outputs = {
    ...OUTPUTS,
    parents: [pointer(1, 7)],
    antecedents: [pointer(2, 9), pointer(9, 2)],
  };
  const made = sentenceFigure({ line: [1, 2], widths: [20, 20], outputs, dir: 'ltr' });
  assert.deepEqual([made.arcs.length, made.apart], [0, 2]);
});

test('what a head hardly gives is hardly seen', () => {
  assert.equal(arcOpacity(1), 1);
  assert.equal(arcOpacity(0), 0.22);
  assert.throws(() => arcOpacity(Number.NaN), /invalid value: NaN/);
});

test('a sentence is named by its words and its root', () => {
  const words = wordsOf('Dogs bark .');
  const outputs = { ...OUTPUTS, parents: [pointer(1, 2), pointer(2, 2), pointer(3, 2)] };
  assert.equal(
    sentenceName(words, [1, 2, 3], outputs),
    'Tags and parents of 3 words: Dogs bark . Root: bark.',
  );
  assert.match(sentenceName(words, [1], outputs), /No root\.$/);
});

test('the note says what is left out, and nothing where nothing is', () => {
  assert.equal(sentenceNote({ left: 0, sentences: 2, lines: [[1], [2]] }, 0), '');
  assert.equal(
    sentenceNote({ left: 5, sentences: 3, lines: [[1]] }, 1),
    'The first 1 of 3 sentences are drawn. One link leads out of what is drawn. The table holds all.',
  );
  assert.match(sentenceNote({ left: 5, sentences: 1, lines: [[1]] }, 0), /^The last 5 words/);
});

test('a piece takes the place of the mask, wherever letters take two places in a string', () => {
  const text = '𝒜 cup of [MASK], hot';
  const token = { start: 9, end: 15 };
  assert.equal(filledText(text, token, 'tea'), '𝒜 cup of tea, hot');
  assert.equal(filledText(text, token, '##fee'), '𝒜 cup offee, hot');
});

test('a piece with a space of its own brings no second', () => {
  const text = 'I <mask> you';
  assert.equal(filledText(text, { start: 2, end: 8 }, ' saw'), 'I saw you');
  assert.equal(filledText('I<mask>', { start: 1, end: 7 }, ' saw'), 'I saw');
  assert.equal(filledText('<mask> saw', { start: 0, end: 6 }, ' I'), 'I saw');
});

test('a model says something where it tags, fills a mask or goes on', () => {
  const nothing = { tags: [], parents: [], antecedents: [], fills: [], next: null };
  assert.equal(saysAnything(null), false);
  assert.equal(saysAnything(undefined), false);
  assert.equal(saysAnything(nothing), false);
  assert.equal(saysAnything({ ...nothing, fills: [{}] }), true);
  assert.equal(saysAnything({ ...nothing, next: {} }), true);
  assert.equal(saysAnything({ ...nothing, tags: [{}] }), true);
});

test('white space that is a whole piece is seen', () => {
  assert.deepEqual([' law', ' ', '\n', 'a\tb'].map(pieceLabel), [' law', '␣', '↵', 'a⇥b']);
});

test('control tokens and parts of characters are not typed', () => {
  assert.deepEqual(['</s>', '<0xE8>', '[SEP]', '[50300]'].map(isTyped), Array(4).fill(false));
  assert.deepEqual(['law', ' <', '<', '[', 'a>', ' [a]'].map(isTyped), Array(6).fill(true));
});

test('widths must be of the words', () => {
  assert.throws(
    () => sentenceFigure({ line: [1, 2], widths: [20], outputs: OUTPUTS, dir: 'ltr' }),
    /invalid widths: 1 for 2 words/,
  );
});
