/** A pattern as heat, without names along it: many rows, few weights. */

import { paintCells, sizeCanvas } from '../core/draw.js';
import { cssColor } from '../figures/color.js';
import { heatCells, matrixOf } from '../figures/matrix.js';
import { heatmapView } from './heatmap.js';

const MOST = 390; // pixels of its width

/**
 * @param {object} options
 * @param {string} options.name
 * @param {string} options.keys what the keys do
 * @param {(cell: {row: number, col: number}) => void} options.onCell
 * @param {(cell: {row: number, col: number}) => any} options.text what a cell says of itself
 */
export function shareMatrix({ name, keys, onCell, text }) {
  const heatmap = heatmapView({ keys, onCell });
  /** @type {{values: number[][], chosen: number}} */
  let shown = null;

  function draw(room, theme) {
    const matrix = matrixOf(shown.values);
    const plotWidth = Math.min(room, MOST);
    const plotHeight = (plotWidth * matrix.rows) / matrix.cols;
    const geometry = { left: 0, top: 0, plotWidth, plotHeight, width: room, height: plotHeight };
    return {
      geometry,
      name,
      paint(canvas) {
        const context = sizeCanvas(canvas, room, plotHeight);
        context.fillStyle = cssColor(theme.blank);
        context.fillRect(0, 0, plotWidth, plotHeight);
        const box = { left: 0, top: 0, width: plotWidth, height: plotHeight };
        paintCells(context, heatCells(matrix, { max: 1, scale: 'sqrt' }), box, theme.ramp);
      },
    };
  }

  return {
    element: heatmap.element,
    /** @param {{values: number[][], chosen: number}} next `chosen`: the row that is marked */
    update(next) {
      const stale = next.values !== shown?.values;
      shown = next;
      const [rows, cols] = [next.values.length, next.values[0].length];
      const marks = () => [{ kind: 'row', block: { row: next.chosen, col: 0, cols } }];
      heatmap.update({ rows, cols, draw, text, marks }, { stale });
    },
  };
}
