// What the address of every lesson says: the step, and what its learner has set.
//
// #v=1&step=2&a=10

import { count, createAddress } from '../address.js';

/**
 * @param {number} steps how many the lesson has
 * @param {Record<string, import('../address.js').Field>} fields its own
 * @param {Record<string, any>} [welcome] what it opens on, where its address is empty
 * @returns {import('../address.js').Address<any>}
 */
export const lessonAddress = (steps, fields, welcome = {}) =>
  createAddress({ step: count(1, (step) => step >= 1 && step <= steps), ...fields }, { welcome });
