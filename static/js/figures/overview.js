// All heads of a run as one picture: where each stands, and its pixels. Pure.

import { t } from '../language/messages.js';
import { numberText, weightText } from './axis.js';

/** @typedef {import("../core/api.js").OverviewHead} OverviewHead */

/**
 * What is known of each head, in the words of the page. `share`: 0..1, shown in percent.
 * @type {readonly {name: string, label: string, unit: "bits"|"positions"|"share"|"weight"|"effect", about: string}[]}
 */
export const STATISTICS = Object.freeze([
  {
    name: 'strongest',
    label: t('Strongest link'),
    unit: 'weight',
    about: t('the largest weight between two tokens that are not special'),
  },
  {
    name: 'entropy',
    label: t('Entropy'),
    unit: 'bits',
    about: t('how widely a query spreads its attention; 0 is all on one token'),
  },
  {
    name: 'mean_distance',
    label: t('Mean distance'),
    unit: 'positions',
    about: t('how far away a query looks'),
  },
  {
    name: 'to_special',
    label: t('On special tokens'),
    unit: 'share',
    about: t('attention that goes to [CLS], [SEP] and the like'),
  },
  {
    name: 'to_self',
    label: t('On itself'),
    unit: 'share',
    about: t('attention that a token gives itself'),
  },
  {
    name: 'to_previous',
    label: t('On the previous'),
    unit: 'share',
    about: t('attention to the token before'),
  },
  {
    name: 'to_next',
    label: t('On the next'),
    unit: 'share',
    about: t('attention to the token after'),
  },
  {
    name: 'ablation',
    label: t('Effect when off'),
    unit: 'effect',
    about: t('how far the chosen output changes when the head is switched off'),
  },
]);

/** @param {OverviewHead} head @param {string} name @returns {number|null} */
export function statistic(head, name) {
  return name === 'strongest' ? (head.strongest?.value ?? null) : (head[name] ?? null);
}

/** @param {number|null} value @param {string} name */
export function formatStatistic(value, name) {
  const unit = STATISTICS.find((known) => known.name === name)?.unit;
  if (value === null) return t('none');
  if (unit === 'share') return `${(100 * value).toFixed(1)} %`;
  if (unit === 'bits') return t('{value} bits', { value: value.toFixed(2) });
  if (unit === 'positions') return value.toFixed(1);
  if (unit === 'effect') return numberText(value, 3);
  if (unit === 'weight') return weightText(value);
  throw new Error(`invalid statistic: ${name}`);
}

/**
 * Heads in the order of the picture: by layer and head, or the largest statistic first.
 * Heads without a value come last; ties keep the model's order.
 * @param {readonly OverviewHead[]} heads
 * @param {string} sort "layer" or a statistic's name
 */
export function orderHeads(heads, sort) {
  const modelOrder = (a, b) => a.layer - b.layer || a.head - b.head;
  if (sort === 'layer') return [...heads].sort(modelOrder);
  const value = (head) => statistic(head, sort) ?? -Infinity;
  return [...heads].sort((a, b) => value(b) - value(a) || modelOrder(a, b));
}

/**
 * Where each head of the picture stands, in whole pixels of the canvas.
 * @param {{count: number, columns: number, width: number, gap: number, most: number, least: number, aspect: number}} options
 *   `aspect`: rows / cols of a pattern; `most`, `least`: bounds of a tile's width
 * @returns {{columns: number, tile: {width: number, height: number}, width: number, height: number, gap: number}}
 */
export function layoutTiles({ count, columns, width, gap, most, least, aspect }) {
  const fit = Math.floor((width - gap * (columns - 1)) / columns);
  const tileWidth = Math.max(least, Math.min(most, fit));
  const tile = {
    width: tileWidth,
    height: Math.max(1, Math.round(tileWidth * Math.min(2, Math.max(0.5, aspect)))),
  };
  const rows = Math.ceil(count / columns);
  return {
    columns,
    tile,
    gap,
    width: columns * (tile.width + gap) - gap,
    height: Math.max(0, rows * (tile.height + gap) - gap),
  };
}

/**
 * Paints one pattern into an image, stretched to the tile without blur. Where the tile has
 * fewer pixels than the pattern has cells, a pixel shows the largest weight it covers: lone
 * links and diagonals stay visible. Cells of 6 pixels or more are set apart by one pixel.
 * @param {{pixels: Uint32Array, stride: number}} image
 * @param {{x: number, y: number, width: number, height: number}} tile
 * @param {{bytes: Uint8Array, offset: number, rows: number, cols: number, causal?: boolean}} pattern
 * @param {Uint32Array} colors pixel of each byte
 * @param {number} background pixel between cells, and of masked ones
 */
export function paintTile(
  { pixels, stride },
  tile,
  { bytes, offset, rows, cols, causal = false },
  colors,
  background,
) {
  const across = spans(tile.width, cols);
  const down = spans(tile.height, rows);
  const { from, to, gap } = across;
  const line = new Uint8Array(cols);
  for (let y = 0; y < tile.height; y += 1) {
    const [top, bottom] = [down.from[y], down.to[y]];
    const begin = (tile.y + y) * stride + tile.x;
    if (down.gap[y]) {
      pixels.fill(background, begin, begin + tile.width);
      continue;
    }
    if (y > 0 && top === down.from[y - 1] && bottom === down.to[y - 1]) {
      pixels.copyWithin(begin, begin - stride, begin - stride + tile.width);
      continue;
    }
    strongest(line, bytes, offset + top * cols, offset + bottom * cols);
    for (let x = 0; x < tile.width; x += 1) {
      // What a causal head may not look at is left blank: masked is not zero.
      if (gap[x] || (causal && from[x] >= bottom)) {
        pixels[begin + x] = background;
        continue;
      }
      let largest = line[from[x]];
      for (let col = from[x] + 1; col < to[x]; col += 1) {
        if (line[col] > largest) largest = line[col];
      }
      pixels[begin + x] = colors[largest];
    }
  }
}

/** Writes the largest of each column into `line`, over rows of its length. */
function strongest(line, bytes, begin, end) {
  const cols = line.length;
  for (let col = 0; col < cols; col += 1) line[col] = bytes[begin + col];
  for (let row = begin + cols; row < end; row += cols) {
    for (let col = 0; col < cols; col += 1) {
      if (bytes[row + col] > line[col]) line[col] = bytes[row + col];
    }
  }
}

/** Spans made lately: all tiles of a picture are alike. @type {Map<string, Spans>} */
const made = new Map();

/** @returns {Spans} of so many pixels and cells; made once for all tiles of a picture */
function spans(length, cells) {
  const key = `${length} ${cells}`;
  const known = made.get(key);
  if (known) return known;
  if (made.size > 8) made.clear();
  made.set(key, makeSpans(length, cells));
  return made.get(key);
}

/**
 * For each of `length` pixels: the cells it covers, and whether it is the gap after one.
 * @typedef {{from: Uint16Array, to: Uint16Array, gap: Uint8Array}} Spans
 * @returns {Spans}
 */
function makeSpans(length, cells) {
  const from = new Uint16Array(length);
  const to = new Uint16Array(length);
  const gap = new Uint8Array(length);
  for (let i = 0; i < length; i += 1) {
    from[i] = Math.floor((i * cells) / length);
    to[i] = Math.max(from[i] + 1, Math.ceil(((i + 1) * cells) / length - 1e-9));
    if (length >= cells) to[i] = from[i] + 1;
  }
  if (length >= 6 * cells) {
    for (let i = 0; i + 1 < length; i += 1) gap[i] = from[i + 1] === from[i] ? 0 : 1;
  }
  return { from, to, gap };
}
