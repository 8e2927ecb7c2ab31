/**
 * Token links as a file: title and text, two columns of tokens, a curve for each link. Pure; all
 * lengths in CSS pixels.
 */

import { t } from '../language/messages.js';
import { escapeMarkup, labelEms, tokenLabel } from './axis.js';
import { linkMarks, strongestAcross } from './links.js';
import { sheetSvg } from './svg-text.js';

const WIDTH = 640;
const EDGE = 28;
const ROW = 22;
const SIZE = 13;
const TOP = 96;
const GUTTER = 52;

/**
 * @typedef {object} LinksPicture
 * @property {string} title whose links they are @property {string} text that was read
 * @property {import('./links.js').Head[]} heads
 * @property {import('./links.js').Token[]} queryTokens @property {import('./links.js').Token[]} keyTokens
 * @property {import('./links.js').Link[]} links weakest first
 * @property {{side: 'query'|'key', pos: number}|null} token whose links they are; null: of all
 * @property {'ltr'|'rtl'} dir
 * @property {(color: string) => string} colorOf a colour of the page as one of the file
 * @property {{ink: string, muted: string, surface: string, font: string}} theme
 */

/** @param {LinksPicture} picture @returns {{svg: string, width: number, height: number}} */
export function linksPicture(picture) {
  const { title, text, heads, queryTokens, keyTokens, links, token, dir, colorOf, theme } = picture;
  const height = TOP + Math.max(queryTokens.length, keyTokens.length) * ROW + EDGE;
  const longest = Math.max(
    ...[...queryTokens, ...keyTokens].map((one) => labelEms(tokenLabel(one))),
  );
  const near = EDGE + GUTTER + Math.min(170, longest * SIZE);
  const [queryX, keyX] = dir === 'rtl' ? [WIDTH - near, near] : [near, WIDTH - near];
  const marks = linkMarks(links, heads, { queryX, keyX, rowHeight: ROW });
  const written = (
    said,
    x,
    y,
    { size = SIZE, anchor = 'start', fill = theme.ink, bold = 400 } = {},
  ) =>
    `<text x="${x}" y="${y}" font-size="${size}" font-weight="${bold}" fill="${fill}" text-anchor="${anchor}">${escapeMarkup(said)}</text>`;
  const outward = (x) => (x > WIDTH / 2 ? 1 : -1);
  const column = (tokens, side, x) =>
    tokens.map((one, pos) => {
      const own = token?.side === side && token.pos === pos;
      return written(tokenLabel(one), x + 8 * outward(x), TOP + (pos + 0.68) * ROW, {
        anchor: outward(x) > 0 ? 'start' : 'end',
        fill: one.special ? theme.muted : theme.ink,
        bold: own ? 700 : 400,
      });
    });
  const curves = marks.map(
    ({ d, width, opacity, color }) =>
      `<path d="${d}" fill="none" stroke="${colorOf(color)}" stroke-width="${width.toFixed(2)}" stroke-opacity="${opacity.toFixed(3)}"/>`,
  );
  const otherX = token?.side === 'key' ? queryX : keyX;
  const weights = token
    ? [...strongestAcross(marks, token.side)].map(([pos, { link }]) =>
        written(
          link.weight.toFixed(3).replace('-', '−'),
          outward(otherX) > 0 ? WIDTH - EDGE : EDGE,
          TOP + (pos + 0.68) * ROW,
          { size: 11, anchor: outward(otherX) > 0 ? 'end' : 'start', fill: theme.muted },
        ),
      )
    : [];
  const heading = (said, x) =>
    written(said, x + 8 * outward(x), TOP - 8, {
      size: 12,
      anchor: outward(x) > 0 ? 'start' : 'end',
      fill: theme.muted,
    });
  const size = { width: WIDTH, height };
  const svg = sheetSvg(
    size,
    theme,
    `${written(title, EDGE, 36, { size: 18, bold: 650 })}${written(cut(text), EDGE, 58, { fill: theme.muted })}${heading(t('query'), queryX)}${heading(t('key'), keyX)}<g transform="translate(0 ${TOP})">${curves.join('')}</g>${column(queryTokens, 'query', queryX).join('')}${column(keyTokens, 'key', keyX).join('')}${weights.join('')}`,
  );
  return { svg, ...size };
}

/** As much of a text as has room in a line. */
function cut(text) {
  let ems = 0;
  const room = (WIDTH - 2 * EDGE) / SIZE - 2;
  const letters = Array.from(text.replaceAll('\n', ' '));
  const end = letters.findIndex((letter) => {
    ems += labelEms(letter);
    return ems > room;
  });
  return end < 0 ? letters.join('') : `${letters.slice(0, end).join('')}…`;
}
