import assert from 'node:assert/strict';
import { test } from 'node:test';

import { EDIT_KINDS } from '../../static/js/core/edit-kinds.js';
import {
  cutLinks,
  edgesText,
  editText,
  freshEdit,
  lacks,
  MOST_EDITS,
  numbersText,
  orderText,
  parseEdges,
  parseEdit,
  parseEdits,
  parseNumbers,
  placeText,
  requested,
  toggledCut,
  withDo,
  writeEdit,
} from '../../static/js/core/edits.js';

/** Numbers that a seed decides (Park and Miller 1988), so that a failure comes again. */
function dice(seed) {
  let state = seed;
  const next = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  const below = (n) => Math.floor(next() * n);
  const pick = (list) => list[below(list.length)];
  const distinct = (most) => [...new Set(Array.from({ length: 1 + below(most) }, () => below(31)))];
  return { next, below, pick, distinct };
}

function anyEdit({ next, below, pick, distinct }) {
  const name = pick(EDIT_KINDS).name;
  const maybe = (value) => (next() < 0.5 ? value : null);
  const edit = freshEdit(name, {
    kind: pick([null, 'encoder', 'decoder', 'cross']),
    layer: below(48),
    heads: maybe(distinct(5)),
    query_pos: maybe(distinct(4)),
    on: next() < 0.7,
  });
  const text = [
    '',
    'You ate a pear',
    'a.b.q4.keep',
    '苹果 & 100% #1\n👩‍👩‍👧',
    '-zero_ablation.3.1',
  ];
  const own = {
    temperature: { value: pick([0.01, 0.1, 0.333333, 1, 2.5, 100]) },
    renormalise: { by: pick(['softmax', 'relu', 'uniform']) },
    window: { width: below(17) },
    only_along: {
      edges: pick([
        [],
        [[4, 2]],
        [
          [4, 2],
          [0, 0],
          [13, 7],
        ],
      ]),
    },
    cut: { key_pos: maybe(distinct(3)), renormalise: next() < 0.5 },
    set_pattern: {
      key_pos: maybe(distinct(3)),
      renormalise: next() < 0.5,
      weight: pick([0, 0.25, 1]),
    },
    activation_patch: { text: pick(text) },
  };
  return { ...edit, ...own[name] };
}

test('any edit comes back from what the address holds, through the address itself', () => {
  for (let seed = 1; seed <= 500; seed += 1) {
    const roll = dice(seed);
    const edits = Array.from({ length: 1 + roll.below(5) }, () => anyEdit(roll));
    const params = new URLSearchParams();
    for (const edit of edits) params.append('edit', writeEdit(edit));
    const read = new URLSearchParams(params.toString()).getAll('edit');
    assert.deepEqual(parseEdits(read), { edits, dropped: [] }, `seed ${seed}`);
  }
});

test('the address of an edit can be read, and nothing in it needs escaping', () => {
  const off = freshEdit('zero_ablation', { kind: null, layer: 3, heads: [1] });
  const warm = { ...off, do: 'temperature', heads: [0, 4], value: 0.5 };
  const cut = { ...freshEdit('cut', { ...off, query_pos: [9] }), key_pos: [2, 3] };
  const written = {
    'zero_ablation.3.1': off,
    '-zero_ablation.3.1': { ...off, on: false },
    'mean_ablation.cross.2.*': freshEdit('mean_ablation', { kind: 'cross', layer: 2, heads: null }),
    'temperature.3.0-4.x0.5': warm,
    'cut.3.1.q9.k2-3': cut,
    'cut.3.1.q9.k2-3.keep': { ...cut, renormalise: false },
    'only_along.3.1.e4-2_5-3': {
      ...withDo(off, 'only_along'),
      edges: [
        [4, 2],
        [5, 3],
      ],
    },
    'renormalise.3.1.relu': withDo(off, 'renormalise'),
    'set_pattern.3.1.q9.k2.x0.25': { ...withDo(cut, 'set_pattern'), key_pos: [2], weight: 0.25 },
  };
  for (const [text, edit] of Object.entries(written)) {
    assert.equal(writeEdit(edit), text);
    assert.deepEqual(parseEdit(text), edit);
    assert.equal(new URLSearchParams([['edit', text]]).toString(), `edit=${text}`);
  }
});

test('what is not an edit to the letter is dropped, and told', () => {
  const bad = [
    '',
    'off',
    'zero_ablation.3',
    'zero_ablation.3.',
    'zero_ablation.3.1.',
    'zero_ablation.03.1',
    'zero_ablation.3.1-1',
    'zero_ablation.3.1-',
    'zero_ablation.3.-1',
    'zero_ablation.3.1.x2',
    'Off.3.1',
    '--zero_ablation.3.1',
    'zero_ablation.sideways.3.1',
    'zero_ablation.3.1.q',
    'zero_ablation.3.1.k2',
    'temperature.3.1',
    'temperature.3.1.x',
    'temperature.3.1.x-1',
    'temperature.3.1.xNaN',
    'temperature.3.1.x1e9',
    'temperature.3.1.x2.',
    'window.3.1.w-1',
    'window.3.1.w1.5',
    'renormalise.3.1.sigmoid',
    'only_along.3.1.e4',
    'only_along.3.1.e4-2_4-2',
    'cut.3.1.k2.q9',
    'cut.3.1.q9.k2.kept',
    'set_pattern.3.1.q9.k2',
    'constructor.3.1',
    'zero_ablation.3.1\nzero_ablation.3.2',
    `zero_ablation.3.${'9'.repeat(7)}`,
    `zero_ablation.3.${Array.from({ length: 300 }, (_, i) => i).join('-')}`,
  ];
  for (const text of bad) assert.equal(parseEdit(text), null, text);
  const { edits, dropped } = parseEdits(['zero_ablation.3.1', ...bad, 'mean_ablation.0.2']);
  assert.deepEqual(edits.map(writeEdit), ['zero_ablation.3.1', 'mean_ablation.0.2']);
  assert.deepEqual(dropped, bad);
});

test('of a long list the first ones are taken', () => {
  const many = Array.from({ length: MOST_EDITS + 3 }, (_, i) => `zero_ablation.0.${i}`);
  const { edits, dropped } = parseEdits(many);
  assert.equal(edits.length, MOST_EDITS);
  assert.deepEqual(dropped, many.slice(MOST_EDITS));
});

test('a range is for the server to judge: only it knows the model and the text', () => {
  assert.equal(parseEdit('zero_ablation.99.99').layer, 99);
  assert.equal(parseEdit('temperature.3.1.x0').value, 0);
  assert.equal(parseEdit('set_pattern.3.1.q9.k2.x7').weight, 7);
});

test('another thing done keeps the place; between links it keeps the links', () => {
  const cut = parseEdit('-cut.cross.3.1-2.q9.k2.keep');
  assert.equal(writeEdit(withDo(cut, 'zero_ablation')), '-zero_ablation.cross.3.1-2.q9');
  assert.equal(writeEdit(withDo(cut, 'set_pattern')), '-set_pattern.cross.3.1-2.q9.k2.x0.5.keep');
  assert.equal(writeEdit(withDo(withDo(cut, 'mean_ablation'), 'cut')), '-cut.cross.3.1-2.q9');
  assert.throws(() => withDo(cut, 'explode'), /invalid edit: explode/);
});

test('a request holds the edits that are on and complete, and knows which they are', () => {
  const written = [
    '-zero_ablation.3.1',
    'cut.3.1.q9',
    'zero_ablation.3.2',
    'only_along.3.1',
    'activation_patch.3.1.s ',
    'mean_ablation.1.*',
  ];
  const { edits } = parseEdits(written);
  assert.deepEqual(edits.map(lacks), [
    null,
    'Name the query and the key of the links.',
    null,
    'Name at least one link.',
    'Give the text to take from.',
    null,
  ]);
  assert.deepEqual(requested(edits), {
    index: [2, 5],
    sent: [
      { do: 'zero_ablation', kind: null, layer: 3, heads: [2], query_pos: null },
      { do: 'mean_ablation', kind: null, layer: 1, heads: null, query_pos: null },
    ],
  });
});

test('typed numbers are single ones and runs, in any order; nothing means all', () => {
  assert.deepEqual(parseNumbers(' 9-11, 4 ;4'), [4, 9, 10, 11]);
  assert.equal(parseNumbers(''), null);
  assert.equal(parseNumbers('All'), null);
  for (const typed of ['x', '4-', '-4', '11-9', '1.5', '0-99999', '4 to 7']) {
    assert.equal(parseNumbers(typed), undefined, typed);
  }
  assert.equal(numbersText([11, 4, 9, 10, 2, 3]), '2-4, 9-11');
  assert.equal(numbersText([4, 5, 7]), '4, 5, 7');
  assert.equal(numbersText(null), 'all');
  for (let seed = 1; seed <= 100; seed += 1) {
    const numbers = dice(seed)
      .distinct(9)
      .sort((a, b) => a - b);
    assert.deepEqual(parseNumbers(numbersText(numbers)), numbers);
  }
});

test('typed links are pairs, each once', () => {
  assert.deepEqual(parseEdges('4-2, 5>3 4→2'), [
    [4, 2],
    [5, 3],
  ]);
  assert.deepEqual(parseEdges(''), []);
  for (const typed of ['4', '4-', '4-2-1', 'a-b']) assert.equal(parseEdges(typed), undefined);
  assert.equal(
    edgesText([
      [4, 2],
      [5, 3],
    ]),
    '4-2, 5-3',
  );
});

const HEAD = { kind: null, layer: 3, head: 1 };
const one = (query, key) => ({ queries: [query], keys: [key] });

test('a link that is cut twice is whole again; links of one query share an edit', () => {
  let edits = parseEdits(['zero_ablation.0.0']).edits;
  edits = toggledCut(edits, HEAD, one(9, 2), 12);
  edits = toggledCut(edits, HEAD, one(9, 5), 12);
  assert.deepEqual(edits.map(writeEdit), ['zero_ablation.0.0', 'cut.3.1.q9.k2-5']);
  assert.deepEqual(cutLinks(edits, HEAD), [
    { query_pos: 9, key_pos: 2 },
    { query_pos: 9, key_pos: 5 },
  ]);
  edits = toggledCut(edits, HEAD, one(4, 2), 12);
  assert.deepEqual(edits.map(writeEdit), ['zero_ablation.0.0', 'cut.3.1.q9.k2-5', 'cut.3.1.q4.k2']);
  edits = toggledCut(edits, HEAD, one(9, 2), 12);
  edits = toggledCut(edits, HEAD, one(9, 5), 12);
  edits = toggledCut(edits, HEAD, one(4, 2), 12);
  assert.deepEqual(edits.map(writeEdit), ['zero_ablation.0.0']);
});

test('cutting and mending any links leaves just the others cut', () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const roll = dice(seed);
    const cuts = Array.from({ length: 3 }, () => ({
      ...freshEdit('cut', {
        kind: null,
        layer: 3,
        heads: roll.pick([null, [1], [0, 1, 4]]),
        query_pos: roll.distinct(3),
      }),
      key_pos: roll.distinct(3),
    }));
    const links = { queries: roll.distinct(2), keys: roll.distinct(2) };
    const toggled = toggledCut(cuts, HEAD, links, 5);
    const name = ({ query_pos, key_pos }) => `${query_pos}-${key_pos}`;
    const before = new Set(cutLinks(cuts, HEAD).map(name));
    const meant = links.queries.flatMap((q) => links.keys.map((k) => `${q}-${k}`));
    const whole = meant.every((link) => before.has(link));
    const wanted = whole
      ? [...before].filter((link) => !meant.includes(link))
      : [...new Set([...before, ...meant])];
    assert.deepEqual(cutLinks(toggled, HEAD).map(name).sort(), wanted.sort(), `seed ${seed}`);
    for (const head of [0, 2, 4]) {
      const other = { ...HEAD, head };
      assert.deepEqual(
        new Set(cutLinks(toggled, other).map(name)),
        new Set(cutLinks(cuts, other).map(name)),
        `seed ${seed}, head ${head}`,
      );
    }
  }
});

test('edits that are off, incomplete or of other heads cut nothing here', () => {
  const { edits } = parseEdits([
    '-cut.3.1.q9.k2',
    'cut.3.1.q9',
    'cut.3.2.q9.k2',
    'cut.cross.3.1.q9.k2',
  ]);
  assert.deepEqual(cutLinks(edits, HEAD), []);
});

test('an edit in words says where and what', () => {
  const words = (written) => [placeText(parseEdit(written)), editText(parseEdit(written))];
  assert.deepEqual(words('zero_ablation.3.1'), ['layer 3, head 1', 'switch off']);
  assert.deepEqual(words('temperature.cross.3.1-4.x0.5'), [
    'cross layer 3, heads 1, 4',
    'temperature 0.5',
  ]);
  assert.deepEqual(words('window.0.*.w3'), ['layer 0, all heads', 'window of 3']);
  assert.equal(orderText([1]), '');
  assert.match(orderText([1, 2]), /scores, mask, normaliser, links, z/);
});
