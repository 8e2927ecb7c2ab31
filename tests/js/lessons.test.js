import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

import { lessonAddress } from '../../static/js/core/addresses/lesson.js';
import { LESSON_PLACES, lessonAt } from '../../static/js/core/lesson-places.js';
import { markStep, placeMarks } from '../../static/js/core/place-marks.js';
import { toggle } from '../../static/js/figures/lessons/flips.js';
import * as masks from '../../static/js/figures/lessons/masks.js';
import * as scale from '../../static/js/figures/lessons/scale.js';
import * as figure from '../../static/js/figures/lessons/softmax.js';
import { softmaxEntry } from '../../static/js/figures/softmax-entry.js';
import { LESSONS } from '../../static/js/pages/lesson/lessons.js';

/** What a browser keeps. */
function storage() {
  const kept = new Map();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => kept.set(key, value),
  };
}

test('a place-mark holds which steps were seen, and forgets a lesson that was changed', () => {
  const kept = storage();
  assert.deepEqual(placeMarks(kept), {});
  markStep('softmax', 1, 5, kept);
  markStep('softmax', 3, 5, kept);
  markStep('softmax', 3, 5, kept);
  assert.deepEqual(placeMarks(kept), { softmax: { seen: [1, 3], count: 5 } });
  markStep('softmax', 2, 6, kept);
  assert.deepEqual(placeMarks(kept), { softmax: { seen: [2], count: 6 } });
});

test('where a browser keeps nothing, a lesson goes on', () => {
  const forbidden = {
    getItem() {
      throw new Error('forbidden');
    },
    setItem() {
      throw new Error('forbidden');
    },
  };
  markStep('softmax', 1, 5, forbidden);
  assert.deepEqual(placeMarks(forbidden), {});
});

test('an address holds the step and what was set, and nothing that is as usual', () => {
  const address = lessonAddress(3, {});
  assert.equal(address.write({ ...address.DEFAULTS, step: 2 }), 'v=1&step=2');
  assert.equal(address.parse('#v=1&step=3').step, 3);
  assert.equal(address.parse('#v=1&step=4').step, 1);
});

const sources = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(({ name }) => name.endsWith('.js'))
    .map(({ parentPath, name }) => readFileSync(`${parentPath}/${name}`, 'utf8'))
    .join('\n');

test('every lesson that the pages load is one whose module is there', async () => {
  const files = readdirSync(new URL('../../static/js/pages/lesson/lessons/', import.meta.url));
  assert.deepEqual(
    files.sort(),
    Object.keys(LESSONS)
      .map((slug) => `${slug}.js`)
      .sort(),
  );
});

test('every place that raises a question leads to a lesson and to one of its steps', () => {
  const pages = sources(new URL('../../static/js/pages/', import.meta.url).pathname);
  for (const [place, { lesson, step }] of Object.entries(LESSON_PLACES)) {
    assert.ok(lesson in LESSONS, `${place} leads to ${lesson}, which is no lesson`);
    assert.match(lessonAt(place), new RegExp(`^/learn/${lesson}(#v=1&step=${step})?$`));
    const [kind] = place.split('.');
    assert.match(
      pages,
      new RegExp(`lessonLink\\([\`']${kind}\\.`),
      `no page has a link at ${kind}`,
    );
  }
});

const TOKENS = ['a', 'b', 'c'].map((text) => ({ text }));
const ARRAYS = {
  scores: { data: Float32Array.of(0, 0, 0, 1, 2, 0.5, 0, 0, 0), shape: [1, 1, 3, 3] },
  pattern: { data: Float32Array.of(1, 0, 0, 0.25, 0.5, 0.25, 0, 0, 1), shape: [1, 1, 3, 3] },
};

test('a row is that of its query; edits stand for it where they are of as many keys', () => {
  const row = figure.rowOf(TOKENS, ARRAYS, { query_pos: 1, scores: [] });
  assert.deepEqual(row.scores, [1, 2, 0.5]);
  assert.deepEqual(row.pattern, [0.25, 0.5, 0.25]);
  assert.equal(row.edited, false);
  assert.deepEqual(row.range, { min: -3, max: 5 });
  const edited = figure.rowOf(TOKENS, ARRAYS, { query_pos: 1, scores: [9, 2, 0.5] });
  assert.deepEqual([edited.edited, edited.scores, edited.range.max], [true, [9, 2, 0.5], 12]);
  const stale = figure.rowOf(TOKENS, ARRAYS, { query_pos: 1, scores: [9] });
  assert.equal(stale.edited, false);
  assert.equal(figure.rowOf(TOKENS, ARRAYS, { query_pos: 99, scores: [] }).query, 2);
});

test('a share is worked out of the scores, beside the model’s own where they are its own', () => {
  const row = figure.rowOf(TOKENS, ARRAYS, { query_pos: 1, scores: [] });
  const entry = figure.shareEntry(row, row.pattern, { key_pos: 0 });
  const powers = [1, 2, 0.5].map((score) => Math.exp(score - 2));
  const total = powers[0] + powers[1] + powers[2];
  assert.ok(Math.abs(entry.value - powers[0] / total) < 1e-15);
  assert.equal(entry.own, 0.25);
  assert.equal(figure.shareEntry(row, row.pattern, { key_pos: null }).chosen, 1);
  const edited = figure.rowOf(TOKENS, ARRAYS, { query_pos: 1, scores: [9, 2, 0.5] });
  assert.equal(figure.shareEntry(edited, row.pattern, { key_pos: 0 }).own, null);
});

test('scores are rounded to what an address says of them', () => {
  assert.deepEqual(figure.withScore([1.2345, 2.3456], 1, 0.5), [1.23, 0.5]);
  assert.deepEqual(figure.shifted({ own: [1.2345, -2] }, 3), [4.23, 1]);
});

test('a number is written to its last digit', () => {
  assert.equal(figure.exactText(0.5761168847658291), '0.5761168847658291');
  assert.equal(figure.exactText(1), '1');
  assert.equal(figure.exactText(3.720075976020836e-44), '3.720075976020836 × 10⁻⁴⁴');
});

const WORDS = ['[CLS]', 'apples', 'tasty', 'I', 'three'];
const STORY = { text: 'T', query_pos: 1, words: ['apples', 'tasty', 'three', 'I'] };
const props = (rows, text = 'T') => ({
  state: { text, query_pos: 1 },
  answer: () => ({
    tokens: WORDS.map((word) => ({ text: word })),
    words: WORDS.map((word, at) => ({ text: word, tokens: [at] })),
    arrays: {
      pattern: {
        shape: [1, rows.length, 5, 5],
        data: Float32Array.from(
          rows.flatMap((row) => [...Array(5).fill(0), ...row, ...Array(15).fill(0)]),
        ),
      },
    },
  }),
});

test('a head keeps to the story where it gives the three words less and less', () => {
  const keeps = [0, 0, 0.5, 0.125, 0.25];
  const not = [0, 0, 0.25, 0.5, 0.125];
  const rows = figure.headRows(props([keeps, not]), STORY);
  assert.deepEqual(rows.names, ['0-0', '0-1']);
  assert.deepEqual(rows.values, [keeps, not]);
  assert.deepEqual(rows.told, [2, 4, 3]);
  assert.deepEqual(
    rows.follows.map(({ name }) => name),
    ['0-0'],
  );
  assert.match(figure.storyText(rows), /Of 2 heads 1 keeps that order/);
});

test('of another sentence no story is told', () => {
  const rows = figure.headRows(props([[0, 0, 0.5, 0, 0.5]], 'another'), STORY);
  assert.deepEqual([rows.told, rows.follows], [[], []]);
  assert.doesNotMatch(figure.storyText(rows), /Texts tell/);
});

test('a distribution is drawn beside its own tallest bin', () => {
  assert.deepEqual(scale.heights([0, 2, 4]), [0, 0.5, 1]);
  assert.deepEqual(scale.heights([0, 0]), [0, 0]);
});

test('a dot stands right of the line where its head spreads further than random vectors', () => {
  const heads = [
    { spread: 4, entropy: 1, d_head: 25 },
    { spread: 5, entropy: 0.5, d_head: 25 },
    { spread: 40, entropy: 0, d_head: 25 },
  ];
  const { dots, root, box, xTicks } = scale.scatter(heads, { width: 400, height: 300 });
  assert.equal(scale.beyond(heads), 1);
  assert.equal(root.value, 5);
  assert.ok(dots[0].x < root.at && dots[1].x === root.at && dots[2].x > root.at);
  assert.deepEqual(
    dots.map(({ y }) => y),
    [box.top, (box.top + box.bottom) / 2, box.bottom],
  );
  assert.deepEqual(
    xTicks.map(({ text }) => text),
    ['5', '10', '20'],
  );
  assert.ok(dots.every(({ x }) => x > box.left && x < box.right));
});

test('a score is worked out of its products', () => {
  const entry = scale.dotEntry({ first: { q: [1, -2], k: [3, 0.5], scores: [2] } });
  assert.equal(entry.value, 2);
  assert.deepEqual(
    entry.terms.map(({ value }) => value),
    [3, -1],
  );
});

test('a cell that is turned twice is as it was', () => {
  const once = toggle([], 2, 1);
  assert.deepEqual(once, [[2, 1]]);
  assert.deepEqual(toggle(once, 0, 1), [
    [2, 1],
    [0, 1],
  ]);
  assert.deepEqual(toggle(once, 2, 1), []);
});

test('the scores of a window are those that its mask leaves open', () => {
  for (const [n, w] of [
    [5, 1],
    [9, 2],
    [4, 8],
    [1, 3],
  ]) {
    let open = 0;
    for (let i = 0; i < n; i += 1)
      for (let j = 0; j < n; j += 1) if (Math.abs(i - j) <= w) open += 1;
    assert.equal(masks.scoresOf.window(n, w), open, `${n} ${w}`);
  }
  assert.equal(masks.scoresOf.causal(5), 15);
  assert.equal(masks.scoresOf.all(5), 25);
});

test('a row is worked out of its open keys alone', () => {
  const tokens = ['a', 'b', 'c'].map((text) => ({ text }));
  const scores = [[1, 2, 3]];
  const mask = [[true, true, false]];
  const total = Math.exp(1) + Math.exp(2);
  const masked_pattern = [[Math.exp(1) / total, Math.exp(2) / total, 0]];
  const entry = masks.rowEntry({ tokens, scores, mask, masked_pattern }, 0);
  assert.equal(entry.terms.length, 2);
  assert.ok(Math.abs(entry.value - masked_pattern[0][1]) < 1e-15);
  assert.deepEqual(masks.closeStrongest({ masked_pattern, mask }, 0, { flips: [] }), {
    flips: [[0, 1]],
    query_pos: 0,
  });
});

test('a row without an open key has nothing to work out, and a key keeps its number', () => {
  const tokens = ['a', 'b', 'c'].map((text) => ({ text }));
  const scores = [[1, 2, 3]];
  const closed = { mask: [[false, false, false]], masked_pattern: [[0, 0, 0]] };
  assert.equal(masks.rowEntry({ tokens, scores, ...closed }, 0), null);
  const last = { mask: [[false, false, true]], masked_pattern: [[0, 0, 1]] };
  const entry = masks.rowEntry({ tokens, scores, ...last }, 0);
  assert.deepEqual([entry.chosen, entry.value], [0, 1]);
  assert.deepEqual(
    entry.name,
    softmaxEntry({ scores: [3], labels: ['c'], chosen: 0, number: 2 }).name,
  );
});
