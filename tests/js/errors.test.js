import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ApiError } from '../../static/js/core/api.js';
import { worded } from '../../static/js/core/errors.js';

const error = (code, field, message = 'in the words of the API') =>
  new ApiError({ code, field, message, status: 422 });

test('a word that the text does not hold is named as it was typed', () => {
  const said = worded(error('word_not_found', 'key'), { query: 'its', key: 'perfekt' });
  assert.deepEqual(said, {
    message: '“perfekt” is not a word of this text. Click a word, or type one of them.',
    status: 422,
    remedy: null,
  });
});

test('a word that starts with an at sign is named without its escape', () => {
  const { message } = worded(error('word_not_found', 'query'), { query: '@@home', key: 'a' });
  assert.match(message, /^“@home” is not/);
});

test('a place that the text does not have is not spelled out', () => {
  for (const place of ['@p97', '@s1:3-5']) {
    const { message } = worded(error('invalid_selection', 'query'), { query: place, key: 'a' });
    assert.equal(message, 'That word is not in this text. Click a word, or type one of them.');
  }
});

test('a model that reads one text offers to remove the second', () => {
  const said = worded(error('invalid_selection', 'text_pair'));
  assert.deepEqual([said.message, said.remedy], ['This model reads one text.', 'one_text']);
});

test('a second text that is blank is called so', () => {
  const said = worded(error('empty_text', 'text_pair'));
  assert.deepEqual([said.message, said.remedy], ['The second text is blank.', 'one_text']);
});

test("every other error keeps the server's words", () => {
  for (const other of [
    error('text_too_long', 'text'),
    error('invalid_selection', 'layer'),
    new ApiError({ code: 'unreachable', message: 'in the words of the API' }),
  ]) {
    const { message, status, remedy } = worded(other, { query: 'its', key: 'Law' });
    assert.deepEqual([message, status, remedy], ['in the words of the API', other.status, null]);
  }
});
