/**
 * Token axes: numeric positions with labels, because tokens repeat and Plotly would merge
 * equal labels. Also how a token and a number are written.
 */

import { t } from '../language/messages.js';
import { isolated } from './bidi.js';

/** More tick labels than this make Plotly crawl (3.6 s at 512). */
export const MOST_TICKS = 48;

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const segments = (text) => [...graphemes.segment(text)].map(({ segment }) => segment);

/** What nobody sees: blanks but the space, controls, formats; and what no XML may hold. */
const UNSEEN = /^(?! $)[\p{Z}\p{Cc}\p{Cf}\p{Noncharacter_Code_Point}]+$/u;
const BREAKS = /^[\n\r\u2028\u2029]+$/u;
const NAMES = {
  '0009': t('tab'),
  '000A': t('line feed'),
  '000B': t('line tabulation'),
  '000C': t('form feed'),
  '000D': t('carriage return'),
  '001B': t('escape'),
  '0020': t('space'),
  '00A0': t('no-break space'),
  '00AD': t('soft hyphen'),
  2009: t('thin space'),
  '200B': t('zero width space'),
  '200E': t('left-to-right mark'),
  '200F': t('right-to-left mark'),
  2028: t('line separator'),
  2029: t('paragraph separator'),
  2060: t('word joiner'),
  3000: t('ideographic space'),
  FEFF: t('byte order mark'),
};

const codeOf = (character) => character.codePointAt(0).toString(16).toUpperCase().padStart(4, '0');

/** @param {string} segment that nobody sees */
function signOf(segment) {
  if (BREAKS.test(segment)) return '⏎';
  if (segment === '\t') return '⇥';
  if (/^\p{Zs}+$/u.test(segment)) return '␣';
  const code = segment.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? '␡' : [...segment].map((one) => `‹${codeOf(one)}›`).join('');
}

/** A text with a sign for every character that nobody sees. @param {string} text */
export function visible(text) {
  const whole = text.toWellFormed();
  if (!/(?! )[\p{Z}\p{Cc}\p{Cf}\p{Noncharacter_Code_Point}]/u.test(whole)) return whole;
  return segments(whole)
    .map((segment) => (UNSEEN.test(segment) ? signOf(segment) : segment))
    .join('');
}

/**
 * A token as a person can see it: blanks made visible, long ones cut between characters.
 * @param {{text: string}} token @param {number} [most] characters
 */
export function tokenLabel(token, most = 14) {
  if (typeof token?.text !== 'string') throw new Error(`invalid token: ${token}`);
  const text = visible(token.text).replace(/^ +(?=.)/, '');
  if (text === '') return '∅';
  if (/^ +$/.test(text)) return '␣';
  const letters = segments(text);
  return letters.length <= most ? text : `${letters.slice(0, most - 1).join('')}…`;
}

/** A token as it is read out: what nobody sees by its name. @param {{text: string}} token */
export function tokenSpoken(token) {
  const named = (segment) =>
    [...segment]
      .map((one) => NAMES[codeOf(one)] ?? t('character U+{code}', { code: codeOf(one) }))
      .join(', ');
  const unseen = (segment) => UNSEEN.test(segment) || token.text.trim() === '';
  const said = segments(token.text).map((one) => (unseen(one) ? ` ${named(one)} ` : one));
  return said.join('').trim().slice(0, 80) || t('empty');
}

/** Tokens by their positions and texts, as tables name them. @param {readonly any[]} tokens */
export const numbered = (tokens) =>
  tokens.map((token, pos) => `${pos} ${visible(token.text || token.piece)}`);

/** A token with its position, 'law (2)', in a direction of its own. */
export function tokenName(tokens, pos) {
  if (!tokens[pos]) throw new Error(`invalid position: ${pos} of ${tokens.length} tokens`);
  return `${isolated(tokenLabel(tokens[pos], 24))} (${pos})`;
}

/** The names of all tokens. */
export const tokenNames = (tokens) => tokens.map((_, pos) => tokenName(tokens, pos));

/** The numbers below that one, from 0: of layers, heads, columns. */
export const upTo = (count) => [...Array(count).keys()];

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
  for (const segment of segments(text)) {
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

/** A weight or a probability: two decimals, and two digits where those would both be 0. */
export const weightText = (value) =>
  value > 0 && value < 0.005 ? numberText(value, 2) : value.toFixed(2);

/** A number of a column: three decimals, and one digit where those would all be 0. */
export function columnText(value) {
  if (!Number.isFinite(value)) return numberText(value);
  return value !== 0 && Math.abs(value) < 5e-4
    ? scientificText(value, 1).replace(' × ', '·')
    : value.toFixed(3).replace('-', '−');
}

/** How many parameters: "22 M", "60 K". */
export function sizeText(count) {
  const [unit, size] = [
    ['B', 1e9],
    ['M', 1e6],
    ['K', 1e3],
    ['', 1],
  ].find(([, least]) => count >= 0.9995 * Number(least)) ?? ['', 1];
  return `${Number((count / Number(size)).toPrecision(2))} ${unit}`.trim();
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
  if (share > 0 && share < 0.001) return t('less than 0.1 %');
  if (share < 1 && share > 0.999) return t('over 99.9 %');
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
