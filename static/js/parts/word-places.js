// "Which head links X to Y?": two words, typed or picked from those of the text.

import { parsePlace, writePlace, writeTyped } from '../core/places.js';
import { build, classes, html, nothing, render } from '../core/template.js';
import { roving } from './roving.js';

/** Letters of a word that may not fit beside others: it has its whole text as its title. */
const LONG = 24;

/** @param {{onSearch: (places: {query: string|null, key: string|null}) => void}} callbacks */
export function wordPicker({ onSearch }) {
  let props = null;
  let side = 'query';

  const slots = {
    query: slot('query', 'Word that looks', 'a word'),
    key: slot('key', 'Word it looks at', 'another'),
  };
  const words = build(
    html`<div class="search-words" role="toolbar" aria-label="Words of the text"></div>`,
  );
  const buttons = () => [...words.querySelectorAll('button')];
  const stops = roving(words, { items: buttons });
  const sentence = build(html`<div class="section-title search-sentence">
    <h2 id="search-title">Which head links</h2>${slots.query}<span>to</span>${slots.key}<span
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
    const same = props.keyWords === props.queryWords;
    const chosen = (name) => (same || name === side ? indices(name) : new Set());
    const [queries, keys] = [chosen('query'), chosen('key')];
    const pick = (word, event) => {
      stops.stop(event.currentTarget);
      set(side, writePlace(word, list));
    };
    render(
      list.map((word, i) => wordButton(word, queries.has(i), keys.has(i), pick)),
      words,
    );
    if (!buttons().some(({ tabIndex }) => tabIndex === 0)) stops.stop(buttons()[0]);
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
