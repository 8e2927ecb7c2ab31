/** An image in squares, each in the colour of a weight where it has one, with its ink in them. */

import { sizeCanvas } from '../core/draw.js';
import { cellColors, cssColor } from '../figures/color.js';
import { heatmapView } from './heatmap.js';

const MOST = 248; // pixels of a side

/**
 * @typedef {object} PixelMap
 * @property {string} name
 * @property {readonly (readonly number[])[]} pixels each from 0 to `ink`
 * @property {number} ink
 * @property {number} cells squares along a side: pixels, or patches of several
 * @property {readonly number[]} [weights] of the squares, row by row; none: paper
 * @property {readonly number[]} [covered] squares whose ink is not seen
 * @property {number|null} [chosen] a square that is marked
 */

/**
 * @param {object} options
 * @param {string} options.keys what the keys do
 * @param {(cell: {row: number, col: number}) => void} options.onCell
 * @param {(cell: {row: number, col: number}) => any} options.text what a square says of itself
 */
export function pixelMap({ keys, onCell, text }) {
  /** @type {PixelMap} */
  let shown = null;
  const heatmap = heatmapView({ keys, onCell, named: true });

  function draw(room, theme) {
    const { name, pixels, ink, cells, weights, covered = [] } = shown;
    const side = Math.min(room, MOST);
    const square = side / cells;
    const pixel = side / pixels.length;
    const geometry = {
      left: 0,
      top: 0,
      plotWidth: side,
      plotHeight: side,
      width: room,
      height: side,
    };
    return {
      geometry,
      name,
      paint(canvas) {
        const context = sizeCanvas(canvas, room, side);
        for (let n = 0; n < cells ** 2; n += 1) {
          const [x, y] = [(n % cells) * square, Math.floor(n / cells) * square];
          const hidden = covered.includes(n);
          const background = weights
            ? cellColors(weights[n], { kind: 'share', most: 1 }, theme).background
            : cssColor(theme.surface);
          context.fillStyle = hidden ? cssColor(theme.line) : background;
          context.fillRect(x, y, square - 1, square - 1);
        }
        pixels.forEach((line, row) => {
          line.forEach((value, column) => {
            const n =
              Math.floor((row * cells) / pixels.length) * cells +
              Math.floor((column * cells) / pixels.length);
            if (value === 0 || covered.includes(n)) return;
            const size = pixel * Math.sqrt(value / ink) * (weights ? 0.72 : 1);
            const [x, y] = [(column + 0.5) * pixel, (row + 0.5) * pixel];
            context.fillStyle = weights
              ? cellColors(weights[n], { kind: 'share', most: 1 }, theme).ink
              : cssColor(theme.ink);
            context.fillRect(x - size / 2, y - size / 2, size, size);
          });
        });
      },
    };
  }

  return {
    element: heatmap.element,
    /** @param {PixelMap} next */
    update(next) {
      shown = next;
      const { cells, chosen = null } = next;
      const block = (n) => ({ row: Math.floor(n / cells), col: n % cells });
      const marks = () => (chosen === null ? [] : [{ kind: 'chosen', block: block(chosen) }]);
      heatmap.update({ rows: cells, cols: cells, draw, text, marks }, { stale: true });
    },
  };
}
