// What is on screen: what a state means, with what is known so far of the text in it. Answers of
// another text stay in the queries until the new ones come; here they do not count.

import { createMemo } from '../../core/memo.js';
import { runOf } from '../../core/requests.js';
import { cellIn, openHeads, pictureOf, sameHead } from '../../core/selection.js';
import { saysAnything } from '../../figures/sentence.js';

/**
 * @param {object} parts
 * @param {{get(): import('../../core/addresses/inspector.js').State}} parts.store
 * @param {Pick<ReturnType<typeof import('../../core/queries.js').createQueries>, 'get'>} parts.queries
 * @param {() => string} parts.modelName
 */
export function createSelectors({ store, queries, modelName }) {
  const same = createMemo();
  const run = () => runOf(modelName(), store.get());

  /** The overview of the text on screen; null while another text's is still there. */
  function overview() {
    const { value } = queries.get('overview');
    return value?.run === run() ? value : null;
  }

  /** Names of the heads shown, the open one first. */
  const heads = () => openHeads(store.get(), overview());

  /** Whether arrays are of this head and of the text on screen. */
  function belongs(arrays, name, level) {
    if (!arrays || !name || arrays.run !== run()) return false;
    return arrays.level === level && sameHead(arrays, name);
  }

  /** The open head's vectors, token by token. */
  function vectors() {
    const { value } = queries.get(store.get().level === 'word' ? 'vectors' : 'head:0');
    return belongs(value, heads()[0], 'token') ? value : null;
  }

  /** The open cell where the text on screen has it; null before its tokens are known. */
  function cell() {
    const data = overview();
    const { cell: open, kind } = store.get();
    return data && cellIn(open, pictureOf(data, kind));
  }

  /** What of the open head is in sight: a model without outputs of its own has no tab for them. */
  function tab() {
    const { tab: wanted } = store.get();
    return wanted === 'outputs' && overview() && !saysAnything(overview().outputs)
      ? 'picture'
      : wanted;
  }

  /** Which measure the pictures show: beside its pattern, a head has others under Attribution. */
  const measure = () => (tab() === 'attribution' ? store.get().measure : 'pattern');

  /** All that the parts of the page are drawn from; the same heads are the same object. */
  function all() {
    const state = store.get();
    const data = overview();
    const shown = heads();
    const colored = shown.map((name, i) => ({
      ...named(name, data),
      color: `var(--head-${i + 1})`,
    }));
    return {
      state,
      data,
      picture: data && pictureOf(data, state.kind),
      shown,
      open: same('open', colored),
      answer: queries.get('overview'),
    };
  }

  return { overview, heads, belongs, vectors, cell, tab, measure, all };
}

/** A head's name with its kind filled in, as pictures want it. */
export function named(name, overview) {
  return { ...name, kind: name.kind ?? overview?.kinds[0].kind ?? null };
}
