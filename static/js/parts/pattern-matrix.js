/** A pattern of few positions, with their names along it; cells that are closed are blank. */

import { paintCells, sizeCanvas } from '../core/draw.js';
import { cssColor } from '../figures/color.js';
import { heatCells } from '../figures/matrix.js';
import { geometryOf, LEFT, RIGHT } from '../figures/walk/matrix.js';
import { heatmapView } from './heatmap.js';
import { paintLabels } from './matrix-labels.js';

const MOST = 34; // pixels of a cell, where there is room

/**
 * @param {object} options
 * @param {string} options.keys what the keys do
 * @param {number} [options.most] pixels of a cell, where there is room
 * @param {boolean} [options.named] what is said of a cell begins with the matrix's name
 * @param {(cell: {row: number, col: number}) => void} options.onCell
 * @param {(cell: {row: number, col: number}) => any} options.text what a cell says of itself
 */
export function patternMatrix({ keys, onCell, text, most = MOST, named = false }) {
  let shown = null;
  const heatmap = heatmapView({ keys, onCell, named });

  function draw(width, theme) {
    const { name, labels, mask, values } = shown;
    const count = labels.length;
    const matrix = { data: Float32Array.from(values.flat()), rows: count, cols: count };
    const axes = { matrix, rowKind: 'token', colKind: 'token' };
    const fitting = Math.min(width, count * most + LEFT + RIGHT);
    const rowHeight = Math.min(most, Math.max(4, (fitting - LEFT - RIGHT) / count));
    const room = { width: fitting, rowHeight, named: true, headed: true, most: 0 };
    const geometry = { ...geometryOf(axes, room), width };
    const { left, top, plotWidth, plotHeight, cellWidth } = geometry;
    const open = matrix.data.map((value, n) =>
      !mask || mask[Math.floor(n / count)][n % count] ? value : NaN,
    );
    return {
      geometry,
      name,
      paint(canvas) {
        const context = sizeCanvas(canvas, width, geometry.height);
        context.fillStyle = cssColor(theme.line);
        context.fillRect(left, top, plotWidth, plotHeight);
        const cells = heatCells(
          { data: open, rows: count, cols: count },
          { max: 1, scale: 'sqrt' },
        );
        const box = {
          left,
          top,
          width: plotWidth,
          height: plotHeight,
          gap: cellWidth >= 9 ? 1 : 0,
        };
        paintCells(context, cells, box, theme.ramp);
        paintLabels(context, geometry, theme, { rows: labels, cols: labels });
      },
    };
  }

  return {
    element: heatmap.element,
    /**
     * @param {object} next
     * @param {string} next.name
     * @param {readonly string[]} next.labels what each position is called
     * @param {readonly (readonly number[])[]} next.values
     * @param {readonly (readonly boolean[])[]} [next.mask] where a query may look; none: everywhere
     * @param {{row: number, col: number}|null} [next.chosen] a cell that is marked
     */
    update(next) {
      const stale = next.values !== shown?.values || next.mask !== shown.mask;
      shown = next;
      const size = next.labels.length;
      const { chosen = null } = next;
      const marks = () => (chosen ? [{ kind: 'chosen', block: chosen }] : []);
      heatmap.update({ rows: size, cols: size, draw, text, marks }, { stale });
    },
  };
}
