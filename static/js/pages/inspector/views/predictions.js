// What the model says of the text before the edits and after them. Absent where it says nothing.

import { h } from '../../../core/dom.js';
import { tokenName } from '../../../figures/axis.js';
import * as figure from '../../../figures/predictions.js';

const KL =
  'KL: how far what it says after is from what it said before, over all classes, in nats; ∞ where something has become impossible or a row is no distribution any more.';

/** @param {HTMLElement} root */
export function predictionsView(root) {
  const about = h('span', { class: 'panel-about' }, 'before the edits, and after them');
  const pieces = h('div', { class: 'said-pieces' });
  const words = h('div', { class: 'said-words' });
  const frame = h('div', {
    class: 'table-frame',
    tabindex: '0',
    role: 'region',
    'aria-label': 'Table: all predictions',
  });
  const behind = h(
    'details',
    { class: 'behind', ontoggle: () => behind.open && drawAll() },
    h('summary', {}, 'Table: all predictions'),
    frame,
  );
  root.replaceChildren(
    h('h3', { class: 'panel-title' }, 'What the model says', about),
    h('div', { class: 'said-parts' }, pieces, words),
    h('p', { class: 'figure-note' }, KL),
    behind,
  );
  root.hidden = true;
  let answer = null;
  const tokens = () => answer.target_tokens ?? answer.tokens;

  /** A gap, or the end of the text: its candidates, each with its share before and after. */
  function piece(prediction) {
    const where =
      prediction.said === 'next'
        ? `After ${tokenName(tokens(), prediction.position)}`
        : `At ${tokenName(tokens(), prediction.position)}`;
    const bar = (name, share) => {
      const made = h('span', { class: `said-bar is-${name}` });
      made.style.setProperty('--share', String(share));
      return made;
    };
    const row = (candidate) =>
      h(
        'tr',
        {},
        h(
          'th',
          { scope: 'row' },
          h('bdi', {}, figure.candidateText(prediction, candidate, tokens())),
        ),
        h('td', { class: 'said-number' }, candidate.before.toFixed(3)),
        h('td', { class: 'said-number' }, candidate.after.toFixed(3)),
        h(
          'td',
          { class: 'said-room', 'aria-hidden': 'true' },
          bar('before', candidate.before),
          bar('after', candidate.after),
        ),
      );
    return h(
      'table',
      { class: 'said-piece' },
      h('caption', {}, `${where} · KL ${figure.klText(prediction)}`),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          ...['', 'before', 'after'].map((name) =>
            h('th', { scope: 'col' }, name || h('span', { class: 'visually-hidden' }, 'piece')),
          ),
        ),
      ),
      h('tbody', {}, ...prediction.candidates.slice(0, 8).map(row)),
    );
  }

  function wordsTable(rows, name) {
    const first = (prediction, when) => {
      const best = figure.top(prediction, when);
      return `${figure.candidateText(prediction, best, tokens())} ${best[when].toFixed(2)}`;
    };
    const row = (prediction) => {
      const lost = figure.isLost(prediction);
      const same = !lost && !figure.isChanged(prediction);
      return h(
        'tr',
        { class: same ? '' : 'is-changed' },
        h('th', { scope: 'row' }, tokenName(tokens(), prediction.position)),
        h('td', {}, figure.aboutText(prediction)),
        h('td', {}, first(prediction, 'before')),
        h(
          'td',
          {},
          lost
            ? 'nothing'
            : same
              ? figure.top(prediction, 'after').after.toFixed(2)
              : first(prediction, 'after'),
        ),
        h('td', { class: 'said-number' }, figure.klText(prediction)),
      );
    };
    return h(
      'table',
      { class: 'data-table said-table' },
      h('caption', { class: 'visually-hidden' }, name),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          ...['Word', 'Says', 'Before', 'After', 'KL'].map((title) =>
            h('th', { scope: 'col' }, title),
          ),
        ),
      ),
      h('tbody', {}, ...rows.map(row)),
    );
  }

  function drawAll() {
    if (answer)
      frame.replaceChildren(wordsTable(answer.predictions, 'All predictions, before and after'));
  }

  return {
    /** @param {any} next answer of /what-if */
    update(next) {
      answer = next;
      const predictions = next.predictions ?? [];
      root.hidden = predictions.length === 0;
      if (root.hidden) return;
      const parts = figure.predictionParts(predictions);
      pieces.replaceChildren(...parts.pieces.map(piece));
      const rest =
        parts.rest > 0 &&
        h('p', { class: 'figure-note' }, `${parts.rest} more change less; the table holds all.`);
      words.replaceChildren(
        ...(parts.rows.length
          ? [wordsTable(parts.rows, 'Words whose prediction changes most')]
          : []),
        ...(rest ? [rest] : []),
      );
      if (behind.open) drawAll();
    },
  };
}
