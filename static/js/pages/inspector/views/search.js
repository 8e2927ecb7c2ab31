// "Which head links X to Y?": two words of the text, and every head ranked by that link.

import { worded } from '../../../core/errors.js';
import { writePlace } from '../../../core/places.js';
import { build, classes, html, render, when } from '../../../core/template.js';
import { weightText } from '../../../figures/axis.js';
import { isolated } from '../../../figures/bidi.js';
import { prose, t } from '../../../language/messages.js';
import { errorNotice } from '../../../parts/notice.js';
import { foundSentence, rankingTable } from '../../../parts/ranking.js';
import { wordSlots } from '../../../parts/word-places.js';

/**
 * @param {HTMLElement} root the question and its answer
 * @param {HTMLElement} below every head by that link; links to begin with while nothing is asked
 * @param {{onAim: () => void, onSearch: (places: {query: string|null, key: string|null}) => void, onOpen: (name: import('../../../core/addresses/inspector.js').HeadName, options: {add: boolean}) => void, onRetry: () => void}} callbacks
 */
export function searchView(root, below, { onAim, onSearch, onOpen, onRetry }) {
  const slots = wordSlots({ onSearch, onAim });
  const results = build(html`<div class="search-found"></div>`);
  const ranking = rankingTable(results, { onOpen });

  const suggestion = ({ query, key, value, layer, head }, { queryWords, keyWords }) => {
    const link = { query: writePlace(query, queryWords), key: writePlace(key, keyWords) };
    return html`<button type="button" class="suggestion" @click=${() => onSearch(link)}>
      <span class="suggestion-link"
        title="${isolated(query.text)} → ${isolated(key.text)}"><bdi>${query.text}</bdi> → <bdi>${key.text}</bdi></span>
      <span>${weightText(value)}</span><span
        class="suggestion-where">${layer}-${head}</span></button>`;
  };

  return {
    aimed: slots.aimed,
    aim: slots.aim,
    pick: slots.pick,
    indices: slots.indices,
    /**
     * @param {{queryWords: any[], keyWords: any[], links: any[], query: string|null, key: string|null, slot: import('../../../core/queries.js').Slot, off: boolean, open: any[]}} next
     *   `links`: what could be asked, shown while nothing is; `off`: the text has no run, which is
     *   said elsewhere
     */
    update(next) {
      const { queryWords, keyWords, links, query, key, off, open } = next;
      const { status, value, error } = next.slot;
      const failed = status === 'error';
      const found = status === 'ready' ? value : null;
      slots.update({ queryWords, keyWords, query, key, found, failed });
      const complete = query !== null && key !== null;
      const ready = complete && value !== null && !failed;
      const waiting = off || guessed(next) ? '' : invitation(complete, links.length);
      for (const part of [root, below]) part.classList.toggle('is-busy', status === 'loading');
      results.hidden = !complete || failed;
      ranking.update({ heads: ready ? value.heads : NONE, open });
      render(
        html`${slots.element}<div>${when(complete && failed && !off, () => errorNotice(worded(error, next), onRetry))}</div>
          <p class=${classes('search-answer', ready && !value.found && 'is-none')} role="status"
            ?hidden=${failed}>${ready ? foundSentence(value) : waiting}</p>`,
        root,
      );
      render(
        html`<div class="suggestions"
          ?hidden=${complete && !failed}>${links.map((link) => suggestion(link, next))}</div>${results}`,
        below,
      );
    },
  };
}

const NONE = [];

/** Whether the words are guesses still. */
const guessed = ({ queryWords }) => !queryWords.some(({ tokens }) => tokens.length > 0);

function invitation(complete, count) {
  if (complete) return t('Looking through every head…');
  return prose(
    t('Pick the word that looks, then the word it looks at.'),
    count > 0 && t('Or begin with one of the strong links below.'),
  );
}
