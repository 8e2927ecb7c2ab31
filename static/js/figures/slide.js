/**
 * A 16:9 slide as the text of an SVG: the sentence with the arcs of one word, the pattern with a cell
 * marked, its value, the model, the head, and the address that shows it again. Pure.
 */

import { t } from '../language/messages.js';
import { labelledArcs, wordArcs } from './arcs.js';
import { tokenLabel, visible, weightText } from './axis.js';
import { colorAt, cssColor } from './color.js';
import { escapeAttribute, sheetSvg } from './svg-text.js';

export const SLIDE = Object.freeze({ width: 1920, height: 1080 });
const EDGE = 96;
const INNER = SLIDE.width - 2 * EDGE;
/** Where the sentence's words begin, and the pattern's square. */
const WORDS = { top: 330, pitch: 84, most: 3 };
const SQUARE = { top: 560, side: 420 };
const SIZES = [44, 40, 36, 32, 28, 24];
const BARS = 6;
/** What a weight under a word takes of the line. */
const NUMBER = 52;

/**
 * @typedef {object} Slide
 * @property {string} title which head, of which model
 * @property {{text: string, special?: boolean}[]} queryTokens @property {{text: string, special?: boolean}[]} keyTokens
 * @property {{data: Float32Array, rows: number, cols: number}} pattern
 * @property {{t: Float32Array, rows: number, cols: number}} cells of the pattern as colours, pooled
 *   where they are many
 * @property {{query_pos: number, key_pos: number}} cell that is marked
 * @property {string} address
 * @property {any} theme as paperTheme of draw.js gives it
 * @property {(text: string, size: number, weight: number) => number} measure in pixels
 */

/** @param {Slide} slide @returns {string} */
export function slideSvg(slide) {
  const { title, queryTokens, keyTokens, pattern, cell, address, theme, measure } = slide;
  const ink = cssColor(theme.ink);
  const muted = cssColor(theme.muted);
  const accent = cssColor(theme.accent);
  const weight = pattern.data[cell.query_pos * pattern.cols + cell.key_pos];
  const [from, to] = [queryTokens[cell.query_pos], keyTokens[cell.key_pos]];
  const said = t('{from} looks at {to}', { from: quoted(from), to: quoted(to) });
  const text = (content, x, y, size, { weight: bold = 400, fill = ink, anchor = 'start' } = {}) =>
    `<text x="${x}" y="${y}" font-size="${size}" font-weight="${bold}" fill="${fill}" text-anchor="${anchor}">${escapeAttribute(content)}</text>`;

  const heading = text(title, EDGE, 132, 46, { weight: 650 });
  const value = `${text(said, SQUARE_RIGHT, SQUARE.top + 40, 38)}${text(weightText(weight), SQUARE_RIGHT, SQUARE.top + 128, 84, { weight: 700, fill: accent })}`;
  const foot = text(shortened(address, measure), EDGE, SLIDE.height - 56, 20, { fill: muted });
  const look = { font: theme.font, surface: cssColor(theme.surface) };
  return sheetSvg(
    SLIDE,
    look,
    `${heading}${sentence(slide, { ink, muted, accent, text })}${square(slide, accent)}${value}${bars(slide, { accent, text, muted })}${foot}`,
  );
}

const SQUARE_RIGHT = EDGE + SQUARE.side + 96;

/** The words of the sentence in lines, arcs from the one that looks. */
function sentence(
  { queryTokens, keyTokens, pattern, cell, measure },
  { ink, muted, accent, text },
) {
  const across = queryTokens !== keyTokens;
  const shown = across ? [...keyTokens, ...queryTokens] : queryTokens;
  const { places, size, left } = laid(shown, measure, across ? keyTokens.length : null);
  const keys = across ? places.slice(0, keyTokens.length) : places;
  const queries = across ? places.slice(keyTokens.length) : places;
  const row = pattern.data.subarray(
    cell.query_pos * pattern.cols,
    (cell.query_pos + 1) * pattern.cols,
  );
  const from = queries[cell.query_pos];
  const arcs = from
    ? wordArcs(row, { from, keys, room: 140, across, hidden: (pos) => !keys[pos] })
    : [];
  const paths = arcs.map(
    ({ d, width, opacity }) =>
      `<path d="${d}" fill="none" stroke="${accent}" stroke-linecap="round" stroke-width="${(2 * width).toFixed(1)}" stroke-opacity="${opacity.toFixed(3)}"/>`,
  );
  const weights = labelledArcs(arcs, cell.key_pos, keys, NUMBER).map(({ weight, key_pos }) =>
    text(
      weightText(weight),
      keys[key_pos].x.toFixed(1),
      (keys[key_pos].bottom + 22).toFixed(1),
      20,
      {
        weight: 600,
        fill: accent,
        anchor: 'middle',
      },
    ),
  );
  const words = places.map(({ x, bottom, label }, at) => {
    const looks = places[at] === from;
    const seen = places[at] === keys[cell.key_pos];
    return text(label, x.toFixed(1), (bottom - size * 0.28).toFixed(1), size, {
      weight: looks || seen ? 700 : 400,
      fill: looks || seen ? accent : shown[at].special ? muted : ink,
      anchor: 'middle',
    });
  });
  const more =
    left > 0 ? text(t('… and {left} more', { left }), EDGE, 536, 22, { fill: muted }) : '';
  return `<g>${paths.join('')}${words.join('')}${weights.join('')}${more}</g>`;
}

/** Words in at most three lines, as large as fit; what does not fit is left out. */
function laid(tokens, measure, lineBreak) {
  for (const size of SIZES) {
    const found = lines(tokens, measure, size, lineBreak);
    if (found.left === 0 || size === SIZES.at(-1)) return { ...found, size };
  }
  throw new Error('invalid sizes');
}

function lines(tokens, measure, size, lineBreak) {
  const gap = size * 0.32;
  const places = [];
  let [x, line] = [EDGE, 0];
  for (const [at, token] of tokens.entries()) {
    const label = tokenLabel(token, 24);
    const inner = at > 0 && token.word !== undefined && token.word === tokens[at - 1].word;
    const width = measure(label, size, 700);
    if (at === lineBreak || x + width > EDGE + INNER) {
      line += 1;
      x = EDGE;
    }
    if (line >= WORDS.most) return { places, left: tokens.length - at };
    if (x > EDGE && !inner) x += gap;
    const top = WORDS.top + line * WORDS.pitch - size;
    places.push({ x: x + width / 2, top, bottom: top + size * 1.3, line, label });
    x += width;
  }
  return { places, left: 0 };
}

/** The pattern as rectangles, the cell ringed. */
function square({ cells: { t: shares, rows, cols }, pattern, cell, theme }, accent) {
  const side = SQUARE.side / Math.max(rows, cols);
  const gap = side > 6 ? 1 : 0;
  const boxes = Array.from(shares, (share, at) => {
    const [x, y] = [EDGE + (at % cols) * side, SQUARE.top + Math.floor(at / cols) * side];
    const fill = Number.isNaN(share) ? theme.blank : colorAt(theme.ramp, share);
    return `<rect x="${x.toFixed(2)}" y="${y.toFixed(2)}" width="${(side - gap).toFixed(2)}" height="${(side - gap).toFixed(2)}" fill="${cssColor(fill)}"/>`;
  });
  const whole = SQUARE.side / Math.max(pattern.rows, pattern.cols);
  const [x, y] = [EDGE + cell.key_pos * whole, SQUARE.top + cell.query_pos * whole];
  const ring = Math.max(whole, 8);
  return `<g>${boxes.join('')}<rect x="${(x - 3).toFixed(2)}" y="${(y - 3).toFixed(2)}" width="${(ring + 5).toFixed(2)}" height="${(ring + 5).toFixed(2)}" fill="none" stroke="${accent}" stroke-width="4"/></g>`;
}

/** What the word gives most, as bars. */
function bars({ keyTokens, pattern, cell, measure }, { accent, text, muted }) {
  const row = pattern.data.subarray(
    cell.query_pos * pattern.cols,
    (cell.query_pos + 1) * pattern.cols,
  );
  const best = Array.from(row, (weight, key_pos) => ({ weight, key_pos }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .slice(0, BARS);
  const labels = best.map(({ key_pos }) => `${tokenLabel(keyTokens[key_pos], 18)} (${key_pos})`);
  const room = Math.max(...labels.map((label) => measure(label, 24, 400)), 0) + 24;
  const [left, top] = [SQUARE_RIGHT, SQUARE.top + 190];
  const long = SLIDE.width - EDGE - left - room - 96;
  return best
    .map(({ weight, key_pos }, i) => {
      const y = top + i * 42;
      const fill = key_pos === cell.key_pos ? accent : muted;
      return `${text(labels[i], left, y, 24, { fill })}<rect x="${left + room}" y="${y - 18}" width="${Math.max(2, weight * long).toFixed(1)}" height="20" rx="3" fill="${fill}"/>${text(weightText(weight), (left + room + weight * long + 14).toFixed(1), y, 24, { fill })}`;
    })
    .join('');
}

const quoted = (token) => `“${tokenLabel(token, 24)}”`;

/** An address that fits in a line. */
function shortened(address, measure) {
  const shown = visible(address);
  if (measure(shown, 20, 400) <= INNER) return shown;
  let most = shown.length;
  while (most > 40 && measure(`${shown.slice(0, most)}…`, 20, 400) > INNER) most -= 20;
  return `${shown.slice(0, most)}…`;
}
