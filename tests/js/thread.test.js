import assert from 'node:assert/strict';
import { test } from 'node:test';

import { compare } from '../../static/js/core/addresses/compare.js';
import { inspector, LAW } from '../../static/js/core/addresses/inspector.js';
import { lessonAddress, sentence } from '../../static/js/core/addresses/lesson.js';
import { pairs } from '../../static/js/core/addresses/pairs.js';
import { walk } from '../../static/js/core/addresses/walk.js';
import { continued, createThread, EMPTY, fragmentOf } from '../../static/js/core/thread.js';

const MODELS = { walk: 'small', default: 'bert' };
const HEAD = { kind: null, layer: 2, head: 5 };
const THREAD = { ...EMPTY, text: 'it is late', head: HEAD, query: 'it', key: 'late' };

/** What a tab keeps. */
function storage(kept = new Map()) {
  return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };
}

const to = (name, thread, last) => fragmentOf(name, thread, MODELS, last);

test('the text, the model, the head and the link go along to every page that has a place for them', () => {
  const explored = inspector.parse(to('inspector', THREAD));
  assert.deepEqual([explored.text, explored.layer, explored.head], ['it is late', 2, 5]);
  assert.deepEqual([explored.query, explored.key, explored.model], ['it', 'late', null]);
  const compared = compare.parse(to('compare', THREAD));
  assert.deepEqual([compared.text, compared.query, compared.key], ['it is late', 'it', 'late']);
  assert.deepEqual([compared.second, compared.head2, compared.head1], [null, HEAD, null]);
  const paired = pairs.parse(to('pairs', THREAD));
  assert.deepEqual([paired.text, paired.other, paired.query], ['it is late', 'it is late', 'it']);
  assert.deepEqual(paired.head, HEAD);
  assert.equal(to('claims', { ...THREAD, model: 'small' }), 'v=1&model=small');
});

test('a head goes to the walk where its model is the one that is walked through', () => {
  const own = walk.parse(to('walk', { ...THREAD, model: 'small' }));
  assert.deepEqual([own.text, own.layer, own.head], ['it is late', 2, 5]);
  const other = walk.parse(to('walk', THREAD));
  assert.deepEqual([other.text, other.layer, other.head], ['it is late', 3, 0]);
});

test('the model that is the first of two already is not the second as well', () => {
  const state = compare.parse(to('compare', { ...THREAD, model: 'small' }));
  assert.deepEqual([state.first, state.second, state.head1, state.head2], [null, null, HEAD, null]);
});

test('a page that is come back to is as it was left while the text is the same', () => {
  const left = inspector.write({
    ...inspector.DEFAULTS,
    text: 'it is late',
    layer: 2,
    head: 5,
    query: 'it',
    key: 'late',
    cell: { query_pos: 1, key_pos: 3 },
    level: 'word',
  });
  assert.equal(to('inspector', THREAD, left), left);
  const moved = inspector.parse(to('inspector', { ...THREAD, key: 'is' }, left));
  assert.deepEqual([moved.level, moved.cell], ['word', null]);
  const another = inspector.parse(to('inspector', { ...THREAD, text: 'no' }, left));
  assert.equal(another.level, 'token');
});

test('another text lets go of what was said of the one before; another model of its head', () => {
  assert.deepEqual(continued(THREAD, { text: 'no' }), { ...EMPTY, text: 'no', head: HEAD });
  assert.deepEqual(continued(THREAD, { model: 'small' }), {
    ...THREAD,
    model: 'small',
    head: null,
  });
  assert.deepEqual(continued(THREAD, { text: 'it is late' }), THREAD);
});

test('what a newcomer is shown first is no text of theirs: the pairs open on a pair', () => {
  assert.equal(to('pairs', { ...THREAD, text: LAW }), '');
  assert.equal(to('pairs', EMPTY), '');
});

test('a page without a text loses nothing: the tab keeps it from page to page', () => {
  const tab = storage();
  const first = createThread('inspector', MODELS, tab);
  first.keep({ ...inspector.DEFAULTS, text: 'it is late', layer: 2, head: 5 });
  const claimed = createThread('claims', MODELS, tab);
  claimed.keep({ model: null });
  assert.equal(claimed.fragment('inspector'), 'v=1&text=it+is+late&layer=2&head=5');
  assert.equal(createThread('api', MODELS, tab).fragment('walk').includes('it+is+late'), true);
});

test('where a tab keeps nothing, or nonsense, a page begins anew', () => {
  const forbidden = {
    getItem() {
      throw new Error('forbidden');
    },
    setItem() {
      throw new Error('forbidden');
    },
  };
  const thread = createThread('inspector', MODELS, forbidden);
  thread.keep({ ...inspector.DEFAULTS, text: 'a' });
  assert.equal(thread.fragment('walk').includes('text=a'), true);
  const odd = createThread('walk', MODELS, { getItem: () => '{', setItem() {} });
  assert.deepEqual(odd.get(), EMPTY);
});

test('a lesson opens on the sentence in hand, and gives its learner’s own back', () => {
  const own = lessonAddress(3, { text: sentence });
  const tab = storage();
  createThread('inspector', MODELS, tab).keep({ ...inspector.DEFAULTS, text: 'it is late' });
  const lesson = createThread('lesson', MODELS, tab, own);
  assert.equal(own.parse(lesson.begin()).text, 'it is late');
  lesson.keep({ ...own.DEFAULTS, text: 'so it is' });
  assert.equal(createThread('inspector', MODELS, tab).get().text, 'so it is');
  lesson.keep(own.DEFAULTS); // its own example is nobody's sentence
  assert.equal(lesson.get().text, 'so it is');
});

test('a lesson opens as always after the example of the first page, and where it asks about its own sentence', () => {
  const tab = storage();
  const begun = (text, address) => {
    createThread('inspector', MODELS, tab).keep({ ...inspector.DEFAULTS, text });
    return createThread('lesson', MODELS, tab, address).begin();
  };
  assert.equal(begun(LAW, lessonAddress(3, { text: sentence })), '');
  assert.equal(begun('They fish.', lessonAddress(3, { text: sentence })), 'v=1&text=They+fish.');
  assert.equal(
    begun('They fish.', lessonAddress(3, { text: sentence }, { asksAboutItsOwn: true })),
    '',
  );
  assert.equal(begun('They fish.', lessonAddress(3, {})), '');
});
