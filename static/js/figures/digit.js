/** Images of 8 × 8 pixels, each from 0 to 16, all ink: how they are drawn by hand, and written. Pure. */

import { t } from '../language/messages.js';

export const SIZE = 8;
export const INK = 16;

/** Points of a pixel, along a side: it is as dark as so many of them are inked. */
const POINTS = 4;
const FINE = SIZE * POINTS;
/** Half the width of a stroke, in points; a third of an image is ink then, as in the data. */
const RADIUS = 2.4;
/** A drawing that is smaller than this, of a whole side, is a dot, and is not made larger. */
const DOT = 0.08;

/** @typedef {{x: number, y: number}} Point from 0 to 1, right and down */

/**
 * The image of a drawing, made as those of the data were: as high or as wide as there is room, in the
 * middle, each pixel the count of the inked ones of its 4 × 4 points.
 * @param {readonly (readonly Point[])[]} strokes
 * @returns {number[][]}
 */
export function imageOf(strokes) {
  const points = strokes.flat();
  const span = (axis) => {
    const all = points.map((point) => point[axis]);
    return { least: Math.min(...all), most: Math.max(...all) };
  };
  const [x, y] = [span('x'), span('y')];
  const size = Math.max(x.most - x.least, y.most - y.least);
  const scale = size < DOT ? FINE : (FINE - 2 * RADIUS) / size;
  const placed = strokes.map((stroke) =>
    stroke.map((point) => ({
      x: FINE / 2 + (point.x - (x.least + x.most) / 2) * scale,
      y: FINE / 2 + (point.y - (y.least + y.most) / 2) * scale,
    })),
  );
  const image = Array.from({ length: SIZE }, () => Array(SIZE).fill(0));
  for (let row = 0; row < FINE; row += 1) {
    for (let column = 0; column < FINE; column += 1) {
      const point = { x: column + 0.5, y: row + 0.5 };
      if (placed.some((stroke) => near(stroke, point)))
        image[Math.floor(row / POINTS)][Math.floor(column / POINTS)] += 1;
    }
  }
  return image;
}

/** Whether a point lies under a stroke. */
function near(stroke, point) {
  return stroke.some((from, n) => {
    const to = stroke[n + 1] ?? (stroke.length === 1 ? from : null);
    return to !== null && distance(from, to, point) <= RADIUS;
  });
}

/** From a point to a line between two others. */
function distance(from, to, { x, y }) {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const along = ((x - from.x) * dx + (y - from.y) * dy) / (dx * dx + dy * dy || 1);
  const t = Math.min(1, Math.max(0, along));
  return Math.hypot(x - from.x - t * dx, y - from.y - t * dy);
}

/** An image with one pixel turned: all ink, or none where there was some. @param {number[][]} image */
export const turned = (image, { row, col }) =>
  image.map((line, r) => line.map((ink, c) => (r === row && c === col ? (ink ? 0 : INK) : ink)));

/** What stands at a row and a column is called. @param {number|string} row @param {number|string} column */
export const placeText = (row, column) => t('row {row}, column {column}', { row, column });

/** What a pixel says of itself. @param {readonly (readonly number[])[]} image */
export const pixelText = (image, { row, col }) => ({
  title: t('ink'),
  value: t('{ink} of {all}', { ink: image[row][col], all: INK }),
  rows: [
    [t('row'), String(row)],
    [t('column'), String(col)],
  ],
});
