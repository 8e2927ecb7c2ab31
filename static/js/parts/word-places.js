// "Which head links X to Y?": two words, typed or picked from those of the text.

import { h, targetOf } from '../core/dom.js';
import { parsePlace, writePlace, writeTyped } from '../core/places.js';
import { roving } from './roving.js';

/** Letters of a word that may not fit beside others: it has its whole text as its title. */
const LONG = 24;

/** @param {{onSearch: (places: {query: string|null, key: string|null}) => void}} callbacks */
export function wordPicker({ onSearch }) {
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
  const sentence = h(
    'div',
    { class: 'section-title search-sentence' },
    h('h2', { id: 'search-title' }, 'Which head links'),
    slots.query,
    h('span', {}, 'to'),
    slots.key,
    h('span', { 'aria-hidden': 'true' }, '?'),
  );

  words.addEventListener('click', (event) => {
    const button = targetOf(event).closest('button');
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
      onkeydown: ({ key }) => key === 'Enter' && props.failed && take(),
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
    const found = props.found?.[name].words ?? null;
    return new Set(found ?? [placeOf(props[name], listOf(name))]);
  }

  aim('query');
  return {
    elements: [sentence, words],
    /**
     * @param {{queryWords: any[], keyWords: any[], dir: 'ltr'|'rtl', query: string|null, key: string|null, found: {query: {words: number[]}, key: {words: number[]}}|null, failed: boolean}} next
     *   `found`: where the last answer says that the words are
     */
    update(next) {
      const before = props;
      props = next;
      for (const name of ['query', 'key']) {
        const input = slots[name];
        const text = label(props[name], listOf(name));
        if (document.activeElement !== input || props[name] !== before?.[name]) input.value = text;
      }
      words.dir = props.dir;
      drawWords();
    },
  };
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
