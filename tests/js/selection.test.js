import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspector } from '../../static/js/core/addresses/inspector.js';
import {
  cellIn,
  hasHead,
  layersText,
  openHeads,
  strongestHead,
  wordCell,
} from '../../static/js/core/selection.js';

const tokens = Array.from({ length: 5 }, (_, word) => ({ word }));
const words = Array.from({ length: 5 }, (_, pos) => ({ text: `w${pos}`, tokens: [pos] }));
const tower = { tokens, words };

/** An encoder of one layer; each head's strongest link is [query_pos, key_pos, value]. */
function overview(...links) {
  return {
    level: 'token',
    kinds: [{ kind: 'encoder', layers: 1, heads: links.length, query: tower, key: tower }],
    heads: links.map(([query_pos, key_pos, value], head) => ({
      kind: 'encoder',
      layer: 0,
      head,
      strongest: { query_pos, key_pos, value },
    })),
  };
}

test('a text opens on the strongest link between words that are not neighbours', () => {
  const data = overview([2, 1, 0.99], [4, 1, 0.5], [1, 3, 0.7]);
  assert.deepEqual(strongestHead(data, 'encoder'), { kind: null, layer: 0, head: 2 });
  assert.deepEqual(openHeads({ ...inspector.DEFAULTS, text: 'a' }, data)[0].head, 2);
});

test('where all links are between neighbours, the strongest of them opens', () => {
  const data = overview([2, 1, 0.6], [3, 4, 0.9], [1, 1, 0.7]);
  assert.equal(strongestHead(data, 'encoder').head, 1);
});

test('a head that is named by its kind waits until the kinds are known', () => {
  const state = { ...inspector.DEFAULTS, text: 'a', layer: 0, head: 1 };
  const cross = { kind: 'cross', layer: 0, head: 2 };
  assert.deepEqual(openHeads({ ...state, kind: 'cross' }, null), []);
  assert.deepEqual(openHeads({ ...state, more: [cross] }, null), [
    { kind: null, layer: 0, head: 1 },
  ]);
});

test('a cell is there where the text has both its tokens', () => {
  const key = { ...tower, tokens: tokens.slice(0, 3) };
  const picture = { query: tower, key };
  const cell = { query_pos: 4, key_pos: 2 };
  assert.equal(cellIn(cell, picture), cell);
  assert.deepEqual(wordCell(cell, picture), cell);
  for (const outside of [null, { query_pos: 5, key_pos: 0 }, { query_pos: 0, key_pos: 3 }]) {
    assert.equal(cellIn(outside, picture), null);
    assert.equal(wordCell(outside, picture), null);
  }
});

test('layers are named by the model: a hybrid has attention in some of them only', () => {
  const hybrid = { layers: 2, heads: 3, layer_numbers: [3, 7] };
  assert.equal(hasHead(hybrid, { layer: 7, head: 2 }), true);
  assert.equal(hasHead(hybrid, { layer: 1, head: 0 }), false);
  assert.equal(layersText(hybrid), 'layers 3, 7');
  assert.equal(layersText({ layers: 6, heads: 12 }), 'layers 0 to 5');
  const data = overview([2, 1, 0.9], [4, 1, 0.5]);
  data.kinds[0].layer_numbers = [2];
  for (const head of data.heads) head.layer = 2;
  assert.deepEqual(openHeads({ ...inspector.DEFAULTS, text: 'a' }, data)[0], {
    kind: null,
    layer: 2,
    head: 1,
  });
  assert.equal(openHeads({ ...inspector.DEFAULTS, text: 'a', layer: 2, head: 0 }, data)[0].head, 0);
});
