// What the address of every lesson says: the step, and what its learner has set.
//
// #v=1&step=2&a=10

import { SIZE } from '../../figures/digit.js';
import { t } from '../../language/messages.js';
import { count, createAddress, text } from '../address.js';
import { LAW } from './inspector.js';

/** What a lesson is about until its learner types another sentence. */
export const SENTENCE = t('The apples are tasty, I bought three kilos.');
/** @type {import('../address.js').Field} */
export const sentence = { ...text, otherwise: SENTENCE, always: false };

/** Two numbers: a cell of a mask, an edge of a graph. @type {import('../address.js').Field} */
export const pair = {
  otherwise: null,
  read: (said) => (/^\d{1,3}-\d{1,3}$/.test(said) ? said.split('-').map(Number) : undefined),
  write: (both) => both.join('-'),
};

/**
 * An image of a digit in an address: a sign for each pixel, 0 to 9 and a to g, row by row.
 * @type {import('../address.js').Field}
 */
export const imageField = {
  otherwise: null,
  read: (said) =>
    /^[0-9a-g]{64}$/.test(said)
      ? Array.from({ length: SIZE }, (_, row) =>
          [...said.slice(row * SIZE, (row + 1) * SIZE)].map((sign) => Number.parseInt(sign, 17)),
        )
      : undefined,
  write: (image) =>
    image
      .flat()
      .map((ink) => ink.toString(17))
      .join(''),
};

/**
 * @param {number} steps how many the lesson has
 * @param {Record<string, import('../address.js').Field>} fields its own; one that is called text is the
 *   sentence that it is about
 * @param {{asksAboutItsOwn?: boolean}} [how] whether its questions are about its own sentence: it opens
 *   on that, and not on the one that a reader has in hand
 * @returns {import('../thread.js').OwnAddress}
 */
export function lessonAddress(steps, fields, { asksAboutItsOwn = false } = {}) {
  const address = createAddress({
    step: count(1, (step) => step >= 1 && step <= steps),
    ...fields,
  });
  if (!fields.text) return address;
  return {
    ...address,
    take: ({ text }) => (text === fields.text.otherwise ? {} : { text }),
    begin: ({ text }) =>
      text === null || text === LAW || asksAboutItsOwn ? null : { ...address.DEFAULTS, text },
  };
}
