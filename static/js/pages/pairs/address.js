// Which pair is on screen, as the address says it. Pure: the store reads and writes the address.
//
// #text=...&other=...&query=it&model=bert&head=3-1&level=word

import { KINDS, LEVELS } from '../../core/state.js';
import { EXAMPLES } from './examples.js';

/**
 * @typedef {{kind: string|null, layer: number, head: number}} HeadName
 * @typedef {object} PairsState
 * @property {string} text
 * @property {string} other
 * @property {string|null} query whose row is looked at, as in the inspector's address
 * @property {string|null} model null: the server's default
 * @property {HeadName|null} head null: the one that moved most
 * @property {"token"|"word"} level
 */

/** @type {Readonly<PairsState>} */
export const DEFAULTS = Object.freeze({
  text: '',
  other: '',
  query: null,
  model: null,
  head: null,
  level: 'token',
});

/** The page as it first opens: what "it" is, when the animal is tired and when the street is wide. */
export const WELCOME = Object.freeze({ ...DEFAULTS, ...EXAMPLES[0].state });

const HEAD = new RegExp(`^(?:(${KINDS.join('|')})\\.)?(\\d{1,4})-(\\d{1,4})$`);

/** @param {string|null} written "3-1" or "cross.3-1" @returns {HeadName|null} */
function parseHead(written) {
  const found = HEAD.exec(written ?? '');
  return found && { kind: found[1] ?? null, layer: Number(found[2]), head: Number(found[3]) };
}

/** @param {string} fragment with or without "#" @returns {PairsState} */
export function parsePairs(fragment) {
  const params = new URLSearchParams(fragment.replace(/^#/, ''));
  if ([...params].length === 0) return { ...WELCOME };
  const level = params.get('level') ?? '';
  return {
    text: params.get('text') ?? DEFAULTS.text,
    other: params.get('other') ?? DEFAULTS.other,
    query: params.get('query'),
    model: params.get('model'),
    head: parseHead(params.get('head')),
    level: LEVELS.includes(level) ? /** @type {any} */ (level) : DEFAULTS.level,
  };
}

/** @param {PairsState} state */
export function writePairs({ text, other, query, model, head, level }) {
  const params = new URLSearchParams({ text, other });
  if (query !== null) params.set('query', query);
  if (model !== null) params.set('model', model);
  if (head) params.set('head', `${head.kind ? `${head.kind}.` : ''}${head.layer}-${head.head}`);
  if (level !== DEFAULTS.level) params.set('level', level);
  return params.toString();
}
