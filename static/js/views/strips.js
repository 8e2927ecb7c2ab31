/**
 * The head's vectors as heat strips, and above them the story of the chosen cell: q, each
 * key, the products, the score and the weight.
 */

import { frameTask, paintCells, readTheme, sizeCanvas, watchTheme } from '../draw.js';
import { numberText, shareText, tokenLabel, tokenName } from '../figures/axis.js';
import * as figure from '../figures/strips.js';
import { tooltipView } from './tooltip.js';

/**
 * @param {HTMLElement} root
 * @param {{onFocus(focus: {side: string, pos: number}|null): void}} callbacks
 */
export function stripsView(root, { onFocus }) {
  const dom = build(root);
  const tooltip = tooltipView(root);
  const frame = frameTask(paint);
  let props = null;
  let theme = null;
  let rowHeight = 0;
  let width = 0;
  let stale = true;
  let storyStale = true;
  let painted = new Map();

  function update(next) {
    const before = props;
    props = { ...props, ...next };
    const changed = (names) => !before || names.some((name) => props[name] !== before[name]);
    const matrices = figure.STRIPS.some(({ name }) => props[name]?.data !== before?.[name]?.data);
    if (matrices || changed(['queryTokens', 'keyTokens'])) {
      stale = true;
      storyStale = true;
    }
    const [was, is] = [before?.cell, props.cell];
    if (
      was?.query_pos !== is?.query_pos ||
      was?.key_pos !== is?.key_pos ||
      changed(['head', 'scores'])
    ) {
      storyStale = true;
    }
    if (changed(['focus']) && props.focus && !stale) follow(props.focus.pos);
    frame.ask();
  }

  function paint() {
    if (!props?.q || !root.isConnected) return;
    theme ??= readTheme(root);
    if (stale) paintStrips();
    if (storyStale) paintStory();
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

  function paintStory() {
    storyStale = false;
    const { cell, queryTokens, keyTokens } = props;
    dom.story.classList.toggle('story-empty', !cell);
    if (!cell) {
      const hint = document.createElement('p');
      hint.className = 'story-hint';
      hint.textContent =
        'Choose a cell of the pattern to see how its weight comes about: query, key, product, score, softmax.';
      dom.story.replaceChildren(hint);
      return;
    }
    const story = figure.cellStory(props, 10);
    const rows = story.keys.map((key) => storyRow(key, key.key_pos === cell.key_pos, story));
    const heading = document.createElement('h3');
    heading.className = 'story-title';
    heading.append(
      'Why ',
      quoted(queryTokens, cell.query_pos),
      ' looks at ',
      quoted(keyTokens, cell.key_pos),
      ' as much as it does',
    );
    const table = document.createElement('div');
    table.className = 'story-table';
    table.setAttribute('role', 'table');
    table.setAttribute(
      'aria-label',
      `q of ${tokenName(queryTokens, cell.query_pos)} against the strongest keys of its row`,
    );
    const query = line('story-row story-query', [
      vectorPart('q', tokenName(queryTokens, cell.query_pos)),
      stripPart(
        story.query,
        story.qkRange,
        `query vector of ${tokenName(queryTokens, cell.query_pos)}`,
      ),
      part('cell', '', 'story-blank'),
      part('cell', '', 'story-blank'),
      part('cell', '', 'story-blank'),
    ]);
    const head = line(
      'story-row story-head',
      ['', 'vector', 'q × k, by dimension', props.scores ? 'score' : 'q · k', 'softmax'].map(
        (text) => part('columnheader', text),
      ),
    );
    table.append(head, query, ...rows);
    dom.story.replaceChildren(heading, table);
    if (story.rest > 0) {
      const rest = document.createElement('p');
      rest.className = 'figure-note';
      const held =
        story.restWeight === null
          ? ''
          : `; together they hold ${shareText(story.restWeight)} of the row`;
      rest.textContent = `${story.rest} weaker keys are not listed${held}.`;
      dom.story.append(rest);
    }
    for (const canvas of dom.story.querySelectorAll('canvas')) {
      const { data, range } = vectors.get(canvas);
      const box = { left: 0, top: 0, width: canvas.parentElement.clientWidth, height: 16 };
      const cells = { t: figure.divergingPlaces(data, range), rows: 1, cols: data.length };
      paintCells(sizeCanvas(canvas, box.width, box.height), cells, box, theme.diverging);
    }
  }

  function storyRow(key, chosen, story) {
    const name = tokenName(props.keyTokens, key.key_pos);
    const masked = Number.isNaN(key.weight);
    const weight = part(
      'cell',
      masked ? 'masked' : key.weight === null ? '' : numberText(key.weight),
      'story-weight',
    );
    if (key.weight > 0) weight.style.setProperty('--share', key.weight);
    return line(chosen ? 'story-row story-chosen' : 'story-row', [
      vectorPart('k', name),
      stripPart(key.k, story.qkRange, `key vector of ${name}`),
      stripPart(key.products, story.productRange, `products with ${name}`),
      part('cell', numberText(key.score ?? key.dot), 'story-number'),
      weight,
    ]);
  }

  const vectors = new WeakMap();

  function stripPart(data, range, name) {
    const made = part('cell', '', 'story-strip');
    const canvas = document.createElement('canvas');
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', `${name}, ${data.length} dimensions`);
    canvas.dataset.name = name;
    vectors.set(canvas, { data, range });
    made.append(canvas);
    return made;
  }

  dom.story.addEventListener('pointermove', (event) => {
    const vector = vectors.get(event.target);
    if (!vector) return tooltip.hide();
    const box = event.target.getBoundingClientRect();
    const d = Math.min(
      vector.data.length - 1,
      Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * vector.data.length)),
    );
    const content = {
      title: event.target.dataset.name,
      value: numberText(vector.data[d]),
      rows: [['dimension', String(d)]],
    };
    return tooltip.show(content, { x: event.clientX, y: event.clientY });
  });
  dom.story.addEventListener('pointerleave', tooltip.hide);

  dom.grid.addEventListener('pointermove', (event) => {
    const panel = event.target.closest('.strip-panel');
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
    storyStale = true;
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
    tooltip.destroy();
    root.replaceChildren();
  }

  return { update, destroy };
}

function build(root) {
  root.classList.add('figure-strips');
  const story = element('section', 'story');
  story.setAttribute('aria-label', 'Why the chosen cell has its weight');
  const scroll = element('div', 'strips-scroll');
  scroll.tabIndex = 0;
  scroll.setAttribute('role', 'group');
  scroll.setAttribute('aria-label', 'Vectors of this head, one row a token');
  const grid = element('div', 'strips-grid');
  const panels = new Map();
  for (const { name, title, meaning } of figure.STRIPS) {
    const panel = element('div', 'strip-panel');
    panel.dataset.name = name;
    const heading = element('div', 'strip-heading');
    const symbol = element('var', 'strip-symbol', name);
    const range = element('span', 'strip-range');
    heading.append(
      symbol,
      element('span', 'strip-title', title),
      range,
      element('span', 'strip-meaning', meaning),
    );
    const body = element('div', 'strip-body');
    const canvas = element('canvas', 'strip-canvas');
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', title);
    const band = element('div', 'strip-band');
    band.hidden = true;
    body.append(canvas, band);
    panel.append(heading, body);
    grid.append(panel);
    panels.set(name, { canvas, band, range });
  }
  scroll.append(grid);
  root.replaceChildren(story, scroll);
  return { story, scroll, grid, panels, head: grid.querySelector('.strip-heading') };
}

function quoted(tokens, pos) {
  const made = element('b', 'story-token');
  made.append(
    element('bdi', '', tokenLabel(tokens[pos], 24)),
    element('span', 'story-pos', ` ${pos}`),
  );
  return made;
}

function vectorPart(symbol, name) {
  const made = part('rowheader', '');
  made.append(element('var', 'strip-symbol', symbol), ' ', element('bdi', '', name));
  return made;
}

function line(className, parts) {
  const made = element('div', className);
  made.setAttribute('role', 'row');
  made.append(...parts);
  return made;
}

function part(role, text, className = '') {
  const made = element('div', className, text);
  made.setAttribute('role', role);
  return made;
}

function element(tag, className, text = '') {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}
