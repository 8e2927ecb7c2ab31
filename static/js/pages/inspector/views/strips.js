/** The head's vectors as heat strips, and above them the explanation of the chosen cell. */

import { targetOf } from '../../../core/dom.js';
import {
  frameTask,
  paintCells,
  paintedBy,
  readTheme,
  sizeCanvas,
  watchTheme,
} from '../../../core/draw.js';
import { find, html, render } from '../../../core/template.js';
import { numberText, sameTexts } from '../../../figures/axis.js';
import * as figure from '../../../figures/strips.js';
import { t } from '../../../language/messages.js';
import { createTooltip } from '../../../parts/tooltip.js';
import { explanationView } from './explanation.js';

/**
 * @param {HTMLElement} root
 * @param {{onFocus(focus: {side: string, pos: number}|null): void}} callbacks
 */
export function stripsView(root, { onFocus }) {
  const dom = stageOf(root);
  const tooltip = createTooltip();
  const explanation = explanationView(dom.explanation);
  const frame = frameTask(paint);
  let props = null;
  let theme = null;
  let rowHeight = 0;
  let width = 0;
  let stale = true;
  let explanationStale = true;
  let painted = new Map();

  function update(next) {
    const before = props;
    props = { ...props, ...next };
    const changed = (names) => !before || names.some((name) => props[name] !== before[name]);
    const matrices = figure.STRIPS.some(({ name }) => props[name]?.data !== before?.[name]?.data);
    if (matrices || !sameTexts(before, props)) {
      stale = true;
      explanationStale = true;
    }
    const [was, is] = [before?.cell, props.cell];
    if (
      was?.query_pos !== is?.query_pos ||
      was?.key_pos !== is?.key_pos ||
      changed(['head', 'scores'])
    ) {
      explanationStale = true;
    }
    if (changed(['focus']) && props.focus && !stale) follow(props.focus.pos);
    frame.ask();
  }

  function paint() {
    if (!props?.q || !root.isConnected) return;
    theme ??= readTheme(root);
    if (stale) paintStrips();
    if (explanationStale) {
      explanationStale = false;
      explanation.update(props, theme);
    }
    placeFocus();
  }

  function paintStrips() {
    stale = false;
    width = dom.grid.clientWidth;
    const longest = Math.max(props.queryTokens.length, props.keyTokens.length);
    rowHeight = figure.stripRowHeight(longest, width < 640 ? 190 : 360);
    dom.grid.style.setProperty('--rows-height', `${longest * rowHeight}px`);
    painted = new Map();
    for (const strip of figure.STRIPS) {
      const matrix = props[strip.name];
      const { canvas, range: rangeText } = dom.panels.get(strip.name);
      const cells = figure.stripCells(matrix);
      const height = matrix.rows * rowHeight;
      const box = { left: 0, top: 0, width: canvas.parentElement.clientWidth, height };
      const paint = (on) =>
        paintCells(sizeCanvas(on, box.width, height), cells, box, theme.diverging);
      paintedBy(canvas, paint);
      paint(canvas);
      canvas.setAttribute('aria-label', figure.stripName(strip, matrix, cells.range));
      rangeText.textContent = `±${numberText(cells.range, 2)}`;
      painted.set(strip.name, box);
    }
  }

  function placeFocus() {
    for (const { name, side } of figure.STRIPS) {
      const { band } = dom.panels.get(name);
      const pos = props.focus?.side === side ? props.focus.pos : cellPos(side);
      band.hidden = pos === null || pos >= props[name].rows;
      if (band.hidden) continue;
      band.style.transform = `translateY(${pos * rowHeight}px)`;
      band.style.height = `${rowHeight}px`;
    }
  }

  function cellPos(side) {
    if (!props.cell) return null;
    return side === 'query' ? props.cell.query_pos : props.cell.key_pos;
  }

  /** Brings a row into view that another picture points at. */
  function follow(pos) {
    const { scrollTop, clientHeight } = dom.scroll;
    const y = pos * rowHeight + dom.head.offsetHeight;
    const seen =
      y >= scrollTop + dom.head.offsetHeight && y + rowHeight <= scrollTop + clientHeight;
    if (!seen && !dom.scroll.matches(':hover')) dom.scroll.scrollTop = y - clientHeight / 2;
  }

  dom.grid.addEventListener('pointermove', (event) => {
    const panel = /** @type {HTMLElement|null} */ (targetOf(event).closest('.strip-panel'));
    const name = panel?.dataset.name;
    if (!name || !painted.has(name)) return;
    const { canvas } = dom.panels.get(name);
    const box = canvas.getBoundingClientRect();
    const matrix = props[name];
    const row = Math.floor((event.clientY - box.top) / rowHeight);
    const col = Math.floor(((event.clientX - box.left) / box.width) * matrix.cols);
    if (row < 0 || row >= matrix.rows || col < 0 || col >= matrix.cols) return leave();
    const { side } = figure.STRIPS.find((strip) => strip.name === name);
    const tokens = side === 'query' ? props.queryTokens : props.keyTokens;
    tooltip.show(figure.stripText(name, matrix, tokens, row, col), {
      x: event.clientX,
      y: event.clientY,
    });
    tell({ side, pos: row });
  });
  dom.grid.addEventListener('pointerleave', leave);

  function leave() {
    tooltip.hide();
    tell(null);
  }

  function tell(focus) {
    if (!props || (focus?.side === props.focus?.side && focus?.pos === props.focus?.pos)) return;
    props = { ...props, focus };
    frame.ask();
    onFocus(focus);
  }

  function repaint() {
    stale = true;
    explanationStale = true;
    frame.ask();
  }
  new ResizeObserver(() => {
    if (dom.grid.clientWidth !== width) repaint();
  }).observe(dom.grid);
  watchTheme(() => {
    theme = null;
    repaint();
  });

  return { update };
}

function stageOf(root) {
  root.classList.add('figure-strips');
  const panels = figure.STRIPS.map(
    ({ name, title, meaning }) => html`<div class="strip-panel" data-name=${name}>
      <div class="strip-heading"><var class="strip-symbol">${name}</var><span
        class="strip-title">${title}</span><span
        class="strip-range"></span><span class="strip-meaning">${meaning}</span></div>
      <div class="strip-body"><canvas class="strip-canvas" role="img"
        aria-label=${title}></canvas><div
        class="strip-band" hidden></div></div></div>`,
  );
  render(
    html`<section class="explanation" aria-label=${t('Why the chosen cell has its weight')}></section>
      <div class="strips-scroll" tabindex="0" role="group"
        aria-label=${t('Vectors of this head, one row a token')}>
        <div class="strips-grid">${panels}</div></div>`,
    root,
  );
  const panelOf = (name) => {
    const panel = find(root, `.strip-panel[data-name=${name}]`);
    const [canvas, band, range] = ['canvas', '.strip-band', '.strip-range'].map((part) =>
      find(panel, part),
    );
    return /** @type {const} */ ([name, { canvas, band, range }]);
  };
  return {
    explanation: find(root, '.explanation'),
    scroll: find(root, '.strips-scroll'),
    grid: find(root, '.strips-grid'),
    head: find(root, '.strip-heading'),
    panels: new Map(figure.STRIPS.map(({ name }) => panelOf(name))),
  };
}
