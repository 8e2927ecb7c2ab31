// What a reader has in hand: the texts, the model, the head and the link looked for. It goes from
// page to page in the links of the masthead; each page takes what it has a place for and leaves
// the rest as it is. The tab keeps it, so that a page without a text loses nothing.

import { claims } from './addresses/claims.js';
import { compare } from './addresses/compare.js';
import { inspector } from './addresses/inspector.js';
import { pairs } from './addresses/pairs.js';
import { walk } from './addresses/walk.js';

const ADDRESSES = { inspector, walk, compare, pairs, claims };
const KEPT = 'headlight:thread';

/**
 * @typedef {import('./addresses/inspector.js').HeadName} HeadName
 * @typedef {object} Thread
 * @property {string|null} text null: nothing was read yet
 * @property {string|null} text_pair a second text, read together with the first
 * @property {string|null} other the text that differs in one place
 * @property {string|null} model null: the server's default
 * @property {HeadName|null} head of that model
 * @property {string|null} query word that looks, as addresses write it
 * @property {string|null} key
 *
 * @typedef {{walk: string, default: string}} Models the one that is walked through; the default
 *
 * @typedef {import('./address.js').Address<any> & {
 *   take?: (state: any, models: Models, thread: Thread) => Partial<Thread>,
 *   begin?: (thread: Thread) => any}} OwnAddress of a page: what its state adds to what a reader has in
 *   hand; the state on which it opens where its address says nothing, null for the one of always
 */

/** @type {Readonly<Thread>} */
export const EMPTY = Object.freeze({
  text: null,
  text_pair: null,
  other: null,
  model: null,
  head: null,
  query: null,
  key: null,
});

/** What belongs to the text before it goes with it; so does the head of another model. */
const OF_TEXT = { text_pair: null, other: null, query: null, key: null };

/** @param {Thread} thread @param {Partial<Thread>} taken from a page @returns {Thread} */
export function continued(thread, taken) {
  const another = taken.text !== undefined && taken.text !== thread.text;
  const elsewhere = taken.model !== undefined && taken.model !== thread.model;
  return { ...thread, ...(another && OF_TEXT), ...(elsewhere && { head: null }), ...taken };
}

/**
 * The fragment of a page that goes on with what a reader has in hand; '' for the page as it opens.
 * @param {string} name of the page @param {Thread} thread @param {Models} models
 * @param {string|undefined} last the fragment that the page had when it was left
 */
export function fragmentOf(name, thread, models, last) {
  const address = ADDRESSES[name];
  if (!address) return '';
  if (name !== 'claims' && thread.text === null) return last ?? '';
  const before = last === undefined ? null : address.parse(last);
  const state = address.give(thread, before, models);
  return state ? address.write(state) : '';
}

/**
 * @param {string} page its name
 * @param {Models} models
 * @param {{getItem: (key: string) => string|null, setItem: (key: string, value: string) => void}} storage
 *   of the tab
 * @param {OwnAddress} [own] of the page
 */
export function createThread(page, models, storage, own = ADDRESSES[page]) {
  const { thread = EMPTY, fragments = {} } = read(storage);
  let now = { ...EMPTY, ...thread };

  return {
    get: () => now,
    /** The page's state is what a reader has in hand. @param {any} state */
    keep(state) {
      if (!own?.take) return;
      now = continued(now, own.take(state, models, now));
      fragments[page] = own.write(state);
      write(storage, { thread: now, fragments });
    },
    /** The fragment on which the page opens where its address says nothing; '' as always. */
    begin() {
      const state = own?.begin?.(now);
      return state ? own.write(state) : '';
    },
    /** Where a page goes on. @param {string} name */
    fragment: (name) => fragmentOf(name, now, models, fragments[name]),
  };
}

/**
 * The thread of a page of ours, with the links of its masthead.
 * @param {Document} page @param {OwnAddress} [own]
 */
export function threadOf(page, own) {
  const { name, walkModel, defaultModel } = page.documentElement.dataset;
  const models = { walk: walkModel, default: defaultModel };
  const thread = createThread(name, models, tabStorage(), own);
  const links = /** @type {NodeListOf<HTMLAnchorElement>} */ (
    page.querySelectorAll('a[data-page]')
  );
  /** Every link to a page goes on from here. */
  function drawLinks() {
    for (const link of links) {
      const fragment = thread.fragment(link.dataset.page);
      link.setAttribute('href', link.pathname + link.search + (fragment && `#${fragment}`));
    }
  }
  return {
    drawLinks,
    begin: thread.begin,
    /** The page's state is what a reader has in hand. @param {any} state */
    keep(state) {
      thread.keep(state);
      drawLinks();
    },
  };
}

/** What a tab keeps; nothing where the browser forbids it. */
function tabStorage() {
  try {
    return globalThis.sessionStorage;
  } catch {
    return { getItem: () => null, setItem() {} };
  }
}

function read(storage) {
  try {
    return JSON.parse(storage.getItem(KEPT)) ?? {};
  } catch {
    return {}; // another version's, or a browser that keeps nothing
  }
}

function write(storage, kept) {
  try {
    storage.setItem(KEPT, JSON.stringify(kept));
  } catch {
    // A text may be longer than a tab keeps: the links hold it all the same.
  }
}
