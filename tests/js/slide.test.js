import assert from 'node:assert/strict';
import { test } from 'node:test';

import { paperTheme } from '../../static/js/core/draw.js';
import { heatCells } from '../../static/js/figures/matrix.js';
import { SLIDE, slideSvg } from '../../static/js/figures/slide.js';

const theme = paperTheme();
const tokens = (...texts) =>
  texts.map((text, word) => ({ text, special: text.startsWith('['), word }));

function slide(words, more = {}) {
  const n = words.length;
  const data = new Float32Array(n * n).fill(1 / n);
  const pattern = { data, rows: n, cols: n };
  return slideSvg({
    title: 'Layer 3 head 1 · BERT',
    queryTokens: words,
    keyTokens: words,
    pattern,
    cells: heatCells(pattern, { max: 1, scale: 'sqrt' }),
    cell: { query_pos: 1, key_pos: 0 },
    address: 'http://127.0.0.1/#text=a',
    theme,
    measure: (text, size) => text.length * size * 0.5,
    ...more,
  });
}

test('it holds the sentence, the link with its weight, the head, the model and the address', () => {
  const svg = slide(tokens('I', 'saw', 'it', '.'));
  const texts = [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text);
  for (const wanted of [
    'Layer 3 head 1 · BERT',
    'I',
    'saw',
    '“saw” looks at “I”',
    '0.25',
    'http://127.0.0.1/#text=a',
  ]) {
    assert.ok(texts.includes(wanted), wanted);
  }
  assert.equal(svg.match(/<path /g).length, 4);
  assert.match(svg, new RegExp(`width="${SLIDE.width}" height="${SLIDE.height}"`));
});

test('a token is never markup, nor what stands in an address', () => {
  const svg = slide(tokens('<b>', 'a&b'), { address: 'http://x/#text=%3C"<' });
  assert.ok(!svg.includes('<b>'));
  assert.ok(svg.includes('&lt;b&gt;') && svg.includes('a&amp;b') && svg.includes('&quot;&lt;'));
});

test('of a long text as many words stand there as fit, and how many more is told', () => {
  const svg = slide(tokens(...Array.from({ length: 300 }, (_, i) => `word${i}`)));
  assert.match(svg, /… and \d+ more/);
  const xs = [...svg.matchAll(/<text x="([\d.]+)"/g)].map(([, x]) => Number(x));
  assert.ok(xs.every((x) => x >= 0 && x <= SLIDE.width));
});
