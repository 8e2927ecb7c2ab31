import assert from 'node:assert/strict';
import { test } from 'node:test';

import { sentence } from '../../static/js/core/errors.js';

test('a message begins with a capital, and what somebody wrote stays as it was', () => {
  assert.equal(sentence('text has 600 tokens'), 'Text has 600 tokens');
  for (const message of [
    'openai-community/gpt2 is not here',
    '“nope” is not a word',
    'text_pair has 9 tokens',
    'The server is busy',
    '10 edits; at most 8',
  ]) {
    assert.equal(sentence(message), message);
  }
});
