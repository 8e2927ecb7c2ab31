// What is compared, as the address says it. Pure: the store reads and writes the address.
//
// #text=...&query=its&key=Law&first=small&second=bert&head1=3-0&head2=2-5&picture=pattern

import { LAW } from '../../core/state.js';

export const PICTURES = /** @type {const} */ (['links', 'pattern']);

/**
 * @typedef {{layer: number, head: number}} Place
 * @typedef {object} CompareState
 * @property {string} text
 * @property {string|null} query searched word, as in the inspector's address
 * @property {string|null} key
 * @property {[string|null, string|null]} models null: the page's own choice
 * @property {[Place|null, Place|null]} heads null: the best one
 * @property {"links"|"pattern"} picture
 */

/** @type {Readonly<CompareState>} */
export const DEFAULTS = Object.freeze(
  /** @type {CompareState} */ ({
    text: '',
    query: null,
    key: null,
    models: [null, null],
    heads: [null, null],
    picture: 'links',
  }),
);

/** The page as it first opens: the same link in both models. */
export const WELCOME = Object.freeze({ ...DEFAULTS, text: LAW, query: 'its', key: 'Law' });

/** @param {string|null} written "3-0" @returns {Place|null} */
function parsePlace(written) {
  const found = /^(\d{1,4})-(\d{1,4})$/.exec(written ?? '');
  return found && { layer: Number(found[1]), head: Number(found[2]) };
}

/** @param {string} fragment with or without "#" @returns {CompareState} */
export function parseCompare(fragment) {
  const params = new URLSearchParams(fragment.replace(/^#/, ''));
  if ([...params].length === 0) return { ...WELCOME };
  const picture = params.get('picture') ?? '';
  return {
    text: params.get('text') ?? DEFAULTS.text,
    query: params.get('query'),
    key: params.get('key'),
    models: [params.get('first'), params.get('second')],
    heads: [parsePlace(params.get('head1')), parsePlace(params.get('head2'))],
    picture: PICTURES.find((one) => one === picture) ?? DEFAULTS.picture,
  };
}

/** @param {CompareState} state */
export function writeCompare({ text, query, key, models, heads, picture }) {
  const params = new URLSearchParams({ text });
  const put = (name, value) => value !== null && params.set(name, value);
  put('query', query);
  put('key', key);
  put('first', models[0]);
  put('second', models[1]);
  for (const [i, place] of heads.entries()) {
    put(`head${i + 1}`, place && `${place.layer}-${place.head}`);
  }
  if (picture !== DEFAULTS.picture) params.set('picture', picture);
  return params.toString();
}
