// How far a learner has come in each lesson: kept in the browser, told to nobody.

const KEPT = 'headlight:lessons';

/** @typedef {{seen: number[], count: number}} Mark the steps that were seen, of so many */

/** The place-marks of all lessons, by slug. @param {Storage} [storage] @returns {Record<string, Mark>} */
export function placeMarks(storage = globalThis.localStorage) {
  try {
    return JSON.parse(storage.getItem(KEPT)) ?? {};
  } catch {
    return {}; // another version's, or a browser that keeps nothing
  }
}

/**
 * A step was seen.
 * @param {string} slug @param {number} step from 1 @param {number} count @param {Storage} [storage]
 */
export function markStep(slug, step, count, storage = globalThis.localStorage) {
  const marks = placeMarks(storage);
  const seen = new Set(marks[slug]?.count === count ? marks[slug].seen : []);
  seen.add(step);
  try {
    storage.setItem(KEPT, JSON.stringify({ ...marks, [slug]: { seen: [...seen], count } }));
  } catch {
    // The lesson goes on without them.
  }
}
