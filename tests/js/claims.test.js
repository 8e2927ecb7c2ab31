import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claims } from '../../static/js/core/addresses/claims.js';
import { inspector } from '../../static/js/core/addresses/inspector.js';
import { readLines } from '../../static/js/core/ndjson.js';
import {
  claimMarks,
  claimName,
  headsText,
  intervalText,
  lineEnd,
  summaryText,
  valueText,
  verdictOf,
} from '../../static/js/figures/claim.js';
import { readAnswer } from '../../static/js/pages/claims/answer.js';
import { exampleLink } from '../../static/js/pages/claims/link.js';

const MEASURED = {
  value: 0.657,
  low: 0.5602,
  high: 0.7416,
  threshold: 0.676,
  at_least: true,
  clear: false,
  head: { kind: 'encoder', layer: 2, head: 8 },
  passing: 0,
  heads: 14,
  counted: 99,
  unit: 'links',
  baselines: [
    { name: 'the best fixed offset (+1)', value: 0.576 },
    { name: 'any word by chance', value: 0.077 },
  ],
  supervised: { kind: 'encoder', layer: 2, head: 0, task: 'parent', value: 0.929 },
  detail: null,
  example: {},
};
const CLAIM = {
  id: 'determiner',
  agrees: false,
  reason: null,
  scale: 'share',
  paper: { value: 0.943, baseline: 0.517 },
  measured: MEASURED,
};

/** A stream of these pieces, whole lines or not. */
function streamOf(...pieces) {
  const encoder = new TextEncoder();
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) {
        controller.enqueue(typeof piece === 'string' ? encoder.encode(piece) : piece);
      }
      controller.close();
    },
  });
}

async function all(lines) {
  const found = [];
  for await (const line of lines) found.push(line);
  return found;
}

test('lines are read whole, however the network cuts them', async () => {
  const stream = streamOf('{"a":', '1}\n{"b":2}\n{"c"', ':3}');
  assert.deepEqual(await all(readLines(stream)), [{ a: 1 }, { b: 2 }, { c: 3 }]);
});

test('a character cut in two is one character', async () => {
  const bytes = new TextEncoder().encode('{"a":"’"}\n');
  const stream = streamOf(bytes.slice(0, 7), bytes.slice(7));
  assert.deepEqual(await all(readLines(stream)), [{ a: '’' }]);
});

test('an answer tells how far it is, then what it is', async () => {
  const waits = [];
  const stream = streamOf(
    '{"progress":{"done":0,"of":2}}\n{"progress":{"done":1,"of":2}}\n',
    '{"result":{"claims":[]}}\n',
  );
  assert.deepEqual(await readAnswer(stream, (wait) => waits.push(wait)), { claims: [] });
  assert.deepEqual(waits, [
    { code: 'measuring', done: 0, of: 2 },
    { code: 'measuring', done: 1, of: 2 },
  ]);
});

test('an error in the middle of an answer is an error', async () => {
  const stream = streamOf('{"error":{"code":"internal","message":"it broke","field":null}}\n');
  await assert.rejects(
    readAnswer(stream, () => {}),
    { code: 'internal', message: 'it broke' },
  );
});

test('an answer that ends early is an error', async () => {
  const stream = streamOf('{"progress":{"done":0,"of":2}}\n');
  await assert.rejects(
    readAnswer(stream, () => {}),
    /cut short/,
  );
});

test('the address names the model, and nothing where it is the default', () => {
  assert.deepEqual(claims.parse('#model=google-bert%2Fbert-base-uncased'), {
    model: 'google-bert/bert-base-uncased',
  });
  for (const fragment of ['', '#', '#model=', '#other=1']) {
    assert.deepEqual(claims.parse(fragment), { model: null });
  }
  assert.equal(claims.write({ model: null }), '');
  const state = { model: 'a/b & c' };
  assert.deepEqual(claims.parse(claims.write(state)), state);
});

test('the example opens the head on its link, pinned at the word that looks', () => {
  const example = {
    text: 'The tired cook tasted the soup.',
    query: { position: 6, start: 26, end: 30, text: 'soup' },
    key: { position: 4, start: 15, end: 21, text: 'tasted' },
  };
  const link = exampleLink(example, MEASURED.head, { model: 'small', kind: null });
  const state = inspector.parse(link.replace('/#', ''));
  assert.equal(state.text, example.text);
  assert.equal(state.model, 'small');
  assert.deepEqual([state.kind, state.layer, state.head], [null, 2, 8]);
  assert.deepEqual([state.query, state.key], ['soup', 'tasted']);
  assert.deepEqual(state.pin, { side: 'query', pos: 6 });
});

test('a word that stands twice is named by its place, a special token by its position', () => {
  const example = {
    text: 'The cat and the dog.',
    query: { position: 4, start: 12, end: 15, text: 'the' },
    key: { position: 7, start: null, end: null, text: '[SEP]' },
  };
  const state = inspector.parse(
    exampleLink(example, MEASURED.head, { model: null, kind: null }).slice(2),
  );
  assert.deepEqual([state.query, state.key], ['@s0:12-15', '@p7']);
});

test('an example without a link opens the head alone', () => {
  const link = exampleLink({ text: 'a b', query: null, key: null }, MEASURED.head, {
    model: null,
    kind: 'decoder',
  });
  assert.equal(link, '/#v=1&text=a+b&kind=decoder&layer=2&head=8');
});

test('each verdict has words, and says where it is narrow', () => {
  assert.equal(verdictOf({ agrees: true, measured: { ...MEASURED, clear: true } }).text, 'Agrees');
  assert.equal(verdictOf({ agrees: true, measured: { ...MEASURED, clear: true } }).aside, null);
  assert.equal(verdictOf(CLAIM).text, 'Disagrees');
  assert.match(verdictOf(CLAIM).aside, /narrowly/);
  const unasked = verdictOf({ agrees: null, measured: null });
  assert.deepEqual([unasked.text, unasked.aside], ['Cannot be asked', null]);
});

test('values are percentages, and ratios where they are ratios', () => {
  assert.equal(valueText(0.8484, 'share'), '84.8 %');
  assert.equal(valueText(1.7702, 'ratio'), '1.77');
  assert.equal(intervalText(MEASURED, 'share'), '56.0 to 74.2 %');
  assert.equal(intervalText({ low: 1.726, high: 1.823 }, 'ratio'), '1.73 to 1.82');
});

test('the line is as long as a share, or as the next whole number above what it holds', () => {
  assert.equal(lineEnd(MEASURED), 1);
  assert.equal(lineEnd({ ...MEASURED, high: 1.82 }), 2);
});

test('everything that the value is held against stands on its line', () => {
  const { marks, interval, ticks } = claimMarks(CLAIM);
  assert.deepEqual(
    marks.map(({ kind, name, at }) => [kind, name, at]),
    [
      ['value', 'here', 0.657],
      ['threshold', 'asked: at least', 0.676],
      ['baseline', 'the best fixed offset (+1)', 0.576],
      ['baseline', 'any word by chance', 0.077],
      ['supervised', 'head 2-0, supervised: parent', 0.929],
      ['paper', 'the paper’s model', 0.943],
    ],
  );
  assert.deepEqual(interval, { from: 0.5602, to: 0.7416 });
  assert.deepEqual(
    ticks.map(({ text }) => text),
    ['0 %', '50 %', '100 %'],
  );
});

test('on a longer line everything keeps its proportion', () => {
  const measured = { ...MEASURED, value: 1.5, high: 1.9, low: 1.1, supervised: null };
  const { marks, interval, ticks } = claimMarks({ ...CLAIM, scale: 'ratio', measured });
  assert.equal(marks[0].at, 0.75);
  assert.deepEqual(interval, { from: 0.55, to: 0.95 });
  assert.deepEqual(
    ticks.map(({ text }) => text),
    ['0.00', '1.00', '2.00'],
  );
});

test('where nothing was measured there is nothing to draw', () => {
  assert.throws(() => claimMarks({ ...CLAIM, measured: null }), /nothing was measured/);
  assert.equal(claimName({ ...CLAIM, measured: null }), '');
  assert.equal(headsText({ ...CLAIM, measured: null }), '');
});

test('the picture is said in words', () => {
  assert.equal(
    claimName(CLAIM),
    'Here 65.7 %, 95 % interval 56.0 to 74.2 %; asked: at least 67.6 %; the best fixed offset ' +
      '(+1) 57.6 %; any word by chance 7.7 %; head 2-0, supervised: parent 92.9 %; the paper’s ' +
      'model 94.3 %.',
  );
});

test('the heads that keep the rule are counted', () => {
  assert.equal(headsText(CLAIM), 'Head 2-8, the best of 14; none keeps the rule.');
  const one = { ...CLAIM, measured: { ...MEASURED, passing: 1 } };
  assert.equal(headsText(one), 'Head 2-8, the best of 14; 1 keeps the rule.');
  const decoder = { ...MEASURED, passing: 3, head: { kind: 'decoder', layer: 0, head: 1 } };
  assert.equal(
    headsText({ ...CLAIM, measured: decoder }),
    'Head decoder 0-1, the best of 14; 3 keep the rule.',
  );
  assert.equal(
    headsText({ ...CLAIM, id: 'separator' }),
    'All 14 heads of those layers together; none keeps the rule by itself.',
  );
});

test('the verdicts are counted in one sentence', () => {
  const claims = [true, true, false, null].map((agrees) => ({ ...CLAIM, agrees }));
  assert.equal(summaryText(claims), 'Of 4 statements, 2 agree, 1 disagrees, 1 cannot be asked.');
  assert.equal(summaryText(claims.slice(0, 2)), 'Of 2 statements, 2 agree.');
});
