// Which heads and cells a state means, once the run is known. Pure.

/**
 * @typedef {import('./state.js').HeadName} HeadName
 * @typedef {import('./api.js').Overview} Overview
 */

/** A head's name alone, without what else is known of it. */
export function nameOf({ kind, layer, head }) {
  return { kind, layer, head };
}

/** The part of an overview that is of one kind; the first where none is named. */
export function pictureOf(overview, kind) {
  return overview.kinds.find((one) => one.kind === kind) ?? overview.kinds[0];
}

/**
 * The heads on screen, the open one first. Before the overview is there, the state is taken
 * at its word, so that both can be asked for at once; then what the model does not have is
 * replaced by the head with the strongest link, which is also what opens where none is named.
 * @param {import('./state.js').State} state
 * @param {Overview|null} overview
 * @param {{kinds: string[]|null}|null} model
 * @returns {HeadName[]}
 */
export function openHeads(state, overview, model) {
  const kind = state.kind ?? model?.kinds?.[0] ?? overview?.kinds[0].kind ?? null;
  const named = state.layer === null ? null : { kind, layer: state.layer, head: state.head };
  const more = state.more.map((one) => ({ ...one, kind: one.kind ?? kind }));
  if (!overview) return named ? [named, ...more] : [];
  const shape = pictureOf(overview, kind);
  const exists = (one) => one.kind === shape.kind && one.layer < shape.layers && one.head < shape.heads;
  const filled = named && { ...named, kind: named.kind ?? shape.kind };
  const first = filled && exists(filled) ? filled : strongestHead(overview, shape.kind);
  const others = more.filter((one) => exists(one) && !(one.layer === first.layer && one.head === first.head));
  return [first, ...others];
}

/** @param {Overview} overview @param {string} kind @returns {HeadName} */
export function strongestHead(overview, kind) {
  const heads = overview.heads.filter((one) => one.kind === kind);
  const best = heads.reduce((a, b) => ((b.strongest?.value ?? 0) > (a.strongest?.value ?? 0) ? b : a));
  return nameOf(best);
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
  const cells = query.tokens.flatMap((query_pos) => key.tokens.map((key_pos) => ({ query_pos, key_pos })));
  return cells.reduce((best, cell) => (weight(cell) > weight(best) ? cell : best));
}

/** The cell between words that a token cell lies in. */
export function wordCell(cell, { query, key }) {
  if (!cell || !query.tokens[cell.query_pos] || !key.tokens[cell.key_pos]) return null;
  return { query_pos: query.tokens[cell.query_pos].word, key_pos: key.tokens[cell.key_pos].word };
}
