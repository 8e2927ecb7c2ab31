// Where a question comes up on a page, and the lesson that answers it. A lesson is named by its slug.

import { t } from '../language/messages.js';

const SOFTMAX = { lesson: 'softmax', title: t('Softmax and its gradient') };
const MASKS = { lesson: 'masks', title: t('Who may look at whom?') };
const GRAPHS = { lesson: 'graphs', title: t('A graph is a mask') };
const IMAGES = { lesson: 'images', title: t('An image is a sequence of patches') };
const CONVOLUTION = { lesson: 'convolution', title: t('A convolution is a special case') };
const TAGGERS = { lesson: 'taggers', title: t('I saw a saw') };
const POOLING = { lesson: 'pooling', title: t('From many vectors to one') };
const SCORES = { lesson: 'scores', title: t('Score functions and normalisers') };
const HEADS = { lesson: 'heads', title: t('Several heads') };
const ORDER = { lesson: 'order', title: t('Word order') };
const SCALE = { lesson: 'scale', title: t('Why divide by √d?') };

/** @type {Readonly<Record<string, {lesson: string, title: string, step: number}>>} */
export const LESSON_PLACES = Object.freeze({
  'cell.score': { ...SCALE, step: 1 },
  'walk.6': { ...MASKS, step: 1 },
  'edit.window': { ...MASKS, step: 2 },
  'edit.only_along': { ...GRAPHS, step: 1 },
  'outputs.tags': { ...TAGGERS, step: 1 },
  'positions.none': { ...IMAGES, step: 3 },
  'walk.1': { ...ORDER, step: 3 },
  'walk.3': { ...SCORES, step: 3 },
  'walk.4': { ...SCORES, step: 1 },
  'walk.8': { ...POOLING, step: 2 },
  'walk.9': { ...HEADS, step: 2 },
  'mask.edges': { ...GRAPHS, step: 1 },
  'mask.window': { ...CONVOLUTION, step: 1 },
  'walk.5': { ...SCALE, step: 1 },
  'edit.unscaled': { ...SCALE, step: 2 },
  'cell.pattern': { ...SOFTMAX, step: 1 },
  'walk.7': { ...SOFTMAX, step: 1 },
  'edit.temperature': { ...SOFTMAX, step: 4 },
});

/** The address of the lesson of a place. @param {string} place */
export function lessonAt(place) {
  const { lesson, step } = LESSON_PLACES[place];
  return `/learn/${lesson}${step > 1 ? `#v=1&step=${step}` : ''}`;
}
