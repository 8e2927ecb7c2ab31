// "Which head links X to Y?": two words of the text, and every head ranked by that link.

import { h, setText } from '../controls/dom.js';
import { errorNotice } from '../controls/notice.js';
import { roving } from '../controls/roving.js';
import { isolated } from '../figures/bidi.js';
import { parsePlace, writePlace, writeTyped } from '../state.js';
import { worded } from '../wording.js';
import { rankingTable } from './ranking.js';

/**
 * @param {HTMLElement} root
 * @param {{onSearch: (places: {query: string|null, key: string|null}) => void, onOpen: (name: import('../state.js').HeadName, options: {add: boolean}) => void, onRetry: () => void}} callbacks
 */
export function searchView(root, { onSearch, onOpen, onRetry }) {
  let props = null;
  let side = 'query';
  let drawn = null;

  const slots = { query: slot('query', 'Word that looks'), key: slot('key', 'Word it looks at') };
  const words = h('div', {
    class: 'search-words',
    role: 'toolbar',
    'aria-label': 'Words of the text',
  });
  const stops = roving(words, { items: () => [...words.querySelectorAll('button')] });
  const answer = h('p', { class: 'search-answer', role: 'status' });
  const problem = h('div');
  const suggestions = h('div', { class: 'suggestions' });
  const ranking = rankingTable({ onOpen });
  const results = h('div', { class: 'search-found' }, ...ranking.elements);

  root.replaceChildren(
    h(
      'div',
      { class: 'section-title search-sentence' },
      h('h2', { id: 'search-title' }, 'Which head links'),
      slots.query,
      h('span', {}, 'to'),
      slots.key,
      h('span', { 'aria-hidden': 'true' }, '?'),
    ),
    words,
    problem,
    answer,
    suggestions,
    results,
  );

  words.addEventListener('click', (event) => {
    const button = event.target.closest('button');
    if (!button) return;
    const list = listOf(side);
    stops.stop(button);
    set(side, writePlace(list[Number(button.dataset.word)], list));
  });

  function slot(name, label) {
    const input = h('input', {
      class: `search-slot search-slot-${name}`,
      type: 'text',
      'aria-label': label,
      autocomplete: 'off',
      spellcheck: 'false',
      placeholder: name === 'query' ? 'a word' : 'another',
      dir: 'auto',
      onfocus: () => aim(name),
      onchange: take,
      // Enter on an unchanged word is no change, but it asks once more for what has failed.
      onkeydown: ({ key }) => key === 'Enter' && props.slot.status === 'error' && take(),
    });
    function take() {
      set(name, input.value.trim() ? writeTyped(input.value.trim()) : null);
    }
    return input;
  }

  const listOf = (name) => (name === 'key' ? props.keyWords : props.queryWords);

  function aim(name) {
    side = name;
    for (const [key, input] of Object.entries(slots)) {
      input.classList.toggle('is-aimed', key === side);
    }
    if (props) drawWords();
  }

  function set(name, place) {
    const places = { query: props.query, key: props.key, [name]: place };
    aim(name === 'query' ? 'key' : 'query');
    onSearch(places);
  }

  /** The words that the aimed slot can take; for cross attention the two have their own. */
  function drawWords() {
    const list = listOf(side);
    if (drawn !== list) {
      drawn = list;
      words.replaceChildren(...list.map(wordButton));
    }
    const same = props.keyWords === props.queryWords;
    const chosen = (name) => (same || name === side ? indices(name) : new Set());
    const [queries, keys] = [chosen('query'), chosen('key')];
    [...words.children].forEach((button, i) => {
      button.classList.toggle('is-query', queries.has(i));
      button.classList.toggle('is-key', keys.has(i));
      button.setAttribute('aria-pressed', String(queries.has(i) || keys.has(i)));
    });
  }

  function indices(name) {
    const found = props.slot.status === 'ready' ? props.slot.value[name].words : null;
    return new Set(found ?? [placeOf(props[name], listOf(name))]);
  }

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
    for (const name of ['query', 'key']) {
      const input = slots[name];
      const text = label(props[name], listOf(name));
      if (document.activeElement !== input || props[name] !== before?.[name]) input.value = text;
    }
    words.dir = props.dir;
    drawWords();
    if (props.links !== before?.links) drawSuggestions();
    const complete = query !== null && key !== null;
    const ready = complete && value !== null && status !== 'error';
    tell(complete && status === 'error' && !off ? error : null);
    root.classList.toggle('is-busy', status === 'loading');
    results.hidden = !complete || status === 'error';
    suggestions.hidden = complete && status !== 'error';
    answer.hidden = status === 'error';
    const waiting = off || guessed(props) ? '' : invitation(complete, props.links.length);
    setText(answer, ready ? sentence(value) : waiting);
    answer.classList.toggle('is-none', ready && !value.found);
    ranking.update({ heads: ready ? value.heads : NONE, open: props.open });
  }

  aim('query');
  return {
    /**
     * @param {{queryWords: any[], keyWords: any[], links: any[], dir: 'ltr'|'rtl', query: string|null, key: string|null, slot: import('../session.js').Slot, off: boolean, open: any[]}} next
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
/** Letters of a word that may not fit beside others: it has its whole text as its title. */
const LONG = 24;

/** Whether the words are guesses still. */
const guessed = ({ queryWords }) => !queryWords.some(({ tokens }) => tokens.length > 0);

function invitation(complete, count) {
  if (complete) return 'Looking through every head…';
  const more = count ? ' Or begin with a strong link between words that are not neighbours:' : '';
  return `Pick the word that looks, then the word it looks at.${more}`;
}

function wordButton(word, i) {
  const classes = ['word', word.special && 'is-special', word.segment === 1 && 'is-second'];
  return h(
    'button',
    {
      type: 'button',
      class: classes.filter(Boolean).join(' '),
      tabindex: i ? '-1' : '0',
      data: { word: i },
      disabled: word.tokens.length === 0,
      title: word.text.length > LONG ? word.text : null,
    },
    word.text,
  );
}

function sentence({ found, message, heads: [best], query, key }) {
  if (!found) return message;
  const weight = best.weight.toFixed(2);
  const [from, to] = [isolated(query.text), isolated(key.text)];
  return `Layer ${best.layer}, head ${best.head}: “${from}” gives ${weight} of its attention to “${to}”.`;
}

/** The index of the word that a place names, or -1. */
function placeOf(place, words) {
  if (place === null) return -1;
  const wanted = parsePlace(place);
  if (typeof wanted === 'string') {
    const lower = wanted.toLowerCase();
    return words.findIndex((word) => !word.special && word.text.toLowerCase() === lower);
  }
  if ('position' in wanted) return words.findIndex((word) => word.tokens.includes(wanted.position));
  return words.findIndex(
    (word) =>
      word.start === wanted.start && word.end === wanted.end && word.segment === wanted.segment,
  );
}

function label(place, words) {
  if (place === null) return '';
  const wanted = parsePlace(place);
  return typeof wanted === 'string' ? wanted : (words[placeOf(place, words)]?.text ?? '');
}
