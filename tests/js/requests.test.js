import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { inspector } from '../../static/js/core/addresses/inspector.js';
import { createQueries } from '../../static/js/core/queries.js';
import { createRequests } from '../../static/js/core/requests.js';

test("a head's arrays are asked for at once, and read when the overview is on screen", async () => {
  const seen = [];
  let answer, show;
  const api = {
    overview: () => new Promise((go) => (answer = () => go({ heads: [] }))),
    arrays: async (_body, { quiet }) => {
      seen.push('asked');
      await quiet();
      seen.push('read');
      throw new Error('no arrays here');
    },
  };
  const queries = createQueries(() => {});
  const shown = () => new Promise((go) => (show = () => go(undefined)));
  createRequests(api, queries, shown).run('bert', { ...inspector.DEFAULTS, text: 'a b' }, [
    { kind: null, layer: 0, head: 0 },
  ]);
  await turn();
  assert.deepEqual(seen, ['asked']);
  answer();
  await turn();
  assert.deepEqual(seen, ['asked']);
  show();
  await turn();
  assert.deepEqual(seen, ['asked', 'read']);
});
