import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createMemo, oncePerKind } from '../../static/js/core/memo.js';

test('what is written the same is the same object', () => {
  const same = createMemo();
  const first = same('open', [{ layer: 3 }]);
  assert.equal(same('open', [{ layer: 3 }]), first);
  assert.notEqual(same('open', [{ layer: 5 }]), first);
  assert.notEqual(same('other', [{ layer: 5 }]), same('open', [{ layer: 5 }]));
});

test('what is made of an overview is made once for each kind that is shown', () => {
  const made = [];
  const make = oncePerKind((_overview, kind) => made.push(kind) && { kind });
  const overview = {};
  assert.equal(make(overview, 'encoder'), make(overview, 'encoder'));
  assert.deepEqual(make(overview, 'cross'), { kind: 'cross' });
  assert.deepEqual(made, ['encoder', 'cross']);
  assert.equal(make(null, 'cross'), null);
});
