import assert from 'node:assert/strict';
import { test } from 'node:test';

import { linksPicture } from '../../static/js/figures/links-picture.js';

const TOKENS = ['[CLS]', 'saw', '<b>&'].map((text, i) => ({ text, special: i === 0 }));
const HEAD = {
  kind: 'encoder',
  layer: 3,
  head: 1,
  color: 'var(--head-1)',
  pattern: new Float32Array([0.5, 0.25, 0.25, 0.1, 0.2, 0.7, 0, 0, 1]),
  rows: 3,
  cols: 3,
};
const link = (query_pos, key_pos) => ({
  head: 0,
  query_pos,
  key_pos,
  weight: HEAD.pattern[3 * query_pos + key_pos],
});

const drawn = (more = {}) =>
  linksPicture({
    title: 'Layer 3 head 1 · BERT',
    text: 'saw <b>&',
    heads: [HEAD],
    queryTokens: TOKENS,
    keyTokens: TOKENS,
    links: [link(1, 2), link(2, 2)],
    token: null,
    dir: 'ltr',
    colorOf: () => '#a84e08',
    theme: { ink: '#000', muted: '#666', surface: '#fff', font: '"A", serif' },
    ...more,
  });
const texts = (svg) => [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text);

test('it holds the title, the text, both columns and a curve for each link', () => {
  const { svg, width, height } = drawn();
  assert.deepEqual(texts(svg), [
    'Layer 3 head 1 · BERT',
    'saw &lt;b&gt;&amp;',
    'query',
    'key',
    ...['[CLS]', 'saw', '&lt;b&gt;&amp;'],
    ...['[CLS]', 'saw', '&lt;b&gt;&amp;'],
  ]);
  assert.equal(svg.match(/<path /g).length, 2);
  assert.match(svg, new RegExp(`width="${width}" height="${height}"`));
  assert.match(svg, /stroke="#a84e08"/);
});

test('of a pinned token the weights stand beside the other column', () => {
  const { svg } = drawn({ token: { side: 'query', pos: 1 }, links: [link(1, 0), link(1, 2)] });
  assert.deepEqual(texts(svg).slice(-2), ['0.100', '0.700']);
  assert.match(svg, /font-weight="700"[^>]*text-anchor="end">saw</);
});

test('where text runs from right to left the queries stand on the right', () => {
  const queryX = (svg) => Number(/<path d="M([\d.]+),/.exec(svg)[1]);
  assert.ok(queryX(drawn().svg) < 320 && queryX(drawn({ dir: 'rtl' }).svg) > 320);
});

test('a long text is cut to one line, and a picture is as tall as its longer column', () => {
  const { svg } = drawn({ text: 'word '.repeat(200) });
  assert.match(texts(svg)[1], /^word .*…$/);
  const many = Array.from({ length: 40 }, (_, i) => ({ text: `t${i}`, special: false }));
  assert.ok(drawn({ keyTokens: many }).height > drawn().height + 30 * 20);
});
