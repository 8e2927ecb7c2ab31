// Where a walk stands, as its address says it: the inspector leads there.
//
// #v=1&text=...&model=small&layer=1&head=0&pos=9&key=2&d=4&m=17&card=k&step=3

import { count, createAddress, name, oneOf, text, word } from '../address.js';
import { LAW } from './inspector.js';

export const LAST_STEP = 10;
export const CARDS = ['q', 'k', 'v'];

/**
 * @typedef {object} WalkState
 * @property {string} text
 * @property {string|null} model null: the model that is walked through by default
 * @property {number} layer
 * @property {number} head
 * @property {number} query_pos the token that is followed
 * @property {string|null} word that names it, as a search writes it; null: its position does
 * @property {number|null} key_pos the token it is compared with; null: its strongest
 * @property {number} d a dimension of the head
 * @property {number} m a dimension of the stream
 * @property {"q"|"k"|"v"} card
 * @property {number} step 1 to 10
 */

/** @type {import('../address.js').Address<WalkState>} */
const address = createAddress(
  {
    text,
    model: name,
    layer: count(0),
    head: count(0),
    query_pos: { ...count(1), name: 'pos' },
    word: { ...word(), name: 'query' },
    key_pos: { ...count(null), name: 'key' },
    d: count(0),
    m: count(0),
    card: oneOf(CARDS, 'q'),
    step: count(1, (step) => step >= 1 && step <= LAST_STEP),
  },
  // The page as it first opens: its (9), in the head that was taught what pronouns refer to.
  { welcome: { text: LAW, layer: 3, head: 0, query_pos: 9 } },
);

/** Whether the model in hand is the one that is walked through. */
const walked = (thread, state, models) =>
  (thread.model ?? models.default) === (state.model ?? models.walk);

export const walk = {
  ...address,
  /**
   * @param {WalkState} state @param {import('../thread.js').Models} models
   * @param {import('../thread.js').Thread} thread @returns {Partial<import('../thread.js').Thread>}
   */
  take(state, models, thread) {
    const { text, layer, head } = state;
    return { text, ...(walked(thread, state, models) && { head: { kind: null, layer, head } }) };
  },
  /**
   * @param {import('../thread.js').Thread} thread @param {WalkState|null} left
   * @param {import('../thread.js').Models} models
   */
  give(thread, left, models) {
    const { text, head: open, query } = thread;
    const { layer, head } = address.WELCOME;
    const fresh = text === LAW ? address.WELCOME : { ...address.DEFAULTS, layer, head };
    const base = left?.text === text ? left : fresh;
    const own = open && walked(thread, base, models) && { layer: open.layer, head: open.head };
    return { ...base, text, word: query, ...own };
  },
};

/**
 * The walk through a head that the inspector shows, with the token that is picked out there.
 * @param {import('./inspector.js').State} state
 * @param {{model: string, layer: number, head: number}} name
 */
export function walkOf({ text, cell, pin, level }, { model, layer, head }) {
  const { DEFAULTS } = walk;
  const pinned = level === 'token' && pin?.side === 'query' ? pin.pos : DEFAULTS.query_pos;
  const query_pos = cell?.query_pos ?? pinned;
  const key_pos = cell?.key_pos ?? null;
  return walk.write({ ...DEFAULTS, text, model, layer, head, query_pos, key_pos });
}
