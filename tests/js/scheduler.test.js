import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { createScheduler } from '../../static/js/core/scheduler.js';

let waiting;
/** A screen that shows a frame when it is told to. */
async function showFrame() {
  const now = waiting;
  waiting = new Map();
  for (const action of now.values()) action();
  await new Promise((resolve) => setTimeout(resolve, 2));
}

beforeEach(() => {
  waiting = new Map();
  let id = 0;
  globalThis.requestAnimationFrame = (action) => {
    id += 1;
    waiting.set(id, action);
    return id;
  };
  globalThis.cancelAnimationFrame = (which) => waiting.delete(which);
});

test('however often it is asked for, the page is drawn once a frame', async () => {
  let drawn = 0;
  const frames = createScheduler(() => (drawn += 1));
  frames.redraw();
  frames.redraw();
  await showFrame();
  assert.equal(drawn, 1);
  frames.redraw();
  await showFrame();
  assert.equal(drawn, 2);
});

test('work that can wait goes on at once, or after the frame that a part has alone', async () => {
  const seen = [];
  const frames = createScheduler(() => {});
  await frames.quiet();
  frames.alone(() => seen.push('overview'));
  frames.quiet().then(() => seen.push('read'));
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(seen, ['overview']);
  await showFrame();
  assert.deepEqual(seen, ['overview', 'read']);
});

test('a part that has a frame alone is painted at once, and all else in the next', async () => {
  const seen = [];
  const frames = createScheduler(() => seen.push('all'));
  frames.redraw();
  frames.alone(() => seen.push('overview'));
  frames.redraw();
  assert.deepEqual(seen, ['overview']);
  await showFrame();
  assert.deepEqual(seen, ['overview']);
  await showFrame();
  assert.deepEqual(seen, ['overview', 'all']);
});

test('what waits for a frame is drawn at once where it must be, and not again', async () => {
  let drawn = 0;
  const frames = createScheduler(() => (drawn += 1));
  frames.flush();
  assert.equal(drawn, 0);
  frames.redraw();
  frames.flush();
  assert.equal(drawn, 1);
  await showFrame();
  assert.equal(drawn, 1);
});

test('what waits while a part has a frame alone is drawn at once as well', async () => {
  let drawn = 0;
  const frames = createScheduler(() => (drawn += 1));
  frames.alone(() => {});
  frames.redraw();
  frames.flush();
  assert.equal(drawn, 1);
});
