/** One matrix as heat: numbers on hover, cells picked by pointer or arrow keys. */

import { h, setText } from '../../../core/dom.js';
import { paintCells, sizeCanvas } from '../../../core/draw.js';
import { numberText } from '../../../figures/axis.js';
import { cssColor } from '../../../figures/color.js';
import * as figure from '../../../figures/walk/matrix.js';
import { math } from '../../../parts/mathml.js';

const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/**
 * @param {{onPick: (patch: any) => void, tooltip: ReturnType<typeof import('../../../parts/figure-tooltip.js').tooltipView>}} parts
 */
export function matrixView({ onPick, tooltip }) {
  const canvas = h('canvas', { class: 'matrix-canvas', 'aria-hidden': 'true' });
  const bands = ['part', 'row', 'col', 'cell'].map((name) =>
    h('div', { class: `matrix-band matrix-${name}`, hidden: true }),
  );
  const stage = h(
    'div',
    { class: 'matrix-stage', role: 'application', tabindex: '0' },
    canvas,
    ...bands,
  );
  const symbol = h('span', { class: 'matrix-symbol' });
  const title = h('span', { class: 'matrix-title' });
  const size = h('span', { class: 'matrix-size' });
  const live = h('p', { class: 'figure-live', 'aria-live': 'polite' });
  const element = h(
    'figure',
    { class: 'matrix' },
    h('figcaption', { class: 'matrix-caption' }, symbol, title, size),
    stage,
    live,
  );
  let props = null;
  let geometry = null;
  let painted = null;
  let cursor = { row: 0, col: 0 };

  /**
   * @param {{picture: import('../../../figures/walk/steps.js').Picture, tokens: any[], room: any, theme: any}} next
   */
  function update(next) {
    const before = props;
    props = { ...next, name: figure.plainName(next.picture.symbol) };
    const { picture } = props;
    cursor = { row: picture.row ?? cursor.row, col: picture.col ?? cursor.col };
    if (before?.picture.matrix !== picture.matrix || before?.picture.title !== picture.title) {
      symbol.replaceChildren(math(picture.symbol));
      setText(title, picture.title);
    }
    paint();
  }

  function paint() {
    const width = stage.clientWidth;
    if (!props || !width) return;
    const { picture, tokens, room, theme } = props;
    const look = [
      picture.matrix,
      picture.mask,
      width,
      room.rowHeight,
      room.named,
      theme,
      picture.row,
      picture.colKind === 'token' ? picture.col : 0,
    ];
    if (!painted || look.some((value, n) => value !== painted[n])) {
      painted = look;
      geometry = figure.geometryOf(picture, { ...room, width });
      const cells = figure.cellsOf(picture);
      const { rows, cols } = picture.matrix;
      const range = picture.share ? '0 to 1' : `±${numberText(cells.range, 2)}`;
      setText(size, `${rows} × ${cols}, ${range}`);
      stage.setAttribute(
        'aria-label',
        `${figure.matrixName(props, cells.range)} Arrow keys choose a cell.`,
      );
      const context = sizeCanvas(canvas, width, geometry.height);
      const box = {
        left: geometry.left,
        top: geometry.top,
        width: geometry.cellWidth * cols,
        height: geometry.cellHeight * rows,
        gap: geometry.gap,
      };
      context.fillStyle = cssColor(theme.blank);
      context.fillRect(box.left, box.top, box.width, box.height);
      paintCells(context, cells, box, picture.share ? theme.ramp : theme.diverging);
      paintLabels(context, { picture, tokens, theme });
    }
    place();
  }

  function paintLabels(
    context,
    { picture: { matrix, rowKind, colKind, row, col }, tokens, theme },
  ) {
    const { left, top, cellWidth, cellHeight } = geometry;
    const font = (on) => {
      context.font = `${on ? 600 : 400} 11px ${theme.font}`;
      context.fillStyle = cssColor(on ? theme.accent : theme.ink);
    };
    context.textBaseline = 'middle';
    if (left && rowKind === 'token') {
      context.textAlign = 'right';
      for (const pos of figure.labelSteps(matrix.rows, cellHeight, 13, row)) {
        font(pos === row);
        context.fillText(figure.labelOf(tokens, pos), left - 6, top + (pos + 0.5) * cellHeight);
      }
    }
    if (!top || colKind !== 'token') return;
    context.textAlign = 'left';
    for (const pos of figure.labelSteps(matrix.cols, cellWidth, 13, col)) {
      font(pos === col);
      context.save();
      context.translate(left + (pos + 0.5) * cellWidth, top - 6);
      context.rotate(-Math.PI / 3);
      context.fillText(figure.labelOf(tokens, pos), 0, 0);
      context.restore();
    }
  }

  function place() {
    const { picture } = props;
    const { rows, cols } = picture.matrix;
    const { row, col, part = null, rows: own = null } = picture;
    const [partBand, rowBand, colBand, cellBand] = bands;
    put(
      partBand,
      part || own
        ? { rows: own ?? { from: 0, to: rows }, cols: part ?? { from: 0, to: cols } }
        : null,
    );
    const [one, all] = [(n) => ({ from: n, to: n + 1 }), (n) => ({ from: 0, to: n })];
    put(rowBand, row === null ? null : { rows: one(row), cols: all(cols) });
    put(colBand, col === null ? null : { rows: all(rows), cols: one(col) });
    put(cellBand, row === null || col === null ? null : { rows: one(row), cols: one(col) });
  }

  function put(band, span) {
    band.hidden = span === null;
    if (!span) return;
    const { left, top, cellWidth, cellHeight } = geometry;
    const { style } = band;
    style.left = `${left + span.cols.from * cellWidth}px`;
    style.top = `${top + span.rows.from * cellHeight}px`;
    style.width = `${(span.cols.to - span.cols.from) * cellWidth}px`;
    style.height = `${(span.rows.to - span.rows.from) * cellHeight}px`;
  }

  function under(event) {
    if (!geometry) return null;
    const box = canvas.getBoundingClientRect();
    return figure.cellAt(
      geometry,
      props.picture.matrix,
      event.clientX - box.left,
      event.clientY - box.top,
    );
  }

  function pick({ row, col }) {
    cursor = { row, col };
    setText(live, figure.cellSentence(props, cursor));
    onPick(props.picture.pick(row, col));
  }

  stage.addEventListener('pointermove', (event) => {
    const cell = under(event);
    if (!cell) return tooltip.hide();
    return tooltip.show(figure.cellText(props, cell), { x: event.clientX, y: event.clientY });
  });
  stage.addEventListener('pointerleave', tooltip.hide);
  // A pointer leaves the focus where it is, so that the arrow keys still turn the steps.
  stage.addEventListener('mousedown', (event) => event.preventDefault());
  stage.addEventListener('click', (event) => {
    const cell = under(event);
    if (cell) pick(cell);
  });
  stage.addEventListener('keydown', (event) => {
    const move = MOVES[event.key];
    if (!move || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault(); // the arrow keys turn no page while they move over cells
    const { rows, cols } = props.picture.matrix;
    const within = (value, count) => Math.min(Math.max(value, 0), count - 1);
    pick({ row: within(cursor.row + move[0], rows), col: within(cursor.col + move[1], cols) });
  });

  const resized = new ResizeObserver(paint);
  resized.observe(stage);
  return { element, update, destroy: () => resized.disconnect() };
}
