import assert from 'node:assert/strict';
import { test } from 'node:test';

import { curvePlot, logSpaced } from '../../static/js/figures/curve.js';

const SIZE = { width: 400, height: 200 };
const plot = (at) =>
  curvePlot(
    {
      x: [0.1, 1, 10, 100],
      lines: [{ name: 'y', values: [0, 0.5, 1, 0.25], color: 'red' }],
      most: 1,
      at,
    },
    SIZE,
  );

test('numbers are spread evenly on a logarithmic axis, both ends included', () => {
  const spread = logSpaced(0.1, 100, 4);
  assert.deepEqual(
    spread.map((value) => Number(value.toPrecision(12))),
    [0.1, 1, 10, 100],
  );
});

test('a decade is as wide as any other, and the axis begins at nothing', () => {
  const { xTicks, yTicks, box } = plot(1);
  assert.deepEqual(
    xTicks.map(({ text }) => text),
    ['0.1', '1', '10', '100'],
  );
  const gaps = xTicks.slice(1).map(({ x }, n) => x - xTicks[n].x);
  for (const gap of gaps) assert.ok(Math.abs(gap - gaps[0]) < 1e-9);
  assert.deepEqual(
    yTicks.map(({ text }) => text),
    ['0', '0.2', '0.4', '0.6', '0.8', '1'],
  );
  assert.equal(yTicks[0].y, box.bottom);
  assert.equal(yTicks.at(-1).y, box.top);
});

test('a line goes through its values, and the marker stands where the control does', () => {
  const { paths, marker, xTicks, box } = plot(10);
  const points = paths[0].d
    .slice(1)
    .split('L')
    .map((point) => point.split(' ').map(Number));
  assert.equal(points.length, 4);
  assert.ok(Math.abs(points[1][0] - xTicks[1].x) < 0.1);
  assert.ok(Math.abs(points[1][1] - (box.top + box.bottom) / 2) < 0.1);
  assert.equal(marker, xTicks[2].x);
  assert.deepEqual(paths[0].dot, { x: xTicks[2].x, y: box.top });
});

test('between two values the marker has the height of the nearer one', () => {
  assert.equal(plot(7).paths[0].dot.y, plot(10).paths[0].dot.y);
});
