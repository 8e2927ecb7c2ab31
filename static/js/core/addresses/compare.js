// What is compared, as the address says it.
//
// #v=1&text=...&query=its&key=Law&first=small&second=bert&head1=3-0&head2=2-5&picture=pattern

import { createAddress, head, oneOf, text, word } from '../address.js';
import { LAW } from './inspector.js';

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

/** @type {import('../address.js').Address<CompareState>} */
const address = createAddress(
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

export const compare = {
  ...address,
  /** @param {CompareState} state @returns {Partial<import('../thread.js').Thread>} */
  take: ({ text, query, key }) => ({ text, query, key }),
  /**
   * The model in hand is the second, unless it is the first already; its head goes with it.
   * @param {import('../thread.js').Thread} thread @param {CompareState|null} left
   * @param {import('../thread.js').Models} models
   */
  give({ text, model, head: open, query, key }, left, models) {
    const base = left?.text === text ? left : address.DEFAULTS;
    const first = (model ?? models.default) === (base.first ?? models.walk);
    const mine = first ? { head1: open } : { second: model, head2: open };
    return { ...base, text, query, key, ...mine };
  },
};
