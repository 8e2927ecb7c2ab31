import assert from 'node:assert/strict';
import { test } from 'node:test';

import { supervisionOf } from '../../static/js/core/supervision.js';

const PARENT = { layer: 1, head: 0, supervised: 'parent' };
const FREE = { layer: 0, head: 2, supervised: null };

test('a supervised head says what it was taught, and the others that they are free', () => {
  const heads = [FREE, PARENT];
  assert.equal(supervisionOf(PARENT, heads).text, 'supervised: parent');
  assert.equal(supervisionOf(PARENT, heads).supervised, true);
  assert.equal(supervisionOf(FREE, heads).text, 'free');
  assert.equal(supervisionOf(FREE, heads).supervised, false);
});

test('where no head was taught there is nothing to say', () => {
  assert.equal(supervisionOf(FREE, [FREE]), null);
  assert.equal(supervisionOf(null, [PARENT]), null);
});
