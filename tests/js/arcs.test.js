import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  arcPath,
  captionParts,
  labelledArcs,
  sentenceArcs,
  wordArcs,
} from '../../static/js/figures/arcs.js';

const place = (x, line = 0) => ({ x, top: 100 + 60 * line, bottom: 128 + 60 * line, line });
const WORDS = [place(10), place(60), place(200)];
const layout = (more = {}) => ({
  queries: WORDS,
  keys: WORDS,
  room: 100,
  across: false,
  hidden: () => false,
  ...more,
});
const PATTERN = {
  data: Float32Array.from([1, NaN, NaN, 0.25, 0.75, NaN, 0.5, 0.2, 0.3]),
  rows: 3,
  cols: 3,
};

test('an arc leads from the top of one word to the top of the other, and rises with its length', () => {
  assert.equal(arcPath(WORDS[0], WORDS[1], 100), 'M10,100C10,67 60,67 60,100');
  // 16 + 0.34 * 190 is 80.6.
  assert.equal(arcPath(WORDS[2], WORDS[0], 100), 'M200,100C200,19.4 10,19.4 10,100');
  assert.equal(arcPath(WORDS[2], WORDS[0], 40), 'M200,100C200,60 10,60 10,100');
});

test('all arcs have the same commands, so that one can turn into another', () => {
  const shape = (d) => d.replace(/-?[\d.]+/g, 'n');
  const paths = [
    arcPath(WORDS[0], WORDS[1], 100),
    arcPath(WORDS[1], WORDS[1], 100),
    arcPath(WORDS[1], place(20, 1), 100),
    arcPath(place(20, 1), WORDS[0], 100, true),
  ];
  assert.deepEqual(new Set(paths.map(shape)), new Set(['Mn,nCn,n n,n n,n']));
});

test('between two sentences an arc ends at the lower edge of the word above', () => {
  assert.match(arcPath(place(20, 1), WORDS[0], 100, true), /^M20,160C.* 10,128$/);
});

test('a word has an arc to every word that it may look at, in their order', () => {
  const row = PATTERN.data.subarray(3, 6);
  const made = wordArcs(row, { from: WORDS[1], ...layout() });
  assert.deepEqual(
    made.map(({ key_pos, weight }) => [key_pos, weight]),
    [
      [0, 0.25],
      [1, 0.75],
    ],
  );
  assert.deepEqual(
    made.map(({ width }) => width),
    [2, 4],
  );
});

test('what is hidden has no arc, and of a long row the strongest are drawn', () => {
  const hidden = (key_pos) => key_pos === 0;
  const made = wordArcs(PATTERN.data.subarray(6, 9), { from: WORDS[2], ...layout({ hidden }) });
  assert.deepEqual(
    made.map(({ key_pos }) => key_pos),
    [1, 2],
  );
  const long = Float32Array.from({ length: 200 }, (_, i) => (i === 150 ? 0.5 : 0.5 / 199));
  const keys = long.map ? Array.from(long, (_, i) => place(i)) : [];
  const drawn = wordArcs(long, { from: keys[0], ...layout({ keys }) });
  assert.equal(drawn.length, 48);
  assert.ok(drawn.some(({ key_pos }) => key_pos === 150));
});

test('of the sentence each word has one arc, to the word it looks at most', () => {
  const made = sentenceArcs(PATTERN, layout());
  assert.deepEqual(
    made.map(({ key_pos, weight }) => [key_pos, Math.round(100 * weight) / 100]),
    [
      [0, 1],
      [1, 0.75],
      [0, 0.5],
    ],
  );
  const hidden = sentenceArcs(PATTERN, layout({ hidden: () => true }));
  assert.deepEqual(
    hidden.map(({ opacity }) => opacity),
    [0, 0, 0],
  );
});

test('the three strongest weights are written, and that of the word asked about', () => {
  const arcs = [0.4, 0.04, 0.3, 0.2, 0.06].map((weight, key_pos) => ({ weight, key_pos }));
  const at = (asked, gap = 60) => {
    const keys = arcs.map((_, i) => place(i * gap, i === 4 ? 1 : 0));
    const made = labelledArcs(/** @type {any} */ (arcs), asked, keys, 30);
    return made.map(({ key_pos }) => key_pos);
  };
  assert.deepEqual(at(null), [0, 2, 3]);
  assert.deepEqual(at(1), [0, 1, 2, 3]);
  assert.deepEqual(at(null, 20), [0, 2], 'of two that would touch the stronger is written');
  assert.deepEqual(at(1, 20), [1, 3], 'and the one that is asked about in any case');
});

test('one sentence says what is seen', () => {
  const tokens = ['its', 'Law'].map((text) => ({ text }));
  const head = { kind: 'encoder', layer: 3, head: 1 };
  const link = { query_pos: 0, key_pos: 1, weight: 0.8044, most: false };
  assert.deepEqual(captionParts(head, 72, tokens, tokens, link), {
    name: 'Head 3-1 of 72',
    from: 'its',
    to: 'Law',
    most: false,
    weight: '0.80',
  });
  assert.equal(
    captionParts({ ...head, kind: 'cross' }, 4, tokens, tokens, null).name,
    'Cross head 3-1 of 4',
  );
});
