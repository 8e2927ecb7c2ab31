/** The names along a matrix on a canvas: beside its rows, slanted above its columns. */

import { cssColor } from '../figures/color.js';
import { labelSteps } from '../figures/walk/matrix.js';

const LEAST = 13; // pixels between two names

/**
 * As many as have room; one that is followed always, and marked.
 * @param {CanvasRenderingContext2D} context
 * @param {{left: number, top: number, cellWidth: number, cellHeight: number}} geometry
 * @param {any} theme
 * @param {{rows: readonly string[]|null, cols: readonly string[]|null, row?: number|null, col?: number|null}} names
 *   null: that side has none; `row`, `col`: those that are followed
 */
export function paintLabels(context, geometry, theme, { rows, cols, row = null, col = null }) {
  const { left, top, cellWidth, cellHeight } = geometry;
  const font = (on) => {
    context.font = `${on ? 600 : 400} 11px ${theme.font}`;
    context.fillStyle = cssColor(on ? theme.accent : theme.ink);
  };
  context.textBaseline = 'middle';
  if (rows) {
    context.textAlign = 'right';
    for (const pos of labelSteps(rows.length, cellHeight, LEAST, row)) {
      font(pos === row);
      context.fillText(rows[pos], left - 6, top + (pos + 0.5) * cellHeight);
    }
  }
  if (!cols) return;
  context.textAlign = 'left';
  for (const pos of labelSteps(cols.length, cellWidth, LEAST, col)) {
    font(pos === col);
    context.save();
    context.translate(left + (pos + 0.5) * cellWidth, top - 6);
    context.rotate(-Math.PI / 3);
    context.fillText(cols[pos], 0, 0);
    context.restore();
  }
}
