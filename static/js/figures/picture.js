/**
 * A heatmap as a figure that stands alone: what it shows above it, what its colours mean below.
 * Everything is written in pixels from the top left, so that Plotly moves nothing.
 */

import { t } from '../language/messages.js';
import { capitalized, escapeMarkup, labelEms, numberText, visible } from './axis.js';
import { colorAt, cssColor } from './color.js';

const EDGE = 20;
const LEAST_WIDTH = 340;
const TITLE = { size: 14, line: 20 };
const SMALL = { size: 11, line: 15 };
const BAR = { width: 220, height: 8 };
const SHADES = 64;
/** Between the cells and the legend. */
const GAP = 14;

const words = new Intl.Segmenter(undefined, { granularity: 'word' });

/**
 * @typedef {object} Caption
 * @property {string} title which head, of which model
 * @property {string} text what the model read
 *
 * @typedef {object} Legend
 * @property {string} name of the numbers and of the scale
 * @property {{t: number, value: number}[]} ticks t along the bar, 0 to 1
 */

/**
 * @param {{data: any[], layout: any}} heatmap as heatmapFigure makes it
 * @param {{caption: Caption, legend: Legend, note: string, theme: any}} words `theme` as
 *   `paperTheme` of draw.js gives it
 * @returns {{data: any[], layout: any}} as wide as what it holds
 */
export function pictureFigure({ data, layout }, { caption, legend, note, theme }) {
  const { l: left, t: top, r, b } = layout.margin;
  const plot = { width: layout.width - left - r, height: layout.height - top - b };
  const reach = left + Math.max(plot.width, labelsReach(layout, plot.width));
  const heading = TITLE.size * 1.06 * labelEms(caption.title);
  const inner = Math.ceil(Math.max(LEAST_WIDTH, reach, heading));
  const read = folded(caption.text, inner / SMALL.size, 2);
  const said = note ? folded(note, inner / SMALL.size, 3) : [];

  const labelsTop = EDGE + TITLE.line + read.length * SMALL.line;
  const cellsLeft = EDGE + left;
  const cellsTop = labelsTop + top;
  const legendTop = cellsTop + plot.height + GAP;
  const barTop = legendTop + SMALL.line + 3;
  const noteTop = barTop + BAR.height + SMALL.line + 6;
  const width = inner + 2 * EDGE;
  const height = Math.ceil(noteTop + said.length * SMALL.line + EDGE);
  const muted = { color: theme.muted, ...SMALL };
  const bar = Math.min(BAR.width, inner - left - EDGE);

  // A place of Plotly's paper is a share of the cells' square, counted from its lower left.
  const x = (pixels) => (pixels - cellsLeft) / plot.width;
  const y = (pixels) => 1 - (pixels - cellsTop) / plot.height;
  const line = (text, at, { color, size, anchor = 'left', weight = 400 }) => ({
    text: escapeMarkup(text),
    xref: 'paper',
    yref: 'paper',
    x: x(at.x),
    y: y(at.y),
    xanchor: anchor,
    yanchor: 'top',
    showarrow: false,
    borderpad: 0,
    font: { family: theme.font, size, weight, color: cssColor(color) },
  });
  const box = (from, to) => ({
    type: 'rect',
    xref: 'paper',
    yref: 'paper',
    x0: x(from),
    x1: x(to),
    y0: y(barTop),
    y1: y(barTop + BAR.height),
  });
  const lines = (texts, at) =>
    texts.map((text, i) => line(text, { ...at, y: at.y + i * SMALL.line }, muted));

  return {
    data,
    layout: {
      ...layout,
      width,
      height,
      paper_bgcolor: cssColor(theme.surface),
      margin: {
        l: cellsLeft,
        t: cellsTop,
        r: width - cellsLeft - plot.width,
        b: height - cellsTop - plot.height,
        pad: 0,
      },
      annotations: [
        line(
          caption.title,
          { x: EDGE, y: EDGE },
          { color: theme.ink, size: TITLE.size, weight: 600 },
        ),
        ...lines(read, { x: EDGE, y: EDGE + TITLE.line }),
        ...['key →', 'query ↓'].map((text, i) =>
          line(
            text,
            { x: cellsLeft - 8, y: cellsTop - 6 - (2 - i) * SMALL.line },
            { ...muted, anchor: 'right' },
          ),
        ),
        line(legend.name, { x: cellsLeft, y: legendTop }, muted),
        ...spaced(legend.ticks, bar).map(({ text, at, anchor }) =>
          line(text, { x: cellsLeft + at, y: barTop + BAR.height + 2 }, { ...muted, anchor }),
        ),
        ...lines(said, { x: EDGE, y: noteTop }),
      ],
      // Each shade reaches to the end, under those that follow: no seams show between them.
      shapes: [
        ...Array.from({ length: SHADES }, (_, i) => ({
          ...box(cellsLeft + (i / SHADES) * bar, cellsLeft + bar),
          line: { width: 0 },
          fillcolor: cssColor(colorAt(theme.ramp, i / (SHADES - 1))),
        })),
        {
          ...box(cellsLeft, cellsLeft + bar),
          line: { width: 0.5, color: cssColor(theme.line) },
        },
      ],
    },
  };
}

/** Cells across which are drawn one by one; more are an image. */
const MOST_DRAWN = 64;

/**
 * The same figure with its cells as rectangles, which stay sharp at any size; of many cells, as it is.
 * @param {{data: any[], layout: any}} figure
 * @param {{t: Float32Array, rows: number, cols: number, pool: number}} cells
 * @param {{theme: any, gap: number}} look gap between cells, in pixels
 */
export function asVectors({ data, layout }, { t: shares, rows, cols, pool }, { theme, gap }) {
  if (Math.max(rows, cols) > MOST_DRAWN || pool > 1) return { data, layout };
  const side = (layout.width - layout.margin.l - layout.margin.r) / cols;
  const inset = 0.5 - gap / 2 / side;
  const cells = Array.from(shares, (share, at) => ({
    share,
    row: Math.floor(at / cols),
    col: at % cols,
  }))
    .filter(({ share }) => !Number.isNaN(share))
    .map(({ share, row, col }) => ({
      type: 'rect',
      layer: 'below',
      x0: col - inset,
      x1: col + inset,
      y0: row - inset,
      y1: row + inset,
      line: { width: 0 },
      fillcolor: cssColor(colorAt(theme.ramp, share)),
    }));
  const axes = { type: 'scatter', x: [], y: [], hoverinfo: 'none' };
  return { data: [axes], layout: { ...layout, shapes: [...layout.shapes, ...cells] } };
}

const SCALE_NAMES = {
  sqrt: t('square-root scale'),
  linear: t('linear scale'),
  log: t('logarithmic scale'),
};

/**
 * What the colours stand for: "Weight, square-root scale".
 * @param {{legend: string, unit: string}|undefined} measure none: the pattern
 * @param {"sqrt"|"linear"|"log"} scale
 */
export function legendName(measure, scale) {
  const name = measure?.legend ?? t('weight');
  const parts = [capitalized(name), measure?.unit, SCALE_NAMES[scale]];
  return parts.filter(Boolean).join(t(', '));
}

/** The scale's numbers in pixels along its bar: the ends, and those between that have room. */
function spaced(ticks, bar) {
  const written = ticks.map(({ t, value }, i) => {
    const text = numberText(value, 2);
    const width = SMALL.size * labelEms(text);
    const from = i === 0 ? 0 : t * bar - width / 2;
    return { text, at: t * bar, from, to: from + width, anchor: i === 0 ? 'left' : 'center' };
  });
  const last = written.at(-1);
  let end = -Infinity;
  return written.filter((tick) => {
    const fits = tick === last || (tick.from >= end && tick.to <= last.from - 6);
    if (fits) end = tick.to + 6;
    return fits;
  });
}

/** How far the keys' labels reach from the left of the cells, in pixels. */
function labelsReach({ xaxis: { range, tickvals, ticktext, tickangle, tickfont } }, plotWidth) {
  const ems = (text) => 0.5 + (tickangle === -45 ? Math.SQRT1_2 * labelEms(text) : 0);
  const ends = tickvals.map((pos, i) => {
    const along = ((pos - range[0]) / (range[1] - range[0])) * plotWidth;
    return along + tickfont.size * ems(ticktext[i]);
  });
  return Math.max(0, ...ends);
}

/**
 * A text in lines, cut between words where that is possible.
 * @param {number} ems of a line @param {number} most lines; the last ends in '…' where the text
 *   goes on
 */
export function folded(text, ems, most) {
  const lines = [];
  let line = '';
  const plain = visible(text.trim().replace(/\s+/g, ' '));
  for (const { segment } of words.segment(plain)) {
    const whole = labelEms(segment) <= ems ? [segment] : segment;
    for (const piece of whole) {
      if (labelEms(line + piece) > ems) {
        lines.push(line.trim());
        line = '';
      }
      line += piece;
    }
  }
  lines.push(line.trim());
  if (lines.length <= most) return lines;
  const shown = lines.slice(0, most);
  let last = [...shown[most - 1]];
  while (labelEms(last.join('')) > ems - 1) last = last.slice(0, -1);
  shown[most - 1] = `${last.join('').trimEnd()}…`;
  return shown;
}
