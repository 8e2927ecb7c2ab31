/**
 * A head's arcs over the words of a sentence: from the word that looks to the word it looks at.
 * Pure; all lengths in CSS pixels.
 *
 * @typedef {{x: number, top: number, bottom: number, line: number}} Place the middle of a word, its
 *   upper and lower edge, and which line it stands in
 * @typedef {{d: string, width: number, opacity: number, weight: number, key_pos: number}} Arc
 */

import { t } from '../language/messages.js';
import { tokenLabel, weightText } from './axis.js';
import { isolated } from './bidi.js';
import { FAINTEST } from './links.js';

/** More arcs of one word would not be told apart. */
const MOST = 48;
/** Words whose weight is written under them, if they get at least this. */
const LABELS = 3;
const LEAST_LABEL = 0.05;

/**
 * The path of one arc. Over a line it rises with its length, as far as there is room; a word that
 * looks at itself has a loop; between two lines of a sentence, or two sentences, it swings across.
 * All have the same commands, so that one can turn into another.
 * @param {Place} from @param {Place} to
 * @param {number} room over a line of words
 * @param {boolean} [across] the two words stand in sentences one above the other
 */
export function arcPath(from, to, room, across = false) {
  if (!(room > 0)) throw new Error(`invalid room: ${room}`);
  if (across) {
    const middle = (from.top + to.bottom) / 2;
    return curve(from.x, from.top, from.x, middle, to.x, middle, to.x, to.bottom);
  }
  if (from === to) {
    const { x, top } = from;
    const rise = Math.min(room, 30);
    return curve(x - 4, top, x - 20, top - rise, x + 20, top - rise, x + 4, top);
  }
  const length = Math.abs(to.x - from.x);
  const rise = from.line === to.line ? Math.min(16 + 0.34 * length, room) : room * 0.75;
  return curve(from.x, from.top, from.x, from.top - rise, to.x, to.top - rise, to.x, to.top);
}

const curve = (...at) => {
  const [x0, y0, x1, y1, x2, y2, x3, y3] = at.map((value) => Math.round(value * 10) / 10);
  return `M${x0},${y0}C${x1},${y1} ${x2},${y2} ${x3},${y3}`;
};

/**
 * The arcs of one word that looks, in the order of the words it looks at: all of them in a short
 * sentence, the strongest in a long one.
 * @param {Float32Array} row of the pattern, NaN where masked
 * @param {{from: Place, keys: readonly Place[], room: number, across: boolean, hidden: (key_pos: number) => boolean}} layout
 * @returns {Arc[]}
 */
export function wordArcs(row, { from, keys, room, across, hidden }) {
  const all = Array.from(row, (weight, key_pos) => ({ weight, key_pos })).filter(
    ({ weight, key_pos }) => weight >= 0 && !hidden(key_pos),
  );
  const drawn =
    all.length <= MOST
      ? all
      : all
          .filter(({ weight }) => weight >= FAINTEST)
          .sort((a, b) => b.weight - a.weight)
          .slice(0, MOST)
          .sort((a, b) => a.key_pos - b.key_pos);
  return drawn.map(({ weight, key_pos }) => ({
    ...look(weight),
    d: arcPath(from, keys[key_pos], room, across),
    weight,
    key_pos,
  }));
}

/**
 * One arc for each word: to the word it looks at most.
 * @param {{data: Float32Array, rows: number, cols: number}} pattern
 * @param {{queries: readonly Place[], keys: readonly Place[], room: number, across: boolean, hidden: (key_pos: number) => boolean}} layout
 * @returns {Arc[]} of every query; one that looks at nothing has none of its own to see
 */
export function sentenceArcs({ data, rows, cols }, { queries, keys, room, across, hidden }) {
  return Array.from({ length: rows }, (_, query_pos) => {
    const row = data.subarray(query_pos * cols, (query_pos + 1) * cols);
    let best = -1;
    row.forEach((weight, key_pos) => {
      if (weight > (row[best] ?? 0) && !hidden(key_pos)) best = key_pos;
    });
    const weight = row[best] ?? 0;
    const to = keys[best] ?? queries[query_pos];
    return {
      ...look(weight, 2.5),
      d: arcPath(queries[query_pos], to, room, across && best >= 0),
      weight,
      key_pos: best,
    };
  });
}

/** How a weight is drawn: what a head hardly gives is hardly seen. */
function look(weight, widest = 4) {
  if (!(weight >= 0 && weight <= 1.001)) throw new Error(`invalid weight: ${weight}`);
  return { width: 1 + widest * weight, opacity: weight < FAINTEST ? 0 : Math.min(1, 0.1 + weight) };
}

/**
 * Whose weights are written: the strongest, and the word that is asked about. Of two that would run
 * into one another the stronger is written, and the one that is asked about in any case.
 * @param {readonly Arc[]} arcs @param {number|null} asked its position
 * @param {readonly Place[]} keys @param {number} room that a number takes
 */
export function labelledArcs(arcs, asked, keys, room) {
  const ranked = [...arcs].sort((a, b) => b.weight - a.weight);
  const own = ranked.filter(({ key_pos }) => key_pos === asked);
  const strongest = ranked.slice(0, LABELS).filter(({ weight }) => weight >= LEAST_LABEL);
  /** @type {Arc[]} */
  const written = [];
  for (const arc of new Set([...own, ...strongest])) {
    const place = keys[arc.key_pos];
    const free = written.every(({ key_pos }) => {
      const other = keys[key_pos];
      return other.line !== place.line || Math.abs(other.x - place.x) >= room;
    });
    if (free) written.push(arc);
  }
  return arcs.filter((arc) => written.includes(arc));
}

/**
 * What is seen, in one sentence.
 * @param {{kind: string, layer: number, head: number}} head @param {number} count heads of the model
 * @param {{text: string}[]} queries @param {{text: string}[]} keys
 * @param {{query_pos: number, key_pos: number, weight: number, most: boolean}|null} link that it is
 *   about; null: no word is chosen
 */
export function captionParts(head, count, queries, keys, link) {
  const at = { layer: head.layer, head: head.head, count };
  const name =
    head.kind === 'cross'
      ? t('Cross head {layer}-{head} of {count}', at)
      : t('Head {layer}-{head} of {count}', at);
  const word = (token) => isolated(tokenLabel(token, 24));
  if (!link) return { name, from: null, to: null, most: false, weight: '' };
  return {
    name,
    from: word(queries[link.query_pos]),
    to: word(keys[link.key_pos]),
    most: link.most,
    weight: weightText(link.weight),
  };
}
