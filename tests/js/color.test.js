import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  colorAt,
  contrast,
  cssColor,
  inkOn,
  luminance,
  mix,
  parseColor,
  plotlyScale,
  ramp,
  scaler,
  scaleTicks,
  symmetricRange,
} from '../../static/js/figures/color.js';

test('a colour is read from every notation that a browser computes', () => {
  assert.deepEqual(parseColor('#fff'), [255, 255, 255]);
  assert.deepEqual(parseColor(' #a84e08 '), [168, 78, 8]);
  assert.deepEqual(parseColor('rgb(1, 22, 133)'), [1, 22, 133]);
  assert.deepEqual(parseColor('rgba(1 22 133 / 0.5)'), [1, 22, 133]);
});

test('a colour that is none is refused', () => {
  assert.throws(() => parseColor('amber'), /invalid color: amber/);
  assert.throws(() => parseColor('#12345'), /invalid color/);
});

test('mixing keeps the ends, and passes through a grey of even lightness', () => {
  const [black, white] = [
    [0, 0, 0],
    [255, 255, 255],
  ];
  assert.deepEqual(mix(black, white, 0), black);
  assert.deepEqual(mix(black, white, 1), white);
  const [r, g, b] = mix(black, white, 0.5);
  assert.equal(r, g);
  assert.equal(g, b);
  assert.equal(r, 99); // Oklab lightness 0.5 is #636363
});

test('a ramp through its stops hits each of them', () => {
  const stops = [
    [250, 247, 242],
    [168, 78, 8],
    [58, 23, 3],
  ];
  const colors = ramp(stops, 257);
  assert.deepEqual(colors[0], stops[0]);
  assert.deepEqual(colors[128], stops[1]);
  assert.deepEqual(colors[256], stops[2]);
  assert.throws(() => ramp([[0, 0, 0]]), /invalid stops/);
});

test('a ramp from light to dark never turns back', () => {
  const colors = ramp(['#faf7f2', '#f6dcb2', '#e59a3c', '#a84e08', '#3a1703'].map(parseColor));
  for (let i = 1; i < colors.length; i += 1) {
    assert.ok(luminance(colors[i]) <= luminance(colors[i - 1]) + 1e-9, `at ${i}`);
  }
});

test('a place beyond the ramp takes its end', () => {
  const colors = ramp([
    [0, 0, 0],
    [255, 255, 255],
  ]);
  assert.deepEqual(colorAt(colors, -3), [0, 0, 0]);
  assert.deepEqual(colorAt(colors, 7), [255, 255, 255]);
});

test("Plotly's scale runs from 0 to 1 in rising steps", () => {
  const scale = plotlyScale(
    ramp([
      [0, 0, 0],
      [255, 255, 255],
    ]),
    5,
  );
  assert.deepEqual(
    scale.map(([t]) => t),
    [0, 0.25, 0.5, 0.75, 1],
  );
  assert.equal(scale[4][1], 'rgb(255, 255, 255)');
});

test('the square root shows a weight of one hundredth at a tenth of the ramp', () => {
  assert.equal(scaler('sqrt', 1)(0.01), 0.1);
  assert.equal(scaler('linear', 0.5)(0.01), 0.02);
  assert.equal(scaler('log', 1)(0.01), 0.5);
});

test('every scale ends at the maximum, starts at nothing, and leaves a masked cell masked', () => {
  for (const kind of ['sqrt', 'linear', 'log']) {
    const scale = scaler(kind, 0.37);
    assert.equal(scale(0.37), 1);
    assert.equal(scale(0.9), 1);
    assert.equal(scale(0), 0);
    assert.ok(Number.isNaN(scale(NaN)), kind);
  }
});

test('an unknown scale and an empty range are refused', () => {
  assert.throws(() => scaler('cubic', 1), /invalid scale: cubic/);
  assert.throws(() => scaler('sqrt', 0), /invalid maximum/);
});

test('a legend names the ends and rounds what lies between', () => {
  for (const kind of ['sqrt', 'linear', 'log']) {
    for (const max of [1, 0.8044, 0.0137]) {
      const ticks = scaleTicks(kind, max);
      const scale = scaler(kind, max);
      assert.equal(ticks[0].t, 0);
      assert.deepEqual(ticks.at(-1), { t: 1, value: max });
      for (const { t, value } of ticks.slice(1, -1)) {
        assert.ok(Math.abs(t - scale(value)) < 1e-12);
        assert.equal(value, Number(value.toPrecision(2)));
      }
      for (let i = 1; i < ticks.length; i += 1) assert.ok(ticks[i].t - ticks[i - 1].t >= 0.18999);
    }
  }
});

test('an outlier does not set the range of a vector strip', () => {
  const data = new Float32Array(1009).fill(0.5);
  data[3] = -40;
  assert.equal(symmetricRange(data), 0.5);
  assert.equal(symmetricRange(data, 1), 40);
  assert.equal(symmetricRange(new Float32Array(7)), 1);
});

test('numbers on a coloured ground take the ink that reads best', () => {
  const [ink, paper] = [
    [28, 26, 23],
    [255, 255, 255],
  ];
  assert.deepEqual(inkOn([250, 247, 242], [ink, paper]), ink);
  assert.deepEqual(inkOn([58, 23, 3], [ink, paper]), paper);
  assert.equal(contrast([0, 0, 0], [255, 255, 255]), 21);
});

test('a colour is written for CSS with its opacity', () => {
  assert.equal(cssColor([1.4, 22, 133]), 'rgb(1, 22, 133)');
  assert.equal(cssColor([1, 22, 133], 0.25), 'rgba(1, 22, 133, 0.25)');
});
