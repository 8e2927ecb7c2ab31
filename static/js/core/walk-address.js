// Where a walk stands, as the address says it. Pure: the store reads and writes the address.
//
// #text=...&model=small&layer=1&head=0&pos=9&key=2&d=4&m=17&card=k&step=3

import { LAW } from './state.js';

export const LAST_STEP = 10;
export const CARDS = ['q', 'k', 'v'];

/**
 * @typedef {object} WalkState
 * @property {string} text
 * @property {string|null} model null: the model that is walked through by default
 * @property {number} layer
 * @property {number} head
 * @property {number} query_pos the token that is followed
 * @property {number|null} key_pos the token it is compared with; null: its strongest
 * @property {number} d a dimension of the head
 * @property {number} m a dimension of the stream
 * @property {"q"|"k"|"v"} card
 * @property {number} step 1 to 10
 */

/** @type {Readonly<WalkState>} */
export const DEFAULTS = Object.freeze({
  text: '',
  model: null,
  layer: 0,
  head: 0,
  query_pos: 1,
  key_pos: null,
  d: 0,
  m: 0,
  card: 'q',
  step: 1,
});

/** The page as it first opens: its (9), from the very beginning. */
export const WELCOME = Object.freeze({ ...DEFAULTS, text: LAW, query_pos: 9 });

const NAMES = { query_pos: 'pos', key_pos: 'key' };

/** @param {string} fragment with or without "#" @returns {WalkState} */
export function parseWalk(fragment) {
  const params = new URLSearchParams(fragment.replace(/^#/, ''));
  if ([...params].length === 0) return { ...WELCOME };
  const count = (name) => {
    const value = params.get(NAMES[name] ?? name) ?? '';
    return /^\d{1,6}$/.test(value) ? Number(value) : DEFAULTS[name];
  };
  const card = params.get('card') ?? '';
  const step = count('step');
  return {
    text: params.get('text') ?? DEFAULTS.text,
    model: params.get('model'),
    layer: count('layer'),
    head: count('head'),
    query_pos: count('query_pos'),
    key_pos: count('key_pos'),
    d: count('d'),
    m: count('m'),
    card: /** @type {"q"|"k"|"v"} */ (CARDS.includes(card) ? card : DEFAULTS.card),
    step: step >= 1 && step <= LAST_STEP ? step : DEFAULTS.step,
  };
}

/**
 * The walk through a head that the inspector shows, with the token that is picked out there.
 * @param {import('./state.js').State} state
 * @param {{model: string, layer: number, head: number}} name
 */
export function walkOf({ text, cell, pin, level }, { model, layer, head }) {
  const pinned = level === 'token' && pin?.side === 'query' ? pin.pos : DEFAULTS.query_pos;
  const query_pos = cell?.query_pos ?? pinned;
  const key_pos = cell?.key_pos ?? null;
  return writeWalk({ ...DEFAULTS, text, model, layer, head, query_pos, key_pos });
}

/** The fragment of a state, without "#"; what equals its default is left out. */
export function writeWalk(state) {
  const params = new URLSearchParams({ text: state.text });
  for (const [name, otherwise] of Object.entries(DEFAULTS)) {
    const value = state[name];
    if (name === 'text' || value === null || value === otherwise) continue;
    params.set(NAMES[name] ?? name, String(value));
  }
  return params.toString();
}
