// What pictures that are written as the text of an SVG have in common. Pure.

import { escapeMarkup } from './axis.js';

/** A text between the quotes of an attribute. @param {string} text */
export const escapeAttribute = (text) => escapeMarkup(text).replaceAll('"', '&quot;');

/** A length in pixels, in two decimals at most. @param {number} value */
export const short = (value) => String(Math.round(value * 100) / 100);

/**
 * A colour as both attributes that a drawing program reads, which know no rgba().
 * @param {string} name "fill", "stroke", "stop-color" @param {string} css
 */
export function ink(name, css) {
  const found = /^rgba\((.+), ([\d.e-]+)\)$/.exec(css);
  return found
    ? `${name}="rgb(${found[1]})" ${name.replace('-color', '')}-opacity="${found[2]}"`
    : `${name}="${css}"`;
}

/**
 * A whole file: its size, what its letters are set in, its ground, and what stands on that.
 * @param {{width: number, height: number}} size
 * @param {{font: string, surface: string}} look @param {string} inner
 */
export const sheetSvg = ({ width, height }, { font, surface }, inner) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${escapeAttribute(font)}"><rect width="100%" height="100%" fill="${surface}"/>${inner}</svg>`;
