// One of the two models: all its heads, their ranking by the link, and one head's picture.

import { h, setText } from '../../../core/dom.js';
import { worded } from '../../../core/errors.js';
import { sameHead } from '../../../core/selection.js';
import { supervisionOf } from '../../../core/supervision.js';
import { modelSelect } from '../../../parts/fields.js';
import { headGrid } from '../../../parts/head-grid.js';
import { linksView } from '../../../parts/links.js';
import { errorNotice, waitNotice } from '../../../parts/notice.js';
import { patternView } from '../../../parts/pattern.js';
import { foundSentence, rankingTable } from '../../../parts/ranking.js';

const COLOR = 'var(--head-1)';
const DRAWN = { threshold: 0.05, topK: 3 };
const NONE = [];
/** Tiles by layer and head, with full ink; before anything is known, those of a small BERT. */
const TILES = { sort: 'layer', color: 'pattern', scale: 'sqrt', shape: { layers: 6, heads: 12 } };

/**
 * @param {HTMLElement} root
 * @param {{name: string, onModel: (name: string) => void, onHead: (place: {layer: number, head: number}|null) => void, onRetry: () => void}} parts
 *   `name`: "First model", say
 */
export function sideView(root, { name, onModel, onHead, onRetry }) {
  const model = modelSelect(name, onModel);
  const size = h('span', { class: 'compare-size' });
  const problem = h('div');
  const tiles = headGrid({
    label: `Attention heads of the ${name.toLowerCase()}`,
    onOpen: ({ layer, head }) => onHead({ layer, head }),
    most: 72,
  });
  const answer = h('p', { class: 'search-answer', role: 'status' });
  const ranking = rankingTable({
    onOpen: ({ layer, head }) => onHead({ layer, head }),
    label: `Ranked heads of the ${name.toLowerCase()}`,
  });
  const found = h('div', { class: 'search-found' }, ...ranking.elements);
  const title = h('h3', { class: 'compare-head-title' }, 'A head');
  const badge = h('span', { class: 'head-supervised', hidden: true });
  const best = h(
    'button',
    { type: 'button', class: 'text-button', onclick: () => onHead(null) },
    'Back to the best',
  );
  const inspect = h('a', { class: 'quiet-link', href: '/' }, 'Open in the inspector');
  const links = h('div', { class: 'compare-links' });
  const pattern = h('div', { class: 'compare-pattern' });
  const stage = h('div', { class: 'panel compare-picture' }, links, pattern);
  const body = h(
    'div',
    { class: 'compare-body' },
    tiles.element,
    answer,
    found,
    h(
      'div',
      { class: 'compare-head' },
      title,
      badge,
      best,
      h('span', { class: 'spring' }),
      inspect,
    ),
    stage,
  );
  const field = h('label', { class: 'field compare-model' }, model.element);
  root.replaceChildren(h('div', { class: 'section-head' }, field, size), problem, body);

  let pin = null;
  let pinned = '';
  const inStep = (focus, other) => other.update({ focus });
  const views = {
    links: linksView(links, {
      onFocus: (focus) => drawn && inStep(focus, views.map),
      onPin: (token) => (pin = token),
      onCell: () => {},
    }),
    map: patternView(pattern, {
      onFocus: (focus) => drawn && inStep(focus, views.links),
      onCell: () => {},
    }),
  };
  /** The arrays on screen; null while there are none. */
  let drawn = null;

  function notice({ overview, search, head, asked, query, key }) {
    if (overview.status === 'error') return errorNotice(worded(overview.error), onRetry);
    if (overview.wait) return waitNotice(overview.wait.message, null);
    if (asked && search.status === 'error') {
      return errorNotice(worded(search.error, { query, key }), onRetry);
    }
    return head.status === 'error' ? errorNotice(worded(head.error), onRetry) : null;
  }

  let told = null;
  /** The same failure, or wait, is told once. */
  function tell(props) {
    const { overview, search, head, asked } = props;
    const answered = overview.error ?? overview.wait ?? (asked ? search.error : null);
    const cause = answered ?? head.error;
    if (cause === told && cause !== undefined) return;
    told = cause;
    const made = notice(props);
    problem.replaceChildren(...(made ? [made] : []));
  }

  function drawHead({ data, open, arrays, dir, picture, pinAt }) {
    const facts = data.heads.find((one) => sameHead({ ...one, kind: null }, open));
    const supervised = supervisionOf(facts, data.heads);
    setText(title, `Layer ${open.layer}, head ${open.head}`);
    badge.hidden = !supervised;
    badge.classList.toggle('is-supervised', Boolean(supervised?.supervised));
    setText(badge, supervised?.text ?? '');
    badge.title = supervised?.about ?? '';
    links.hidden = picture !== 'links';
    pattern.hidden = picture !== 'pattern';
    if (!arrays) return;
    const [{ query, key, kind, causal, sinks }] = data.kinds;
    const { data: values, rows, cols } = arrays.pattern;
    const place = JSON.stringify([arrays.run, pinAt]);
    if (place !== pinned) {
      pinned = place;
      pin = pinAt === null ? null : { side: 'query', pos: pinAt };
    }
    if (drawn !== arrays) {
      drawn = arrays;
      const { layer, head: number } = open;
      const head = { kind, layer, head: number, color: COLOR, pattern: values, rows, cols, sinks };
      const tokens = { queryTokens: query.tokens, keyTokens: key.tokens };
      const shared = { ...tokens, hideSpecial: false, focus: null };
      views.links.update({ ...shared, ...DRAWN, heads: [head], dir, causal, pinned: pin });
      views.map.update({ ...shared, head, scores: arrays.scores, scale: 'sqrt', cell: null });
    } else {
      views.links.update({ pinned: pin });
    }
  }

  return {
    /**
     * @param {object} next
     * @param {any[]} next.models as GET /models lists them
     * @param {string} next.model
     * @param {import('../../../core/queries.js').Slot} next.overview
     * @param {import('../../../core/queries.js').Slot} next.search
     * @param {import('../../../core/queries.js').Slot} next.head
     * @param {boolean} next.asked whether both words of a link are there
     * @param {import('../../../core/api.js').Overview|null} next.data of the text on screen
     * @param {import('../../../core/inspector-address.js').HeadName|null} next.open
     * @param {boolean} next.chosen whether a person chose that head
     * @param {import('../../../core/requests.js').HeadArrays|null} next.arrays of that head
     * @param {number|null} next.pinAt token position of the word that looks
     * @param {"links"|"pattern"} next.picture @param {"ltr"|"rtl"} next.dir
     * @param {string|null} next.query @param {string|null} next.key
     * @param {string} next.href of the same head in the inspector
     */
    update(next) {
      const { data, overview, search, asked, open } = next;
      model.update(next.models, next.model);
      const shape = data?.kinds[0];
      setText(size, shape ? `${shape.layers} layers × ${shape.heads} heads` : '');
      tell(next);
      body.hidden = overview.status === 'error';
      const shown = open && shape ? [{ ...open, kind: shape.kind }] : NONE;
      const busy = overview.status === 'loading';
      tiles.element.classList.toggle('is-busy', busy);
      tiles.update({ ...TILES, data, kind: shape?.kind, open: shown, busy, off: false });
      const ready = asked && search.value && search.status !== 'error';
      const value = ready ? search.value : null;
      const invitation = asked ? '' : 'Pick two words to rank the heads.';
      setText(answer, value ? foundSentence(value) : invitation);
      answer.classList.toggle('is-none', Boolean(value && !value.found));
      found.hidden = !value;
      found.classList.toggle('is-busy', search.status === 'loading');
      if (value) ranking.update({ heads: value.heads, open: shown });
      best.hidden = !next.chosen || !value;
      inspect.setAttribute('href', next.href);
      stage.hidden = next.head.status === 'error';
      stage.classList.toggle('is-waiting', !(data && open && next.arrays));
      if (data && open) drawHead(next);
    },
  };
}
