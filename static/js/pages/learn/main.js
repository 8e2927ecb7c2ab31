// The lessons in their order; the server writes them, the browser says how far its learner came.

import { placeMarks } from '../../core/place-marks.js';
import { plainPage } from '../../core/plain-page.js';
import { find } from '../../core/template.js';
import { t } from '../../language/messages.js';

plainPage();
const marks = placeMarks();
for (const item of document.querySelectorAll('[data-lesson]')) {
  const mark = marks[/** @type {HTMLElement} */ (item).dataset.lesson];
  if (!mark) continue;
  const { seen, count } = mark;
  const done = seen.length >= count;
  item.classList.toggle('is-done', done);
  find(item, '.learn-mark').textContent = done
    ? t('done')
    : t('{seen} of {count} steps', { seen: seen.length, count });
}
