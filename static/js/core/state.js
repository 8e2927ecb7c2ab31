// What is on screen, and the URL fragment that says so. The only module that knows the URL.
//
// #text=...&pair=...&model=bert&layer=3&head=1&... ; URLSearchParams does the encoding, so a
// text may hold any character. What equals its default is left out. A fragment is never
// sent to a server: a person's text does not end in its logs.

import { STATISTICS } from '../figures/overview.js';
import { parseEdits, writeEdit } from './edits.js';

export const LAW =
  'The Law will never be perfect, but its application should be just - ' +
  'this is what we are missing, in my opinion.';

export const LEVELS = ['token', 'word'];
export const SCALES = ['sqrt', 'linear', 'log'];
export const KINDS = ['encoder', 'decoder', 'cross'];
export const VIEWS = ['all', 'before', 'after', 'difference'];
export const MEASURES = ['pattern', 'norms', 'gradient_pattern', 'rollout', 'flow'];
/** Parts of the way from the baseline to the text, for integrated gradients. */
export const STEPS = [16, 64, 256];
export const MOST_HEADS = 8;
const OUTPUT = /^(?:sentence|pinned|next|(?:fill|tag)\.\d{1,6})$/;
const STATISTIC_NAMES = STATISTICS.map(({ name }) => name);

/**
 * @typedef {{kind: string|null, layer: number, head: number}} HeadName
 * @typedef {object} State
 * @property {string} text
 * @property {string|null} text_pair null: no second text
 * @property {string|null} model a registry name; null: the server's default
 * @property {string|null} kind null: the model's first kind
 * @property {number|null} layer null with `head`: not chosen yet
 * @property {number|null} head
 * @property {HeadName[]} more heads shown beside the open one
 * @property {"token"|"word"} level
 * @property {boolean} hide_special
 * @property {number} threshold links below it are not drawn, 0..1
 * @property {number} top_k links drawn a query
 * @property {"sqrt"|"linear"|"log"} scale of colour
 * @property {string} sort "layer" or the name of a statistic
 * @property {string} color "pattern" or the name of a statistic
 * @property {string|null} query searched word: as typed, or a place ("@s0:4-7", "@p12")
 * @property {string|null} key
 * @property {{query_pos: number, key_pos: number}|null} cell token positions
 * @property {{side: "query"|"key", pos: number}|null} pin at the level on screen
 * @property {string} measure which layer of the head is drawn: "pattern", or beside it
 * @property {string} output what gradients are of: "sentence", "pinned", "fill.7", "next", "tag.4"
 * @property {number|null} steps of integrated gradients; null: their panel is closed
 * @property {import('./edits.js').Edit[]} edits of the run, in their order
 * @property {"all"|"before"|"after"|"difference"} view of the pattern that edits change
 * @property {string[]} dropped what stood for an edit in the address and is none; never written
 * @property {string[]} ignored what else the address said that means nothing here; never written
 */

/** @type {Readonly<State>} */
export const DEFAULTS = Object.freeze({
  text: '',
  text_pair: null,
  model: null,
  kind: null,
  layer: null,
  head: null,
  more: [],
  level: 'token',
  hide_special: false,
  threshold: 0.05,
  top_k: 3,
  scale: 'sqrt',
  sort: 'layer',
  color: 'pattern',
  query: null,
  key: null,
  cell: null,
  pin: null,
  measure: 'pattern',
  output: 'sentence',
  steps: null,
  edits: [],
  view: 'all',
  dropped: [],
  ignored: [],
});

/**
 * The page as it first opens: the Law sentence, and the head that links its (9) to Law.
 * @type {Readonly<State>}
 */
export const WELCOME = Object.freeze({
  ...DEFAULTS,
  text: LAW,
  layer: 3,
  head: 1,
  query: 'its',
  key: 'Law',
  pin: { side: /** @type {const} */ ('query'), pos: 9 },
});

const integer = (value) => (/^\d{1,6}$/.test(value ?? '') ? Number(value) : null);
const oneOf = (value, allowed, otherwise) => (allowed.includes(value) ? value : otherwise);

function number(value, low, high, otherwise) {
  const given = Number(value ?? '');
  return value && given >= low && given <= high ? given : otherwise;
}

/** "3-1" or "cross.3-1" @returns {HeadName|null} */
function parseHead(written) {
  const found = /^(?:(encoder|decoder|cross)\.)?(\d{1,4})-(\d{1,4})$/.exec(written);
  return found && { kind: found[1] ?? null, layer: Number(found[2]), head: Number(found[3]) };
}

/** @param {HeadName} name */
const writeHead = ({ kind, layer, head }) => `${kind ? `${kind}.` : ''}${layer}-${head}`;

/**
 * The state that a fragment names; what it does not name, or names wrongly, is the default.
 * An empty fragment is the welcome; one that names no text is of the Law sentence.
 * @param {string} fragment with or without "#"
 * @returns {State}
 */
export function parseState(fragment) {
  const params = new URLSearchParams(fragment.replace(/^#/, ''));
  if ([...params].length === 0) return { ...WELCOME };
  const pin = /^(query|key)-(\d{1,6})$/.exec(params.get('pin') ?? '');
  const cell = /^(\d{1,6})-(\d{1,6})$/.exec(params.get('cell') ?? '');
  const layer = integer(params.get('layer'));
  const head = integer(params.get('head'));
  const state = {
    text: params.get('text') ?? LAW,
    text_pair: params.get('pair'),
    model: params.get('model'),
    kind: oneOf(params.get('kind'), KINDS, null),
    layer: head === null ? null : layer,
    head: layer === null ? null : head,
    more: (params.get('with') ?? '')
      .split(',')
      .map(parseHead)
      .filter((name) => name !== null)
      .slice(0, MOST_HEADS - 1),
    level: oneOf(params.get('level'), LEVELS, DEFAULTS.level),
    hide_special: params.get('special') === 'hidden',
    threshold: number(params.get('threshold'), 0, 1, DEFAULTS.threshold),
    top_k: Math.round(number(params.get('top'), 1, 32, DEFAULTS.top_k)),
    scale: oneOf(params.get('scale'), SCALES, DEFAULTS.scale),
    sort: oneOf(params.get('sort'), STATISTIC_NAMES, DEFAULTS.sort),
    color: oneOf(params.get('color'), STATISTIC_NAMES, DEFAULTS.color),
    query: params.get('query'),
    key: params.get('key'),
    cell: cell && { query_pos: Number(cell[1]), key_pos: Number(cell[2]) },
    pin: pin && { side: /** @type {"query"|"key"} */ (pin[1]), pos: Number(pin[2]) },
    measure: oneOf(params.get('measure'), MEASURES, DEFAULTS.measure),
    output: OUTPUT.test(params.get('output') ?? '') ? params.get('output') : DEFAULTS.output,
    steps: oneOf(integer(params.get('steps')), STEPS, null),
    view: oneOf(params.get('view'), VIEWS, DEFAULTS.view),
    ...parseEdits(params.getAll('edit')),
  };
  return { ...state, ignored: ignoredIn(params, state) };
}

/** What of an address its state does not say. Edits that are none are told by themselves. */
function ignoredIn(params, state) {
  const said = new Map(/** @type {any} */ (entriesOf(state)));
  const means = (name, value) => {
    const meant = said.get(name) ?? null;
    if (meant === null || params.getAll(name).length > 1) return false;
    return String(meant) === value || (typeof meant === 'number' && meant === Number(value));
  };
  return [...params]
    .filter(([name, value]) => name !== 'edit' && !means(name, value))
    .map(([name, value]) => `${name}=${value}`);
}

/** What stands in an address for a state, but for its edits: name, value, and what goes unsaid. */
function entriesOf(state) {
  const { cell, pin } = state;
  return [
    ['text', state.text, undefined],
    ['pair', state.text_pair, null],
    ['model', state.model, null],
    ['kind', state.kind, null],
    ['layer', state.layer, null],
    ['head', state.head, null],
    ['with', state.more.map(writeHead).join(','), ''],
    ['level', state.level, DEFAULTS.level],
    ['special', state.hide_special ? 'hidden' : null, null],
    ['threshold', state.threshold, DEFAULTS.threshold],
    ['top', state.top_k, DEFAULTS.top_k],
    ['scale', state.scale, DEFAULTS.scale],
    ['sort', state.sort, DEFAULTS.sort],
    ['color', state.color, DEFAULTS.color],
    ['query', state.query, null],
    ['key', state.key, null],
    ['cell', cell && `${cell.query_pos}-${cell.key_pos}`, null],
    ['pin', pin && `${pin.side}-${pin.pos}`, null],
    ['measure', state.measure, DEFAULTS.measure],
    ['output', state.output, DEFAULTS.output],
    ['steps', state.steps, null],
    ['view', state.view, DEFAULTS.view],
  ];
}

/**
 * The fragment of a state, without "#".
 * @param {State} state
 */
export function writeState(state) {
  const params = new URLSearchParams();
  for (const [name, value, unsaid] of entriesOf(state)) {
    if (value !== unsaid) params.set(name, String(value));
  }
  for (const edit of state.edits) params.append('edit', writeEdit(edit));
  return params.toString();
}

/**
 * A searched word as the API wants it. "@s0:4-7" is characters 4 to 7 of the first text,
 * "@p12" token 12, "@@..." a word that itself starts with "@".
 * @param {string} written
 * @returns {string | {position: number} | {start: number, end: number, segment: number}}
 */
export function parsePlace(written) {
  const span = /^@s([01]):(\d+)-(\d+)$/.exec(written);
  if (span) return { start: Number(span[2]), end: Number(span[3]), segment: Number(span[1]) };
  const position = /^@p(\d+)$/.exec(written);
  if (position) return { position: Number(position[1]) };
  return written.startsWith('@@') ? written.slice(1) : written;
}

/**
 * How a typed word, or a word that was clicked, is written in the state. A first occurrence
 * is written as the word itself: links stay readable.
 * @param {{text: string, start: number|null, end: number|null, segment: number, tokens: number[]}} word
 * @param {readonly {text: string, special?: boolean}[]} words
 */
export function writePlace(word, words) {
  if (word.start === null || word.end === null) return `@p${word.tokens[0]}`;
  const same = (other) => other.text.toLowerCase() === word.text.toLowerCase();
  if (words.find((other) => !other.special && same(other)) === word) return writeTyped(word.text);
  return `@s${word.segment}:${word.start}-${word.end}`;
}

/** @param {string} typed */
export function writeTyped(typed) {
  return typed.startsWith('@') ? `@${typed}` : typed;
}

/**
 * The state in use, kept in step with the address bar.
 * @param {Window} window
 * @param {{parse: (fragment: string) => any, write: (state: any) => string}} [format] how the
 *   page writes its state
 */
export function createStore(window, { parse, write } = { parse: parseState, write: writeState }) {
  let state = parse(window.location.hash);
  /** @type {Set<(state: any, before: any) => void>} */
  const listeners = new Set();
  let timer = 0;

  const tell = (before) => {
    for (const listener of listeners) listener(state, before);
  };
  const replace = () => {
    clearTimeout(timer);
    timer = 0;
    window.history.replaceState(null, '', `#${write(state)}`);
  };

  // Typing another fragment into the address bar fires popstate as well.
  window.addEventListener('popstate', () => {
    clearTimeout(timer);
    const before = state;
    state = parse(window.location.hash);
    tell(before);
  });

  return {
    get: () => state,
    /** Where the page was served from, and the link that reopens what is on screen. */
    address() {
      if (timer) replace();
      const { origin, pathname, search } = window.location;
      // The page as it first opens has no fragment; its link has, and keeps its meaning.
      return { origin, link: `${origin}${pathname}${search}#${write(state)}` };
    },
    /** Something a person would want to come back to: a new entry in the history. */
    open(patch) {
      if (timer) replace();
      const before = state;
      // What the address in use said wrongly is past with it.
      state = { ...state, ignored: [], ...patch };
      if (write(state) !== write(before)) {
        window.history.pushState(null, '', `#${write(state)}`);
      }
      tell(before);
    },
    /** A small change: the same entry, written a little later (browsers ration these). */
    adjust(patch) {
      const before = state;
      state = { ...state, ...patch };
      clearTimeout(timer);
      timer = window.setTimeout(replace, 150);
      tell(before);
    },
    subscribe(listener) {
      listeners.add(listener);
    },
  };
}
