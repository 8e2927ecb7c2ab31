// What if: edits of the run on selectors. Asks for what they change, and says which links of the
// open head are cut; the list that shows them comes when there is something in it.

import { cutLinks, freshEdit, MOST_EDITS, requested, toggledCut } from '../../core/edits.js';
import { lazyPart } from '../../core/lazy.js';
import { createMemo } from '../../core/memo.js';
import { runOf } from '../../core/requests.js';
import { nameOf, pictureOf } from '../../core/selection.js';
import { build, find, html } from '../../core/template.js';
import { t } from '../../language/messages.js';
import { dropZone, watchDragging } from '../../parts/drag.js';

/** While a slider moves, what it passes over is not asked for. */
const REST = 120;
const PICKING = {
  cut: t('click a link to cut it, or to mend it'),
  along: t('click a link to keep it, or to leave it out'),
};

/**
 * @param {object} parts
 * @param {ReturnType<typeof import('../../core/store.js').createStore>} parts.store
 * @param {ReturnType<typeof import('../../core/queries.js').createQueries>} parts.queries
 * @param {ReturnType<typeof import('./selectors.js').createSelectors>} parts.selectors
 * @param {ReturnType<typeof import('../../core/api.js').createApi>} parts.api
 * @param {() => string} parts.modelName
 * @param {() => void} parts.redraw draws the page again
 * @param {() => void} parts.retry asks again for what has failed
 * @param {(name: any) => void} parts.onOpen opens a head
 * @param {(what: "curl"|"python", body: any) => Promise<string>} parts.onCopy
 */
export function createWhatIf(parts) {
  const { store, queries, selectors, api, modelName, redraw } = parts;
  const same = createMemo();
  const element = build(html`<section class="what-if" aria-labelledby="what-if-title">
    <div class="section-head"><h2 class="section-title" id="what-if-title"
      tabindex="-1">${t('What if')}</h2>
      <span class="spring"></span><div class="edits-tools"></div></div>
    <p class="edits-hint">${t('Drag a head here, or press “Add to what if” at its name, to switch it off. Then turn it down instead, cut its links or give it another text: what the model makes of the sentence is computed anew, beside what chance would do.')}</p>
    <div class="edits-body"></div></section>`);
  // Wherever the page is, and whichever tab is open.
  const dropTarget = build(html`<div class="drop-target" hidden></div>`);
  const [tools, hint] = [find(element, '.edits-tools'), find(element, '.edits-hint')];
  const body = find(element, '.edits-body');
  /** What a click on a link does: null, or {mode: "cut"}, or {mode: "along", index} of an edit. */
  let picking = null;
  let carried = null;
  let timer = 0;
  let pending = null;
  let notice = null;

  const list = lazyPart(
    body,
    async () => {
      const { editListView } = await import('./later.js');
      return (root, callbacks) =>
        editListView({ root, tools, dropTarget, section: element }, callbacks);
    },
    {
      onEdits: change,
      onSlide: slide,
      onDrop: switchOff,
      onDropInto: dropInto,
      onPick: (index) => pick(picking?.index === index ? null : { mode: 'along', index }),
      onView: (view) => store.adjust({ view }),
      onForget: () => store.adjust({ dropped: [] }),
      onShow: () => store.adjust({ tab: 'what-if' }),
      onOpen: parts.onOpen,
      onRetry: parts.retry,
      onCopy: (what) => parts.onCopy(what, request(wanted()).body),
    },
    ({ edits, dropped, carried: name, notice: said }) =>
      edits.length > 0 || dropped.length > 0 || name !== null || said !== null,
  );
  dropZone(element, switchOff);
  watchDragging((name) => {
    carried = name;
    redraw();
  });

  /** @param {import('../../core/edits.js').Edit[]} edits */
  function change(edits) {
    const full = edits.length > MOST_EDITS;
    notice = full
      ? t('A link carries {count} edits at most. Remove one first.', { count: MOST_EDITS })
      : null;
    if (full) redraw();
    else store.open({ edits, dropped: [] });
  }

  let slid = -Infinity;
  /** The steps of one slide are one step back in the history. */
  function slide(edits) {
    const now = performance.now();
    if (now - slid > 1200) store.open({ edits, dropped: [] });
    else store.adjust({ edits, dropped: [] });
    slid = now;
  }

  /** A head as the state writes it. */
  const written = (name) => nameOf(name, selectors.overview());

  function switchOff(name) {
    const { kind, layer, head } = written(name);
    change([...store.get().edits, freshEdit('zero_ablation', { kind, layer, heads: [head] })]);
  }

  function dropInto(index, name) {
    const { edits } = store.get();
    const { head } = written(name);
    const { heads } = edits[index];
    if (heads === null || heads.includes(head)) return;
    change(edits.with(index, { ...edits[index], heads: [...heads, head] }));
  }

  function pick(next) {
    picking = next;
    redraw();
  }

  /** Links between tokens: at word level a cell stands for all tokens of both words. */
  function linksAt(query_pos, key_pos) {
    const { level, kind } = store.get();
    if (level === 'token') return { queries: [query_pos], keys: [key_pos] };
    const { query, key } = pictureOf(selectors.overview(), kind);
    return { queries: query.words[query_pos].tokens, keys: key.words[key_pos].tokens };
  }

  function toggle(links) {
    const [open] = selectors.heads();
    const { heads } = pictureOf(selectors.overview(), store.get().kind);
    change(toggledCut(store.get().edits, open, links, heads));
  }

  /** Links kept by an edit that leaves no others; those that it has are left out again. */
  function toggleAlong(index, { queries, keys }) {
    const { edits } = store.get();
    const named = queries.flatMap((query) => keys.map((key) => [query, key]));
    const is = (a) => (b) => a[0] === b[0] && a[1] === b[1];
    const before = edits[index].edges;
    const fresh = named.filter((edge) => !before.some(is(edge)));
    const after = fresh.length
      ? [...before, ...fresh]
      : before.filter((edge) => !named.some(is(edge)));
    change(edits.with(index, { ...edits[index], edges: after }));
  }

  /** What the state asks of the server; null: nothing, or not known yet. */
  function wanted() {
    const state = store.get();
    const [open] = selectors.heads();
    const { sent } = requested(state.edits);
    if (sent.length === 0 || !open || state.text.trim() === '') return null;
    const { kind, layer, head } = open;
    return { sent, show: [{ kind, layer, head }] };
  }

  function request({ sent, show }) {
    const { text, text_pair } = store.get();
    const model = modelName();
    const key = JSON.stringify(['what-if', runOf(model, { text, text_pair }), sent, show]);
    return { key, body: { model, text, text_pair, edits: sent, show } };
  }

  /** Asks for what the edits change, once they rest. */
  function ask() {
    const { status } = queries.get('overview');
    const now = wanted();
    // While another text is read, what was known of the one before stays.
    if (now && !selectors.overview() && status === 'loading') return;
    const asked = now && selectors.overview() ? request(now) : null;
    const key = asked?.key ?? null;
    if (queries.get('what-if').key === key) {
      clearTimeout(timer);
      pending = null;
    } else if (!asked) {
      clearTimeout(timer);
      pending = null;
      queries.ask('what-if', null, async () => null);
    } else if (pending !== key) {
      clearTimeout(timer);
      pending = key;
      timer = window.setTimeout(() => {
        const load = async (options) => ({ ...(await api.whatIf(asked.body, options)), key });
        pending = null;
        queries.ask('what-if', key, load, { keep: true });
      }, REST);
    }
  }

  return {
    element,
    dropTarget,
    ask,
    switchOff,
    /** Whether a click on links cuts them. @param {boolean} on */
    cutting: (on) => pick(on ? { mode: 'cut' } : null),

    /** Takes a click on a link, if it is meant for an edit. @returns {boolean} */
    takes(query_pos, key_pos) {
      if (!picking) return false;
      const links = linksAt(query_pos, key_pos);
      if (picking.mode === 'cut') toggle(links);
      else toggleAlong(picking.index, links);
      return true;
    },

    /** Cuts or mends the link of a cell between tokens. */
    cutCell: ({ query_pos, key_pos }) => toggle({ queries: [query_pos], keys: [key_pos] }),

    /**
     * What the pictures of the open head show of the edits.
     * @returns {{cuts: {query_pos: number, key_pos: number}[], cellCut: boolean, cutting: boolean, picking: string|null}}
     */
    marks() {
      const [open] = selectors.heads();
      const { edits, level, kind } = store.get();
      const cuts = open ? cutLinks(edits, open) : [];
      const cell = selectors.cell();
      const data = selectors.overview();
      const shown = level === 'word' ? (data ? wordCuts(cuts, pictureOf(data, kind)) : []) : cuts;
      return {
        cuts: same('cuts', shown),
        cellCut: Boolean(cell) && cuts.some((cut) => sameCell(cut, cell)),
        cutting: picking?.mode === 'cut',
        picking: picking && PICKING[picking.mode],
      };
    },

    update() {
      const state = store.get();
      if (picking?.mode === 'along' && state.edits[picking.index]?.do !== 'only_along') {
        picking = null;
      }
      const now = wanted();
      const key = now && selectors.overview() ? request(now).key : null;
      hint.hidden = state.edits.length > 0;
      const [open] = selectors.heads();
      list.update({
        edits: state.edits,
        index: requested(state.edits).index,
        dropped: state.dropped,
        notice,
        carried: carried && written(carried),
        picked: picking?.mode === 'along' ? picking.index : null,
        slot: queries.get('what-if'),
        key,
        data: selectors.overview(),
        open: open ?? null,
        view: state.view,
        scale: state.scale,
        hideSpecial: state.hide_special,
        words: state.level === 'word',
      });
    },
  };
}

const sameCell = (a, b) => a.query_pos === b.query_pos && a.key_pos === b.key_pos;

/** Cells between words of which every link between tokens is cut. */
function wordCuts(cuts, { query, key }) {
  const counts = new Map();
  for (const { query_pos, key_pos } of cuts) {
    const [from, to] = [query.tokens[query_pos]?.word, key.tokens[key_pos]?.word];
    if (from === undefined || to === undefined) continue;
    const name = `${from}-${to}`;
    const found = counts.get(name) ?? { query_pos: from, key_pos: to, count: 0 };
    counts.set(name, { ...found, count: found.count + 1 });
  }
  return [...counts.values()].filter(
    ({ query_pos, key_pos, count }) =>
      count === query.words[query_pos].tokens.length * key.words[key_pos].tokens.length,
  );
}
