// What is compared, as the address says it.
//
// #v=1&text=...&query=its&key=Law&first=small&second=bert&head1=3-0&head2=2-5&picture=pattern

import { createAddress, head, oneOf, text, word } from '../../core/address.js';
import { LAW } from '../../core/inspector-address.js';

export const PICTURES = ['links', 'pattern'];

/**
 * @typedef {{kind: null, layer: number, head: number}} Place
 * @typedef {object} CompareState
 * @property {string} text
 * @property {string|null} query searched word, as in the inspector's address
 * @property {string|null} key
 * @property {string|null} first model; null: the page's own choice
 * @property {string|null} second
 * @property {Place|null} head1 null: the best one
 * @property {Place|null} head2
 * @property {"links"|"pattern"} picture
 */

/** @type {import('../../core/address.js').Address<CompareState>} */
export const compare = createAddress(
  {
    text,
    query: word(),
    key: word(),
    first: word(),
    second: word(),
    head1: head,
    head2: head,
    picture: oneOf(PICTURES, 'links'),
  },
  // The page as it first opens: the same link in both models.
  { welcome: { text: LAW, query: 'its', key: 'Law' } },
);
