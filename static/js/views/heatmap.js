/**
 * One head as a heatmap: on a canvas at once, in Plotly over it when the bundle has arrived.
 * Both stand on the same geometry, so nothing moves when one gives way to the other.
 */

import * as draw from '../draw.js';
import { numberText } from '../figures/axis.js';
import { cssColor, scaleTicks } from '../figures/color.js';
import * as figure from '../figures/heatmap.js';
import { tooltipView } from './tooltip.js';

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
  let ranges = null;
  let Plotly = null;
  let plotted = false;
  let turn = 0;
  let destroyed = false;

  function update(next) {
    const before = props;
    props = { ...props, ...next };
    const names = ['queryTokens', 'keyTokens', 'scale', 'hideSpecial'];
    const changed = !before || names.some((name) => props[name] !== before[name]);
    if (changed || before.head.pattern !== props.head.pattern || before.head.head !== props.head.head) {
      stale = true;
      ranges = null;
      if (cursor && !props.queryTokens[cursor.query_pos]) cursor = null;
    }
    if (props.plotlyUrl && !Plotly && turn === 0) bringPlotly();
    frame.ask();
  }

  async function bringPlotly() {
    turn = 1;
    try {
      Plotly = await draw.loadPlotly(props.plotlyUrl);
    } catch {
      turn = 0; // the canvas picture stays, with everything that it answers
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
    cells = figure.heatmapCells({ ...shown, rows: head.rows, cols: head.cols, scale, pool: geometry.pool });
    dom.stage.style.height = `${geometry.height}px`;
    dom.stage.setAttribute('aria-label', `${figure.heatmapName(props, shown)} Arrow keys move over the cells, Enter opens the arithmetic.`);
    dom.picture.setAttribute('aria-label', figure.heatmapName(props, shown));
    dom.note.textContent =
      geometry.pool > 1 ? `Each dot stands for the strongest of ${geometry.pool} × ${geometry.pool} cells.` : '';
    paintLegend();
    if (!plotted) draw.paintHeatmap(dom.canvas, cells, geometry, theme);
    if (Plotly) plotPicture();
    else performance.mark('headlight:head-painted');
  }

  async function plotPicture() {
    const { rows, cols } = props.head;
    turn += 1;
    const mine = turn;
    await draw.plot(Plotly, dom.plot, figure.heatmapFigure({ cells, geometry, rows, cols, theme }));
    if (destroyed || mine !== turn) return;
    performance.mark('headlight:head-painted');
    if (plotted) return;
    plotted = true;
    dom.stage.classList.add('heatmap-plotted');
    dom.plot.on('plotly_hover', ({ event, xvals, yvals }) => {
      hover({ query_pos: Math.round(yvals[0]), key_pos: Math.round(xvals[0]) }, event);
    });
    dom.plot.on('plotly_unhover', leave);
    onReady();
  }

  function paintLegend() {
    const stops = Array.from({ length: 17 }, (_, i) => {
      const at = Math.round((i / 16) * (theme.ramp.length - 1));
      return cssColor(theme.ramp[at]);
    });
    dom.legendBar.style.background = `linear-gradient(to right, ${stops.join(', ')})`;
    dom.legendTicks.replaceChildren(
      ...scaleTicks(props.scale, shown.max).map(({ t, value }) => {
        const tick = document.createElement('span');
        tick.style.left = `${100 * t}%`;
        tick.textContent = numberText(value, 2);
        return tick;
      }),
    );
  }

  /** Marks of the focus, the cursor and the chosen cell, over either picture. */
  function placeMarkers() {
    const { head, focus, cell } = props;
    const { left, top, cellWidth, cellHeight, plotWidth, plotHeight } = geometry;
    const place = (marker, box) => {
      marker.hidden = !box;
      if (!box) return;
      marker.style.transform = `translate(${left + box.key * cellWidth}px, ${top + box.query * cellHeight}px)`;
      marker.style.width = `${box.width}px`;
      marker.style.height = `${box.height}px`;
    };
    const own = { width: Math.max(cellWidth, 5), height: Math.max(cellHeight, 5) };
    const row = focus?.side === 'query' && focus.pos < head.rows;
    const column = focus?.side === 'key' && focus.pos < head.cols;
    place(dom.row, row && { key: 0, query: focus.pos, width: plotWidth, height: Math.max(cellHeight, 2) });
    place(dom.column, column && { key: focus.pos, query: 0, width: Math.max(cellWidth, 2), height: plotHeight });
    place(dom.cursor, cursor && { key: cursor.key_pos, query: cursor.query_pos, ...own });
    place(dom.chosen, cell && cell.query_pos < head.rows && cell.key_pos < head.cols && { key: cell.key_pos, query: cell.query_pos, ...own });
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
    cursor = null;
    tell(null);
    frame.ask();
  }

  function tell(query_pos) {
    const focus = query_pos === null ? null : { side: 'query', pos: query_pos };
    if (focus?.side === props.focus?.side && focus?.pos === props.focus?.pos) return;
    props = { ...props, focus };
    onFocus(focus);
  }

  function inside({ query_pos, key_pos }) {
    return query_pos >= 0 && key_pos >= 0 && query_pos < props.head.rows && key_pos < props.head.cols;
  }

  function cellUnder(event) {
    if (!geometry) return null;
    const box = dom.stage.getBoundingClientRect();
    return figure.cellAt(geometry, props.head.rows, props.head.cols, event.clientX - box.left, event.clientY - box.top);
  }

  dom.stage.addEventListener('pointermove', (event) => {
    if (plotted || !props) return;
    const cell = cellUnder(event);
    if (cell) hover(cell, event);
    else leave();
  });
  dom.stage.addEventListener('pointerleave', leave);
  dom.stage.addEventListener('click', (event) => {
    const cell = cellUnder(event);
    if (cell) onCell(cell.query_pos, cell.key_pos);
  });
  dom.stage.addEventListener('keydown', (event) => {
    if (!geometry) return;
    if (event.key === 'Escape') {
      cursor = null;
      tooltip.hide();
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
    const start = cursor ?? props.cell ?? { query_pos: props.focus?.side === 'query' ? props.focus.pos : 0, key_pos: 0 };
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
    const box = dom.stage.getBoundingClientRect();
    const content = figure.cellText(props, cell);
    tooltip.show(content, {
      x: box.left + geometry.left + (cell.key_pos + 1) * geometry.cellWidth,
      y: box.top + geometry.top + (cell.query_pos + 1) * geometry.cellHeight,
    });
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

  /** The picture for export. @param {'png'|'svg'} format @returns {Promise<string>} data: URL */
  async function image(format) {
    if (!plotted) throw new Error('invalid moment: Plotly has not drawn yet');
    const { width: w, height } = geometry;
    return draw.plotImage(Plotly, dom.plot, { format, width: w, height, background: cssColor(theme.surface) });
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

  return { update, image, destroy };
}

function build(root) {
  root.classList.add('figure-heatmap');
  root.innerHTML = `
    <div class="heatmap-stage" tabindex="0" role="application" aria-roledescription="heatmap" aria-label="Heatmap">
      <div class="heatmap-picture" role="img" aria-label="Heatmap">
        <canvas class="heatmap-canvas"></canvas>
        <div class="heatmap-plot"></div>
      </div>
      <div class="heatmap-marker heatmap-row" hidden></div>
      <div class="heatmap-marker heatmap-column" hidden></div>
      <div class="heatmap-marker heatmap-chosen" hidden></div>
      <div class="heatmap-marker heatmap-cursor" hidden></div>
    </div>
    <div class="heatmap-legend" aria-hidden="true">
      <span class="heatmap-legend-name">weight</span>
      <div class="heatmap-legend-scale">
        <div class="heatmap-legend-bar"></div>
        <div class="heatmap-legend-ticks"></div>
      </div>
    </div>
    <p class="figure-note heatmap-note"></p>
    <p class="figure-live" aria-live="polite"></p>`;
  const one = (name) => root.querySelector(`.${name}`);
  return {
    stage: one('heatmap-stage'),
    picture: one('heatmap-picture'),
    canvas: one('heatmap-canvas'),
    plot: one('heatmap-plot'),
    row: one('heatmap-row'),
    column: one('heatmap-column'),
    chosen: one('heatmap-chosen'),
    cursor: one('heatmap-cursor'),
    legendBar: one('heatmap-legend-bar'),
    legendTicks: one('heatmap-legend-ticks'),
    note: one('heatmap-note'),
    live: one('figure-live'),
  };
}
