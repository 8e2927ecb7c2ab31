// Whether a model knows what a text is written in. Pure.

import { t } from '../language/messages.js';

/** How vocabularies write what they do not know. */
const UNKNOWN = new Set(['[UNK]', '<unk>']);
/** From this share on, what is shown is of signs that mean nothing to the model. */
const MANY = 0.25;

/**
 * What to say of a text that a model hardly knows; null where it does.
 * @param {{tokens: {piece: string, special: boolean}[]}} cut as POST /tokens tells it
 * @param {string} title of the model
 */
export function unknownText({ tokens }, title) {
  const own = tokens.filter(({ special }) => !special);
  const unknown = own.filter(({ piece }) => UNKNOWN.has(piece));
  if (unknown.length < 2 || unknown.length < MANY * own.length) return null;
  const { piece } = unknown[0];
  return t(
    '{title} does not know {unknown} of the {count} tokens of this text: each is {piece} to it, one like the other, and so are their links.',
    { title, unknown: unknown.length, count: own.length, piece },
  );
}
