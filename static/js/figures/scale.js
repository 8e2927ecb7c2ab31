// The pixel of each byte of an overview, looked up in tables of 256. Pure.

import { mix, ramp, scaler } from './color.js';

/** @typedef {import('./color.js').Rgb} Rgb */

/** A pixel as canvas memory holds it on little-endian machines: every one with a browser. */
export function pixel([r, g, b]) {
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
}

/**
 * @param {Rgb[]} stops of the ramp
 * @param {'sqrt'|'linear'|'log'} scale
 * @returns {Uint32Array} pixel of each byte; 255 is weight 1
 */
export function colorTable(stops, scale) {
  const colors = ramp(stops);
  const place = scaler(scale, 1);
  return Uint32Array.from({ length: 256 }, (_, byte) =>
    pixel(colors[Math.round(255 * place(byte / 255))]),
  );
}

/**
 * Tables from grey to full colour: a head whose statistic is low is drawn nearly without ink.
 * @param {Rgb[]} stops @param {Rgb} grey what the strongest weight of the lowest head looks like
 * @param {'sqrt'|'linear'|'log'} scale
 * @param {number} steps
 * @returns {Uint32Array[]} one table for each step
 */
export function fadedTables(stops, grey, scale, steps) {
  return Array.from({ length: steps }, (_, step) => {
    const t = step / (steps - 1);
    const faded = stops.map((stop, i) => mix(mix(stops[0], grey, i / (stops.length - 1)), stop, t));
    return colorTable(faded, scale);
  });
}

/**
 * Where each value stands between the smallest and the largest, 0..1; null stays null.
 * @param {readonly (number|null)[]} values
 */
export function spread(values) {
  const known = values.filter((value) => value !== null);
  const low = Math.min(...known);
  const range = Math.max(...known) - low;
  return values.map((value) => (value === null ? null : range > 0 ? (value - low) / range : 1));
}
