import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseColor, ramp } from '../../static/js/figures/color.js';
import { heatCells, wholeView } from '../../static/js/figures/matrix.js';
import {
  cellText,
  heatmapFigure,
  heatmapGeometry,
  heatmapName,
  heatmapNote,
  visiblePattern,
} from '../../static/js/figures/pattern.js';

const names = (count) =>
  Array.from({ length: count }, (_, i) => ({ text: `t${i}`, special: false }));
const queryTokens = ['[CLS]', 'its', 'just'].map((text, i) => ({ text, special: i === 0 }));
const keyTokens = ['[CLS]', 'The', 'Law', 'be', '<b>'].map((text, i) => ({
  text,
  special: i === 0,
}));
const head = {
  kind: 'encoder',
  layer: 3,
  head: 1,
  rows: 3,
  cols: 5,
  pattern: Float32Array.from([
    0.5,
    0.125,
    0.125,
    0.125,
    0.125,
    0.125,
    0.0625,
    0.75,
    0.0625,
    0,
    0.25,
    0.25,
    NaN,
    0.5,
    NaN,
  ]),
};
const shown = { head, queryTokens, keyTokens, hideSpecial: false };
const theme = {
  ink: [28, 26, 23],
  blank: [244, 242, 238],
  font: 'sans-serif',
  ramp: ramp([parseColor('#faf7f2'), parseColor('#3a1703')]),
};

function figure() {
  const geometry = heatmapGeometry({ queryTokens, keyTokens, width: 613 });
  const seen = visiblePattern(shown);
  const cells = heatCells(seen, { max: seen.max, scale: 'sqrt' });
  const view = wholeView({ rows: 3, cols: 5 });
  return {
    geometry,
    ...heatmapFigure({ cells, geometry, view, queryTokens, keyTokens, theme, draggable: true }),
  };
}

test('queries run down and keys run across', () => {
  const { data, layout } = figure();
  assert.equal(data[0].z.length, 3);
  assert.equal(data[0].z[0].length, 5);
  assert.ok(layout.yaxis.range[0] > layout.yaxis.range[1]);
  assert.deepEqual(layout.yaxis.range, [2.5, -0.5]);
  assert.deepEqual(layout.xaxis.range, [-0.5, 4.5]);
  assert.equal(Math.max(...data[0].z[1]), data[0].z[1][2]);
});

test('axes are numeric with token labels, whose tags stay text', () => {
  const { layout } = figure();
  assert.deepEqual(layout.xaxis.tickvals, [0, 1, 2, 3, 4]);
  assert.deepEqual(layout.xaxis.ticktext, ['[CLS]', 'The', 'Law', 'be', '&lt;b&gt;']);
  assert.deepEqual(layout.yaxis.ticktext, ['[CLS]', 'its', 'just']);
});

test('masked cells are gaps, not zeros', () => {
  const { data } = figure();
  assert.ok(Number.isNaN(data[0].z[2][2]));
  assert.equal(data[0].z[1][4], 0);
});

test('the plot box of Plotly is the one that the canvas paints', () => {
  const { geometry, layout } = figure();
  const { width, height, margin } = layout;
  assert.ok(Math.abs(width - margin.l - margin.r - geometry.plotWidth) < 1e-9);
  assert.ok(Math.abs(height - margin.t - margin.b - geometry.plotHeight) < 1e-9);
  assert.equal(margin.l, geometry.left);
  assert.equal(margin.t, geometry.top);
});

test('cells are square at every usual size and width', () => {
  for (const count of [5, 27, 128, 512]) {
    for (const width of [320, 613, 1009]) {
      const { cellWidth, cellHeight, left, plotWidth } = heatmapGeometry({
        queryTokens: names(count),
        keyTokens: names(count),
        width,
      });
      assert.ok(Math.abs(cellWidth - cellHeight) < 1e-9, `${count} in ${width}`);
      assert.ok(left + plotWidth <= width + 1, `${count} in ${width}: ${left} + ${plotWidth}`);
    }
  }
});

test('gaps lie between cells up to 64 tokens and not beyond', () => {
  const gap = (count) =>
    heatmapGeometry({ queryTokens: names(count), keyTokens: names(count), width: 797 }).gap;
  assert.equal(gap(27), 1);
  assert.equal(gap(64), 1);
  assert.equal(gap(65), 0);
});

test('no axis has more than 48 labels', () => {
  const { xTicks, yTicks } = heatmapGeometry({
    queryTokens: names(512),
    keyTokens: names(512),
    width: 1409,
  });
  assert.ok(xTicks.tickvals.length <= 48);
  assert.ok(yTicks.tickvals.length <= 48);
});

test('a single query among many keys is still tall enough to see', () => {
  const { plotHeight } = heatmapGeometry({
    queryTokens: names(1),
    keyTokens: names(509),
    width: 613,
  });
  assert.ok(plotHeight >= 40);
});

test('hiding special tokens blanks their rows and columns and keeps every other weight', () => {
  const { data, max } = visiblePattern({ ...shown, hideSpecial: true });
  assert.ok([0, 1, 2, 3, 4, 5, 10].every((at) => Number.isNaN(data[at])));
  assert.equal(data[7], 0.75);
  assert.equal(max, 0.75);
  assert.equal(head.pattern[0], 0.5);
});

test('the tooltip gives the value, both tokens with positions, and the score', () => {
  const scores = Float32Array.from({ length: 15 }, (_, i) => i / 8);
  const { value, rows } = cellText({ ...shown, scores }, { row: 1, col: 2 });
  assert.equal(value, '0.7500');
  assert.deepEqual(rows, [
    ['query', 'its (1)'],
    ['key', 'Law (2)'],
    ['score', '0.8750'],
  ]);
});

test('the tooltip says masked, and hidden', () => {
  assert.equal(cellText({ ...shown, scores: null }, { row: 2, col: 2 }).value, 'masked');
  const hidden = cellText({ ...shown, hideSpecial: true }, { row: 1, col: 0 });
  assert.equal(hidden.value, '0.1250');
  assert.match(hidden.rows.at(-1)[1], /hidden/);
});

test('the tooltip says where an edit cuts the link', () => {
  const cuts = [{ query_pos: 1, key_pos: 2 }];
  const said = (key_pos) => cellText({ ...shown, cuts }, { row: 1, col: key_pos }).rows.at(-1)[1];
  assert.equal(said(2), 'cut by an edit');
  assert.notEqual(said(3), 'cut by an edit');
});

test('what colours do not say is written', () => {
  assert.equal(heatmapNote({ head: { pattern: Float32Array.of(1) } }, 1), '');
  assert.match(heatmapNote({ head }, 1), /masked/);
  const sunk = { pattern: Float32Array.of(0.4), sinks: true };
  assert.match(heatmapNote({ head: sunk }, 1), /^Rows sum to less than 1: .* learned sink/);
  assert.equal(heatmapNote({ head: { ...sunk, measure: {} } }, 1), '');
  assert.match(heatmapNote({ head }, 3), /strongest of 3 × 3 cells/);
});

test('the picture has a name that tells its strongest cell', () => {
  assert.equal(
    heatmapName(shown, visiblePattern(shown)),
    'Heatmap of layer 3 head 1: 3 queries down, 5 keys across. The strongest cell is query its (1), key Law (2): 0.7500.',
  );
});

test('what does not fit together is refused', () => {
  assert.throws(
    () => visiblePattern({ ...shown, keyTokens: names(4) }),
    /invalid head: pattern of 15 is not 3 x 4/,
  );
  assert.throws(
    () => heatmapGeometry({ queryTokens: [], keyTokens, width: 613 }),
    /invalid pattern: 0 x 5/,
  );
});
