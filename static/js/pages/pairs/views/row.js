// One word's row in both texts: whom it looks at, before and after, key by key.

import { h, setText } from '../../../core/dom.js';
import { writePlace } from '../../../core/places.js';
import { tokenLabel } from '../../../figures/axis.js';
import {
  changeColumn,
  mostMoved,
  movedSentence,
  rowBars,
  unitName,
} from '../../../figures/pair.js';
import { roving } from '../../../parts/roving.js';

const MOST = 24;

/**
 * @param {HTMLElement} root
 * @param {{onQuery: (query: string|null) => void}} callbacks
 */
export function rowView(root, { onQuery }) {
  const title = h('h2', { class: 'section-title' }, 'One word’s row');
  const all = h(
    'button',
    { type: 'button', class: 'text-button', onclick: () => onQuery(null) },
    'Rank by all rows',
  );
  const words = h('div', {
    class: 'search-words pairs-words',
    role: 'toolbar',
    'aria-label': 'Words of both texts',
  });
  const stops = roving(words, { items: () => [...words.querySelectorAll('button')] });
  const said = h('p', { class: 'pairs-said', role: 'status' });
  const body = h('tbody');
  const table = h(
    'table',
    { class: 'pairs-bars' },
    h('caption', { class: 'visually-hidden' }, 'What the row gives to each key, in both texts'),
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        ...['Key', 'First text', 'Second text', 'Change'].map((name) =>
          h('th', { scope: 'col' }, name),
        ),
      ),
    ),
    body,
  );
  const region = { role: 'region', 'aria-label': 'Weights of the row', tabindex: '0' };
  root.replaceChildren(
    h('div', { class: 'section-head' }, title, h('span', { class: 'spring' }), all),
    words,
    said,
    h('div', { class: 'pairs-bars-frame', ...region }, table),
  );
  let wordsOf = null;
  let drawn = null;

  /** Words that stand in both texts can be asked about; those of one alone cannot. */
  function drawWords(answer) {
    if (wordsOf === answer) return;
    wordsOf = answer;
    const shared = new Set(
      answer.alignment.filter(({ state }) => state !== 'only').map(({ before }) => before),
    );
    const chosen = new Set(answer.query?.words);
    const held = words.contains(document.activeElement)
      ? [...words.children].indexOf(document.activeElement)
      : -1;
    words.replaceChildren(
      ...answer.words.map((word, i) => {
        const both =
          answer.level === 'word' ? shared.has(i) : word.tokens.some((pos) => shared.has(pos));
        const on = chosen.has(i);
        return h(
          'button',
          {
            type: 'button',
            class: ['word', word.special && 'is-special', on && 'is-query']
              .filter(Boolean)
              .join(' '),
            tabindex: '-1',
            disabled: !both,
            'aria-pressed': String(on),
            onclick: () => onQuery(on ? null : writePlace(word, answer.words)),
          },
          h('bdi', {}, tokenLabel(word, 24)),
        );
      }),
    );
    const stop = words.querySelector('.is-query') ?? words.querySelector('button:not(:disabled)');
    if (stop) stops.stop(/** @type {HTMLElement} */ (stop));
    /** @type {HTMLElement|undefined} */ (words.children[held])?.focus();
  }

  function drawBars({ shown, queries, keys }) {
    const rows = shown.query_rows ?? [mostMoved(shown.total_variation)];
    const { bars, rest } = rowBars(shown, rows, keys, MOST);
    const name = rows.map((row) => unitName(queries[row])).join(', ');
    const known = rows.map((row) => shown.total_variation[row]).filter((value) => value !== null);
    const moved = known.reduce((sum, value) => sum + value, 0) / Math.max(known.length, 1);
    const first = shown.query_rows ? '' : 'The row that moved most: ';
    setText(title, `What ${name} looks at`);
    setText(said, `${first}${name} moved by ${moved.toFixed(2)}. ${movedSentence(bars)}`);
    const most = Math.max(...bars.map((bar) => Math.max(bar.before ?? 0, bar.after ?? 0)), 1e-9);
    body.replaceChildren(...bars.map((bar) => line(bar, most)));
    if (rest.keys) body.append(restLine(rest));
  }

  function line({ key, before, after, change }, most) {
    return h(
      'tr',
      { class: key.state === 'same' ? '' : 'is-changed' },
      h('th', { scope: 'row' }, unitName(key)),
      cell('before', before, most),
      cell('after', after, most),
      h('td', { class: changeClass(change) }, change === null ? '–' : changeColumn(change)),
    );
  }

  return {
    /**
     * @param {{answer: any, shown: {shown: any, queries: any[], keys: any[]}|null, busy: boolean}} next
     */
    update({ answer, shown, busy }) {
      root.classList.toggle('is-waiting', busy);
      all.hidden = answer.query === null;
      drawWords(answer);
      if (!shown || drawn === shown) return;
      drawn = shown;
      drawBars(shown);
    },
  };
}

function cell(side, value, most) {
  const made = h(
    'td',
    { class: `pairs-weight is-${side}` },
    value === null ? '–' : value.toFixed(3),
  );
  made.style.setProperty('--share', String((value ?? 0) / most));
  return made;
}

function restLine({ keys, before, after }) {
  return h(
    'tr',
    { class: 'pairs-rest' },
    h('th', { scope: 'row' }, `${keys} more keys, together`),
    h('td', {}, before.toFixed(3)),
    h('td', {}, after.toFixed(3)),
    h('td', {}, changeColumn(after - before)),
  );
}

/** Numbers of no account are set more quietly. */
function changeClass(change) {
  return `pairs-change${change !== null && Math.abs(change) < 0.005 ? ' is-small' : ''}`;
}
