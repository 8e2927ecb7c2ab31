// The open head, one tab of it at a time: heatmap and link picture side by side, with the arithmetic
// of a cell in the place of the links; the vectors; the edits; other measures; what the model says.

import { targetOf } from '../../../core/dom.js';
import { guessWords } from '../../../core/language.js';
import { build, find, html, render } from '../../../core/template.js';
import { numbered, numberText } from '../../../figures/axis.js';
import { hiddenText, rowHeightFor } from '../../../figures/links.js';
import { t } from '../../../language/messages.js';
import { linksView } from '../../../parts/links.js';
import { patternView } from '../../../parts/pattern.js';
import { pictureMenu } from '../../../parts/picture-menu.js';
import { tableBehind } from '../../../parts/tables.js';
import { cellView } from './cell.js';
import { headbarView, PANEL } from './headbar.js';
import { stripsView } from './strips.js';

const MAP_ABOUT = t('click a cell for its arithmetic');
const MEASURE_ABOUT = t('a click explains the pattern there');
/** Pixels of the arithmetic that tell that it is there. */
const LEAST_SEEN = 280;
/** Pixels between it and the end of the window. */
const EDGE = 12;
const VECTORS = /** @type {const} */ (['q', 'k', 'v', 'z']);

/**
 * @param {HTMLElement} root
 * @param {any} callbacks those of the headbar, and onCell(query_pos, key_pos) at the level
 *   on screen, onPin(pinned), onCloseCell(), onCutCell(),
 *   onTokenCell(cell), onCsv()
 * @param {object} parts that others fill
 * @param {HTMLElement} parts.exports the export menu
 * @param {HTMLElement[]} parts.whatIf the list of edits; every head on its own
 * @param {{control: HTMLElement, below: HTMLElement}} parts.attribution which measure is drawn; what
 *   stands under the pictures
 * @param {HTMLElement} parts.outputs what the model says
 */
export function headView(root, callbacks, { exports, whatIf, attribution, outputs }) {
  const patternTable = tableBehind(t('Table of the pattern'), { onCsv: callbacks.onCsv });
  const vectorTables = new Map(
    VECTORS.map((name) => [name, tableBehind(t('Table of {name}', { name }))]),
  );
  const tables = [...vectorTables.values()].map(({ element }) => element);
  /** @param {string} name @param {any} title @param {any} [menu] */
  const panel = (name, title, menu = '') => html`<div class=${`panel panel-${name}`}>
    <h3 class="panel-title">${title}</h3><div class="panel-body"></div>${menu}</div>`;
  const saveVectors = pictureMenu(t('Save the vectors'), 'vectors', () => body('strips'));
  render(
    html`<div class="headbar"></div><div class="head-problem"></div>
      <div class="head-panel" id=${PANEL} role="tabpanel">${attribution.control}${whatIf}
      <div class="pictures is-skeleton">${panel('heatmap', '')}
        <div class="panel panel-cell" role="region" aria-label=${t('The arithmetic of a cell')} hidden></div>${panel('links', '')}</div>
      ${patternTable.element}${attribution.below}
      ${panel('strips', html`${t('Vectors')}<span class="panel-about">${t('a row for each token')}</span>`, saveVectors)}
      <div class="behind-row">${tables}</div>${outputs}</div>`,
    root,
  );
  const [bar, problem, tabPanel, pictures] = [
    '.headbar',
    '.head-problem',
    '.head-panel',
    '.pictures',
  ].map((name) => find(root, name));
  const [cell, strips, vectorRow] = ['.panel-cell', '.panel-strips', '.behind-row'].map((name) =>
    find(root, name),
  );
  const body = (name) => find(root, `.panel-${name} .panel-body`);
  const [linksTitle, mapTitle] = ['links', 'heatmap'].map((name) =>
    find(root, `.panel-${name} h3`),
  );
  const hidden = build(html`<p class="figure-note hidden-share"></p>`);
  body('heatmap').after(hidden);
  const views = {
    bar: headbarView(bar, callbacks, exports),
    links: linksView(body('links'), {
      onFocus: (focus) => inStep(focus, 'links'),
      onPin: callbacks.onPin,
      onCell: open,
    }),
    map: patternView(body('heatmap'), {
      onFocus: (focus) => inStep(focus, 'map'),
      onCell: open,
    }),
    strips: stripsView(body('strips'), { onFocus: (focus) => inStep(focus, 'strips') }),
    cell: cellView(cell, {
      onClose: close,
      onCut: callbacks.onCutCell,
      onCell: callbacks.onTokenCell,
    }),
  };
  // Where the arithmetic lies over the page, it is there while the pictures are in sight.
  new IntersectionObserver(([{ isIntersecting }]) =>
    pictures.classList.toggle('is-seen', isIntersecting),
  ).observe(pictures);
  // Wherever the focus is, but where Escape has another meaning.
  document.addEventListener('keydown', (event) => {
    const target = targetOf(event);
    const meant =
      target.closest('input, select, textarea, dialog') ?? find(document, ':popover-open');
    if (event.key === 'Escape' && !event.defaultPrevented && !cell.hidden && !meant) close();
  });

  /** How far the page was scrolled when the arithmetic was opened. */
  let scrolled = 0;

  /**
   * The arithmetic ends where the window did when it was opened; more of it scrolls inside. To scroll
   * the page does not change how high it is, for the page would grow under what is read.
   */
  function fit() {
    if (cell.hidden) return;
    const top = pictures.getBoundingClientRect().top + scrollY - scrolled;
    const room = innerHeight - Math.max(top, 0) - EDGE;
    cell.style.setProperty('--room', `${Math.max(room, LEAST_SEEN)}px`);
  }
  addEventListener('resize', fit, { passive: true });

  /** Whether a person has just asked for the arithmetic: it comes into sight. */
  let reveals = false;
  function open(query_pos, key_pos) {
    reveals = true;
    callbacks.onCell(query_pos, key_pos);
  }

  /** The arithmetic gives way to what it stood beside, and the focus with it. */
  function close() {
    const inside = cell.contains(document.activeElement);
    callbacks.onCloseCell();
    if (inside) views.map.focus();
  }
  let vectorsMatch = false;
  /** Whether the pictures have been drawn. */
  let pictured = false;

  /** The same token in every picture. At word level the strips show tokens: they stand apart. */
  function inStep(focus, from) {
    if (from === 'strips' && !vectorsMatch) return;
    if (from !== 'links') views.links.update({ focus });
    if (from !== 'map') views.map.update({ focus });
    if (from !== 'strips' && vectorsMatch) views.strips.update({ focus });
    if (from !== 'sentence') callbacks.onFocus(focus);
  }

  return {
    image: (format, caption) => views.map.image(format, caption),
    links: () => views.links.picture(),
    /** A word of the sentence is in focus. @param {{side: string, pos: number}|null} focus */
    focus: (focus) => pictured && inStep(focus, 'sentence'),

    /**
     * @param {object} next
     * @param {any} next.bar what the headbar shows
     * @param {boolean} next.busy an answer is awaited
     * @param {any} next.problem what stands in the place of the pictures
     * @param {any|null} next.pictures null while there is nothing to show
     * @param {any|null} next.vectors
     * @param {boolean} next.off there is no run to show a head of
     * @param {string} next.text its length tells how much room to keep while it loads
     * @param {any|null} next.cell what the cell view shows; null: closed
     * @param {any|null} next.pooling how the open cell between words is made of token cells
     * @param {any|null} next.openCell its token cell, whose arithmetic is shown
     * @param {boolean} next.cellCut whether the link of the open cell is cut
     * @param {string|null} next.picking what a click on a link does, in words; null: it opens it
     */
    update(next) {
      views.bar.update(next.bar);
      render(next.problem ?? '', problem);
      root.hidden = next.off;
      pictures.classList.toggle('is-skeleton', !next.pictures);
      pictures.style.setProperty('--expected', `${expectedHeight(next.text)}px`);
      pictures.classList.toggle('is-busy', next.busy);
      strips.classList.toggle('is-skeleton', !next.vectors);
      tabPanel.hidden = Boolean(next.problem);
      tabPanel.setAttribute('aria-labelledby', `tab-${next.bar.tab}`);
      const { tab, pictured: drawn } = next.bar;
      for (const [element, shown] of [
        [pictures, drawn],
        [patternTable.element, tab === 'picture' || tab === 'attribution'],
        [attribution.control, tab === 'attribution'],
        [attribution.below, tab === 'attribution'],
        ...whatIf.map((one) => [one, tab === 'what-if']),
        [strips, tab === 'vectors'],
        [vectorRow, tab === 'vectors'],
        [outputs, tab === 'outputs'],
      ]) {
        element.hidden = !shown;
      }
      vectorsMatch = Boolean(next.vectors?.matches);
      if (next.pictures) drawPictures(next.pictures);
      pictured ||= Boolean(next.pictures);
      if (next.vectors) drawVectors(next.vectors);
      const opens = next.cell && (reveals || cell.hidden);
      cell.hidden = !next.cell;
      pictures.classList.toggle('has-cell', Boolean(next.cell));
      if (next.cell) {
        views.cell.update(next.cell, next.cellCut);
        if (reveals) bringIntoView(cell);
        if (opens) scrolled = scrollY;
        fit();
      }
      reveals = false;
      views.cell.pool(next.pooling, next.openCell);
      pictures.classList.toggle('is-picking', next.picking !== null);
      const measured = next.pictures ? next.pictures.heads[0].measure : null;
      render(
        html`<span>${measured?.title ?? t('Pattern')}</span><span
          class="panel-rank">${next.pictures?.rank}</span><span
          class="panel-about">${next.picking ?? (measured ? MEASURE_ABOUT : MAP_ABOUT)}</span>`,
        mapTitle,
      );
      render(
        html`${t('Links')}<span class="panel-about">${next.picking ?? measured?.label}</span>`,
        linksTitle,
      );
    },
  };

  function drawPictures({
    queryTokens,
    keyTokens,
    heads,
    state,
    dir,
    causal,
    cell: chosen,
    cuts,
    plotlyUrl,
  }) {
    const shared = { queryTokens, keyTokens, hideSpecial: state.hide_special, cuts };
    const [first] = heads;
    const { measure } = first;
    views.links.update({
      ...shared,
      heads,
      threshold: state.threshold,
      topK: state.top_k,
      dir,
      causal,
      pinned: state.pin,
    });
    views.map.update({
      ...shared,
      head: first,
      scores: first.scores,
      scale: state.scale,
      cell: chosen,
      plotlyUrl,
    });
    hidden.textContent = hiddenText({ ...shared, heads: [first] }) ?? '';
    patternTable.update({
      matrix: first.matrix,
      rowNames: numbered(queryTokens),
      colNames: numbered(keyTokens),
      corner: t('query'),
      ...(measure && {
        name: t('Table of {tableName}', { tableName: measure.tableName }),
        blank: measure.blank,
        write: (value) => numberText(value),
      }),
    });
  }

  function drawVectors({ queryTokens, keyTokens, q, k, v, z, cell: chosen, head, scores }) {
    views.strips.update({ queryTokens, keyTokens, q, k, v, z, cell: chosen, head, scores });
    const matrices = { q, k, v, z };
    for (const [name, table] of vectorTables) {
      const tokens = name === 'k' || name === 'v' ? keyTokens : queryTokens;
      const matrix = matrices[name];
      table.update({
        matrix,
        rowNames: numbered(tokens),
        colNames: Array.from({ length: matrix.cols }, (_, d) => String(d)),
        corner: name,
      });
    }
  }
}

/** Scrolls only where too little of it would be seen. @param {HTMLElement} element */
function bringIntoView(element) {
  const { top } = element.getBoundingClientRect();
  if (top < 0 || top > innerHeight - LEAST_SEEN) element.scrollIntoView({ block: 'nearest' });
}

/** About as high as the links of this text will be: one token a word or sign. */
function expectedHeight(text) {
  const count = 2 + guessWords({ text, text_pair: null }).length;
  return Math.min(640, count * rowHeightFor(count));
}
