import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MEASURES } from '../../static/js/core/addresses/inspector.js';
import {
  chosenOutput,
  csvOf,
  headOfMeasure,
  MEASURE_KINDS,
  measureOf,
  outputsOf,
  outputText,
  rangeText,
  scopeText,
  speakingTokens,
  titleOf,
} from '../../static/js/pages/inspector/measures.js';

const tokens = (...texts) => texts.map((text) => ({ text, special: text.startsWith('[') }));
const SAW = tokens('[CLS]', 'I', 'saw', '[SEP]');
const WORDS = SAW.map(({ text }, i) => ({ text, tokens: [i] }));
const encoder = { kind: 'encoder', query: { tokens: SAW, words: WORDS } };
const overview = (outputs, kinds = [encoder]) => ({ kinds, outputs });
const PIN = { side: 'query', pos: 2 };

test('the address knows the names of all layers, and the API asks by them', () => {
  assert.deepEqual(
    MEASURE_KINDS.map(({ name }) => name),
    MEASURES,
  );
  assert.throws(() => measureOf('saliency'), /invalid layer: saliency/);
});

test('every layer but the first names a paper of its own', () => {
  for (const { name, paper } of MEASURE_KINDS) assert.match(paper, /\d{4}$/, name);
  assert.match(measureOf('norms').paper, /^Kobayashi/);
  assert.match(measureOf('flow').paper, /^Abnar and Zuidema/);
});

test('a layer of all heads together says how far up it goes', () => {
  const at = (layer) => ({ kind: 'encoder', layer, head: 1 });
  assert.equal(scopeText(measureOf('rollout'), at(3)), 'all heads of layers 0 to 3 together');
  assert.equal(scopeText(measureOf('rollout'), at(0)), 'all heads of layer 0 together');
  assert.equal(scopeText(measureOf('norms'), at(3)), '');
  assert.equal(titleOf(measureOf('rollout'), at(3)), 'layers 0 to 3, rollout');
  assert.equal(titleOf(measureOf('norms'), at(3)), 'layer 3 head 1, norm-weighted');
  const cross = { kind: 'cross', layer: 0, head: 1 };
  assert.equal(titleOf(measureOf('norms'), cross), 'cross layer 0 head 1, norm-weighted');
});

test('a layer is drawn against its own largest size, whatever its sign', () => {
  const matrix = { data: Float32Array.of(0.25, -2, NaN, 0.5), rows: 2, cols: 2 };
  const head = headOfMeasure('gradient_pattern', { kind: 'encoder', layer: 3, head: 1 }, matrix);
  assert.equal(head.measure.most, 2);
  assert.equal(rangeText(head), 'Colours from −2.000 to 2.000, in units of the output.');
  const norms = headOfMeasure('norms', { kind: 'encoder', layer: 3, head: 1 }, matrix);
  assert.match(rangeText(norms), /^Colours from 0 to 2\.000, in units of the block’s output\.$/);
});

test('nothing but zeros has a range all the same', () => {
  const matrix = { data: new Float32Array(4), rows: 2, cols: 2 };
  assert.equal(headOfMeasure('norms', { layer: 0, head: 0 }, matrix).measure.most, 1);
});

test('where only some rows were computed, a blank is not said to lead nowhere', () => {
  const matrix = { data: Float32Array.of(NaN, 1), rows: 1, cols: 2 };
  assert.equal(headOfMeasure('flow', { layer: 1, head: 0 }, matrix).measure.blank, 'no path');
  assert.equal(
    headOfMeasure('flow', { layer: 1, head: 0 }, matrix, true).measure.blank,
    'not computed',
  );
});

test('a gradient can be of the sentence, before anything is known of the text', () => {
  const [only, ...none] = outputsOf(null, PIN, null, 'token');
  assert.deepEqual([only.value, only.request, none], ['sentence', null, []]);
});

test('a pinned token can be the output, between tokens only', () => {
  const [, pinned] = outputsOf(overview(null), PIN, null, 'token');
  assert.deepEqual(pinned.request, { of: 'vector', pos: 2 });
  assert.equal(pinned.label, 'Vector of saw (2)');
  assert.equal(outputsOf(overview(null), PIN, null, 'word').length, 1);
  assert.equal(outputsOf(overview(null), { side: 'query', pos: 9 }, null, 'token').length, 1);
});

test('of two towers the decoder speaks: an encoder token has no last vector there', () => {
  const target = { tokens: tokens('</s>', 'ich', 'sah'), words: [] };
  const kinds = [
    encoder,
    { kind: 'decoder', query: target, key: target },
    { kind: 'cross', query: target, key: encoder.query },
  ];
  const both = overview(null, kinds);
  const count = (side, kind) => outputsOf(both, { side, pos: 2 }, kind, 'token').length;
  assert.equal(speakingTokens(both), target.tokens);
  assert.deepEqual(
    [count('query', null), count('query', 'cross'), count('key', 'cross'), count('key', 'decoder')],
    [1, 2, 1, 2],
  );
});

test('what the model says can be the output, each where it stands', () => {
  const outputs = {
    fills: [{ position: 2, candidates: [{ piece: 'law', probability: 0.5 }] }],
    next: { position: 3, candidates: [{ piece: ' the', probability: 0.1 }] },
    tags: [{ word: 1, tag: 'PRON', probability: 0.9 }],
  };
  const found = outputsOf(overview(outputs), null, null, 'token');
  assert.deepEqual(
    found.map(({ value, label, request }) => [value, label, request]),
    [
      ['sentence', 'The sentence’s vector', null],
      ['fill.2', '“law” at saw (2)', { of: 'fill', pos: 2 }],
      ['next', '“the” as the next token', { of: 'next' }],
      ['tag.1', 'PRON for I (1)', { of: 'tag', word: 1, tag: 'PRON' }],
    ],
  );
  assert.equal(chosenOutput(found, 'tag.1').value, 'tag.1');
  assert.equal(chosenOutput(found, 'fill.7').value, 'sentence');
});

test('an output is told in words', () => {
  const told = (of, pos, name) => outputText({ of, pos, name }, SAW);
  assert.equal(told('sentence', null, null), 'the sentence’s vector');
  assert.equal(told('vector', 2, null), 'the vector of saw (2)');
  assert.equal(told('fill', 2, 'law'), 'the logit of “law” at saw (2)');
  assert.equal(told('next', 3, ' the'), 'the logit of “the” as the next token');
  assert.equal(told('tag', 1, 'PRON'), 'the logit of PRON for I (1)');
});

test('a table of a layer is written as the API writes one: quoted, and blank where masked', () => {
  const matrix = { data: Float32Array.of(0.5, NaN, -0.25, 1), rows: 2, cols: 2 };
  assert.equal(
    csvOf(matrix, tokens('a', '"'), tokens('a', ',')),
    'query_pos,query_token,0:a,"1:,"\r\n0,a,0.5,\r\n1,"""",-0.25,1\r\n',
  );
});
