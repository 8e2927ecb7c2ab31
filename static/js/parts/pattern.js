/**
 * The pattern of one head: a heatmap at once, in Plotly over it once that is wanted, to come nearer
 * and to be exported. Both stand on the same geometry, so nothing moves.
 */

import * as draw from '../core/draw.js';
import { build, html } from '../core/template.js';
import { sameTexts } from '../figures/axis.js';
import { scaleTicks } from '../figures/color.js';
import * as matrix from '../figures/matrix.js';
import * as figure from '../figures/pattern.js';
import { asVectors, legendName, pictureFigure } from '../figures/picture.js';
import { t } from '../language/messages.js';
import { heatmapView } from './heatmap.js';
import { bringTypeface, rasterized, svgUrl, withTypeface } from './image.js';
import { legendView } from './legend.js';

const KEYS = t('Arrow keys move over the cells, Enter opens the arithmetic, plus and minus zoom.');
/** The least width of a picture that is taken away: its labels are all written there. */
const PAPER = 860;
const finePointer = matchMedia('(pointer: fine)').matches;
/** @param {{query_pos: number, key_pos: number}} at */
const cellOf = ({ query_pos, key_pos }) => ({ row: query_pos, col: key_pos });

/**
 * @param {HTMLElement} root
 * @param {{onFocus(focus: {side: string, pos: number}|null): void,
 *   onCell(query_pos: number, key_pos: number): void, onReady?(): void}} callbacks `onReady`
 *   tells that Plotly has drawn
 */
export function patternView(root, { onFocus, onCell, onReady = () => {} }) {
  const heatmap = heatmapView({
    keys: KEYS,
    onCell: ({ row, col }) => onCell(row, col),
    onCursor: follow,
  });
  const { stage } = heatmap;
  const plot = build(html`<div class="heatmap-plot"></div>`);
  const corner = build(
    html`<div class="heatmap-corner"
      aria-hidden="true"><span>${t('key →')}</span><span>${t('query ↓')}</span></div>`,
  );
  const reset = build(
    html`<button type="button" class="heatmap-reset" hidden>${t('Show the whole head')}</button>`,
  );
  const legend = legendView(t('weight'));
  const note = build(html`<p class="figure-note heatmap-note"></p>`);
  heatmap.picture.append(plot);
  heatmap.picture.after(corner);
  root.classList.add('figure-heatmap');
  root.prepend(reset, heatmap.element, legend.element, note);

  let props = null;
  let theme = null;
  let geometry = null;
  let shown = null;
  let cells = null;
  let view = null;
  let Plotly = null;
  let plotted = false;
  let turn = 0;
  let failed = false;
  let waiting = [];
  /** The query that the cursor brought into focus. @type {number|null} */
  let led = null;

  function update(next) {
    const before = props;
    props = { ...props, ...next };
    const textsChanged = !sameTexts(before, props);
    const sameHead =
      before?.head.pattern === props.head.pattern && before.head.head === props.head.head;
    const sameLook = before?.scale === props.scale && before.hideSpecial === props.hideSpecial;
    if (textsChanged) view = null;
    const { head, cell } = props;
    if (textsChanged) heatmap.point(null);
    heatmap.update(
      {
        rows: head.rows,
        cols: head.cols,
        draw: drawing,
        text: (at) => figure.cellText(props, at),
        marks,
        start: start(),
        held: Boolean(cell), // the page closes the cell; the cursor stays where it is
        onKey: zoom,
      },
      { stale: textsChanged || !sameHead || !sameLook, now: textsChanged },
    );
  }

  /** It is large: it comes when somebody may come nearer, or takes the picture away. */
  function wantPlotly() {
    if (props?.plotlyUrl && !Plotly && turn === 0) bringPlotly();
  }
  for (const near of ['pointerenter', 'focusin']) stage.addEventListener(near, wantPlotly);

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
    heatmap.redraw();
  }

  /** @returns {import('./heatmap.js').Drawing} */
  function drawing(width, ink) {
    theme = ink;
    const { head, queryTokens, keyTokens } = props;
    shown = figure.visiblePattern(props);
    geometry = figure.heatmapGeometry({ queryTokens, keyTokens, width });
    view ??= matrix.wholeView(head);
    cells = cellsOf(geometry);
    reset.hidden = view.cols >= head.cols;
    corner.style.width = `${geometry.left - 6}px`;
    corner.style.height = `${geometry.top - 6}px`;
    legend.element.style.marginLeft = `${geometry.left}px`;
    legend.update(inks().ramp, ticks(), head.measure?.legend);
    note.textContent = figure.heatmapNote(props, cells.pool);
    return { geometry, view, name: figure.heatmapName(props, shown), paint, save };
  }

  /** The cells of what is in sight, pooled where they would be too small. */
  function cellsOf({ plotWidth, pool: whole }) {
    const { head, scale } = props;
    const zoomed = view.cols < head.cols;
    const pool = zoomed ? matrix.poolFactor(plotWidth / view.cols) : whole;
    return matrix.heatCells(shown, { max: shown.max, scale, pool, signed: head.measure?.signed });
  }

  function paint(canvas) {
    if (!plotted) draw.paintHeatmap(canvas, cells, geometry, inks());
    if (Plotly) plotPicture();
    else performance.mark('headlight:head-painted');
  }

  /** The whole of it, though Plotly has drawn it or a part of it is in sight. */
  function save(canvas) {
    const { max } = shown;
    const how = {
      max,
      scale: props.scale,
      pool: geometry.pool,
      signed: props.head.measure?.signed,
    };
    draw.paintHeatmap(canvas, matrix.heatCells(shown, how), geometry, inks());
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
    await draw.plot(Plotly, plot, made);
    if (mine !== turn) return;
    performance.mark('headlight:head-painted');
    if (plotted) return;
    plotted = true;
    stage.classList.add('heatmap-plotted');
    const on = /** @type {any} */ (plot).on.bind(plot);
    on('plotly_hover', ({ event, xvals, yvals }) => {
      heatmap.hover({ row: Math.round(yvals[0]), col: Math.round(xvals[0]) }, event);
    });
    on('plotly_unhover', heatmap.leave);
    on('plotly_relayout', reframe);
    on('plotly_doubleclick', () => look(matrix.wholeView(props.head)));
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
      look(matrix.framedView(across, down, props.head));
    }
  }

  /** Where keys begin while there is no cursor: at the chosen cell, or in the row in focus. */
  function start() {
    const { cell, focus } = props;
    return cellOf(cell ?? { query_pos: focus?.side === 'query' ? focus.pos : 0, key_pos: 0 });
  }

  function look(next) {
    view = next;
    heatmap.hideTooltip();
    heatmap.redraw();
  }

  function zoom({ key }, cursor) {
    const factor = { '+': 0.5, '=': 0.5, '-': 2, 0: props.head.cols }[key];
    if (!factor || !Plotly) return false;
    look(matrix.zoomedView(view, cursor ?? start(), factor, props.head));
    return true;
  }

  function ticks() {
    const { max } = shown;
    return props.head.measure?.signed ? matrix.signedTicks(max) : scaleTicks(props.scale, max);
  }

  /** Of numbers on both sides of 0, each side has a colour. */
  function inks(of = theme) {
    return props.head.measure?.signed ? { ...of, ramp: of.diverging } : of;
  }

  /** The token in focus, the chosen cell and what edits cut, over either picture. */
  function marks() {
    const { head, focus, cell, cuts = [] } = props;
    const fits = ({ query_pos, key_pos }) => query_pos < head.rows && key_pos < head.cols;
    const found = cuts.filter(fits).map((at) => ({ kind: 'cut', block: cellOf(at) }));
    if (focus?.side === 'query' && focus.pos < head.rows) {
      found.push({ kind: 'row', block: { row: focus.pos, ...acrossView() } });
    }
    if (focus?.side === 'key' && focus.pos < head.cols) {
      found.push({ kind: 'column', block: { col: focus.pos, ...downView() } });
    }
    if (cell && fits(cell)) found.push({ kind: 'chosen', block: cellOf(cell) });
    return found;
  }

  const acrossView = () => ({ col: view.left, cols: view.cols });
  const downView = () => ({ row: view.top, rows: view.rows });

  /** The cursor is in sight, and its query in focus; a focus of another's making stays. */
  function follow(cell) {
    const own = props.focus?.side === 'query' && props.focus.pos === led;
    led = cell?.row ?? null;
    if (!cell) {
      if (own) tell(null);
      return;
    }
    const held = matrix.viewHolding(view, cell);
    if (held.left !== view.left || held.top !== view.top) look(held);
    tell(cell.row);
  }

  function tell(query_pos) {
    const focus = query_pos === null ? null : { side: 'query', pos: query_pos };
    if (focus?.side === props.focus?.side && focus?.pos === props.focus?.pos) return;
    props = { ...props, focus };
    onFocus(focus);
  }

  reset.addEventListener('click', () => {
    look(matrix.wholeView(props.head));
    stage.focus();
  });

  /**
   * The picture for export, once it is drawn.
   * @param {'png'|'svg'} format @param {import('../figures/picture.js').Caption} caption
   * @returns {Promise<string>} data: URL
   */
  async function image(format, caption) {
    wantPlotly();
    await bringTypeface();
    const drawn = plotted || (!failed && (await new Promise((answer) => waiting.push(answer))));
    if (!drawn) {
      throw new Error(t('The plotting library did not load; reload the page, or take the CSV.'));
    }
    const ink = inks(draw.paperTheme());
    const wide = figure.heatmapGeometry({ ...props, width: Math.max(PAPER, geometry.width) });
    const own = cellsOf(wide);
    const made = figure.heatmapFigure({ ...props, cells: own, geometry: wide, view, theme: ink });
    const name = legendName(props.head.measure, props.scale);
    const about = figure.heatmapNote(props, own.pool);
    const words = { caption, legend: { name, ticks: ticks() }, note: about, theme: ink };
    const whole = pictureFigure(made, words);
    const zoomed = view.cols < props.head.cols;
    const picture = zoomed ? whole : asVectors(whole, own, { theme: ink, gap: wide.gap });
    const svg = await withTypeface(await draw.plotSvg(Plotly, picture));
    return format === 'svg' ? svgUrl(svg) : rasterized(svg, picture.layout, 2);
  }

  return { update, image, focus: heatmap.focus };
}
