// What the inspector has on screen, as its address says it: other pages lead there.
//
// #v=1&text=...&pair=...&model=bert&layer=3&head=1&...

import { STATISTICS } from '../../figures/overview.js';
import { count, createAddress, head, list, name, number, oneOf, text, word } from '../address.js';
import { parseEdits, writeEdit } from '../edits.js';

export const LAW =
  'The Law will never be perfect, but its application should be just - ' +
  'this is what we are missing, in my opinion.';

export const LEVELS = ['token', 'word'];
/** What of the open head is in sight. */
export const TABS = ['picture', 'vectors', 'what-if', 'attribution', 'outputs'];
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
 * @property {string} tab what of the open head is in sight
 * @property {string} measure which layer of the head is drawn: "pattern", or beside it
 * @property {string} output what gradients are of: "sentence", "pinned", "fill.7", "next", "tag.4"
 * @property {number|null} steps of integrated gradients; null: their panel is closed
 * @property {boolean} ablations whether every head is switched off on its own
 * @property {import('../edits.js').Edit[]} edits of the run, in their order
 * @property {"all"|"before"|"after"|"difference"} view of the pattern that edits change
 * @property {string[]} dropped what stood for an edit in the address and is none; never written
 * @property {string[]} ignored what else the address said that means nothing here; never written
 */

/** @type {import('../address.js').Field} */
const cell = {
  otherwise: null,
  read(said) {
    const found = /^(\d{1,6})-(\d{1,6})$/.exec(said);
    return found ? { query_pos: Number(found[1]), key_pos: Number(found[2]) } : undefined;
  },
  write: ({ query_pos, key_pos }) => `${query_pos}-${key_pos}`,
};
/** @type {import('../address.js').Field} */
const pin = {
  otherwise: null,
  read(said) {
    const found = /^(query|key)-(\d{1,6})$/.exec(said);
    return found ? { side: found[1], pos: Number(found[2]) } : undefined;
  },
  write: ({ side, pos }) => `${side}-${pos}`,
};
const hidden = flag('hidden');

/** True where the address says that word. @param {string} said @returns {import('../address.js').Field} */
function flag(said) {
  return {
    otherwise: false,
    read: (word) => word === said || undefined,
    write: (value) => (value ? said : ''),
  };
}

/** A layer without a head is none, and says so. */
function complete(read, params) {
  const { layer, head } = read;
  const state = {
    ...read,
    layer: head === null ? null : layer,
    head: layer === null ? null : head,
    ...parseEdits(params.getAll('edit')),
  };
  return { ...state, ignored: address.ignored(params, state) };
}

/** @type {import('../address.js').Address<State>} */
const address = createAddress(
  {
    text,
    text_pair: { ...word(), name: 'pair' },
    model: name,
    kind: oneOf(KINDS, null),
    layer: count(null),
    head: count(null),
    more: { ...list(head, MOST_HEADS - 1), name: 'with' },
    level: oneOf(LEVELS, 'token'),
    hide_special: { ...hidden, name: 'special' },
    threshold: number(0, 1, 0.05),
    top_k: { ...count(3, (most) => most >= 1 && most <= 32), name: 'top' },
    scale: oneOf(SCALES, 'sqrt'),
    sort: oneOf(['layer', ...STATISTIC_NAMES], 'layer'),
    color: oneOf(['pattern', ...STATISTIC_NAMES], 'pattern'),
    query: word(),
    key: word(),
    cell,
    pin,
    tab: oneOf(TABS, 'picture'),
    measure: oneOf(MEASURES, 'pattern'),
    output: { ...word('sentence'), read: (said) => (OUTPUT.test(said) ? said : undefined) },
    steps: oneOf(STEPS, null),
    ablations: { ...flag('each'), name: 'heads' },
    view: oneOf(VIEWS, 'all'),
  },
  {
    apart: { edits: [], dropped: [], ignored: [] },
    // The page as it first opens: the Law sentence, and the head that links its (9) to Law.
    welcome: {
      text: LAW,
      layer: 3,
      head: 1,
      query: 'its',
      key: 'Law',
      pin: { side: 'query', pos: 9 },
    },
    complete,
    repeated: { edit: ({ edits }) => edits.map(writeEdit) },
  },
);

const NO_HEAD = { kind: null, layer: null, head: null };

export const inspector = {
  ...address,
  /** @param {State} state @returns {Partial<import('../thread.js').Thread>} */
  take({ text, text_pair, model, kind, layer, head: number, query, key }) {
    const open = layer === null ? null : { kind, layer, head: number };
    return { text, text_pair, model, head: open, query, key };
  },
  /**
   * The same text in the same model is as it was left, but for the head and the link in hand.
   * @param {import('../thread.js').Thread} thread @param {State|null} left
   */
  give({ text, text_pair, model, head: open, query, key }, left) {
    const run = { text, text_pair, model };
    const link = { ...(open ?? NO_HEAD), query, key };
    const all = (wanted) => left && Object.entries(wanted).every(([name, is]) => left[name] === is);
    const base = all(run) ? left : address.DEFAULTS;
    return {
      ...base,
      ...run,
      ...link,
      ...(all({ ...run, ...link }) ? {} : { cell: null, pin: null }),
    };
  },
};

/** The way to the inspector with that state; what is left out is as it opens. @param {Partial<State>} state */
export const inspectorAt = (state) => `/#${inspector.write({ ...inspector.DEFAULTS, ...state })}`;
