import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { litHtml } from '../../.ci/vendor.js';

test('what browsers are sent of lit-html is what the pinned package makes', async () => {
  const sent = readFileSync(new URL('../../static/vendor/lit-html.js', import.meta.url), 'utf8');
  assert.equal(sent, await litHtml(), 'run: npm run vendor');
});
