// "Which head links X to Y?": two words, typed or picked from those of the text.

import { parsePlace, writePlace, writeTyped } from '../core/places.js';
import { build, classes, html, nothing, render } from '../core/template.js';
import { t } from '../language/messages.js';
import { roving } from './roving.js';

/** Letters of a word that may not fit beside others: it has its whole text as its title. */
const LONG = 24;

/**
 * @typedef {{query: string|null, key: string|null}} Places
 * @typedef {{queryWords: any[], keyWords: any[], query: string|null, key: string|null, found: {query: {words: number[]}, key: {words: number[]}}|null, failed: boolean}} Asked
 *   `found`: where the last answer says that the words are
 */

/**
 * The question with a slot for each word, one of them aimed at: what is picked goes there.
 * @param {{onSearch: (places: Places) => void, onAim?: () => void}} callbacks
 */
export function wordSlots({ onSearch, onAim = () => {} }) {
  /** @type {Asked|null} */
  let props = null;
  /** @type {'query'|'key'} */
  let side = 'query';

  const slots = {
    query: slot('query', t('Word that looks'), t('a word')),
    key: slot('key', t('Word it looks at'), t('another')),
  };
  const element = build(html`<div class="section-title search-sentence">
    <h2 id="search-title">${t('Which head links')}</h2>${slots.query}<span>${t('to')}</span>${slots.key}<span
    aria-hidden="true">?</span></div>`);

  function slot(name, label, placeholder) {
    const take = ({ target }) => {
      const typed = target.value.trim();
      set(name, typed ? writeTyped(typed) : null);
    };
    // Enter on an unchanged word is no change, but it asks once more for what has failed.
    const again = (event) => event.key === 'Enter' && props.failed && take(event);
    return /** @type {HTMLInputElement} */ (
      build(html`<input class=${`search-slot search-slot-${name}`} type="text" aria-label=${label}
        autocomplete="off" spellcheck="false" placeholder=${placeholder} dir="auto"
        @focus=${() => aim(name)} @change=${take} @keydown=${again}>`)
    );
  }

  const listOf = (name) => (name === 'key' ? props.keyWords : props.queryWords);

  /** @param {'query'|'key'} name */
  function aim(name) {
    side = name;
    for (const [key, input] of Object.entries(slots)) {
      input.classList.toggle('is-aimed', key === side);
    }
    onAim();
  }

  /** @param {'query'|'key'} name @param {string|null} place */
  function set(name, place) {
    const places = { query: props.query, key: props.key, [name]: place };
    aim(name === 'query' ? 'key' : 'query');
    onSearch(places);
  }

  aim('query');
  return {
    element,
    /** Which slot is aimed at. */
    aimed: () => side,
    /** @param {'query'|'key'} name */
    aim,
    /** @param {any} word of the text, for the slot that is aimed at */
    pick: (word) => set(side, writePlace(word, listOf(side))),
    /** Where the words are that a slot names, among those it can take. @param {'query'|'key'} name */
    indices(name) {
      const found = props?.found?.[name].words ?? null;
      return new Set(found ?? (props ? [placeOf(props[name], listOf(name))] : []));
    },
    /** @param {Asked} next */
    update(next) {
      const before = props;
      props = next;
      for (const name of /** @type {const} */ (['query', 'key'])) {
        const input = slots[name];
        const text = label(props[name], listOf(name));
        if (document.activeElement !== input || props[name] !== before?.[name]) input.value = text;
      }
    },
  };
}

/**
 * The question with the words of the text under it.
 * @param {{onSearch: (places: Places) => void}} callbacks
 */
export function wordPicker({ onSearch }) {
  /** @type {(Asked & {dir: 'ltr'|'rtl'})|null} */
  let props = null;
  const words = build(
    html`<div class="search-words" role="toolbar" aria-label=${t('Words of the text')}></div>`,
  );
  const buttons = () => [...words.querySelectorAll('button')];
  const stops = roving(words, { items: buttons });
  const slots = wordSlots({ onSearch, onAim: () => props && drawWords() });

  /** The words that the aimed slot can take; for cross attention the two have their own. */
  function drawWords() {
    const side = slots.aimed();
    const list = side === 'key' ? props.keyWords : props.queryWords;
    const same = props.keyWords === props.queryWords;
    const chosen = (name) => (same || name === side ? slots.indices(name) : new Set());
    const [queries, keys] = [chosen('query'), chosen('key')];
    const pick = (word, event) => {
      stops.stop(event.currentTarget);
      slots.pick(word);
    };
    render(
      list.map((word, i) => wordButton(word, queries.has(i), keys.has(i), pick)),
      words,
    );
    if (!buttons().some(({ tabIndex }) => tabIndex === 0)) stops.stop(buttons()[0]);
  }

  return {
    elements: [slots.element, words],
    /** @param {Asked & {dir: 'ltr'|'rtl'}} next */
    update(next) {
      props = next;
      slots.update(next);
      words.dir = next.dir;
      drawWords();
    },
  };
}

const wordButton = (word, isQuery, isKey, pick) => html`<button type="button" tabindex="-1"
  class=${classes('word', word.special && 'is-special', word.segment === 1 && 'is-second', isQuery && 'is-query', isKey && 'is-key')}
  ?disabled=${word.tokens.length === 0} aria-pressed=${isQuery || isKey}
  title=${word.text.length > LONG ? word.text : nothing}
    @click=${(event) => pick(word, event)}>${word.text}</button>`;

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
