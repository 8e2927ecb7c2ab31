import assert from 'node:assert/strict';
import { test } from 'node:test';
import { paperTheme } from '../../static/js/core/draw.js';
import { framedSvg } from '../../static/js/figures/frame.js';

const framed = (picture, caption) => framedSvg(picture, caption, paperTheme());
const SMALL = { svg: '<rect/>', width: 100, height: 80 };

test('above a saved picture stand whose it is and the text, and below them the picture', () => {
  const { svg, width, height } = framed(SMALL, { title: 'Layer 3, head 1 · small', text: 'A < B' });
  assert.match(svg, /<text [^>]*font-weight="600"[^>]*>Layer 3, head 1 · small<\/text>/);
  assert.match(svg, /<text [^>]*>A &lt; B<\/text>/);
  const [, left, top] = svg.match(/<g transform="translate\((\d+) (\d+)\)"><rect\/><\/g>/);
  const lines = [...svg.matchAll(/<text x="\d+" y="([\d.]+)"/g)].map(([, y]) => Number(y));
  assert.ok(Math.max(...lines) < Number(top));
  assert.equal(Number(top) + 80 + 24, height);
  assert.ok(Number(left) + 100 <= width);
});

test('a long text is folded into lines that fit, and ends in an ellipsis', () => {
  const text = 'word '.repeat(400);
  const { svg } = framed(SMALL, { title: 'T', text });
  const lines = [...svg.matchAll(/<text [^>]*>(word[^<]*)<\/text>/g)].map(([, said]) => said);
  assert.equal(lines.length, 3);
  assert.ok(lines[2].endsWith('…'));
});

test('without a text there is no empty line', () => {
  const { height } = framed(SMALL, { title: 'T', text: '' });
  assert.ok(height < framed(SMALL, { title: 'T', text: 'a' }).height);
});
