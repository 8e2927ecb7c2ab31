/** Where a learner types the sentence that a lesson is about. */

import { build, html } from '../../core/template.js';
import { textBox } from '../../parts/text-box.js';

/** @param {(text: string) => void} onRead */
export const lessonReader = (onRead) =>
  textBox(build(html`<div class="lesson-reader"></div>`), {
    samples: false,
    onRead: ({ text }) => onRead(text),
  });
