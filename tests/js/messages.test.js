import assert from 'node:assert/strict';
import test from 'node:test';
import * as english from '../../static/js/language/messages.js';

/** The same module as a page in Chinese has it. */
async function inChinese(catalogue) {
  globalThis.headlightCatalogue = catalogue;
  globalThis.document = /** @type {any} */ ({ documentElement: { lang: 'zh-Hans' } });
  try {
    return await import(`../../static/js/language/messages.js?${Math.random()}`);
  } finally {
    delete globalThis.headlightCatalogue;
    delete globalThis.document;
  }
}

test('a message is filled with its parameters, wherever they stand in it', () => {
  const { t } = english;
  assert.equal(t('Head {head} of {count}', { head: '3-1', count: 72 }), 'Head 3-1 of 72');
  assert.equal(t('{a}{b} {a}', { a: 1, b: 0 }), '10 1');
  assert.equal(t('No parameter'), 'No parameter');
  assert.equal(t('{none} is left as it is'), '{none} is left as it is');
  assert.equal(
    t('{text}', { text: '{count}', count: 3 }),
    '{count}',
    'what is filled in is no message',
  );
});

test('one thing and many have a form each, and the number is a parameter', () => {
  const { plural } = english;
  const heads = (count) =>
    plural('{count} head of {of}', '{count} heads of {of}', count, { of: 9 });
  assert.deepEqual([heads(0), heads(1), heads(2)], ['0 heads of 9', '1 head of 9', '2 heads of 9']);
});

test('a message with templates among its parameters comes in parts', () => {
  const word = { _$litType$: 1 };
  const parts = english.rich('{from} looks at {to}.', { from: word, to: 'Law' });
  assert.deepEqual(parts, ['', word, ' looks at ', 'Law', '.']);
});

test('sentences follow one another with a blank, and what is not there leaves none', () => {
  assert.equal(english.prose('One.', '', null, false, undefined, 'Two.'), 'One. Two.');
  assert.equal(english.prose(), '');
});

test('without a catalogue a page is in English', () => {
  assert.equal(english.language, 'en');
});

test('a page in Chinese says what its catalogue holds, with the same parameters', async () => {
  const { t, plural, rich, prose, language } = await inChinese({
    'Head {head} of {count}': '头 {head}（共 {count} 个）',
    '{count} head': ['{count} 个头'],
    '{from} looks at {to}': '{to} 被 {from} 关注',
  });
  assert.equal(language, 'zh-Hans');
  assert.equal(t('Head {head} of {count}', { head: '3-1', count: 72 }), '头 3-1（共 72 个）');
  assert.equal(plural('{count} head', '{count} heads', 1), '1 个头');
  assert.equal(plural('{count} head', '{count} heads', 5), '5 个头');
  assert.deepEqual(rich('{from} looks at {to}', { from: 1, to: 2 }), ['', 2, ' 被 ', 1, ' 关注']);
  assert.equal(prose('一。', '二。'), '一。二。');
  assert.equal(t('Not translated'), 'Not translated', 'English where the catalogue has nothing');
});
