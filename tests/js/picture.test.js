import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { LIGHT, paperTheme } from '../../static/js/core/draw.js';
import { labelEms } from '../../static/js/figures/axis.js';
import { colorAt, cssColor, scaleTicks } from '../../static/js/figures/color.js';
import { heatCells, wholeView } from '../../static/js/figures/matrix.js';
import { heatmapFigure, heatmapGeometry } from '../../static/js/figures/pattern.js';
import { asVectors, folded, legendName, pictureFigure } from '../../static/js/figures/picture.js';

const theme = paperTheme();

function heatmap(words, width = 900) {
  const tokens = words.map((text) => ({ text, special: false }));
  const geometry = heatmapGeometry({ queryTokens: tokens, keyTokens: tokens, width });
  const [rows, cols] = [words.length, words.length];
  const data = new Float32Array(rows * cols).fill(0.5);
  return heatmapFigure({
    cells: heatCells({ data, rows, cols }, { max: 1, scale: 'sqrt' }),
    geometry,
    view: wholeView({ rows, cols }),
    queryTokens: tokens,
    keyTokens: tokens,
    theme,
    draggable: false,
  });
}

function picture(made, { title = 'Layer 3 head 1', text = 'a', note = '', scale = 'sqrt' } = {}) {
  const legend = { name: legendName(undefined, scale), ticks: scaleTicks(scale, 0.98) };
  return pictureFigure(made, { caption: { title, text }, legend, note, theme });
}

/** Pixels from the top left of what Plotly counts from the lower left of the cells. */
function places({ width, height, margin, annotations }) {
  const [wide, high] = [width - margin.l - margin.r, height - margin.t - margin.b];
  return annotations.map(({ text, x, y }) => ({
    text,
    x: margin.l + x * wide,
    y: margin.t + (1 - y) * high,
  }));
}

test('the heading stands above the cells, the scale below them, and all of it in the picture', () => {
  const made = heatmap(['The', 'cat', 'saw']);
  const { data, layout } = picture(made, { note: 'Grey cells are masked.' });
  assert.equal(data, made.data);
  const found = places(layout);
  const cellsEnd = layout.height - layout.margin.b;
  const yOf = (text) => found.find((line) => line.text === text).y;
  assert.ok(yOf('Layer 3 head 1') < yOf('a'));
  assert.ok(yOf('a') < layout.margin.t);
  assert.ok(yOf('Weight, square-root scale') > cellsEnd);
  assert.ok(yOf('Grey cells are masked.') > yOf('0'));
  for (const { text, x, y } of found) {
    assert.ok(x > 0 && x < layout.width, text);
    assert.ok(y > 0 && y < layout.height - 15, text);
  }
});

test('cells keep the size that they have on screen', () => {
  const made = heatmap(['The', 'cat', 'saw', 'it']);
  const { layout } = picture(made, { title: 'A very long title '.repeat(9) });
  const cells = ({ width, height, margin: { l, r, t, b } }) => [width - l - r, height - t - b];
  for (const [i, size] of cells(layout).entries()) {
    assert.ok(Math.abs(size - cells(made.layout)[i]) < 1e-9);
  }
});

test('a picture is as wide as what it holds, be that cells, labels or its title', () => {
  const few = picture(heatmap(['I', 'see'])).layout.width;
  assert.ok(few < 450, `${few} of 900`);
  const title = 'Cross layer 11 head 3 · a model with a name that goes on and on and on';
  const named = picture(heatmap(['I', 'see']), { title }).layout.width;
  assert.ok(named > 14 * labelEms(title));
  const labels = picture(heatmap(Array.from({ length: 8 }, () => 'incomprehensible'))).layout;
  const cellsEnd = labels.width - labels.margin.r;
  assert.ok(labels.margin.r > 12 * labelEms('incomprehensi…') * 0.7 - 22, `${cellsEnd}`);
});

test('what a person typed is never read as markup', () => {
  const { layout } = picture(heatmap(['I', 'see']), { text: '<b>5 & 6</b>', title: 'a<br>b' });
  const texts = layout.annotations.map(({ text }) => text);
  assert.ok(texts.includes('&lt;b&gt;5 &amp; 6&lt;/b&gt;'));
  assert.ok(texts.includes('a&lt;br&gt;b'));
});

test('numbers of the scale never run into each other', () => {
  for (const scale of ['sqrt', 'linear', 'log']) {
    const { layout } = picture(heatmap(['The', 'cat', 'saw']), { scale });
    const [first, ...rest] = places(layout).filter(({ text }) => /^[\d.]+( × 10.*)?$/.test(text));
    let end = first.x + 11 * labelEms(first.text);
    assert.equal(rest.at(-1).text, '0.98');
    for (const { text, x } of rest) {
      const half = (11 * labelEms(text)) / 2;
      assert.ok(x - half >= end, `${scale}: ${text}`);
      end = x + half;
    }
  }
});

test('the scale says what its colours stand for, and how', () => {
  assert.equal(legendName(undefined, 'log'), 'Weight, logarithmic scale');
  const norms = { legend: 'length', unit: 'in units of the block’s output' };
  assert.equal(legendName(norms, 'linear'), 'Length, in units of the block’s output, linear scale');
  assert.equal(legendName({ legend: 'share', unit: '' }, 'sqrt'), 'Share, square-root scale');
});

test('a text is folded between words, and says where it goes on', () => {
  assert.deepEqual(folded('  one\ntwo\t three ', 40, 2), ['one two three']);
  // 0.58 ems a letter, 0.32 an i: eight ems hold 'the cat saw ' and not its next word.
  assert.deepEqual(folded('the cat saw the dog', 8, 2), ['the cat saw', 'the dog']);
  assert.deepEqual(folded('the cat saw the dog and it ran', 8, 2), ['the cat saw', 'the dog and…']);
  for (const text of ['x'.repeat(99), '苹果很好吃'.repeat(9), '👩‍👩‍👧'.repeat(30), '']) {
    for (const line of folded(text, 10, 3)) assert.ok(labelEms(line) <= 10.6, line);
  }
  assert.equal(folded('x'.repeat(30), 10, 3).join(''), 'x'.repeat(30));
});

test('paper is the light theme of the page', () => {
  const css = readFileSync(new URL('../../static/css/base/tokens.css', import.meta.url), 'utf8');
  const [light] = css.split(':root[data-theme="dark"]');
  for (const [name, color] of Object.entries(LIGHT)) {
    assert.ok(light.includes(`${name}: ${color};`), name);
  }
  assert.deepEqual(theme.surface, [255, 255, 255]);
});

test('for print each cell is a rectangle in the colour that it has on screen', () => {
  const made = picture(heatmap(['The', 'cat', 'saw']));
  const t = Float32Array.from([0, 0.5, 1, NaN, 0.25, 0, 0, 0, 0]);
  const cells = { t, rows: 3, cols: 3, pool: 1 };
  const { data, layout } = asVectors(made, cells, { theme, gap: 1 });
  assert.equal(data[0].type, 'scatter');
  const drawn = layout.shapes.slice(made.layout.shapes.length);
  assert.equal(drawn.length, 8); // what is masked stays blank
  const { x0, x1, y0, y1, fillcolor } = drawn[1];
  assert.ok(x0 > 0.5 && x1 < 1.5 && x0 + x1 === 2 && y0 + y1 === 0);
  assert.equal(fillcolor, cssColor(colorAt(theme.ramp, 0.5)));
});

test('of many cells, or of pooled ones, the picture stays an image', () => {
  const made = picture(heatmap(['a', 'b']));
  const many = { t: new Float32Array(65 * 65), rows: 65, cols: 65, pool: 1 };
  assert.equal(asVectors(made, many, { theme, gap: 0 }).data, made.data);
  const pooled = { t: new Float32Array(4), rows: 2, cols: 2, pool: 2 };
  assert.equal(asVectors(made, pooled, { theme, gap: 0 }).data, made.data);
});
