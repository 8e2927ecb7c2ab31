// Which heads and cells a state means, once the run is known. Pure.
//
// A head's name is {kind, layer, head}. In the state and in requests `kind` is null for the
// model's first kind, which the page need not know to ask for it; pictures are given names
// with the kind filled in.

import { t } from '../language/messages.js';

/**
 * @typedef {import('./addresses/inspector.js').HeadName} HeadName
 * @typedef {import('./api.js').Overview} Overview
 */

/** A head's name alone, without what else is known of it, as the state writes it. */
export function nameOf({ kind, layer = null, head = null }, overview) {
  return { kind: kind === overview?.kinds[0].kind ? null : kind, layer, head };
}

/** Whether two names, written the same way, are of one head. */
export function sameHead(a, b) {
  return a.layer === b.layer && a.head === b.head && a.kind === b.kind;
}

/** The part of an overview that is of one kind; the first where none is named. */
export function pictureOf(overview, kind) {
  return overview.kinds.find((one) => one.kind === kind) ?? overview.kinds[0];
}

/**
 * @typedef {{layers: number, heads: number, layer_numbers?: number[]|null}} Shape
 * `layer_numbers` are the model's own: in a hybrid model only some layers have attention.
 */

/** The numbers of the layers that have attention; before they are known, 0, 1, 2 ...
 * @param {Shape} shape @returns {number[]} */
export const layersOf = ({ layers, layer_numbers }) =>
  layer_numbers ?? Array.from({ length: layers }, (_, n) => n);

/** Those layers in words: "layers 0 to 5", "layers 3, 7". @param {Shape} shape */
export function layersText(shape) {
  const numbers = layersOf(shape);
  const whole = numbers.every((number, n) => number === n);
  return whole
    ? t('layers 0 to {last}', { last: numbers.length - 1 })
    : t('layers {numbers}', { numbers: numbers.join(', ') });
}

/** Whether there is a head of that layer and number. @param {Shape} shape */
export const hasHead = (shape, { layer, head }) =>
  layersOf(shape).includes(layer) && head < shape.heads;

/**
 * The heads on screen, the open one first. Before the overview is there, the state is taken
 * at its word, so that both can be asked for at once; then what the model does not have is
 * replaced by the head with the strongest far link, which is also what opens where none is named.
 * @param {import('./addresses/inspector.js').State} state
 * @param {Overview|null} overview
 * @returns {HeadName[]}
 */
export function openHeads(state, overview) {
  const named =
    state.layer === null ? null : { kind: state.kind, layer: state.layer, head: state.head };
  // A kind that is named may not be one of the model's: it waits until that is known.
  const first = (one) => one.kind === null;
  if (!overview) return named && first(named) ? [named, ...state.more.filter(first)] : [];
  const shape = pictureOf(overview, state.kind);
  const here = nameOf({ kind: shape.kind, layer: 0, head: 0 }, overview).kind;
  const exists = (one) => one.kind === here && hasHead(shape, one);
  const open = named && exists(named) ? named : strongestHead(overview, shape.kind);
  return [open, ...state.more.filter((one) => exists(one) && !sameHead(one, open))];
}

/**
 * The head of the strongest link between words that are not neighbours: on nearly every text
 * the strongest of all is from a token to the one before.
 * @param {Overview} overview @param {string} kind @returns {HeadName}
 */
export function strongestHead(overview, kind) {
  const [far] = strongLinks(overview, kind, 1);
  if (far) return nameOf({ kind, layer: far.layer, head: far.head }, overview);
  const heads = overview.heads.filter((one) => one.kind === kind);
  const best = heads.reduce((a, b) =>
    (b.strongest?.value ?? 0) > (a.strongest?.value ?? 0) ? b : a,
  );
  return nameOf(best, overview);
}

/**
 * The words at both ends of a head's strongest link. At word level its positions count words.
 * @param {Overview} overview @param {import('./api.js').OverviewHead} head
 * @returns {{from: number, to: number, query: any, key: any}|null} indices and words
 */
export function strongestWords(overview, { kind, strongest }) {
  if (!strongest) return null;
  const { query, key } = pictureOf(overview, kind);
  const wordOf = ({ tokens }, pos) => (overview.level === 'word' ? pos : tokens[pos].word);
  const [from, to] = [wordOf(query, strongest.query_pos), wordOf(key, strongest.key_pos)];
  return { from, to, query: query.words[from], key: key.words[to] };
}

/**
 * Links worth a look: the strongest of each head, between words that are not neighbours,
 * each pair of words once, the strongest first.
 * @param {Overview} overview @param {string} kind @param {number} most
 * @returns {{query: any, key: any, value: number, layer: number, head: number}[]}
 */
export function strongLinks(overview, kind, most) {
  const seen = new Set();
  return overview.heads
    .filter((one) => one.kind === kind && one.strongest)
    .sort((a, b) => b.strongest.value - a.strongest.value)
    .flatMap((one) => {
      const { from, to, query, key } = strongestWords(overview, one);
      const pair = JSON.stringify([query.text, key.text]);
      const near = kind !== 'cross' && Math.abs(from - to) < 2;
      if (near || seen.has(pair)) return [];
      seen.add(pair);
      return [{ query, key, value: one.strongest.value, layer: one.layer, head: one.head }];
    })
    .slice(0, most);
}

/**
 * The strongest token cell inside a cell between words.
 * @param {{data: Float32Array, cols: number}} pattern between tokens
 * @param {{tokens: number[]}} query @param {{tokens: number[]}} key
 */
export function bestCell(pattern, query, key) {
  const weight = ({ query_pos, key_pos }) => {
    const value = pattern.data[query_pos * pattern.cols + key_pos];
    return Number.isNaN(value) ? -1 : value;
  };
  const cells = query.tokens.flatMap((query_pos) =>
    key.tokens.map((key_pos) => ({ query_pos, key_pos })),
  );
  return cells.reduce((best, cell) => (weight(cell) > weight(best) ? cell : best));
}

/** The cell itself where the picture has both its tokens, else null. */
export function cellIn(cell, { query, key }) {
  return cell && query.tokens[cell.query_pos] && key.tokens[cell.key_pos] ? cell : null;
}

/** The cell between words that a token cell lies in. */
export function wordCell(cell, { query, key }) {
  if (!cellIn(cell, { query, key })) return null;
  return { query_pos: query.tokens[cell.query_pos].word, key_pos: key.tokens[cell.key_pos].word };
}

/** The head before or after one, by layer and head; the first follows the last. */
export function neighbour({ kind, layer, head }, shape, by) {
  const layers = layersOf(shape);
  const all = layers.length * shape.heads;
  const at = (layers.indexOf(layer) * shape.heads + head + by + all) % all;
  return { kind, layer: layers[Math.floor(at / shape.heads)], head: at % shape.heads };
}
