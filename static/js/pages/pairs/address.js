// Which pair is on screen, as the address says it.
//
// #v=1&text=...&other=...&query=it&model=bert&head=3-1&level=word

import { createAddress, head, name, oneOf, text, word } from '../../core/address.js';
import { LEVELS } from '../../core/inspector-address.js';
import { EXAMPLES } from './examples.js';

/**
 * @typedef {import('../../core/inspector-address.js').HeadName} HeadName
 * @typedef {object} PairsState
 * @property {string} text
 * @property {string} other
 * @property {string|null} query whose row is looked at, as in the inspector's address
 * @property {string|null} model null: the server's default
 * @property {HeadName|null} head null: the one that moved most
 * @property {"token"|"word"} level
 */

/** @type {import('../../core/address.js').Address<PairsState>} */
export const pairs = createAddress(
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
