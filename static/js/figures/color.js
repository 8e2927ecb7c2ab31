/**
 * Colours of numbers. Colours are [r, g, b], each 0 to 255; scaled values are 0 to 1.
 */

/** @typedef {[number, number, number]} Rgb */

export const SCALES = ['sqrt', 'linear', 'log'];

/** The log scale spans this many decades below its maximum; weaker values take its first colour. */
const DECADES = 4;

/**
 * @param {string} css `#rgb`, `#rrggbb`, `rgb(1, 2, 3)` or `rgba(1 2 3 / 1)`
 * @returns {Rgb}
 */
export function parseColor(css) {
  const hex = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(css.trim());
  if (hex) {
    const digits = hex[1].length === 3 ? [...hex[1]].map((d) => d + d).join('') : hex[1];
    return eachOf((at) => Number.parseInt(digits.slice(2 * at, 2 * at + 2), 16));
  }
  const rgb = /^rgba?\(\s*([\d.]+)[\s,]+([\d.]+)[\s,]+([\d.]+)/i.exec(css.trim());
  if (!rgb) throw new Error(`invalid color: ${css}`);
  return eachOf((at) => Number(rgb[at + 1]));
}

/** Three numbers, by their places. @param {(at: number) => number} value @returns {Rgb} */
const eachOf = (value) => [value(0), value(1), value(2)];

/** @param {Rgb} rgb @param {number} [alpha] */
export function cssColor([r, g, b], alpha = 1) {
  const rounded = [r, g, b].map(Math.round).join(', ');
  return alpha === 1 ? `rgb(${rounded})` : `rgba(${rounded}, ${alpha})`;
}

/**
 * The colour between two, in Oklab (Ottosson 2020), where equal steps look equal.
 * @param {Rgb} from @param {Rgb} to @param {number} t 0 to 1 @returns {Rgb}
 */
export function mix(from, to, t) {
  const a = toOklab(from);
  const b = toOklab(to);
  return fromOklab(eachOf((i) => a[i] + (b[i] - a[i]) * t));
}

/**
 * Evenly spaced stops, filled in.
 * @param {Rgb[]} stops at least two @param {number} [size] @returns {Rgb[]}
 */
export function ramp(stops, size = 256) {
  if (stops.length < 2) throw new Error(`invalid stops: ${stops.length}, a ramp needs two`);
  return Array.from({ length: size }, (_, i) => {
    const place = (i / (size - 1)) * (stops.length - 1);
    const at = Math.min(Math.floor(place), stops.length - 2);
    return mix(stops[at], stops[at + 1], place - at);
  });
}

/** @param {Rgb[]} colors @param {number} t 0 to 1, held there if outside @returns {Rgb} */
export function colorAt(colors, t) {
  return colors[Math.round(Math.min(Math.max(t, 0), 1) * (colors.length - 1))];
}

/** Plotly's form of a ramp. @param {Rgb[]} colors @param {number} [steps] */
export function plotlyScale(colors, steps = 33) {
  return Array.from({ length: steps }, (_, i) => {
    const t = i / (steps - 1);
    return [t, cssColor(colorAt(colors, t))];
  });
}

/**
 * How a weight becomes a place on the ramp. Attention is mostly near 0, so a square root
 * shows what a linear scale leaves white.
 * @param {'sqrt'|'linear'|'log'} kind @param {number} max the value that takes the last colour
 * @returns {(value: number) => number} NaN stays NaN
 */
export function scaler(kind, max) {
  if (!SCALES.includes(kind)) throw new Error(`invalid scale: ${kind}`);
  if (!(max > 0)) throw new Error(`invalid maximum of a scale: ${max}`);
  if (kind === 'linear') return (value) => clamp(value / max);
  if (kind === 'sqrt') return (value) => Math.sqrt(clamp(value / max));
  return (value) => clamp(1 + Math.log10(Math.max(value / max, 0)) / DECADES);
}

/**
 * Labels of a legend, from weakest to strongest: the ends, and round numbers between them
 * wherever there is room.
 * @param {'sqrt'|'linear'|'log'} kind @param {number} max @param {number} [room] least distance
 * @returns {{t: number, value: number}[]} t is the place along the legend, 0 to 1
 */
export function scaleTicks(kind, max, room = 0.19) {
  const scale = scaler(kind, max);
  const least = kind === 'log' ? max * 10 ** -DECADES : 0;
  const ticks = [{ t: 1, value: max }];
  for (let size = 10 ** Math.ceil(Math.log10(max)); size > max * 1e-5; size /= 10) {
    for (const factor of [1, 0.5, 0.25]) {
      const value = Number((size * factor).toPrecision(2));
      const t = scale(value);
      if (value < max && ticks[0].t - t >= room && t >= room) ticks.unshift({ t, value });
    }
  }
  return [{ t: 0, value: least }, ...ticks];
}

/**
 * The value at which a vector strip reaches full colour: a few outlier dimensions, common
 * in real models, must not turn the rest white.
 * @param {Float32Array} data @param {number} [quantile] of the absolute values
 */
export function symmetricRange(data, quantile = 0.995) {
  const sizes = Float32Array.from(data, Math.abs).filter(Number.isFinite).sort();
  const at = Math.min(sizes.length - 1, Math.floor(quantile * sizes.length));
  return sizes.length && sizes[at] > 0 ? sizes[at] : 1;
}

/** Relative luminance (WCAG 2.2), 0 black to 1 white. @param {Rgb} rgb */
export function luminance(rgb) {
  const [r, g, b] = rgb.map((c) => toLinear(c / 255));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Contrast ratio (WCAG 2.2), 1 to 21. @param {Rgb} a @param {Rgb} b */
export function contrast(a, b) {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

/** One of them reads at 4.5 : 1 and more on any colour. @type {Rgb[]} */
const BLACK_AND_WHITE = [
  [0, 0, 0],
  [255, 255, 255],
];

/** Whichever of the inks reads better on a background. @returns {Rgb} */
export function inkOn(background, inks = BLACK_AND_WHITE) {
  return inks.reduce((best, ink) =>
    contrast(ink, background) > contrast(best, background) ? ink : best,
  );
}

/**
 * The colours, in CSS, of a cell that holds a number.
 * @param {number} value @param {{kind: string, most: number}} scale "share": from 0 to 1, else around 0
 * with `most` the largest size
 * @param {{ramp: Rgb[], diverging: Rgb[]}} theme
 */
export function cellColors(value, { kind, most }, { ramp, diverging }) {
  const background =
    kind === 'share'
      ? colorAt(ramp, Math.sqrt(value))
      : colorAt(diverging, 0.5 + (0.5 * value) / most);
  return { background: cssColor(background), ink: cssColor(inkOn(background)) };
}

function clamp(t) {
  return t < 0 ? 0 : t > 1 ? 1 : t;
}

function toLinear(c) {
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
}

function fromLinear(c) {
  return c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055;
}

/** @param {Rgb} rgb @returns {Rgb} */
function toOklab(rgb) {
  const [r, g, b] = rgb.map((c) => toLinear(c / 255));
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

/** @param {Rgb} lab @returns {Rgb} */
function fromOklab([L, a, b]) {
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  return eachOf((i) => Math.round(255 * clamp(fromLinear(clamp(linear[i])))));
}
