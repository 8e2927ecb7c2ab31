/**
 * One head as a heatmap: query_pos runs down, key_pos across.
 *
 * @typedef {{width: number, height: number, left: number, top: number, plotWidth: number,
 *   plotHeight: number, cellWidth: number, cellHeight: number, gap: number, pool: number,
 *   angle: number, fontSize: number, xTicks: any, yTicks: any}} Geometry
 *   all in CSS pixels; `gap` lies between cells, `pool` cells across make one that can be seen
 */

import { prose, t } from '../language/messages.js';
import { axisTicks, escapeMarkup, labelEms, numberText, tokenName } from './axis.js';
import { cssColor, plotlyScale } from './color.js';
import { headName } from './links.js';
import { largest, poolFactor } from './matrix.js';

/** Gaps between cells help the eye up to here, and cost 130 ms at 512. */
const MOST_GAPPED = 64;
const LARGEST_CELL = 44;
const LEAST_SIDE = 96;

/**
 * Where everything stands, so that the canvas and Plotly draw the same picture.
 * @param {{queryTokens: {text: string}[], keyTokens: {text: string}[], width: number,
 *   maxHeight?: number}} options `width` is what there is
 * @returns {Geometry}
 */
export function heatmapGeometry({ queryTokens, keyTokens, width, maxHeight = 760 }) {
  const rows = queryTokens.length;
  const cols = keyTokens.length;
  if (!rows || !cols) throw new Error(`invalid pattern: ${rows} x ${cols}`);
  const fontSize = width < 480 ? 10 : 12;
  const yTicks = axisTicks(queryTokens, {
    pixels: Math.max(60, (width * 0.75 * rows) / cols),
    gap: fontSize + 2,
  });
  const left = Math.min(width * 0.3, 12 + fontSize * longest(yTicks.ticktext));
  const roughCell = Math.min(LARGEST_CELL, (width - left - 8) / cols);
  const rough = axisTicks(keyTokens, { pixels: roughCell * cols, gap: fontSize + 3 });
  const slanted = roughCell * rough.step >= fontSize * 1.5;
  const reach = fontSize * longest(rough.ticktext);
  const top = Math.ceil(Math.min(150, 12 + (slanted ? reach * 0.72 + fontSize * 0.5 : reach)));
  const lastTick = rough.tickvals.at(-1);
  const overhang = (cell) =>
    slanted
      ? Math.max(
          0,
          fontSize * labelEms(rough.ticktext.at(-1)) * 0.72 - (cols - lastTick - 0.5) * cell,
        )
      : 0;
  const right = Math.ceil(8 + overhang(roughCell));
  const cell = Math.min(
    LARGEST_CELL,
    (width - left - right) / cols,
    Math.max((maxHeight - top - 8) / rows, 420 / rows),
  );
  const cellWidth = Math.max(cell, Math.min(LARGEST_CELL, LEAST_SIDE / cols));
  const cellHeight = Math.max(cell, Math.min(LARGEST_CELL, LEAST_SIDE / rows));
  const plotWidth = cellWidth * cols;
  const plotHeight = cellHeight * rows;
  return {
    width,
    height: Math.ceil(top + plotHeight + 8),
    left: Math.ceil(left),
    top,
    plotWidth,
    plotHeight,
    cellWidth,
    cellHeight,
    gap: Math.max(rows, cols) <= MOST_GAPPED && cell >= 5 ? 1 : 0,
    pool: poolFactor(Math.min(cellWidth, cellHeight)),
    angle: slanted ? -45 : -90,
    fontSize,
    xTicks: axisTicks(keyTokens, {
      pixels: plotWidth,
      gap: slanted ? fontSize * 1.5 : fontSize + 3,
    }),
    yTicks: axisTicks(queryTokens, { pixels: plotHeight, gap: fontSize + 2 }),
  };
}

/**
 * What is shown of a pattern: special rows and columns are left blank when hidden.
 * @returns {import('./matrix.js').Matrix & {max: number}} NaN where blank; `max` the largest size
 */
export function visiblePattern({ head, queryTokens, keyTokens, hideSpecial }) {
  const { rows, cols, pattern } = head;
  if (rows !== queryTokens.length || cols !== keyTokens.length || pattern.length !== rows * cols) {
    throw new Error(
      `invalid head: pattern of ${pattern.length} is not ${queryTokens.length} x ${keyTokens.length}`,
    );
  }
  const data = Float32Array.from(pattern);
  if (hideSpecial) {
    for (let row = 0; row < rows; row += 1) {
      for (let col = 0; col < cols; col += 1) {
        if (queryTokens[row].special || keyTokens[col].special) data[row * cols + col] = NaN;
      }
    }
  }
  return { data, rows, cols, max: largest(data) || 1 };
}

/**
 * @param {{cells: any, geometry: Geometry, view: import('./matrix.js').View, queryTokens: any[],
 *   keyTokens: any[], theme: any, draggable: boolean}} options
 *   `theme` as `readTheme` of draw.js gives it; `draggable` lets a person frame a part
 * @returns {{data: any[], layout: any}} z is the place on the ramp; numbers are for the
 *   tooltip, which reads the pattern itself
 */
export function heatmapFigure({ cells, geometry, view, queryTokens, keyTokens, theme, draggable }) {
  const centre = (i) => (i + 0.5) * cells.pool - 0.5;
  const data = [
    {
      type: 'heatmap',
      x: Array.from({ length: cells.cols }, (_, i) => centre(i)),
      y: Array.from({ length: cells.rows }, (_, i) => centre(i)),
      z: Array.from({ length: cells.rows }, (_, row) =>
        cells.t.subarray(row * cells.cols, (row + 1) * cells.cols),
      ),
      zmin: 0,
      zmax: 1,
      zsmooth: false,
      colorscale: plotlyScale(theme.ramp),
      showscale: false,
      xgap: geometry.gap,
      ygap: geometry.gap,
      hoverinfo: 'none',
      hoverongaps: true,
    },
  ];
  const axis = {
    showgrid: false,
    zeroline: false,
    ticks: '',
    ticklen: 4,
    ticklabelstandoff: 4,
    automargin: false,
    tickfont: { size: geometry.fontSize, color: cssColor(theme.ink), family: theme.font },
  };
  const layout = {
    width: geometry.width,
    height: geometry.height,
    margin: {
      l: geometry.left,
      t: geometry.top,
      r: Math.max(0, geometry.width - geometry.left - geometry.plotWidth),
      b: Math.max(0, geometry.height - geometry.top - geometry.plotHeight),
      pad: 0,
    },
    paper_bgcolor: 'rgba(0, 0, 0, 0)',
    plot_bgcolor: cssColor(theme.blank),
    showlegend: false,
    hovermode: 'closest',
    dragmode: draggable ? 'zoom' : false,
    xaxis: {
      ...axis,
      side: 'top',
      range: [view.left - 0.5, view.left + view.cols - 0.5],
      tickmode: 'array',
      ...labels(keyTokens, view.left, view.cols, geometry.xTicks),
      tickangle: geometry.angle,
    },
    yaxis: {
      ...axis,
      range: [view.top + view.rows - 0.5, view.top - 0.5],
      tickmode: 'array',
      ...labels(queryTokens, view.top, view.rows, geometry.yTicks),
    },
  };
  return { data, layout };
}

/**
 * What the tooltip says of a cell.
 * @returns {{title: string, value: string, rows: string[][]}}
 */
export function cellText(
  { head, queryTokens, keyTokens, scores, hideSpecial, cuts = [] },
  { row: query_pos, col: key_pos },
) {
  const at = query_pos * head.cols + key_pos;
  const weight = head.pattern[at];
  const blank = head.measure?.blank ?? t('masked');
  const hidden = hideSpecial && (queryTokens[query_pos].special || keyTokens[key_pos].special);
  const rows = [
    [t('query'), tokenName(queryTokens, query_pos)],
    [t('key'), tokenName(keyTokens, key_pos)],
  ];
  if (scores) rows.push([t('score'), numberText(scores[at])]);
  if (head.weights) rows.push([t('pattern'), numberText(head.weights[at])]);
  if (hidden) rows.push(['', t('special: hidden from the picture')]);
  if (cuts.some((cut) => cut.query_pos === query_pos && cut.key_pos === key_pos)) {
    rows.push(['', t('cut by an edit')]);
  }
  return {
    title: headName(head),
    value: Number.isNaN(weight) ? blank : numberText(weight),
    rows,
  };
}

/** The picture's accessible name. */
export function heatmapName({ head, queryTokens, keyTokens }, { data }) {
  let best = -1;
  data.forEach((value, at) => {
    if (Math.abs(value) > (best < 0 ? 0 : Math.abs(data[best]))) best = at;
  });
  return prose(
    t('Heatmap of {head}: {rows} queries down, {cols} keys across.', {
      head: headName(head),
      rows: head.rows,
      cols: head.cols,
    }),
    best >= 0 &&
      t('The strongest cell is query {query}, key {key}: {weight}.', {
        query: tokenName(queryTokens, Math.floor(best / head.cols)),
        key: tokenName(keyTokens, best % head.cols),
        weight: numberText(data[best]),
      }),
  );
}

/** Tick labels of what is in view, as many as the whole picture has room for. */
function labels(tokens, from, span, whole) {
  const shown = tokens.slice(Math.floor(from), Math.ceil(from + span));
  const first = Math.floor(from);
  const inView =
    span < tokens.length
      ? axisTicks(shown, { pixels: 10 * whole.tickvals.length + 5, gap: 10, from: first })
      : whole;
  return { tickvals: inView.tickvals, ticktext: inView.ticktext.map(escapeMarkup) };
}

/** What the colours do not say, in words; empty if nothing. */
export function heatmapNote({ head }, pool) {
  const notes = [];
  if (pool > 1)
    notes.push(t('Each dot stands for the strongest of {pool} × {pool} cells.', { pool }));
  if (head.pattern.some(Number.isNaN)) notes.push(head.measure?.blankNote ?? MASKED);
  if (head.sinks && !head.measure) notes.push(SINKS);
  return prose(...notes);
}

/** What a cell without a number is where it is a weight. */
export const MASKED = t('Grey cells are masked: that query may not look at that key.');

const SINKS = t(
  'Rows sum to less than 1: the rest goes to the head’s learned sink, which is no token.',
);

function longest(labels) {
  return labels.reduce((most, label) => Math.max(most, labelEms(label)), 0);
}
