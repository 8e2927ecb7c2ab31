/** Pairs that a learner has turned: cells of a mask, edges of a graph. Pure. */

/** With one pair more, or without it where it was there. @param {readonly (readonly number[])[]} flips */
export function toggle(flips, a, b) {
  const rest = flips.filter(([one, other]) => one !== a || other !== b);
  return rest.length < flips.length ? rest : [...flips, [a, b]];
}
