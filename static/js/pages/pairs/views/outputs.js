// What the model says of both texts, side by side. Absent where it says nothing.

import { h } from '../../../core/dom.js';
import { saidLines } from '../../../figures/pair.js';

const COLUMNS = ['Word', '', 'First text', 'Second text'];

/** @param {HTMLElement} root */
export function pairOutputsView(root) {
  let drawn = null;

  function line({ word, what, before, after }) {
    const props = { class: before.split(' ')[0] === after.split(' ')[0] ? '' : 'is-changed' };
    return h(
      'tr',
      props,
      h('th', { scope: 'row' }, word),
      ...[what, before, after].map((text) => h('td', {}, text)),
    );
  }

  return {
    /** @param {any} answer of POST /pairs */
    update(answer) {
      if (answer === drawn) return;
      drawn = answer;
      root.hidden = !answer.outputs;
      if (!answer.outputs) return;
      const lines = saidLines(answer);
      const head = COLUMNS.map((name) => (name ? h('th', { scope: 'col' }, name) : h('td', {})));
      root.replaceChildren(
        h('h2', { class: 'section-title', id: 'said-title' }, 'What the model says'),
        lines.length
          ? h(
              'table',
              { class: 'pairs-said-table', 'aria-labelledby': 'said-title' },
              h('thead', {}, h('tr', {}, ...head)),
              h('tbody', {}, ...lines.map(line)),
            )
          : h(
              'p',
              { class: 'pairs-vectors' },
              'The same of both: each word its tag and its parent.',
            ),
      );
    },
  };
}
