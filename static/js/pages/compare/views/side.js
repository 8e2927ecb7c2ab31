// One of the two models: all its heads, their ranking by the link, and one head's picture.

import { worded } from '../../../core/errors.js';
import { modelTitle } from '../../../core/models.js';
import { sameHead } from '../../../core/selection.js';
import { supervisionOf } from '../../../core/supervision.js';
import { build, classes, html, render } from '../../../core/template.js';
import { headTitle } from '../../../figures/head-names.js';
import { t } from '../../../language/messages.js';
import { modelSelect } from '../../../parts/fields.js';
import { supervisionBadge } from '../../../parts/head-facts.js';
import { headGrid } from '../../../parts/head-grid.js';
import { linksView } from '../../../parts/links.js';
import { errorNotice, waitNotice } from '../../../parts/notice.js';
import { patternView } from '../../../parts/pattern.js';
import { pictureMenu } from '../../../parts/picture-menu.js';
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
  const onOpen = ({ layer, head }) => onHead({ layer, head });
  const tiles = headGrid({
    label: t('Attention heads: {model}', { model: name }),
    onOpen,
    most: 72,
  });
  const [found, links, pattern] = ['search-found', 'compare-links', 'compare-pattern'].map((kind) =>
    build(html`<div class=${kind}></div>`),
  );
  const ranking = rankingTable(found, {
    onOpen,
    label: t('Ranked heads: {model}', { model: name }),
  });
  const menu = pictureMenu(
    t('Save the picture'),
    'head',
    () => (links.hidden ? pattern : links),
    () => `${headTitle(latest.open)} · ${modelTitle(latest.models, latest.model)}`,
  );
  let pin = null;
  let latest = null;
  let pinned = '';
  /** The arrays on screen; null while there are none. */
  let drawn = null;
  const inStep = (focus, other) => drawn && other.update({ focus });
  const views = {
    links: linksView(links, {
      onFocus: (focus) => inStep(focus, views.map),
      onPin: (token) => (pin = token),
      onCell: () => {},
    }),
    map: patternView(pattern, {
      onFocus: (focus) => inStep(focus, views.links),
      onCell: () => {},
    }),
  };

  function problem({ overview, search, head, asked, query, key }) {
    if (overview.status === 'error') return errorNotice(worded(overview.error), onRetry);
    if (overview.wait) return waitNotice(overview.wait.message, null);
    if (asked && search.status === 'error') {
      return errorNotice(worded(search.error, { query, key }), onRetry);
    }
    return head.status === 'error' ? errorNotice(worded(head.error), onRetry) : '';
  }

  function content(next) {
    const { models, model, data, overview, search, asked, open, chosen, href, head, arrays } = next;
    const shape = data?.kinds[0];
    const size = shape
      ? t('{layers} layers × {heads} heads', { layers: shape.layers, heads: shape.heads })
      : '';
    const value = asked && search.status !== 'error' ? search.value : null;
    const answer = value
      ? foundSentence(value)
      : asked
        ? ''
        : t('Pick two words to rank the heads.');
    const facts = data && open && data.heads.find((one) => sameHead({ ...one, kind: null }, open));
    const supervised = facts && supervisionOf(facts, data.heads);
    const waits = !(data && open && arrays);
    found.hidden = !value;
    return html`<div class="section-head"><label
      class="field compare-model">${modelSelect(name, models, model, onModel)}</label>
        <span class="compare-size">${size}</span></div>
      <div>${problem(next)}</div>
      <div class="compare-body" ?hidden=${overview.status === 'error'}>${tiles.element}
        <p class=${classes('search-answer', value && !value.found && 'is-none')}
          role="status">${answer}</p>${found}
        <div class="compare-head">
          <h3 class="compare-head-title">${data && open ? headTitle(open) : t('A head')}</h3>
          ${supervisionBadge(supervised)}
          <button type="button" class="text-button" ?hidden=${!chosen || !value}
            @click=${() => onHead(null)}>${t('Back to the best')}</button>
          <span class="spring"></span><a class="quiet-link"
            href=${href}>${t('Open in the inspector')}</a></div>
        <div class=${classes('panel', 'compare-picture', waits && 'is-waiting')}
          ?hidden=${head.status === 'error'}>${links}${pattern}${waits ? '' : menu}</div></div>`;
  }

  function drawPictures({ data, open, arrays, dir, picture, pinAt }) {
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
     * @param {import('../../../core/addresses/inspector.js').HeadName|null} next.open
     * @param {boolean} next.chosen whether a person chose that head
     * @param {import('../../../core/requests.js').HeadArrays|null} next.arrays of that head
     * @param {number|null} next.pinAt token position of the word that looks
     * @param {"links"|"pattern"} next.picture @param {"ltr"|"rtl"} next.dir
     * @param {string|null} next.query @param {string|null} next.key
     * @param {string} next.href of the same head in the inspector
     */
    update(next) {
      const { data, overview, search, open } = next;
      latest = next;
      const kind = data?.kinds[0].kind;
      const shown = open && data ? [{ ...open, kind }] : NONE;
      const busy = overview.status === 'loading';
      render(content(next), root);
      tiles.element.classList.toggle('is-busy', busy);
      tiles.update({ ...TILES, data, kind, open: shown, busy, off: false });
      found.classList.toggle('is-busy', search.status === 'loading');
      if (!found.hidden) ranking.update({ heads: search.value.heads, open: shown });
      if (data && open) drawPictures(next);
    },
  };
}
