// "Which head links X to Y?": two words of the text, and every head ranked by that link.

import { h, setText } from '../../../core/dom.js';
import { worded } from '../../../core/errors.js';
import { writePlace } from '../../../core/places.js';
import { isolated } from '../../../figures/bidi.js';
import { errorNotice } from '../../../parts/notice.js';
import { foundSentence, rankingTable } from '../../../parts/ranking.js';
import { wordPicker } from '../../../parts/word-places.js';

/**
 * @param {HTMLElement} root
 * @param {{onSearch: (places: {query: string|null, key: string|null}) => void, onOpen: (name: import('../../../core/inspector-address.js').HeadName, options: {add: boolean}) => void, onRetry: () => void}} callbacks
 */
export function searchView(root, { onSearch, onOpen, onRetry }) {
  let props = null;
  const places = wordPicker({ onSearch });
  const answer = h('p', { class: 'search-answer', role: 'status' });
  const problem = h('div');
  const suggestions = h('div', { class: 'suggestions' });
  const ranking = rankingTable({ onOpen });
  const results = h('div', { class: 'search-found' }, ...ranking.elements);

  root.replaceChildren(...places.elements, problem, answer, suggestions, results);

  function drawSuggestions() {
    const { links, queryWords, keyWords } = props;
    suggestions.replaceChildren(
      ...links.map(({ query, key, value, layer, head }) =>
        h(
          'button',
          {
            type: 'button',
            class: 'suggestion',
            onclick: () =>
              onSearch({ query: writePlace(query, queryWords), key: writePlace(key, keyWords) }),
          },
          h(
            'span',
            { class: 'suggestion-link', title: `${isolated(query.text)} → ${isolated(key.text)}` },
            h('bdi', {}, query.text),
            ' → ',
            h('bdi', {}, key.text),
          ),
          h('span', {}, value.toFixed(2)),
          h('span', { class: 'suggestion-where' }, `${layer}-${head}`),
        ),
      ),
    );
  }

  let told = null;
  /** @param {Error|null} error the same one is told once */
  function tell(error) {
    if (error === told) return;
    told = error;
    problem.replaceChildren(...(error ? [errorNotice(worded(error, props), onRetry)] : []));
  }

  function draw(before) {
    const { slot: asked, query, key, off } = props;
    const { status, value, error } = asked;
    places.update({
      queryWords: props.queryWords,
      keyWords: props.keyWords,
      dir: props.dir,
      query,
      key,
      found: status === 'ready' ? value : null,
      failed: status === 'error',
    });
    if (props.links !== before?.links) drawSuggestions();
    const complete = query !== null && key !== null;
    const ready = complete && value !== null && status !== 'error';
    tell(complete && status === 'error' && !off ? error : null);
    root.classList.toggle('is-busy', status === 'loading');
    results.hidden = !complete || status === 'error';
    suggestions.hidden = complete && status !== 'error';
    answer.hidden = status === 'error';
    const waiting = off || guessed(props) ? '' : invitation(complete, props.links.length);
    setText(answer, ready ? foundSentence(value) : waiting);
    answer.classList.toggle('is-none', ready && !value.found);
    ranking.update({ heads: ready ? value.heads : NONE, open: props.open });
  }

  return {
    /**
     * @param {{queryWords: any[], keyWords: any[], links: any[], dir: 'ltr'|'rtl', query: string|null, key: string|null, slot: import('../../../core/queries.js').Slot, off: boolean, open: any[]}} next
     *   `links`: what could be asked, shown while nothing is; `off`: the text has no run, which is
     *   said elsewhere
     */
    update(next) {
      const before = props;
      props = next;
      draw(before);
    },
    destroy: () => root.replaceChildren(),
  };
}

const NONE = [];

/** Whether the words are guesses still. */
const guessed = ({ queryWords }) => !queryWords.some(({ tokens }) => tokens.length > 0);

function invitation(complete, count) {
  if (complete) return 'Looking through every head…';
  const more = count ? ' Or begin with a strong link between words that are not neighbours:' : '';
  return `Pick the word that looks, then the word it looks at.${more}`;
}
