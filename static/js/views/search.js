// "Which head links X to Y?": two words of the text, and every head ranked by that link.

import { h, setText } from '../controls/dom.js';
import { errorNotice } from '../controls/notice.js';
import { roving } from '../controls/roving.js';
import { parsePlace, writePlace, writeTyped } from '../state.js';

const SHOWN = 8;

/**
 * @param {HTMLElement} root
 * @param {{onSearch: (places: {query: string|null, key: string|null}) => void, onOpen: (name: import('../state.js').HeadName, options: {add: boolean}) => void}} callbacks
 */
export function searchView(root, { onSearch, onOpen }) {
  let props = null;
  let side = 'query';
  let all = false;

  const slot = (name, label) => {
    const input = h('input', {
      class: `search-slot search-slot-${name}`,
      type: 'text',
      'aria-label': label,
      autocomplete: 'off',
      spellcheck: 'false',
      placeholder: 'pick a word',
      dir: 'auto',
      onfocus: () => aim(name),
      onchange: () => set(name, input.value.trim() ? writeTyped(input.value.trim()) : null),
    });
    return input;
  };
  const slots = { query: slot('query', 'Word that looks'), key: slot('key', 'Word it looks at') };
  const words = h('div', { class: 'search-words', role: 'toolbar', 'aria-label': 'Words of the text' });
  const stops = roving(words, { items: () => [...words.querySelectorAll('button')] });
  const answer = h('p', { class: 'search-answer', role: 'status' });
  const body = h('tbody');
  const table = h(
    'table',
    { class: 'search-table' },
    h('caption', { class: 'visually-hidden' }, 'Heads by the weight of this link'),
    h('thead', {}, h('tr', {},
      h('th', { scope: 'col' }, 'Head'),
      h('th', { scope: 'col' }, 'Weight'),
      h('th', { scope: 'col', title: 'Place of the link within its row; 1 is the strongest' }, 'Rank'),
      h('th', { scope: 'col', title: 'Weight as a share of what is not on special tokens' }, 'Of words'),
      h('th', { scope: 'col', title: "Share of the head's links of the same distance that are weaker" }, 'Percentile'),
    )),
    body,
  );
  const frame = h('div', { class: 'search-results', tabindex: '0', role: 'region', 'aria-label': 'Ranked heads' }, table);
  const more = h('button', { type: 'button', class: 'text-button', onclick: () => { all = !all; draw(); } });
  const problem = h('div');

  root.replaceChildren(
    h('h2', { class: 'section-title', id: 'search-title' }, 'Which head links two words?'),
    h('p', { class: 'search-sentence' }, 'From ', slots.query, ' to ', slots.key),
    words,
    problem,
    answer,
    frame,
    h('p', { class: 'search-more' }, more),
  );

  words.addEventListener('click', (event) => {
    const button = event.target.closest('button');
    if (!button) return;
    const word = props.words[Number(button.dataset.word)];
    stops.stop(button);
    set(side, writePlace(word, props.words));
  });

  function aim(name) {
    side = name;
    for (const [key, input] of Object.entries(slots)) input.classList.toggle('is-aimed', key === side);
  }

  function set(name, place) {
    const places = { query: props.query, key: props.key, [name]: place };
    aim(name === 'query' ? 'key' : 'query');
    all = false;
    onSearch(places);
  }

  let wordsDrawn = null;
  function drawWords() {
    if (wordsDrawn !== props.words) {
      wordsDrawn = props.words;
      words.replaceChildren(
        ...props.words.map((word, i) =>
          h('button', {
            type: 'button',
            class: `word${word.special ? ' is-special' : ''}${word.segment ? ' is-second' : ''}`,
            tabindex: i ? '-1' : '0',
            data: { word: i },
          }, word.text)),
      );
    }
    const result = props.slot.status === 'ready' ? props.slot.value : null;
    const chosen = (name) => new Set(result?.[name].words ?? [placeOf(props[name], props.words)]);
    const [queries, keys] = [chosen('query'), chosen('key')];
    [...words.children].forEach((button, i) => {
      button.classList.toggle('is-query', queries.has(i));
      button.classList.toggle('is-key', keys.has(i));
      button.setAttribute('aria-pressed', String(queries.has(i) || keys.has(i)));
    });
  }

  function draw() {
    const { slot: { status, value, error }, query, key } = props;
    for (const name of ['query', 'key']) {
      const input = slots[name];
      if (document.activeElement !== input || props[name] === null) input.value = label(props[name], props.words);
      input.size = Math.max(6, [...input.value].length + 1);
    }
    drawWords();
    problem.replaceChildren(...(status === 'error' ? [errorNotice(error)] : []));
    const ready = value !== null && status !== 'error' && query !== null && key !== null;
    root.classList.toggle('is-busy', status === 'loading');
    frame.classList.toggle('is-empty', !ready);
    const heads = ready ? value.heads : [];
    const shown = all ? heads : heads.slice(0, SHOWN);
    setText(answer, ready ? sentence(value) : status === 'loading' ? 'Looking through every head…' : 'Pick the word that looks, then the word it looks at.');
    answer.classList.toggle('is-none', ready && !value.found);
    const several = new Set(heads.map((one) => one.kind)).size > 1;
    body.replaceChildren(...shown.map((one) => row(one, several)));
    more.hidden = heads.length <= SHOWN;
    setText(more, all ? `Show the first ${SHOWN}` : `Show all ${heads.length} heads`);
  }

  function row(one, several) {
    const open = (event) => onOpen(one, { add: event.shiftKey });
    const current = props.open.some((other) => other.layer === one.layer && other.head === one.head && other.kind === one.kind);
    const bar = h('span', { class: 'bar', 'aria-hidden': 'true' });
    bar.style.setProperty('--share', String(one.weight));
    return h(
      'tr',
      { class: current ? 'is-open' : '', onclick: open },
      h('th', { scope: 'row' }, h('button', { type: 'button', class: 'head-button', 'aria-label': `Open layer ${one.layer}, head ${one.head}${several ? `, ${one.kind}` : ''}` },
        `${one.layer}-${one.head}`, several && h('small', {}, ` ${one.kind}`))),
      h('td', { class: 'weight' }, bar, h('span', {}, one.weight.toFixed(2))),
      h('td', {}, String(one.rank)),
      h('td', {}, one.weight_without_special === null ? '–' : one.weight_without_special.toFixed(2)),
      h('td', {}, one.percentile === null ? '–' : one.percentile.toFixed(0)),
    );
  }

  aim('query');
  return {
    /** @param {{words: any[], query: string|null, key: string|null, slot: import('../session.js').Slot, open: any[]}} next */
    update(next) {
      if (props && next.words !== props.words) all = false;
      props = next;
      draw();
    },
    destroy: () => root.replaceChildren(),
  };
}

function sentence({ found, message, heads: [best], query, key }) {
  if (!found) return message;
  return `Layer ${best.layer}, head ${best.head}: “${query.text}” gives ${best.weight.toFixed(2)} of its attention to “${key.text}”.`;
}

/** The index of the word that a place names, or -1. */
function placeOf(place, words) {
  if (place === null) return -1;
  const wanted = parsePlace(place);
  if (typeof wanted === 'string') {
    return words.findIndex((word) => !word.special && word.text.toLowerCase() === wanted.toLowerCase());
  }
  if ('position' in wanted) return words.findIndex((word) => word.tokens.includes(wanted.position));
  return words.findIndex((word) => word.start === wanted.start && word.end === wanted.end && word.segment === wanted.segment);
}

function label(place, words) {
  if (place === null) return '';
  const wanted = parsePlace(place);
  return typeof wanted === 'string' ? wanted : (words[placeOf(place, words)]?.text ?? '');
}
