import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspector } from '../../static/js/core/addresses/inspector.js';
import { runOf } from '../../static/js/core/requests.js';
import { createSelectors, named } from '../../static/js/pages/inspector/selectors.js';

const MODEL = 'bert';
const STATE = { ...inspector.DEFAULTS, text: 'its law', layer: 1, head: 2 };
const RUN = runOf(MODEL, STATE);

/** An overview of 2 layers of 3 heads over 5 tokens. */
function overviewOf(run) {
  const tokens = Array.from({ length: 5 }, (_, index) => ({ index, word: index }));
  const side = { tokens, words: tokens };
  return {
    run,
    level: 'token',
    kinds: [{ kind: 'encoder', layers: 2, heads: 3, query: side, key: side }],
    heads: [{ kind: 'encoder', layer: 0, head: 1, strongest: null }],
  };
}

function selectorsOf(state, answers) {
  return createSelectors({
    store: { get: () => ({ ...STATE, ...state }) },
    queries: { get: (name) => ({ status: 'ready', value: answers[name] ?? null }) },
    modelName: () => MODEL,
  });
}

test('what was answered for another text does not count', () => {
  const overview = overviewOf(runOf(MODEL, { ...STATE, text: 'another' }));
  const selectors = selectorsOf({ cell: { query_pos: 0, key_pos: 1 } }, { overview });
  assert.equal(selectors.overview(), null);
  assert.equal(selectors.cell(), null);
  assert.equal(selectors.all().picture, null);
});

test('before the overview is there the state is taken at its word, and no kind is known', () => {
  const selectors = selectorsOf({}, {});
  assert.deepEqual(selectors.heads(), [{ kind: null, layer: 1, head: 2 }]);
  assert.deepEqual(selectors.all().open, [
    { kind: null, layer: 1, head: 2, color: 'var(--head-1)' },
  ]);
});

test('a head is shown under its kind, and as the same object while nothing has changed', () => {
  const overview = overviewOf(RUN);
  const selectors = selectorsOf({ more: [{ kind: null, layer: 0, head: 0 }] }, { overview });
  const { open, picture } = selectors.all();
  assert.equal(picture, overview.kinds[0]);
  assert.deepEqual(
    open.map(({ kind, layer, head, color }) => [kind, layer, head, color]),
    [
      ['encoder', 1, 2, 'var(--head-1)'],
      ['encoder', 0, 0, 'var(--head-2)'],
    ],
  );
  assert.equal(selectors.all().open, open);
  assert.deepEqual(named({ kind: 'cross', layer: 0, head: 0 }, overview).kind, 'cross');
});

test('vectors are of the open head and its tokens: of another head, or of words, they are none', () => {
  const overview = overviewOf(RUN);
  const arrays = { run: RUN, level: 'token', kind: null, layer: 1, head: 2 };
  const withHead = (patch) => selectorsOf({}, { overview, 'head:0': { ...arrays, ...patch } });
  assert.equal(withHead({}).vectors().head, 2);
  assert.equal(withHead({ head: 0 }).vectors(), null);
  assert.equal(withHead({ level: 'word' }).vectors(), null);
  assert.equal(withHead({ run: runOf('small', STATE) }).vectors(), null);
  const words = { overview, vectors: arrays, 'head:0': { ...arrays, level: 'word' } };
  assert.equal(selectorsOf({ level: 'word' }, words).vectors(), arrays);
});

test('a cell whose tokens the text does not have is not open', () => {
  const overview = overviewOf(RUN);
  const inside = { query_pos: 4, key_pos: 0 };
  assert.equal(selectorsOf({ cell: inside }, { overview }).cell(), inside);
  assert.equal(selectorsOf({ cell: { query_pos: 4, key_pos: 5 } }, { overview }).cell(), null);
});
