/** One matrix of a step: what it is called, its heat, and the entry that is worked out in it. */

import { paintCells, sizeCanvas } from '../../../core/draw.js';
import { build, html, render } from '../../../core/template.js';
import { numberText } from '../../../figures/axis.js';
import { cssColor } from '../../../figures/color.js';
import * as figure from '../../../figures/walk/matrix.js';
import { t } from '../../../language/messages.js';
import { heatmapView } from '../../../parts/heatmap.js';
import { math } from '../../../parts/mathml.js';
import { paintLabels } from '../../../parts/matrix-labels.js';

/**
 * @param {{onPick: (patch: any) => void}} callbacks
 */
export function matrixView({ onPick }) {
  const heatmap = heatmapView({
    keys: t('Arrow keys choose a cell.'),
    onCell: ({ row, col }) => onPick(props.picture.pick(row, col)),
    named: true,
    steers: true, // the arrow keys turn no page while they move over cells
  });
  const caption = build(html`<figcaption class="matrix-caption"></figcaption>`);
  const element = build(html`<figure class="matrix">${caption}${heatmap.element}</figure>`);
  let props = null;
  let look = [];

  /**
   * @param {{picture: import('../../../figures/walk/steps.js').Picture, tokens: any[], room: any}} next
   */
  function update(next) {
    props = { ...next, name: figure.plainName(next.picture.symbol) };
    const { picture, room } = props;
    const was = look;
    look = [picture.matrix, picture.mask, room.rowHeight, room.named, picture.row];
    look.push(picture.colKind === 'token' ? picture.col : 0);
    const { rows, cols } = picture.matrix;
    const start = { row: picture.row ?? 0, col: picture.col ?? 0 };
    const text = (cell) => figure.cellText(props, cell);
    const stale = look.some((value, n) => value !== was[n]);
    heatmap.update({ rows, cols, draw: drawing, text, marks, start }, { stale, now: true });
  }

  /** @returns {import('../../../parts/heatmap.js').Drawing} */
  function drawing(width, theme) {
    const { picture, tokens, room } = props;
    const geometry = figure.geometryOf(picture, { ...room, width });
    const cells = figure.cellsOf(picture);
    const range = picture.share ? t('0 to 1') : `±${numberText(cells.range, 2)}`;
    const size = `${cells.rows} × ${cells.cols}, ${range}`;
    render(
      html`<span class="matrix-symbol">${math(picture.symbol)}</span><span
        class="matrix-title">${picture.title}</span><span
        class="matrix-size">${size}</span>`,
      caption,
    );
    return {
      geometry,
      name: figure.matrixName(props, cells.range),
      paint(canvas) {
        const { left, top, plotWidth, plotHeight, gap } = geometry;
        const context = sizeCanvas(canvas, width, geometry.height);
        context.fillStyle = cssColor(theme.blank);
        context.fillRect(left, top, plotWidth, plotHeight);
        const box = { left, top, width: plotWidth, height: plotHeight, gap };
        paintCells(context, cells, box, picture.share ? theme.ramp : theme.diverging);
        const names = tokens.map((token) => figure.shortLabel(token));
        paintLabels(context, geometry, theme, {
          rows: geometry.left && picture.rowKind === 'token' ? names : null,
          cols: geometry.top && picture.colKind === 'token' ? names : null,
          row: picture.row,
          col: picture.col,
        });
      },
    };
  }

  /** The entry that is worked out, its row and its column, and what is this head's own. */
  function marks() {
    const { matrix, row, col, part = null, rows: own = null } = props.picture;
    const { rows, cols } = matrix;
    const span = ({ from, to }) => ({ at: from, count: to - from });
    const found = [];
    if (part || own) {
      const [down, across] = [
        span(own ?? { from: 0, to: rows }),
        span(part ?? { from: 0, to: cols }),
      ];
      const block = { row: down.at, rows: down.count, col: across.at, cols: across.count };
      found.push({ kind: 'part', block });
    }
    if (row !== null) found.push({ kind: 'row', block: { row, col: 0, cols } });
    if (col !== null) found.push({ kind: 'column', block: { row: 0, rows, col } });
    if (row !== null && col !== null) found.push({ kind: 'chosen', block: { row, col } });
    return found;
  }

  return { element, update, destroy: heatmap.destroy };
}
