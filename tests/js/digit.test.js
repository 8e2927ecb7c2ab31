import assert from 'node:assert/strict';
import { test } from 'node:test';

import { imageField } from '../../static/js/core/addresses/lesson.js';
import { INK, imageOf, SIZE, turned } from '../../static/js/figures/digit.js';

const line = (from, to) => [
  { x: from[0], y: from[1] },
  { x: to[0], y: to[1] },
];
const ink = (image) => image.flat().reduce((all, one) => all + one, 0);

test('a stroke down is as high as the picture, in its middle, wherever it was drawn', () => {
  const image = imageOf([line([0.2, 0.3], [0.2, 0.6])]);
  assert.deepEqual(image, imageOf([line([0.8, 0.1], [0.8, 0.9])]));
  for (const row of image) {
    assert.equal(
      row
        .slice(0, 3)
        .concat(row.slice(5))
        .reduce((a, b) => a + b),
      0,
    );
    assert.ok(row[3] > 0 && row[3] === row[4]);
  }
});

test('a pixel counts the inked points of its 4 by 4', () => {
  const image = imageOf([line([0, 0], [1, 0]), line([0, 1], [1, 1]), line([0, 0], [0, 1])]);
  assert.ok(image.flat().every((one) => Number.isInteger(one) && one >= 0 && one <= INK));
  assert.equal(image[0][3], 16); // under the whole width of a stroke: rows 0 to 4.8 of its points
  assert.equal(image[4][4], 0);
});

test('strokes are drawn together, and the order of them is no matter', () => {
  const [one, other] = [line([0.1, 0.1], [0.9, 0.1]), line([0.9, 0.1], [0.4, 0.9])];
  assert.deepEqual(imageOf([one, other]), imageOf([other, one]));
  assert.ok(ink(imageOf([one, other])) > ink(imageOf([other])));
});

test('a dot stays a dot', () => {
  const image = imageOf([[{ x: 0.5, y: 0.5 }]]);
  assert.ok(ink(image) > 0 && ink(image) < 64);
});

test('a pixel that is turned is all ink, or none', () => {
  const image = imageOf([line([0.5, 0], [0.5, 1])]);
  assert.equal(turned(image, { row: 0, col: 0 })[0][0], INK);
  assert.equal(turned(image, { row: 2, col: 3 })[2][3], 0);
  assert.equal(image[0][0], 0);
});

test('a picture stands in the address as 64 signs, and comes back', () => {
  const image = imageOf([line([0.2, 0.1], [0.7, 0.9])]);
  const said = imageField.write(image);
  assert.match(said, /^[0-9a-g]{64}$/);
  assert.deepEqual(imageField.read(said), image);
  assert.equal(imageField.read(said.slice(1)), undefined);
  assert.equal(imageField.read(`${said.slice(1)}h`), undefined);
  assert.equal(imageField.read(said).length, SIZE);
});
