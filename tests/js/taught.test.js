import assert from 'node:assert/strict';
import { test } from 'node:test';

import { taughtOf } from '../../static/js/taught.js';

const PARENT = { layer: 1, head: 0, taught: 'parent' };
const FREE = { layer: 0, head: 2, taught: null };

test('a taught head says what it was taught, and the others that they are free', () => {
  const heads = [FREE, PARENT];
  assert.equal(taughtOf(PARENT, heads).text, 'taught: parent');
  assert.equal(taughtOf(PARENT, heads).taught, true);
  assert.equal(taughtOf(FREE, heads).text, 'free');
  assert.equal(taughtOf(FREE, heads).taught, false);
});

test('where no head was taught there is nothing to say', () => {
  assert.equal(taughtOf(FREE, [FREE]), null);
  assert.equal(taughtOf(null, [PARENT]), null);
});
