import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspector } from '../../static/js/core/addresses/inspector.js';
import { parseOverview } from '../../static/js/core/api.js';
import {
  bestCell,
  nameOf,
  openHeads,
  strongestHead,
  strongestWords,
  strongLinks,
  wordCell,
} from '../../static/js/core/selection.js';
import {
  formatStatistic,
  layoutTiles,
  orderHeads,
  paintTile,
  statistic,
} from '../../static/js/figures/overview.js';
import { colorTable, fadedTables, pixel, spread } from '../../static/js/figures/scale.js';

const token = (text, word, special = false) => ({ text, word, special });
const SEQUENCE = {
  tokens: [token('[CLS]', 0, true), token('per', 1), token('fect', 1), token('law', 2)],
  words: [
    { text: '[CLS]', tokens: [0], special: true },
    { text: 'perfect', tokens: [1, 2], special: false },
    { text: 'law', tokens: [3], special: false },
  ],
};

function head(layer, index, { entropy = 1, strongest = null, kind = 'encoder' } = {}) {
  return { kind, layer, head: index, entropy, mean_distance: null, strongest };
}

/** The wire format: uint32 length, JSON, bytes. */
function answer(header, bytes) {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const whole = new Uint8Array(4 + json.length + bytes.length);
  new DataView(whole.buffer).setUint32(0, json.length, true);
  whole.set(json, 4);
  whole.set(bytes, 4 + json.length);
  return whole.buffer;
}

const TWO_KINDS = {
  kinds: [
    { kind: 'encoder', layers: 1, heads: 2, rows: 3, cols: 3, query: SEQUENCE, key: SEQUENCE },
    { kind: 'cross', layers: 1, heads: 1, rows: 2, cols: 3, query: SEQUENCE, key: SEQUENCE },
  ],
  heads: [head(0, 0), head(0, 1), head(0, 0, { kind: 'cross' })],
};

test('each head of an answer begins where the one before it ends', () => {
  const bytes = Uint8Array.from({ length: 24 }, (_, i) => i);
  const overview = parseOverview(answer({ ...TWO_KINDS, text: '很 & </script>' }, bytes));
  assert.deepEqual(
    overview.heads.map(({ offset }) => offset),
    [0, 9, 18],
  );
  assert.deepEqual(overview.bytes, bytes);
  assert.equal(overview.text, '很 & </script>');
});

test('self-attention has one list of tokens, cross attention two', () => {
  const { kinds } = parseOverview(answer(TWO_KINDS, new Uint8Array(24)));
  assert.equal(kinds[0].query, kinds[0].key);
  assert.notEqual(kinds[1].query, kinds[1].key);
});

test('an answer that is cut short is an error, not a picture', () => {
  assert.throws(() => parseOverview(answer(TWO_KINDS, new Uint8Array(23))), /23 bytes where 24/);
});

test('heads stand by layer and head, or by a statistic with the largest first', () => {
  const heads = [
    head(1, 0, { entropy: 2 }),
    head(0, 1, { entropy: 3 }),
    head(0, 0, { entropy: 2 }),
  ];
  const names = (sort) => orderHeads(heads, sort).map((one) => `${one.layer}-${one.head}`);
  assert.deepEqual(names('layer'), ['0-0', '0-1', '1-0']);
  assert.deepEqual(names('entropy'), ['0-1', '0-0', '1-0']);
});

test('heads without a value of the statistic come last', () => {
  const link = { query_pos: 1, key_pos: 3, value: 0.25 };
  const heads = [head(0, 0), head(0, 1, { strongest: link })];
  assert.equal(orderHeads(heads, 'strongest')[0].head, 1);
  assert.equal(statistic(heads[0], 'strongest'), null);
  assert.equal(formatStatistic(null, 'strongest'), 'none');
});

test('a statistic is written with its unit', () => {
  assert.equal(formatStatistic(0.3691, 'to_special'), '36.9 %');
  assert.equal(formatStatistic(2.6, 'entropy'), '2.60 bits');
  assert.equal(formatStatistic(9.46, 'mean_distance'), '9.5');
  assert.equal(formatStatistic(0.804, 'strongest'), '0.80');
});

test('tiles fill the width in whole pixels, between their bounds', () => {
  const room = { count: 72, columns: 12, gap: 5, least: 18, most: 96, aspect: 1 };
  const wide = layoutTiles({ ...room, width: 811 });
  assert.deepEqual(wide.tile, { width: 63, height: 63 });
  assert.equal(wide.width, 12 * 63 + 11 * 5);
  assert.equal(wide.height, 6 * 63 + 5 * 5);
  assert.equal(layoutTiles({ ...room, width: 100 }).tile.width, 18);
  assert.equal(layoutTiles({ ...room, width: 9000 }).tile.width, 96);
});

/** Every byte its own colour, so that a pixel tells which weight it shows. */
const PLAIN = Uint32Array.from({ length: 256 }, (_, byte) => byte);
const GAP = 999;

function paint(width, height, bytes, rows, cols, causal = false) {
  const pixels = new Uint32Array((width + 2) * height).fill(7);
  const tile = { x: 1, y: 0, width, height };
  paintTile(
    { pixels, stride: width + 2 },
    tile,
    { bytes, offset: 2, rows, cols, causal },
    PLAIN,
    GAP,
  );
  return Array.from({ length: height }, (_, y) =>
    Array.from(pixels.subarray(y * (width + 2), (y + 1) * (width + 2))),
  );
}

test('a pattern is painted cell by cell, rows down, and nothing beside its tile', () => {
  const bytes = Uint8Array.from([0, 0, 10, 20, 30, 40, 50, 60]);
  assert.deepEqual(paint(3, 2, bytes, 2, 3), [
    [7, 10, 20, 30, 7],
    [7, 40, 50, 60, 7],
  ]);
});

test('a lone link survives shrinking: a pixel shows the largest weight it covers', () => {
  const bytes = new Uint8Array(2 + 49);
  bytes[2 + 3 * 7 + 5] = 200;
  const picture = paint(3, 3, bytes, 7, 7).flat();
  assert.equal(picture.filter((value) => value === 200).length, 1);
});

test('every cell of a shrunken pattern is covered by a pixel', () => {
  for (let cell = 0; cell < 25; cell += 1) {
    const bytes = new Uint8Array(2 + 25);
    bytes[2 + cell] = 200;
    assert.ok(paint(3, 3, bytes, 5, 5).flat().includes(200), `cell ${cell} is lost`);
  }
});

test('what a causal head may not look at is blank, not zero', () => {
  const bytes = Uint8Array.from([0, 0, 9, 0, 0, 5, 4, 0, 1, 0, 8]);
  assert.deepEqual(paint(3, 3, bytes, 3, 3, true), [
    [7, 9, GAP, GAP, 7],
    [7, 5, 4, GAP, 7],
    [7, 1, 0, 8, 7],
  ]);
});

test('large cells are set apart by one pixel', () => {
  const bytes = Uint8Array.from([0, 0, 1, 2, 3, 4]);
  const [first, ...rest] = paint(12, 12, bytes, 2, 2);
  assert.deepEqual(first, [7, 1, 1, 1, 1, 1, GAP, 2, 2, 2, 2, 2, 2, 7]);
  assert.deepEqual(rest[4].slice(1, -1), new Array(12).fill(GAP));
});

const STOPS = [
  [250, 250, 250],
  [200, 120, 40],
  [20, 10, 0],
];

test('a table begins with no ink and ends with all of it', () => {
  const colors = colorTable(STOPS, 'sqrt');
  assert.equal(colors[0], pixel(STOPS[0]));
  assert.equal(colors[255], pixel(STOPS[2]));
  assert.equal(pixel([1, 2, 3]), 0xff030201);
});

test('the square root gives small weights more ink than the linear scale does', () => {
  const red = (value) => value & 255;
  assert.ok(red(colorTable(STOPS, 'sqrt')[10]) < red(colorTable(STOPS, 'linear')[10]));
});

test('the last faded table is the full one, the first ends in grey', () => {
  const tables = fadedTables(STOPS, [211, 205, 195], 'linear', 5);
  assert.deepEqual(tables[4], colorTable(STOPS, 'linear'));
  assert.equal(tables[0][255], pixel([211, 205, 195]));
});

test('values are spread between the smallest and the largest', () => {
  assert.deepEqual(spread([2, null, 4, 3]), [0, null, 1, 0.5]);
  assert.deepEqual(spread([3, 3]), [1, 1]);
});

const OVERVIEW = {
  kinds: [{ kind: 'encoder', layers: 2, heads: 3, query: SEQUENCE, key: SEQUENCE }],
  heads: [
    head(0, 0, { strongest: { query_pos: 1, key_pos: 2, value: 0.9 } }),
    head(0, 1, { strongest: { query_pos: 3, key_pos: 0, value: 0.4 } }),
    head(0, 2, { strongest: { query_pos: 3, key_pos: 0, value: 0.3 } }),
    ...[0, 1, 2].map((index) => head(1, index)),
  ],
};

test('the heads that a state names are open, without repeats or heads that do not exist', () => {
  const more = [
    { kind: null, layer: 1, head: 2 },
    { kind: null, layer: 0, head: 1 },
    { kind: null, layer: 9, head: 0 },
  ];
  const state = { ...inspector.DEFAULTS, layer: 0, head: 1, more };
  assert.deepEqual(openHeads(state, OVERVIEW), [
    { kind: null, layer: 0, head: 1 },
    { kind: null, layer: 1, head: 2 },
  ]);
});

test('where no head is named, or one that the model lacks, the strongest far link opens', () => {
  const strongest = { kind: null, layer: 0, head: 1 };
  assert.deepEqual(strongestHead(OVERVIEW, 'encoder'), strongest);
  assert.deepEqual(openHeads(inspector.DEFAULTS, OVERVIEW), [strongest]);
  assert.deepEqual(openHeads({ ...inspector.DEFAULTS, layer: 9, head: 1 }, OVERVIEW), [strongest]);
});

test('before the run is known, a state is taken at its word', () => {
  assert.deepEqual(openHeads({ ...inspector.DEFAULTS, layer: 9, head: 1 }, null), [
    { kind: null, layer: 9, head: 1 },
  ]);
  assert.deepEqual(openHeads(inspector.DEFAULTS, null), []);
});

test("the model's first kind goes without saying", () => {
  assert.equal(nameOf({ kind: 'encoder', layer: 0, head: 0 }, OVERVIEW).kind, null);
  assert.equal(nameOf({ kind: 'cross', layer: 0, head: 0 }, OVERVIEW).kind, 'cross');
});

test('links worth a look join words that are not neighbours, each pair once', () => {
  const links = strongLinks(OVERVIEW, 'encoder', 5);
  assert.deepEqual(
    links.map(({ query, key, value }) => [query.text, key.text, value]),
    [['law', '[CLS]', 0.4]],
  );
});

test('at word level the positions of the strongest link count words', () => {
  const strongest = { query_pos: 2, key_pos: 1, value: 0.5 };
  const words = { ...OVERVIEW, level: 'word' };
  const { query, key } = strongestWords(words, head(0, 0, { strongest }));
  assert.deepEqual([query.text, key.text], ['law', 'perfect']);
  const tokens = { ...OVERVIEW, level: 'token' };
  assert.equal(strongestWords(tokens, head(0, 0, { strongest })).query.text, 'perfect');
  assert.equal(strongestWords(tokens, head(0, 0)), null);
});

test('a cell between words opens the strongest of its token cells', () => {
  const data = Float32Array.from([0, 0, 0, 0, 0, NaN, 0, 0.1, 0, 0.2, 0, 0.7, 0, 0, 0, 0]);
  const [, perfect, law] = SEQUENCE.words;
  assert.deepEqual(bestCell({ data, cols: 4 }, perfect, law), { query_pos: 2, key_pos: 3 });
  assert.deepEqual(bestCell({ data, cols: 4 }, perfect, perfect), { query_pos: 2, key_pos: 1 });
});

test('a token cell lies in one cell between words', () => {
  const picture = { query: SEQUENCE, key: SEQUENCE };
  assert.deepEqual(wordCell({ query_pos: 2, key_pos: 3 }, picture), { query_pos: 1, key_pos: 2 });
  assert.equal(wordCell({ query_pos: 2, key_pos: 99 }, picture), null);
});
