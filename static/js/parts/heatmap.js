/**
 * A matrix as heat on a canvas: its numbers beside the pointer, its cells by the arrow keys, marks
 * over it. What it looks like is its owner's to say (figures/), once for each width and theme.
 */

import * as draw from '../core/draw.js';
import { build, find, html } from '../core/template.js';
import * as figure from '../figures/matrix.js';
import { createTooltip } from './tooltip.js';

/**
 * @typedef {import('../figures/matrix.js').Cell} Cell
 * @typedef {object} Drawing
 * @property {{width: number, height: number, left: number, top: number, plotWidth: number,
 *   plotHeight: number}} geometry
 * @property {string} name the picture's accessible name
 * @property {(canvas: any) => void} paint
 * @property {(canvas: any) => void} [save] paints a saved picture, where that is another
 * @property {import('../figures/matrix.js').View} [view] what is in sight; everything if not given
 *
 * @typedef {object} Mark
 * @property {string} kind "row", "column", "chosen", "cut", "part": its look
 * @property {{row: number, col: number, rows?: number, cols?: number}} block of cells
 */

/**
 * @param {object} options
 * @param {string} options.keys what the keys do, in words
 * @param {(cell: Cell) => void} options.onCell a cell was clicked, or Enter pressed on it
 * @param {(cell: Cell|null) => void} [options.onCursor] the cursor moved by pointer or key
 * @param {boolean} [options.named] what is said of a cell begins with the matrix's name: there are
 *   several beside one another
 * @param {boolean} [options.steers] an arrow key chooses a cell at once, and a pointer takes no focus
 */
export function heatmapView({ keys, onCell, onCursor = () => {}, named = false, steers = false }) {
  const element = build(html`<div class="heatmap">
    <div class="heatmap-stage" tabindex="0" role="application" aria-roledescription="heatmap">
      <div class="heatmap-picture" role="img"><canvas class="heatmap-canvas"></canvas></div>
      <div class="heatmap-marks"></div><div class="heatmap-marker heatmap-cursor"
        hidden></div></div>
    <p class="figure-live" aria-live="polite"></p></div>`);
  const [stage, picture, canvas] = ['.heatmap-stage', '.heatmap-picture', 'canvas'].map((name) =>
    find(element, name),
  );
  const [marks, pointer, live] = ['.heatmap-marks', '.heatmap-cursor', '.figure-live'].map((name) =>
    find(element, name),
  );
  const tooltip = createTooltip();
  const frame = draw.frameTask(paint);
  draw.paintedBy(canvas, (other) => (drawn?.save ?? drawn?.paint)?.(other));
  /** @type {any} what is shown: rows, cols, draw(width, theme) -> Drawing, text(cell), marks() */
  let props = null;
  /** @type {Drawing|null} */
  let drawn = null;
  let theme = null;
  let width = 0;
  let stale = true;
  /** @type {Cell|null} */
  let cursor = null;

  const view = () => drawn.view ?? figure.wholeView(props);
  const boxOf = (block) => figure.blockBox(drawn.geometry, view(), block);

  function paint() {
    if (!props || !stage.clientWidth) return;
    if (stale || stage.clientWidth !== width) {
      stale = false;
      width = stage.clientWidth;
      theme ??= draw.readTheme(stage);
      drawn = props.draw(width, theme);
      drawn.paint(canvas);
      stage.style.height = `${drawn.geometry.height}px`;
      picture.setAttribute('aria-label', drawn.name);
      stage.setAttribute('aria-label', `${drawn.name} ${keys}`);
    }
    placeMarks();
  }

  function placeMarks() {
    /** @type {Mark[]} */
    const wanted = props.marks?.() ?? [];
    while (marks.children.length > wanted.length) marks.lastChild.remove();
    while (marks.children.length < wanted.length) marks.append(document.createElement('div'));
    wanted.forEach(({ kind, block }, i) => {
      const marker = /** @type {HTMLElement} */ (marks.children[i]);
      marker.className = `heatmap-marker heatmap-${kind}`;
      place(marker, boxOf(block));
    });
    place(pointer, cursor && !steers && inside(cursor) ? boxOf(cursor) : null);
    performance.mark('headlight:hover-painted');
  }

  function place(marker, box) {
    marker.hidden = !box?.inside;
    if (marker.hidden) return;
    marker.style.transform = `translate(${box.x}px, ${box.y}px)`;
    marker.style.width = `${Math.max(box.width, 2)}px`;
    marker.style.height = `${Math.max(box.height, 2)}px`;
  }

  const inside = ({ row, col }) => row >= 0 && col >= 0 && row < props.rows && col < props.cols;

  function under(event) {
    if (!drawn) return null;
    const box = stage.getBoundingClientRect();
    return figure.cellAt(drawn.geometry, view(), event.clientX - box.left, event.clientY - box.top);
  }

  /** The cursor, from outside: nobody is told. @param {Cell|null} cell */
  function point(cell) {
    cursor = cell;
    if (!cell) tooltip.hide();
    frame.ask();
  }

  function move(cell) {
    if (cell?.row === cursor?.row && cell?.col === cursor?.col) return;
    point(cell);
    onCursor(cell);
  }

  function hover(cell, event) {
    if (!cell || !inside(cell)) return leave();
    if (!steers) move(cell);
    return tooltip.show(props.text(cell), { x: event.clientX, y: event.clientY });
  }

  function leave() {
    if (!props || stage.matches(':focus-visible')) return;
    tooltip.hide();
    if (!steers) move(null);
  }

  /** The keyboard's hover: the note stands at the cell, and is read out. */
  function pointAt(cell) {
    move(cell);
    paint(); // what the move brought into sight
    const place = stage.getBoundingClientRect();
    const box = boxOf(cell);
    const text = props.text(cell);
    tooltip.show(text, { x: place.left + box.x + box.width, y: place.top + box.y + box.height });
    live.textContent = figure.spoken(text, named);
  }

  stage.addEventListener('pointermove', (event) => {
    if (!stage.classList.contains('heatmap-plotted')) hover(under(event), event);
  });
  stage.addEventListener('pointerleave', (event) => {
    // While a button is down Plotly lays a cover over the page: the pointer has not left.
    const to = /** @type {Element|null} */ (event.relatedTarget);
    if (!to?.classList?.contains('dragcover')) leave();
  });
  // Where keys choose, a pointer leaves the focus where it is.
  stage.addEventListener('mousedown', (event) => steers && event.preventDefault());
  stage.addEventListener('click', (event) => {
    const cell = under(event);
    if (!cell) return;
    if (steers) choose(cell);
    else onCell(cell);
  });
  stage.addEventListener('blur', leave);
  stage.addEventListener('keydown', (event) => {
    if (!drawn || event.ctrlKey || event.metaKey || event.altKey) return;
    if (props.onKey?.(event, cursor)) {
      event.preventDefault();
      return;
    }
    if (event.key === 'Escape') {
      tooltip.hide();
      if (!props.held) move(null);
      return;
    }
    if ((event.key === 'Enter' || event.key === ' ') && cursor && !steers) {
      event.preventDefault();
      onCell(cursor);
      return;
    }
    const start = cursor ?? props.start ?? { row: 0, col: 0 };
    const next = figure.movedCell(start, event.key, props);
    if (!next) return;
    event.preventDefault();
    if (steers) choose(next);
    else pointAt(cursor ? next : start);
  });

  function choose(cell) {
    cursor = cell;
    live.textContent = figure.spoken(props.text(cell), named);
    onCell(cell);
  }

  const resized = new ResizeObserver(() => stage.clientWidth !== width && frame.ask());
  resized.observe(stage);
  const unwatch = draw.watchTheme(() => {
    theme = null;
    redraw();
  });

  function redraw() {
    stale = true;
    frame.ask();
  }

  return {
    element,
    stage,
    picture,
    /**
     * @param {object} next
     * @param {number} next.rows
     * @param {number} next.cols
     * @param {(width: number, theme: any) => Drawing} next.draw
     * @param {(cell: Cell) => {title: string, value: string, rows: string[][], color?: string}} next.text
     * @param {() => Mark[]} [next.marks]
     * @param {Cell|null} [next.start] where the arrow keys begin
     * @param {boolean} [next.held] Escape is another's: the cursor stays
     * @param {(event: KeyboardEvent, cursor: Cell|null) => boolean} [next.onKey] true: it was meant
     * @param {{stale: boolean, now?: boolean}} how stale: it looks otherwise, not only its marks; now: in
     *   this frame, so that its height is right at once
     */
    update(next, { stale: other, now = false }) {
      props = next;
      stale ||= other;
      if (cursor && !inside(cursor)) cursor = null;
      if (steers && next.start) cursor = next.start;
      if (now) paint();
      else frame.ask();
    },
    redraw,
    hideTooltip: tooltip.hide,
    point,
    hover,
    leave,
    focus: () => stage.focus({ preventScroll: true }),
    destroy() {
      frame.cancel();
      tooltip.hide();
      resized.disconnect();
      unwatch();
    },
  };
}
