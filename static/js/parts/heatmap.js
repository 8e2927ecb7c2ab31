/**
 * One head as a heatmap: on a canvas at once, in Plotly over it when the bundle has arrived.
 * Both stand on the same geometry, so nothing moves when one gives way to the other.
 */

import * as draw from '../core/draw.js';
import { sameTexts } from '../figures/axis.js';
import { scaleTicks } from '../figures/color.js';
import * as figure from '../figures/heatmap.js';
import { legendName, pictureFigure } from '../figures/picture.js';
import { tooltipView } from './figure-tooltip.js';
import { legendView } from './legend.js';

/**
 * @param {HTMLElement} root
 * @param {{onFocus(focus: {side: string, pos: number}|null): void,
 *   onCell(query_pos: number, key_pos: number): void, onReady?(): void}} callbacks `onReady`
 *   tells that Plotly has drawn
 */
export function heatmapView(root, { onFocus, onCell, onReady = () => {} }) {
  const dom = build(root);
  const tooltip = tooltipView(root);
  const frame = draw.frameTask(paint);
  let props = null;
  let theme = null;
  let width = 0;
  let geometry = null;
  let shown = null;
  let cells = null;
  let stale = true;
  let cursor = null;
  let view = null;
  let Plotly = null;
  let plotted = false;
  let turn = 0;
  let failed = false;
  let waiting = [];
  let destroyed = false;
  const finePointer = matchMedia('(pointer: fine)').matches;

  function update(next) {
    const before = props;
    props = { ...props, ...next };
    const textsChanged = !sameTexts(before, props);
    const sameHead =
      before?.head.pattern === props.head.pattern && before.head.head === props.head.head;
    const sameLook = before?.scale === props.scale && before.hideSpecial === props.hideSpecial;
    if (textsChanged || !sameHead || !sameLook) stale = true;
    if (textsChanged) {
      view = null;
      cursor = null;
    }
    if (props.plotlyUrl && !Plotly && turn === 0) bringPlotly();
    if (textsChanged)
      paint(); // at once: the height must not show a frame late
    else frame.ask();
  }

  async function bringPlotly() {
    turn = 1;
    failed = false;
    try {
      Plotly = await draw.loadPlotly(props.plotlyUrl);
    } catch {
      turn = 0; // the canvas picture stays, with everything that it answers
      failed = true;
      settle(false);
      return;
    }
    if (!destroyed) {
      stale = true;
      frame.ask();
    }
  }

  function paint() {
    if (!props || destroyed) return;
    width = dom.stage.clientWidth;
    if (!width) return;
    if (stale) {
      stale = false;
      paintPicture();
    }
    placeMarkers();
  }

  function paintPicture() {
    theme ??= draw.readTheme(root);
    const { head, queryTokens, keyTokens, scale } = props;
    shown = figure.visiblePattern(props);
    geometry = figure.heatmapGeometry({ queryTokens, keyTokens, width });
    view ??= figure.wholeView(head.rows, head.cols);
    const zoomed = view.cols < head.cols;
    const pool = zoomed ? figure.poolFactor(geometry.plotWidth / view.cols) : geometry.pool;
    const { rows, cols, measure } = head;
    cells = figure.heatmapCells({ ...shown, rows, cols, scale, pool, signed: measure?.signed });
    dom.reset.hidden = !zoomed;
    dom.corner.style.width = `${geometry.left - 6}px`;
    dom.corner.style.height = `${geometry.top - 6}px`;
    dom.legend.element.style.marginLeft = `${geometry.left}px`;
    dom.stage.style.height = `${geometry.height}px`;
    dom.stage.setAttribute(
      'aria-label',
      `${figure.heatmapName(props, shown)} Arrow keys move over the cells, Enter opens the arithmetic, plus and minus zoom.`,
    );
    dom.picture.setAttribute('aria-label', figure.heatmapName(props, shown));
    dom.note.textContent = figure.heatmapNote(props, pool);
    paintLegend();
    if (!plotted) draw.paintHeatmap(dom.canvas, cells, geometry, inks());
    if (Plotly) plotPicture();
    else performance.mark('headlight:head-painted');
  }

  async function plotPicture() {
    const { queryTokens, keyTokens } = props;
    turn += 1;
    const mine = turn;
    const made = figure.heatmapFigure({
      cells,
      geometry,
      view,
      queryTokens,
      keyTokens,
      theme: inks(),
      draggable: finePointer,
    });
    await draw.plot(Plotly, dom.plot, made);
    if (destroyed || mine !== turn) return;
    performance.mark('headlight:head-painted');
    if (plotted) return;
    plotted = true;
    dom.stage.classList.add('heatmap-plotted');
    dom.plot.on('plotly_hover', ({ event, xvals, yvals }) => {
      hover({ query_pos: Math.round(yvals[0]), key_pos: Math.round(xvals[0]) }, event);
    });
    dom.plot.on('plotly_unhover', leave);
    dom.plot.on('plotly_relayout', reframe);
    dom.plot.on('plotly_doubleclick', () =>
      look(figure.wholeView(props.head.rows, props.head.cols)),
    );
    settle(true);
    onReady();
  }

  /** Answers those who wait for the first plot. @param {boolean} drawn */
  function settle(drawn) {
    for (const answer of waiting) answer(drawn);
    waiting = [];
  }

  /** A person framed a part of the picture. */
  function reframe(change) {
    /** @type {[number, number]} */
    const x = [change['xaxis.range[0]'], change['xaxis.range[1]']];
    /** @type {[number, number]} */
    const y = [change['yaxis.range[0]'], change['yaxis.range[1]']];
    /** @type {[number, number]} */
    const across = x.every(Number.isFinite) ? x : [view.left - 0.5, view.left + view.cols - 0.5];
    /** @type {[number, number]} */
    const down = y.every(Number.isFinite) ? y : [view.top - 0.5, view.top + view.rows - 0.5];
    if (x.every(Number.isFinite) || y.every(Number.isFinite)) {
      look(figure.framedView(across, down, props.head.rows, props.head.cols));
    }
  }

  function look(next) {
    view = next;
    stale = true;
    tooltip.hide();
    frame.ask();
  }

  function paintLegend() {
    dom.legend.update(inks().ramp, ticks(), props.head.measure?.legend);
  }

  function ticks() {
    const { max } = shown;
    return props.head.measure?.signed ? figure.signedTicks(max) : scaleTicks(props.scale, max);
  }

  /** Of numbers on both sides of 0, each side has a colour. */
  function inks(of = theme) {
    return props.head.measure?.signed ? { ...of, ramp: of.diverging } : of;
  }

  /** Marks of the focus, the cursor and the chosen cell, over either picture. */
  function placeMarkers() {
    const { head, focus, cell } = props;
    const { left, top, plotWidth, plotHeight } = geometry;
    const place = (marker, box) => {
      marker.hidden = !box?.inside;
      if (marker.hidden) return;
      marker.style.transform = `translate(${box.x}px, ${box.y}px)`;
      marker.style.width = `${Math.max(box.width, 2)}px`;
      marker.style.height = `${Math.max(box.height, 2)}px`;
    };
    const boxOf = (at) =>
      at &&
      at.query_pos < head.rows &&
      at.key_pos < head.cols &&
      figure.cellBox(geometry, view, at);
    const row =
      focus?.side === 'query' && boxOf({ query_pos: focus.pos, key_pos: Math.floor(view.left) });
    const column =
      focus?.side === 'key' && boxOf({ query_pos: Math.floor(view.top), key_pos: focus.pos });
    place(dom.row, row && { ...row, x: left, width: plotWidth });
    place(dom.column, column && { ...column, y: top, height: plotHeight });
    place(dom.cursor, boxOf(cursor));
    place(dom.chosen, boxOf(cell));
    const cuts = (props.cuts ?? []).map((at) => [document.createElement('div'), boxOf(at)]);
    dom.cuts.replaceChildren(...cuts.map(([marker]) => marker));
    for (const [marker, box] of cuts) {
      marker.className = 'heatmap-marker heatmap-cut';
      place(marker, box);
    }
    performance.mark('headlight:hover-painted');
  }

  function hover(cell, event) {
    if (!inside(cell)) return leave();
    if (cursor?.query_pos !== cell.query_pos || cursor?.key_pos !== cell.key_pos) {
      cursor = cell;
      tell(cell.query_pos);
      frame.ask();
    }
    return tooltip.show(figure.cellText(props, cell), { x: event.clientX, y: event.clientY });
  }

  function leave() {
    if (dom.stage.matches(':focus-visible')) return;
    tooltip.hide();
    if (!cursor) return;
    const own = props.focus?.side === 'query' && props.focus.pos === cursor.query_pos;
    cursor = null;
    if (own) tell(null);
    frame.ask();
  }

  function tell(query_pos) {
    const focus = query_pos === null ? null : { side: 'query', pos: query_pos };
    if (focus?.side === props.focus?.side && focus?.pos === props.focus?.pos) return;
    props = { ...props, focus };
    onFocus(focus);
  }

  function inside({ query_pos, key_pos }) {
    return (
      query_pos >= 0 && key_pos >= 0 && query_pos < props.head.rows && key_pos < props.head.cols
    );
  }

  function cellUnder(event) {
    if (!geometry) return null;
    const box = dom.stage.getBoundingClientRect();
    return figure.cellAt(geometry, view, event.clientX - box.left, event.clientY - box.top);
  }

  dom.reset.addEventListener('click', () => {
    look(figure.wholeView(props.head.rows, props.head.cols));
    dom.stage.focus();
  });
  dom.stage.addEventListener('pointermove', (event) => {
    if (plotted || !props) return;
    const cell = cellUnder(event);
    if (cell) hover(cell, event);
    else leave();
  });
  dom.stage.addEventListener('pointerleave', (event) => {
    // while a button is down Plotly lays a cover over the page: the pointer has not left
    if (!event.relatedTarget?.classList?.contains('dragcover')) leave();
  });
  dom.stage.addEventListener('click', (event) => {
    const cell = cellUnder(event);
    if (cell) onCell(cell.query_pos, cell.key_pos);
  });
  dom.stage.addEventListener('keydown', (event) => {
    if (!geometry) return;
    if (event.key === 'Escape') {
      tooltip.hide();
      if (props.cell) return; // the page closes the cell; the cursor stays where it is
      cursor = null;
      tell(null);
      frame.ask();
      return;
    }
    if ((event.key === 'Enter' || event.key === ' ') && cursor) {
      event.preventDefault();
      onCell(cursor.query_pos, cursor.key_pos);
      return;
    }
    const { rows, cols } = props.head;
    const start = cursor ??
      props.cell ?? { query_pos: props.focus?.side === 'query' ? props.focus.pos : 0, key_pos: 0 };
    const zoom = { '+': 0.5, '=': 0.5, '-': 2, 0: cols }[event.key];
    if (zoom && Plotly && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      look(figure.zoomedView(view, start, zoom, rows, cols));
      return;
    }
    const next = figure.movedCell(start, event.key, rows, cols);
    if (!next) return;
    event.preventDefault();
    pointAt(cursor ? next : start);
  });
  dom.stage.addEventListener('blur', () => {
    if (props) leave();
  });

  /** The keyboard's hover: the note stands at the cell, and is read out. */
  function pointAt(cell) {
    cursor = cell;
    const held = figure.viewHolding(view, cell);
    if (held.left !== view.left || held.top !== view.top) look(held);
    const stage = dom.stage.getBoundingClientRect();
    const box = figure.cellBox(geometry, view, cell);
    const content = figure.cellText(props, cell);
    tooltip.show(content, { x: stage.left + box.x + box.width, y: stage.top + box.y + box.height });
    dom.live.textContent = `${content.rows.map(([name, text]) => `${name} ${text}`).join(', ')}: ${content.value}`;
    tell(cell.query_pos);
    frame.ask();
  }

  const resized = new ResizeObserver(() => {
    if (!props || dom.stage.clientWidth === width) return;
    stale = true;
    frame.ask();
  });
  resized.observe(dom.stage);
  const unwatch = draw.watchTheme(() => {
    theme = null;
    stale = true;
    frame.ask();
  });

  /**
   * The picture for export, once it is drawn.
   * @param {'png'|'svg'} format @param {import('../figures/picture.js').Caption} caption
   * @returns {Promise<string>} data: URL
   */
  async function image(format, caption) {
    const drawn = plotted || (!failed && (await new Promise((answer) => waiting.push(answer))));
    if (!drawn) {
      throw new Error('The plotting library did not load; reload the page, or take the CSV.');
    }
    const ink = inks(draw.paperTheme());
    const made = figure.heatmapFigure({ ...props, cells, geometry, view, theme: ink });
    const name = legendName(props.head.measure, props.scale);
    const note = figure.heatmapNote(props, cells.pool);
    const words = { caption, legend: { name, ticks: ticks() }, note, theme: ink };
    return draw.plotImage(Plotly, pictureFigure(made, words), format);
  }

  function destroy() {
    destroyed = true;
    frame.cancel();
    resized.disconnect();
    unwatch();
    tooltip.destroy();
    if (plotted) draw.unplot(Plotly, dom.plot);
    root.replaceChildren();
  }

  return { update, image, focus: () => dom.stage.focus(), destroy };
}

function build(root) {
  root.classList.add('figure-heatmap');
  root.innerHTML = `
    <button class="heatmap-reset" type="button" hidden>Show the whole head</button>
    <div class="heatmap-stage" tabindex="0" role="application" aria-roledescription="heatmap" aria-label="Heatmap">
      <div class="heatmap-picture" role="img" aria-label="Heatmap">
        <canvas class="heatmap-canvas"></canvas>
        <div class="heatmap-plot"></div>
      </div>
      <div class="heatmap-corner" aria-hidden="true"><span>key →</span><span>query ↓</span></div>
      <div class="heatmap-cuts"></div>
      <div class="heatmap-marker heatmap-row" hidden></div>
      <div class="heatmap-marker heatmap-column" hidden></div>
      <div class="heatmap-marker heatmap-chosen" hidden></div>
      <div class="heatmap-marker heatmap-cursor" hidden></div>
    </div>
    <p class="figure-note heatmap-note"></p>
    <p class="figure-live" aria-live="polite"></p>`;
  const one = (name) => root.querySelector(`.${name}`);
  const legend = legendView('weight');
  one('heatmap-note').before(legend.element);
  return {
    stage: one('heatmap-stage'),
    picture: one('heatmap-picture'),
    canvas: one('heatmap-canvas'),
    plot: one('heatmap-plot'),
    row: one('heatmap-row'),
    column: one('heatmap-column'),
    chosen: one('heatmap-chosen'),
    cursor: one('heatmap-cursor'),
    corner: one('heatmap-corner'),
    reset: one('heatmap-reset'),
    cuts: one('heatmap-cuts'),
    legend,
    note: one('heatmap-note'),
    live: one('figure-live'),
  };
}
