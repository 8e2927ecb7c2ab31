import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shortened } from '../../static/js/pages/api/answer.js';

test('a long list is shortened, and how much is left is told', () => {
  assert.equal(shortened('{"a": [1, 2, 3, 4, 5, 6]}'), '{"a": [1, 2, 3, 4, … 2 more]}');
});

test('what does not fit in a line is laid out', () => {
  const said = 'x'.repeat(80);
  assert.equal(
    shortened(JSON.stringify({ said, n: null })),
    `{\n  "said": "${said}",\n  "n": null\n}`,
  );
});

test('what is no JSON is left as it is, to a length', () => {
  assert.equal(shortened('ok'), 'ok');
  assert.equal(shortened('y'.repeat(900)).length, 601);
});
