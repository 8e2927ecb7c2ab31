import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';

import { ApiError, createApi } from '../../static/js/core/api.js';
import { createQueries } from '../../static/js/core/queries.js';

/** A question that is answered when the test says so. */
function question() {
  const asked = { signal: null };
  const promise = new Promise((resolve, reject) => Object.assign(asked, { resolve, reject }));
  return {
    asked,
    load: ({ signal }) => {
      asked.signal = signal;
      return promise;
    },
  };
}

test('a slot keeps its old answer until the new one is there', async () => {
  const queries = createQueries(() => {});
  queries.ask('head', 'one', async () => 1);
  await turn();
  const next = question();
  queries.ask('head', 'two', next.load);
  assert.deepEqual([queries.get('head').status, queries.get('head').value], ['loading', 1]);
  next.asked.resolve(2);
  await turn();
  assert.deepEqual([queries.get('head').status, queries.get('head').value], ['ready', 2]);
});

test('an answer that comes too late is dropped, and its request was aborted', async () => {
  const queries = createQueries(() => {});
  const [slow, fast] = [question(), question()];
  queries.ask('head', 'slow', slow.load);
  queries.ask('head', 'fast', fast.load);
  assert.ok(slow.asked.signal.aborted);
  fast.asked.resolve('fast');
  slow.asked.resolve('slow');
  await turn();
  assert.equal(queries.get('head').value, 'fast');
});

test('the same question is asked once', () => {
  const queries = createQueries(() => {});
  let count = 0;
  const load = async () => (count += 1);
  queries.ask('head', 'one', load);
  queries.ask('head', 'one', load);
  assert.equal(count, 1);
});

test('what is kept comes back without being asked again', async () => {
  const queries = createQueries(() => {});
  let count = 0;
  const load = async () => (count += 1);
  queries.ask('head', 'one', load, { keep: true });
  await turn();
  queries.ask('head', 'two', load, { keep: true });
  await turn();
  queries.ask('head', 'one', load, { keep: true });
  assert.deepEqual([queries.get('head').status, queries.get('head').value, count], ['ready', 1, 2]);
});

test('a failure stays until it is forgotten, then the question can be asked again', async () => {
  const queries = createQueries(() => {});
  queries.ask('head', 'one', async () => {
    throw new Error('no');
  });
  await turn();
  assert.equal(queries.get('head').status, 'error');
  queries.forgetFailures();
  queries.ask('head', 'one', async () => 'yes');
  await turn();
  assert.equal(queries.get('head').value, 'yes');
});

test('a slot has settled once its answer or its failure has been told, or nothing is asked', async () => {
  const told = [];
  const queries = createQueries((name) => told.push(queries.get(name).status));
  await queries.settled('overview');
  for (const end of ['resolve', 'reject']) {
    const { asked, load } = question();
    queries.ask('overview', end, load);
    const settled = queries.settled('overview').then(() => told.push('settled'));
    await turn();
    assert.deepEqual(told.splice(0), ['loading']);
    asked[end](new Error('an answer or a failure'));
    await settled;
    assert.deepEqual(told.splice(0), [end === 'resolve' ? 'ready' : 'error', 'settled']);
  }
});

/** A server that gives these answers one after another. */
function server(...answers) {
  const seen = [];
  const fetch = async (url, { method, headers, body, signal }) => {
    seen.push({ url, method, headers, body: body && JSON.parse(body), signal });
    const answer = answers[Math.min(seen.length, answers.length) - 1];
    if (answer instanceof Error) throw answer;
    const [status, content, more] = answer;
    return new Response(JSON.stringify(content), { status, headers: more });
  };
  return { fetch, seen };
}

const refusal = (code, field = null) => ({ error: { code, message: `because ${code}`, field } });

test('a question is posted as JSON to the address of the API', async () => {
  const { fetch, seen } = server([200, { count: 7 }]);
  const api = createApi('/api/v1', { fetch });
  assert.deepEqual(await api.tokens({ model: 'bert', text: 'a' }), { count: 7 });
  assert.equal(seen[0].url, '/api/v1/tokens');
  assert.equal(seen[0].method, 'POST');
  assert.deepEqual(seen[0].body, { model: 'bert', text: 'a' });
});

test("an error has the server's code, message and field", async () => {
  const { fetch } = server([422, refusal('text_too_long', 'text')]);
  const asked = createApi('/api/v1', { fetch }).tokens({});
  await assert.rejects(asked, { code: 'text_too_long', field: 'text', status: 422 });
});

test('a server that is gone is an error with a remedy', async () => {
  const { fetch } = server(new TypeError('Failed to fetch'));
  await assert.rejects(createApi('/api/v1', { fetch }).models(), (error) => {
    assert.ok(error instanceof ApiError);
    assert.equal(error.code, 'unreachable');
    assert.match(error.message, /headlight serve/);
    return true;
  });
});

test('a busy server is asked again after the time it names', async () => {
  const waits = [];
  const { fetch, seen } = server(
    [503, refusal('busy'), { 'retry-after': '0.5' }],
    [503, refusal('model_loading'), { 'retry-after': '0.5' }],
    [200, { count: 7 }],
  );
  const begun = performance.now();
  const api = createApi('/api/v1', { fetch });
  const answer = await api.tokens({}, { onWait: ({ code }) => waits.push(code) });
  assert.equal(answer.count, 7);
  assert.deepEqual(waits, ['busy', 'model_loading']);
  assert.equal(seen.length, 3);
  assert.ok(performance.now() - begun >= 990);
});

test('a model that is not to be had is not asked for again', async () => {
  const { fetch, seen } = server([503, refusal('model_unavailable', 'model')]);
  await assert.rejects(createApi('/api/v1', { fetch }).tokens({}), { code: 'model_unavailable' });
  assert.equal(seen.length, 1);
});

test('waiting ends when the answer is no longer wanted', async () => {
  const { fetch, seen } = server([503, refusal('busy'), { 'retry-after': '60' }]);
  const abort = new AbortController();
  const asked = createApi('/api/v1', { fetch }).tokens({}, { signal: abort.signal });
  await turn();
  abort.abort();
  await assert.rejects(asked, { name: 'AbortError' });
  assert.equal(seen.length, 1);
});

test("a model's name keeps its slash in the address, and nothing else that could mislead", async () => {
  const { fetch, seen } = server([200, {}]);
  await createApi('/api/v1', { fetch }).model('google-bert/bert base?#');
  assert.equal(seen[0].url, '/api/v1/models/google-bert/bert%20base%3F%23');
});

test('a large answer is not read while it must be quiet', async () => {
  const order = [];
  let over;
  const body = new Response(new Uint8Array(4));
  body.arrayBuffer = async () => {
    order.push('read');
    return new ArrayBuffer(4);
  };
  const answer = createApi('/api/v1', { fetch: async () => body }).arrays(
    {},
    { quiet: () => new Promise((go) => (over = go)) },
  );
  await turn();
  assert.deepEqual(order, []);
  over();
  await assert.rejects(answer); // four bytes are no .npz
  assert.deepEqual(order, ['read']);
});
