/** Pairs that a learner has turned: cells of a mask, edges of a graph. Pure. */

import { t } from '../../language/messages.js';

export const FLIP_KEYS = t('Arrow keys move, Enter opens or closes a cell.');

/** With one pair more, or without it where it was there. @param {readonly (readonly number[])[]} flips */
export function toggle(flips, a, b) {
  const rest = flips.filter(([one, other]) => one !== a || other !== b);
  return rest.length < flips.length ? rest : [...flips, [a, b]];
}
