import assert from 'node:assert/strict';
import { test } from 'node:test';

import { unknownText } from '../../static/js/figures/unknown.js';

const cut = (...pieces) => ({
  tokens: ['[CLS]', ...pieces, '[SEP]'].map((piece) => ({
    piece,
    special: piece === '[CLS]' || piece === '[SEP]',
  })),
});

test('a text that is mostly unknown to a model is told, with how much of it', () => {
  const text = unknownText(cut('[UNK]', '[UNK]', '[UNK]', ','), 'BERT');
  assert.match(text, /^BERT does not know 3 of the 4 tokens of this text: each is \[UNK\] to it/);
  assert.match(unknownText(cut('<unk>', '<unk>'), 'T5'), /each is <unk> to it/);
});

test('one odd sign, or a few in a long text, is nothing to tell', () => {
  assert.equal(unknownText(cut('[UNK]', 'a'), 'BERT'), null);
  assert.equal(unknownText(cut('[UNK]', '[UNK]', ...'abcdefgh'), 'BERT'), null);
  assert.equal(unknownText(cut(), 'BERT'), null);
});
