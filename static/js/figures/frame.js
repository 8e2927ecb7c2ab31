/**
 * A picture as a file of its own: above it which head of which model, and the text. Pure; all lengths
 * in CSS pixels.
 */

import { escapeMarkup, labelEms } from './axis.js';
import { cssColor } from './color.js';
import { folded } from './picture.js';
import { sheetSvg } from './svg-text.js';

const EDGE = 24;
const LEAST = 420;
const TITLE = { size: 15, line: 22 };
const TEXT = { size: 12, line: 17 };
const MOST_LINES = 3;
const GAP = 14;

/**
 * @param {{svg: string, width: number, height: number}} picture as elementSvg of element-svg.js gives it
 * @param {{title: string, text: string}} caption
 * @param {any} theme as paperTheme of draw.js gives it
 * @returns {{svg: string, width: number, height: number}}
 */
export function framedSvg(picture, { title, text }, theme) {
  const inner = Math.max(LEAST, picture.width);
  const titles = folded(title, inner / TITLE.size / 1.06, 2);
  const lines = folded(text, inner / TEXT.size, MOST_LINES).filter(Boolean);
  const top = EDGE + titles.length * TITLE.line + lines.length * TEXT.line + GAP;
  const width = Math.ceil(
    Math.max(inner, TITLE.size * Math.max(...titles.map(labelEms))) + 2 * EDGE,
  );
  const height = Math.ceil(top + picture.height + EDGE);
  const written = (said, y, { size }, weight, color) =>
    `<text x="${EDGE}" y="${y}" font-size="${size}" font-weight="${weight}" fill="${cssColor(color)}">${escapeMarkup(said)}</text>`;
  const heading = titles.map((said, at) =>
    written(said, EDGE + (at + 0.7) * TITLE.line, TITLE, 600, theme.ink),
  );
  const read = lines.map((said, at) =>
    written(
      said,
      EDGE + titles.length * TITLE.line + (at + 0.7) * TEXT.line,
      TEXT,
      400,
      theme.muted,
    ),
  );
  const look = { font: theme.font, surface: cssColor(theme.surface) };
  const placed = `<g transform="translate(${EDGE} ${top})">${picture.svg}</g>`;
  const size = { width, height };
  return { svg: sheetSvg(size, look, [...heading, ...read, placed].join('')), ...size };
}
