/**
 * Token axes: numeric positions with labels, because tokens repeat and Plotly would merge
 * equal labels. Also how a token and a number are written.
 */

import { isolated } from './bidi.js';

/** More tick labels than this make Plotly crawl (3.6 s at 512). */
export const MOST_TICKS = 48;

const SHOWN = new Map([
  ['\n', '⏎'],
  ['\r', '⏎'],
  ['\t', '⇥'],
  ['\u00a0', '␣'],
]);

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/**
 * A token as a person can see it: blanks made visible, long ones cut between characters.
 * @param {{text: string}} token @param {number} [most] characters
 */
export function tokenLabel(token, most = 14) {
  if (typeof token?.text !== 'string') throw new Error(`invalid token: ${token}`);
  const text = token.text.replace(/[\n\r\t\u00a0]/g, (c) => SHOWN.get(c)).replace(/^ +(?=.)/, '');
  if (text === '') return '∅';
  if (/^ +$/.test(text)) return '␣';
  const letters = [...graphemes.segment(text)].map(({ segment }) => segment);
  return letters.length <= most ? text : `${letters.slice(0, most - 1).join('')}…`;
}

/** A token with its position, 'law (2)', in a direction of its own. */
export function tokenName(tokens, pos) {
  if (!tokens[pos]) throw new Error(`invalid position: ${pos} of ${tokens.length} tokens`);
  return `${isolated(tokenLabel(tokens[pos], 24))} (${pos})`;
}

/** Whether two lists of tokens would be drawn alike. */
export function sameTokens(a, b) {
  if (a === b) return true;
  return (
    a?.length === b?.length &&
    a.every((token, pos) => token.text === b[pos].text && token.special === b[pos].special)
  );
}

/** The same for the queries and the keys of two pictures; false if there was none before. */
export function sameTexts(before, after) {
  return (
    Boolean(before) &&
    sameTokens(before.queryTokens, after.queryTokens) &&
    sameTokens(before.keyTokens, after.keyTokens)
  );
}

/** Width of a label in ems of a proportional font: wide for CJK and emoji. */
export function labelEms(text) {
  let ems = 0;
  for (const { segment } of graphemes.segment(text)) {
    const code = segment.codePointAt(0);
    ems +=
      code >= 0x1100 && !(code >= 0x2000 && code < 0x2e80)
        ? 1.05
        : /[ilj.,:;'|!]/.test(segment)
          ? 0.32
          : 0.58;
  }
  return ems;
}

/**
 * @param {{text: string}[]} tokens
 * @param {{pixels: number, gap?: number, limit?: number, from?: number}} space length of the axis,
 *   the least distance between two labels, and the position of the first token
 * @returns {{tickvals: number[], ticktext: string[], step: number}} `ticktext` is plain text;
 *   where labels had to be thinned it carries the position too
 */
export function axisTicks(tokens, { pixels, gap = 12, limit = MOST_TICKS, from = 0 }) {
  if (!(pixels > 0)) throw new Error(`invalid length of an axis: ${pixels}`);
  const fitting = Math.max(1, Math.min(limit, Math.floor(pixels / gap)));
  const step = roundStep(Math.ceil(tokens.length / fitting));
  const tickvals = [];
  for (let at = (step - (from % step)) % step; at < tokens.length; at += step)
    tickvals.push(from + at);
  const ticktext = tickvals.map((pos) => {
    const token = tokens[pos - from];
    return step === 1 ? tokenLabel(token) : `${pos} ${tokenLabel(token, 9)}`;
  });
  return { tickvals, ticktext, step };
}

/** Plotly reads tags in labels; a token may hold some. */
export function escapeMarkup(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A number with its meaning kept: four significant digits, a true minus. */
export function numberText(value, digits = 4) {
  if (value === null || Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return value < 0 ? '−∞' : '∞';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e6) return scientificText(value, digits);
  return value.toFixed(decimalsOf(size, digits)).replace('-', '−');
}

const decimalsOf = (size, digits) =>
  Math.min(8, Math.max(0, digits - 1 - Math.floor(Math.log10(size))));

/**
 * A term of a sum with as many decimals as the sum: what is written adds up as it was added,
 * but for the last digit.
 * @param {number} value @param {number} sum @param {number} [digits] of the sum
 */
export function termText(value, sum, digits = 5) {
  const plain = (size) => size >= 1e-4 && size < 1e6;
  if (!plain(Math.abs(sum)) || !plain(Math.abs(value))) return numberText(value);
  return value.toFixed(decimalsOf(Math.abs(sum), digits)).replace('-', '−');
}

/** A text with a capital at its start. @param {string} text */
export const capitalized = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);

/** '3.1 × 10⁻⁸', or '0'. */
export function scientificText(value, digits = 2) {
  if (value === 0) return '0';
  const [mantissa, exponent] = value.toExponential(digits - 1).split('e');
  const raised = [...String(Number(exponent))]
    .map((c) => (c === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(c)]))
    .join('');
  return `${mantissa.replace('-', '−')} × 10${raised}`;
}

/** A share of one as a person reads it: '41 %', '0.3 %', 'less than 0.1 %'. */
export function shareText(share) {
  if (share > 0 && share < 0.001) return 'less than 0.1 %';
  if (share < 1 && share > 0.999) return 'over 99.9 %';
  const percent = share * 100;
  return `${percent >= 10 || percent === 0 ? Math.round(percent) : percent.toFixed(1)} %`;
}

/** The next of 1, 2, 5, 10, 20, 50, ...: steps that a person can count along. */
function roundStep(least) {
  let size = 1;
  for (;;) {
    for (const factor of [1, 2, 4, 5]) if (factor * size >= least) return factor * size;
    size *= 10;
  }
}
