// What the page says of an error that the server words for programs. Pure.

import { isolated } from '../figures/bidi.js';
import { prose, t } from '../language/messages.js';
import { parsePlace } from './places.js';

/** @typedef {Error & {code?: string, field?: string|null, status?: number}} Failure */

const CHOOSE = t('Click a word, or type one of them.');

/**
 * The server's own words, but where they name parts of a request that a visitor never sees.
 * `status` tells whether the same request may succeed the next time; `remedy` what the page
 * can do about it.
 * @param {Failure} error
 * @param {{query?: string|null, key?: string|null}} [places] the words searched for
 * @returns {{message: string, status: number, remedy: "one_text"|null}}
 */
export function worded(error, { query = null, key = null } = {}) {
  const { code, field, message, status = 0 } = error;
  const selection = code === 'invalid_selection';
  if (selection && field === 'text_pair') {
    return { message: t('This model reads one text.'), status, remedy: 'one_text' };
  }
  if (code === 'empty_text' && field === 'text_pair') {
    return { message: t('The second text is blank.'), status, remedy: 'one_text' };
  }
  if (code === 'word_not_found' || selection) {
    const place = { query, key }[field] ?? null;
    const wanted = place === null ? null : parsePlace(place);
    if (typeof wanted === 'string') {
      return {
        message: prose(
          t('“{wanted}” is not a word of this text.', { wanted: isolated(wanted) }),
          CHOOSE,
        ),
        status,
        remedy: null,
      };
    }
    if (wanted)
      return {
        message: prose(t('That word is not in this text.'), CHOOSE),
        status,
        remedy: null,
      };
  }
  return { message, status, remedy: null };
}

/** With a capital, unless it begins with what somebody wrote: a name, a path, a quotation. */
export function sentence(message) {
  return message.replace(/^[a-z](?=[a-z]* )/, (letter) => letter.toUpperCase());
}
