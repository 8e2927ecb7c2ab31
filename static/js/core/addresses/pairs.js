// Which pair is on screen, as the address says it.
//
// #v=1&text=...&other=...&query=it&model=bert&head=3-1&level=word

import { createAddress, head, name, oneOf, text, word } from '../address.js';
import { EXAMPLES } from '../pair-examples.js';
import { LAW, LEVELS } from './inspector.js';

/**
 * @typedef {import('./inspector.js').HeadName} HeadName
 * @typedef {object} PairsState
 * @property {string} text
 * @property {string} other
 * @property {string|null} query whose row is looked at, as in the inspector's address
 * @property {string|null} model null: the server's default
 * @property {HeadName|null} head null: the one that moved most
 * @property {"token"|"word"} level
 */

/** @type {import('../address.js').Address<PairsState>} */
const address = createAddress(
  {
    text,
    other: text,
    query: word(),
    model: name,
    head,
    level: oneOf(LEVELS, 'token'),
  },
  // The page as it first opens: what "it" is, when the animal is tired and when the street is wide.
  { welcome: EXAMPLES[0].state },
);

export const pairs = {
  ...address,
  /** @param {PairsState} state @returns {Partial<import('../thread.js').Thread>} */
  take: ({ text, other, model, query, head: open }) => ({
    text,
    other,
    model,
    query,
    ...(open && { head: open }),
  }),
  /**
   * A text without another stands twice, for the second to be changed; the text that a newcomer is
   * shown gives way to a pair.
   * @param {import('../thread.js').Thread} thread @param {PairsState|null} left
   * @returns {PairsState|null}
   */
  give({ text, other, model, head: open, query }, left) {
    if (other === null && text === LAW && !left) return null;
    const same = left?.text === text && (other === null || left.other === other);
    const base = same ? left : address.DEFAULTS;
    return { ...base, text, other: other ?? (same ? base.other : text), model, head: open, query };
  },
};
