import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createQueries } from '../../static/js/core/queries.js';
import { runOf } from '../../static/js/core/requests.js';
import { createSubmit } from '../../static/js/pages/inspector/submit.js';

/** A page without a picture: what the tokens slot holds is set by hand. */
function page(state = { text: 'old', text_pair: null, query: 'its', key: 'Law' }) {
  const opened = [];
  const asked = [];
  const said = [];
  let slot = { key: null, status: 'idle', value: null };
  let forgotten = 0;
  const reading = createSubmit({
    queries: { get: () => slot, forgetFailures: () => (forgotten += 1) },
    questions: { tokens: (_model, { text, text_pair }) => asked.push({ text, text_pair }) },
    store: { get: () => state, open: (patch) => opened.push(patch) },
    modelName: () => 'bert',
    onRefusal: () => said.push(reading.refusal()?.message ?? null),
  });
  const cut = (text, value, text_pair = null) => {
    slot = { key: runOf('bert', { text, text_pair }), status: 'ready', value };
    reading.admit();
  };
  return { reading, opened, asked, said, cut, forgotten: () => forgotten };
}

const FITS = { fits: true, refusal: null };
const OVER = { fits: false, refusal: 'text has 603 tokens; bert reads at most 512.' };

test('a text is opened once it is known to fit, and forgets the old search', () => {
  const { reading, opened, cut } = page();
  reading.read({ text: 'new' });
  assert.deepEqual(opened, []);
  cut('new', FITS);
  const fresh = { query: null, key: null, cell: null, pin: null };
  assert.deepEqual(opened, [{ ...fresh, text: 'new', text_pair: null }]);
  cut('new', FITS);
  assert.equal(opened.length, 1);
});

test('the same text read again keeps its search', () => {
  const { reading, opened, cut } = page();
  reading.read({ text: 'old' });
  cut('old', FITS);
  assert.deepEqual(opened, [{ text: 'old', text_pair: null }]);
});

test('a text over the limit is not opened, and the server says why', () => {
  const { reading, opened, cut } = page();
  reading.read({ text: 'long' });
  assert.equal(reading.refusal(), null);
  cut('long', OVER);
  assert.deepEqual(opened, []);
  assert.deepEqual(reading.refusal(), { message: OVER.refusal, status: 422 });
});

test('a text whose tokens are known to be too many is refused at once', () => {
  const { reading, opened, said, cut } = page();
  reading.draft({ text: 'long', text_pair: null });
  cut('long', OVER);
  assert.deepEqual(said, []);
  reading.read({ text: 'long' });
  assert.deepEqual(said, [OVER.refusal]);
  assert.deepEqual(opened, []);
});

test('typing on takes the refusal back', () => {
  const { reading, cut } = page();
  reading.read({ text: 'long' });
  cut('long', OVER);
  reading.draft({ text: 'lon', text_pair: null });
  assert.equal(reading.refusal(), null);
});

test('a long text that is only typed is not refused', () => {
  const { reading, cut } = page();
  reading.draft({ text: 'long', text_pair: null });
  cut('long', OVER);
  assert.equal(reading.refusal(), null);
});

test('tokens of another text open nothing', () => {
  const { reading, opened, cut } = page();
  reading.read({ text: 'new', text_pair: 'second' });
  cut('new', FITS);
  assert.deepEqual(opened, []);
  cut('new', FITS, 'second');
  assert.equal(opened.length, 1);
});

test('a blank text is opened at once: the page says what to do', () => {
  const { reading, opened } = page();
  reading.read({ text: ' ' });
  assert.equal(opened.length, 1);
});

test('a text that is read again is asked for again, though it failed before', async () => {
  const answers = [new Error('no'), { ...FITS }];
  const queries = createQueries(() => reading?.admit());
  const opened = [];
  const load = async () => {
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const reading = createSubmit({
    queries,
    questions: { tokens: (model, texts) => queries.ask('tokens', runOf(model, texts), load) },
    store: { get: () => ({ text: 'old', text_pair: null }), open: (patch) => opened.push(patch) },
    modelName: () => 'bert',
    onRefusal: () => {},
  });
  reading.read({ text: 'new' });
  await turn();
  assert.deepEqual([queries.get('tokens').status, opened.length], ['error', 0]);
  reading.read({ text: 'new' });
  await turn();
  assert.deepEqual(opened, [
    { query: null, key: null, cell: null, pin: null, text: 'new', text_pair: null },
  ]);
});
