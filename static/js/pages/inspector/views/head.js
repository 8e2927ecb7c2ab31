// The frame of the open head: link picture and heatmap side by side, the arithmetic of a
// cell, the vectors, and the tables behind them.

import { targetOf } from '../../../core/dom.js';
import { guessWords } from '../../../core/language.js';
import { build, find, html, render } from '../../../core/template.js';
import { numbered, numberText } from '../../../figures/axis.js';
import { hiddenText, rowHeightFor } from '../../../figures/links.js';
import { linksView } from '../../../parts/links.js';
import { patternView } from '../../../parts/pattern.js';
import { tableBehind } from '../../../parts/tables.js';
import { cellView } from './cell.js';
import { headbarView } from './headbar.js';
import { stripsView } from './strips.js';

const MAP_ABOUT = 'queries down, keys across; click a cell for its arithmetic';
const MEASURE_ABOUT = 'queries down, keys across; a click explains the pattern there';
const VECTORS = /** @type {const} */ (['q', 'k', 'v', 'z']);

/**
 * @param {HTMLElement} root
 * @param {any} callbacks those of the headbar, and onCell(query_pos, key_pos) at the level
 *   on screen, onPin(pinned), onCloseCell(), onCutCell(),
 *   onTokenCell(cell), onCsv()
 * @param {HTMLElement} exports the export menu
 * @param {HTMLElement} whatIf the list of edits
 * @param {{control: HTMLElement, below: HTMLElement}} attribution which measure is drawn; what stands
 *   under the pictures
 */
export function headView(root, callbacks, exports, whatIf, attribution) {
  const patternTable = tableBehind('Table of the pattern', { onCsv: callbacks.onCsv });
  const vectorTables = new Map(VECTORS.map((name) => [name, tableBehind(`Table of ${name}`)]));
  const tables = [...vectorTables.values()].map(({ element }) => element);
  const panel = (name, title) => html`<div class=${`panel panel-${name}`}>
    <h3 class="panel-title">${title}</h3><div class="panel-body"></div></div>`;
  render(
    html`<div class="headbar"></div><div class="head-problem"></div>${attribution.control}
      <div class="pictures is-skeleton">${panel('links', '')}${panel('heatmap', '')}
        <div class="panel panel-cell" role="region" aria-label="The arithmetic of a cell" hidden></div></div>
      ${patternTable.element}${attribution.below}
      ${whatIf}
      ${panel('strips', html`Vectors<span class="panel-about">a row for each token</span>`)}
      <div class="behind-row">${tables}</div>`,
    root,
  );
  const [bar, problem, pictures] = ['.headbar', '.head-problem', '.pictures'].map((name) =>
    find(root, name),
  );
  const [cell, strips, vectorRow] = ['.panel-cell', '.panel-strips', ':scope > .behind-row'].map(
    (name) => find(root, name),
  );
  const body = (name) => find(root, `.panel-${name} .panel-body`);
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
  // Wherever the focus is, but where Escape has another meaning.
  document.addEventListener('keydown', (event) => {
    const target = targetOf(event);
    const meant =
      target.closest('input, select, textarea, dialog') ?? find(document, ':popover-open');
    if (event.key === 'Escape' && !event.defaultPrevented && !cell.hidden && !meant) close();
  });

  /** Whether a person has just asked for the arithmetic: it comes into sight. */
  let sought = false;
  function open(query_pos, key_pos) {
    sought = true;
    callbacks.onCell(query_pos, key_pos);
  }

  /** The arithmetic gives way to what it stood beside, and the focus with it. */
  function close() {
    const inside = cell.contains(document.activeElement);
    callbacks.onCloseCell();
    if (inside) views.map.focus();
  }
  let vectorsMatch = false;

  /** The same token in every picture. At word level the strips show tokens: they stand apart. */
  function inStep(focus, from) {
    if (from === 'strips' && !vectorsMatch) return;
    if (from !== 'links') views.links.update({ focus });
    if (from !== 'map') views.map.update({ focus });
    if (from !== 'strips' && vectorsMatch) views.strips.update({ focus });
  }

  return {
    image: (format, caption) => views.map.image(format, caption),

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
      const gone = Boolean(next.problem);
      pictures.classList.toggle('is-skeleton', !next.pictures);
      pictures.style.setProperty('--expected', `${expectedHeight(next.text)}px`);
      pictures.classList.toggle('is-busy', next.busy);
      pictures.hidden = gone;
      for (const part of [attribution.control, attribution.below]) part.hidden = gone;
      patternTable.element.hidden = gone;
      vectorRow.hidden = gone;
      strips.classList.toggle('is-skeleton', !next.vectors);
      strips.hidden = gone;
      vectorsMatch = Boolean(next.vectors?.matches);
      if (next.pictures) drawPictures(next.pictures);
      if (next.vectors) drawVectors(next.vectors);
      cell.hidden = !next.cell;
      pictures.classList.toggle('has-cell', Boolean(next.cell));
      if (next.cell) {
        views.cell.update(next.cell, next.cellCut);
        if (sought) cell.scrollIntoView({ block: 'nearest' });
      }
      sought = false;
      views.cell.pool(next.pooling, next.openCell);
      pictures.classList.toggle('is-picking', next.picking !== null);
      const measured = next.pictures ? next.pictures.heads[0].measure : null;
      const [links, map] = ['links', 'heatmap'].map((name) => find(root, `.panel-${name} h3`));
      render(
        html`<span>${measured?.title ?? 'Pattern'}</span><span
          class="panel-rank">${next.pictures?.rank}</span><span
          class="panel-about">${next.picking ?? (measured ? MEASURE_ABOUT : MAP_ABOUT)}</span>`,
        map,
      );
      render(html`Links<span class="panel-about">${next.picking ?? measured?.label}</span>`, links);
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
      corner: 'query',
      ...(measure && {
        name: `Table of ${measure.tableName}`,
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

/** About as high as the links of this text will be: one token a word or sign. */
function expectedHeight(text) {
  const count = 2 + guessWords({ text, text_pair: null }).length;
  return Math.min(640, count * rowHeightFor(count));
}
