/** The head's vectors as heat strips, and above them the explanation of the chosen cell. */

import { h, targetOf } from '../../../core/dom.js';
import { frameTask, paintCells, readTheme, sizeCanvas, watchTheme } from '../../../core/draw.js';
import { numberText, sameTexts } from '../../../figures/axis.js';
import * as figure from '../../../figures/strips.js';
import { createTooltip } from '../../../parts/tooltip.js';
import { explanationView } from './explanation.js';

/**
 * @param {HTMLElement} root
 * @param {{onFocus(focus: {side: string, pos: number}|null): void}} callbacks
 */
export function stripsView(root, { onFocus }) {
  const dom = build(root);
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
      paintCells(sizeCanvas(canvas, box.width, height), cells, box, theme.diverging);
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
  const resized = new ResizeObserver(() => {
    if (dom.grid.clientWidth !== width) repaint();
  });
  resized.observe(dom.grid);
  const unwatch = watchTheme(() => {
    theme = null;
    repaint();
  });

  function destroy() {
    frame.cancel();
    resized.disconnect();
    unwatch();
    tooltip.hide();
    root.replaceChildren();
  }

  return { update, destroy };
}

function build(root) {
  root.classList.add('figure-strips');
  const panels = new Map();
  const grid = h('div', { class: 'strips-grid' });
  for (const { name, title, meaning } of figure.STRIPS) {
    const range = h('span', { class: 'strip-range' });
    const canvas = h('canvas', { class: 'strip-canvas', role: 'img', 'aria-label': title });
    const band = h('div', { class: 'strip-band', hidden: true });
    const heading = h(
      'div',
      { class: 'strip-heading' },
      h('var', { class: 'strip-symbol' }, name),
      h('span', { class: 'strip-title' }, title),
      range,
      h('span', { class: 'strip-meaning' }, meaning),
    );
    const body = h('div', { class: 'strip-body' }, canvas, band);
    grid.append(h('div', { class: 'strip-panel', data: { name } }, heading, body));
    panels.set(name, { canvas, band, range });
  }
  const explanation = h('section', {
    class: 'explanation',
    'aria-label': 'Why the chosen cell has its weight',
  });
  const scroll = h(
    'div',
    {
      class: 'strips-scroll',
      tabindex: '0',
      role: 'group',
      'aria-label': 'Vectors of this head, one row a token',
    },
    grid,
  );
  root.replaceChildren(explanation, scroll);
  return {
    explanation,
    scroll,
    grid,
    panels,
    head: /** @type {HTMLElement} */ (grid.querySelector('.strip-heading')),
  };
}
