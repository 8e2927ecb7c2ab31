import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  cutMarks,
  focusText,
  hiddenShare,
  hiddenText,
  leftOutText,
  linkAt,
  linkMarks,
  linksName,
  linkText,
  marksBetween,
  movedToken,
  rowHeightFor,
  strongestAcross,
  strongestLinks,
  tokenLinks,
} from '../../static/js/figures/links.js';

// 3 queries, 5 keys; the first and last key are special, as is the first query.
const queryTokens = ['[CLS]', 'its', 'just'].map((text, i) => ({ text, special: i === 0 }));
const keyTokens = ['[CLS]', 'The', 'Law', 'be', '[SEP]'].map((text, i) => ({
  text,
  special: i === 0 || i === 4,
}));
const head = {
  kind: 'encoder',
  layer: 3,
  head: 1,
  color: 'var(--head-1)',
  rows: 3,
  cols: 5,
  pattern: Float32Array.from([
    0.5,
    0.125,
    0.125,
    0.125,
    0.125,
    0.125,
    0.0625,
    0.75,
    0.0625,
    0,
    0.25,
    0.25,
    NaN,
    0.5,
    NaN,
  ]),
};
const all = {
  heads: [head],
  queryTokens,
  keyTokens,
  threshold: 0,
  topK: 5,
  hideSpecial: false,
};
const pairs = (links) => links.map(({ query_pos, key_pos }) => [query_pos, key_pos]);

test('each query keeps its strongest links, weakest first for painting', () => {
  const { links } = strongestLinks({ ...all, topK: 1 });
  assert.deepEqual(pairs(links).sort(), [
    [0, 0],
    [1, 2],
    [2, 3],
  ]);
  const weights = links.map(({ weight }) => weight);
  assert.deepEqual(weights, [0.5, 0.5, 0.75]);
});

test('links agree with a plain sort of every row', () => {
  const n = 17;
  const m = 23;
  let seed = 7;
  const random = () => {
    seed = (seed * 16807) % 2147483647;
    return seed / 2147483647;
  };
  const pattern = Float32Array.from({ length: n * m }, random);
  const many = {
    heads: [{ ...head, rows: n, cols: m, pattern }],
    queryTokens: Array.from({ length: n }, () => ({ text: 'q', special: false })),
    keyTokens: Array.from({ length: m }, () => ({ text: 'k', special: false })),
    threshold: 0.3,
    topK: 4,
    hideSpecial: false,
  };
  const expected = new Set();
  for (let i = 0; i < n; i += 1) {
    const kept = [...pattern.slice(i * m, (i + 1) * m)]
      .map((weight, j) => ({ weight, j }))
      .filter(({ weight }) => weight >= 0.3)
      .sort((a, b) => b.weight - a.weight)
      .slice(0, 4);
    for (const { j } of kept) expected.add(`${i} ${j}`);
  }
  const found = strongestLinks(many).links.map((link) => `${link.query_pos} ${link.key_pos}`);
  assert.deepEqual(new Set(found), expected);
});

test('a masked cell and a weight of zero are no links', () => {
  const { links, possible } = strongestLinks(all);
  assert.equal(possible, 13);
  assert.equal(links.length, 12);
  assert.ok(!pairs(links).some(([q, k]) => q === 2 && k === 2));
});

test('the threshold is a weight, not a share of the strongest', () => {
  const { links } = strongestLinks({ ...all, threshold: 0.25 });
  assert.deepEqual(
    links.map(({ weight }) => weight),
    [0.25, 0.25, 0.5, 0.5, 0.75],
  );
});

test('hiding special tokens drops their links and rescales nothing', () => {
  const { links, weightShare } = strongestLinks({ ...all, hideSpecial: true });
  assert.deepEqual(pairs(links).sort(), [
    [1, 1],
    [1, 2],
    [1, 3],
    [2, 1],
    [2, 3],
  ]);
  assert.deepEqual(
    links.map(({ weight }) => weight),
    [0.0625, 0.0625, 0.25, 0.5, 0.75],
  );
  assert.equal(weightShare, (0.0625 + 0.75 + 0.0625 + 0.25 + 0.5) / 2);
});

test('a pinned query shows its whole row and a pinned key its whole column', () => {
  const rule = { ...all, topK: 1, threshold: 0.9 };
  assert.deepEqual(pairs(tokenLinks(rule, { side: 'query', pos: 1 })), [
    [1, 1],
    [1, 3],
    [1, 0],
    [1, 2],
  ]);
  assert.deepEqual(pairs(tokenLinks(rule, { side: 'key', pos: 3 })), [
    [1, 3],
    [0, 3],
    [2, 3],
  ]);
});

test('a hidden token has no links to pin', () => {
  assert.deepEqual(tokenLinks({ ...all, hideSpecial: true }, { side: 'key', pos: 4 }), []);
});

test('what is hidden is the mean over queries that stay, or one row', () => {
  assert.equal(hiddenShare([head], queryTokens, keyTokens), (0.125 + 0.25) / 2);
  assert.equal(hiddenShare([head], queryTokens, keyTokens, 0), 0.625);
  const rest = { ...head, pattern: head.pattern.map((w) => w * 0) };
  assert.equal(hiddenShare([head, rest], queryTokens, keyTokens, 0), 0.3125);
});

test('the hidden share is written beside the picture, and for the row in focus', () => {
  const shown = { ...all, hideSpecial: true };
  assert.match(hiddenText(shown), /19 % of the weight on average\. Nothing is rescaled\.$/);
  assert.match(
    hiddenText({ ...shown, focus: { side: 'query', pos: 2 } }),
    /19 % of the weight on average, and 25 % of the row of just \(2\)\./,
  );
  assert.equal(hiddenText(all), '');
});

test('what is left out is said', () => {
  const rule = { threshold: 0.25, topK: 2 };
  assert.equal(
    leftOutText({ links: [1, 2, 3], possible: 1234, weightShare: 0.41 }, rule),
    "3 of 1,234 links drawn: each query's 2 strongest, of weight 0.25 or more. They hold 41 % of the weight.",
  );
  assert.match(
    leftOutText({ links: [1], possible: 1, weightShare: 1 }, rule),
    /^Every link is drawn, 1 in all: 100 %/,
  );
  assert.match(leftOutText({ links: [], possible: 0, weightShare: 0 }, rule), /^No links/);
});

test('a mark is a curve from the query to the key with level ends', () => {
  const geometry = { queryX: 100, keyX: 300, rowHeight: 20 };
  const [mark] = linkMarks([{ head: 0, query_pos: 1, key_pos: 4, weight: 1 }], [head], geometry);
  assert.equal(mark.d, 'M100,30C200,30 200,90 300,90');
  assert.equal(mark.color, 'var(--head-1)');
  assert.equal(mark.opacity, 1);
  assert.equal(mark.width, 6);
});

test('a stronger link is wider and more opaque', () => {
  const link = (weight) => ({ head: 0, query_pos: 1, key_pos: 4, weight });
  const marks = linkMarks([0.01, 0.1, 0.5].map(link), [head], { queryX: 0, keyX: 9, rowHeight: 2 });
  assert.ok(marks[0].width < marks[1].width && marks[1].width < marks[2].width);
  assert.ok(marks[0].opacity < marks[1].opacity && marks[1].opacity < marks[2].opacity);
});

test('only marks that cross what is in view are painted', () => {
  const link = (query_pos, key_pos) => ({ head: 0, query_pos, key_pos, weight: 0.5 });
  const marks = linkMarks([link(0, 1), link(0, 50), link(90, 95)], [head], {
    queryX: 0,
    keyX: 9,
    rowHeight: 10,
  });
  assert.deepEqual(pairs(marksBetween(marks, 200, 400).map((mark) => mark.link)), [[0, 50]]);
});

test('the link under the pointer is found on its curve and nowhere else', () => {
  const geometry = { queryX: 100, keyX: 300, rowHeight: 20 };
  const links = [
    { head: 0, query_pos: 0, key_pos: 6, weight: 0.5 },
    { head: 0, query_pos: 6, key_pos: 6, weight: 0.5 },
  ];
  const marks = linkMarks(links, [head], geometry);
  // Half-way the curve is half-way down: (10 + 130) / 2.
  assert.equal(linkAt(marks, 200, 70), links[0]);
  // De Casteljau at t = 0.25 of 100,200,200,300 and 10,10,130,130.
  assert.equal(linkAt(marks, 159.375, 28.75, 0.01), links[0]);
  assert.equal(linkAt(marks, 200, 130), links[1]);
  assert.equal(linkAt(marks, 200, 100), null);
  assert.equal(linkAt(marks, 99, 10), null);
});

test('mirrored columns are served by the same curves', () => {
  const geometry = { queryX: 300, keyX: 100, rowHeight: 20 };
  const link = { head: 0, query_pos: 0, key_pos: 6, weight: 0.5 };
  const marks = linkMarks([link], [head], geometry);
  assert.equal(linkAt(marks, 300, 10), link);
  assert.equal(linkAt(marks, 100, 130), link);
});

test('a focus is told in words, strongest first', () => {
  const focus = { side: 'query', pos: 1 };
  assert.equal(
    focusText(tokenLinks(all, focus), all, focus, 2),
    'its (1) looks at Law (2) 0.7500 · [CLS] (0) 0.1250',
  );
  const other = { side: 'key', pos: 2 };
  assert.match(
    focusText(tokenLinks(all, other), all, other),
    /^Law \(2\) is looked at by its \(1\) 0\.7500/,
  );
});

test('with several heads the words name the head', () => {
  const two = { ...all, heads: [head, { ...head, head: 7 }] };
  const focus = { side: 'query', pos: 1 };
  assert.match(focusText(tokenLinks(two, focus), two, focus, 1), /\[layer 3 head 7\]$/);
});

test('the picture has a name that tells its strongest link', () => {
  assert.equal(
    linksName({ ...all, causal: false }, strongestLinks(all)),
    'Token links of layer 3 head 1, 3 queries and 5 keys. The strongest goes from its (1) to Law (2), 0.7500.',
  );
  assert.match(
    linksName({ ...all, causal: true }, strongestLinks(all)),
    /causal: no query looks ahead/,
  );
});

test('beside each token across stands the strongest weight, in the colour of its head', () => {
  const other = { ...head, color: 'var(--head-2)', pattern: head.pattern.map((w) => 0.3 - w / 8) };
  const two = { ...all, heads: [head, other] };
  const marks = linkMarks(tokenLinks(two, { side: 'query', pos: 1 }), two.heads, {
    queryX: 0,
    keyX: 9,
    rowHeight: 2,
  });
  const across = strongestAcross(marks, 'query');
  assert.deepEqual([...across.keys()].sort(), [0, 1, 2, 3, 4]);
  assert.equal(across.get(2).link.weight, 0.75);
  assert.equal(across.get(2).color, 'var(--head-1)');
  assert.equal(across.get(4).color, 'var(--head-2)');
  const down = linkMarks(tokenLinks(all, { side: 'key', pos: 2 }), [head], {
    queryX: 0,
    keyX: 9,
    rowHeight: 2,
  });
  assert.equal(strongestAcross(down, 'key').get(0).link.weight, 0.125);
});

test('arrow keys walk down a column and across to the other', () => {
  const at = { side: 'query', pos: 2 };
  assert.deepEqual(movedToken(at, 'ArrowUp', all), { side: 'query', pos: 1 });
  assert.deepEqual(movedToken(at, 'ArrowDown', all), at);
  assert.deepEqual(movedToken(at, 'Home', all), { side: 'query', pos: 0 });
  assert.deepEqual(movedToken(at, 'ArrowRight', all), { side: 'key', pos: 2 });
  assert.deepEqual(movedToken({ side: 'key', pos: 4 }, 'ArrowLeft', all), at);
  assert.deepEqual(movedToken(at, 'ArrowLeft', { ...all, dir: 'rtl' }), { side: 'key', pos: 2 });
  assert.equal(movedToken(at, 'Enter', all), null);
});

test('rows shrink with their number and stay within reach of a finger', () => {
  assert.equal(rowHeightFor(5), 26);
  assert.equal(rowHeightFor(27), 24);
  assert.equal(rowHeightFor(509), 18);
  assert.equal(rowHeightFor(509, true), 24);
});

test('what does not fit together is refused', () => {
  assert.throws(
    () => strongestLinks({ ...all, keyTokens: keyTokens.slice(1) }),
    /invalid head: pattern of 15 is not 3 x 4/,
  );
  assert.throws(() => strongestLinks({ ...all, topK: 0 }), /invalid topK: 0/);
  assert.throws(() => strongestLinks({ ...all, threshold: 2 }), /invalid threshold: 2/);
  assert.throws(() => tokenLinks(all, { side: 'source', pos: 0 }), /invalid side: source/);
  assert.throws(
    () => tokenLinks(all, { side: 'key', pos: 5 }),
    /invalid position: 5 of 5 key tokens/,
  );
});

test('hovering a link tells its weight, head and both tokens', () => {
  const link = { head: 0, query_pos: 1, key_pos: 2, weight: 0.75 };
  const { title, value, rows } = linkText(link, all);
  assert.deepEqual([title, value], ['layer 3 head 1', '0.7500']);
  assert.deepEqual(rows, [
    ['query', 'its (1)'],
    ['key', 'Law (2)'],
  ]);
});

test('a cut is marked where its link would run, and only for the token in focus', () => {
  const geometry = { queryX: 50, keyX: 250, rowHeight: 20 };
  const cuts = [
    { query_pos: 1, key_pos: 2 },
    { query_pos: 2, key_pos: 4 },
    { query_pos: 7, key_pos: 0 }, // of a longer text: no such row
  ];
  const options = { heads: [head], cuts };
  const marked = (token) =>
    cutMarks(options, token, geometry).map(({ link }) => [link.query_pos, link.key_pos]);
  assert.deepEqual(marked(null), [
    [1, 2],
    [2, 4],
  ]);
  assert.deepEqual(marked({ side: 'query', pos: 1 }), [[1, 2]]);
  assert.deepEqual(marked({ side: 'key', pos: 4 }), [[2, 4]]);
  assert.deepEqual(cutMarks(options, null, geometry)[0].points, [50, 30, 150, 250, 50]);
  assert.deepEqual(cutMarks({ heads: [head] }, null, geometry), []);
});
