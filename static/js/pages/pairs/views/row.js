// One word's row in both texts: whom it looks at, before and after, key by key.

import { writePlace } from '../../../core/places.js';
import { build, classes, find, html, render, when } from '../../../core/template.js';
import { tokenLabel, weightText } from '../../../figures/axis.js';
import {
  changeColumn,
  mostMoved,
  movedSentence,
  rowBars,
  unitName,
} from '../../../figures/pair.js';
import { prose, t } from '../../../language/messages.js';
import { pictureMenu } from '../../../parts/picture-menu.js';
import { roving } from '../../../parts/roving.js';
import { headings } from '../../../parts/tables.js';

const MOST = 24;

/**
 * @param {HTMLElement} root
 * @param {{onQuery: (query: string|null) => void}} callbacks
 */
export function rowView(root, { onQuery }) {
  const words = build(
    html`<div class="search-words pairs-words" role="toolbar"
      aria-label=${t('Words of both texts')}></div>`,
  );
  const buttons = () => [...words.querySelectorAll('button')];
  const stops = roving(words, { items: buttons });
  let wordsOf = null;
  const menu = pictureMenu(t('Save the row'), 'row', () => find(root, '.pairs-bars'));
  let drawn = null;

  /** Words that stand in both texts can be asked about; those of one alone cannot. */
  function drawWords(answer) {
    if (wordsOf === answer) return;
    wordsOf = answer;
    const shared = new Set(
      answer.alignment.filter(({ state }) => state !== 'only').map(({ before }) => before),
    );
    const chosen = new Set(answer.query?.words);
    const button = (word, i) => {
      const both =
        answer.level === 'word' ? shared.has(i) : word.tokens.some((pos) => shared.has(pos));
      const on = chosen.has(i);
      const ask = () => onQuery(on ? null : writePlace(word, answer.words));
      return html`<button type="button"
        class=${classes('word', word.special && 'is-special', on && 'is-query')}
        tabindex="-1" ?disabled=${!both} aria-pressed=${on}
          @click=${ask}><bdi>${tokenLabel(word, 24)}</bdi></button>`;
    };
    render(answer.words.map(button), words);
    const stop = words.querySelector('.is-query') ?? words.querySelector('button:not(:disabled)');
    if (stop) stops.stop(/** @type {HTMLElement} */ (stop));
  }

  function bars({ shown, queries, keys }) {
    const rows = shown.query_rows ?? [mostMoved(shown.total_variation)];
    const { bars: all, rest } = rowBars(shown, rows, keys, MOST);
    const name = rows.map((row) => unitName(queries[row])).join(', ');
    const known = rows.map((row) => shown.total_variation[row]).filter((value) => value !== null);
    const moved = known.reduce((sum, value) => sum + value, 0) / Math.max(known.length, 1);
    const most = Math.max(...all.map((bar) => Math.max(bar.before ?? 0, bar.after ?? 0)), 1e-9);
    return {
      title: t('What {name} looks at', { name }),
      said: prose(
        shown.query_rows
          ? t('{name} moved by {moved}.', { name, moved: weightText(moved) })
          : t('The row that moved most: {name} moved by {moved}.', {
              name,
              moved: weightText(moved),
            }),
        movedSentence(all),
      ),
      lines: html`${all.map((bar) => line(bar, most))}${when(rest.keys, () => restLine(rest))}`,
    };
  }

  return {
    /**
     * @param {{answer: any, shown: {shown: any, queries: any[], keys: any[]}|null, busy: boolean}} next
     */
    update({ answer, shown, busy }) {
      root.classList.toggle('is-waiting', busy);
      drawWords(answer);
      if (shown) drawn = shown;
      const { title, said, lines } = drawn
        ? bars(drawn)
        : { title: t('One word’s row'), said: '', lines: '' };
      render(
        html`<div class="section-head"><h2 class="section-title">${title}</h2><span
          class="spring"></span>
            <button type="button" class="text-button" ?hidden=${answer.query === null}
              @click=${() => onQuery(null)}>${t('Rank by all rows')}</button>${menu}</div>
          ${words}<p class="pairs-said" role="status">${said}</p>
          <div class="pairs-bars-frame" role="region" aria-label=${t('Weights of the row')} tabindex="0">
            <table class="pairs-bars"><caption
              class="visually-hidden">${t('What the row gives to each key, in both texts')}</caption>
              <thead>${headings([t('Key'), t('First text'), t('Second text'), t('Change')])}</thead><tbody>${lines}</tbody></table></div>`,
        root,
      );
    },
  };
}

const line = (
  { key, before, after, change },
  most,
) => html`<tr class=${classes(key.state !== 'same' && 'is-changed')}>
  <th scope="row">${unitName(key)}</th>${cell('before', before, most)}${cell('after', after, most)}
  <td class=${changeClass(change)}>${change === null ? '–' : changeColumn(change)}</td></tr>`;

const cell = (side, value, most) => html`<td class=${`pairs-weight is-${side}`}
  style="--share: ${(value ?? 0) / most}">${value === null ? '–' : value.toFixed(3)}</td>`;

const restLine = ({
  keys,
  before,
  after,
}) => html`<tr class="pairs-rest"><th scope="row">${t('{keys} more keys, together', { keys })}</th>
  <td>${before.toFixed(3)}</td><td>${after.toFixed(3)}</td><td>${changeColumn(after - before)}</td></tr>`;

/** Numbers of no account are set more quietly. */
const changeClass = (change) =>
  classes('pairs-change', change !== null && Math.abs(change) < 0.005 && 'is-small');
