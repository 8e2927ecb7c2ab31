/** A pattern under a mask, whose cells open and close where they are pressed. */

import { paintCells, sizeCanvas } from '../core/draw.js';
import { cssColor } from '../figures/color.js';
import { heatCells } from '../figures/matrix.js';
import { geometryOf, LEFT, RIGHT } from '../figures/walk/matrix.js';
import { t } from '../language/messages.js';
import { heatmapView } from './heatmap.js';
import { paintLabels } from './matrix-labels.js';

const MOST = 34; // pixels of a cell, where there is room

/**
 * @param {object} options
 * @param {string} options.name
 * @param {number} [options.most] pixels of a cell, where there is room
 * @param {(row: number, col: number) => void} options.onTurn
 * @param {(cell: {row: number, col: number}) => any} options.text what a cell says of itself
 */
export function maskMatrix({ name, onTurn, text, most = MOST }) {
  let shown = null;
  const heatmap = heatmapView({
    keys: t('Arrow keys move, Enter opens or closes a cell.'),
    onCell: ({ row, col }) => onTurn(row, col),
  });

  function draw(width, theme) {
    const { labels, mask, values } = shown;
    const count = labels.length;
    const matrix = { data: Float32Array.from(values.flat()), rows: count, cols: count };
    const axes = { matrix, rowKind: 'token', colKind: 'token' };
    const fitting = Math.min(width, count * most + LEFT + RIGHT);
    const rowHeight = Math.min(most, Math.max(4, (fitting - LEFT - RIGHT) / count));
    const room = { width: fitting, rowHeight, named: true, headed: true, most: 0 };
    const geometry = { ...geometryOf(axes, room), width };
    const { left, top, plotWidth, plotHeight, cellWidth } = geometry;
    const open = matrix.data.map((value, n) =>
      mask[Math.floor(n / count)][n % count] ? value : NaN,
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
    /** @param {{labels: readonly string[], mask: boolean[][], values: number[][]}} next what each
     * position is called, where it may look, and what it gives */
    update(next) {
      const stale = next.values !== shown?.values || next.mask !== shown.mask;
      shown = next;
      const size = next.labels.length;
      heatmap.update({ rows: size, cols: size, draw, text, marks: () => [] }, { stale });
    },
  };
}
