// What the model says of the text before the edits and after them. Absent where it says nothing.

import { h } from '../controls/dom.js';

/** @param {HTMLElement} root */
export function predictionsView(root) {
  root.hidden = true;
  return {
    /** @param {object} answer of /what-if */
    update() {
      root.replaceChildren(h('h3', { class: 'panel-title' }, 'What the model says'));
    },
  };
}
