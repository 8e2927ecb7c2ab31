/** The way to the lesson that a control or a step raises the question of. */

import { LESSON_PLACES, lessonAt } from '../core/lesson-places.js';
import { html, when } from '../core/template.js';
import { t } from '../language/messages.js';

/** @param {string} place of LESSON_PLACES; nothing for a place that has no lesson */
export const lessonLink = (place) =>
  when(
    LESSON_PLACES[place],
    () =>
      html`<a class="quiet-link lesson-link" href=${lessonAt(place)}>${t('Lesson: {title}', { title: LESSON_PLACES[place].title })}</a>`,
  );
