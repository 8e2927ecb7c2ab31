/** The arithmetic of one cell, step by step, with every number and every residual. */

import { frameTask, paintCells, readTheme, sizeCanvas, watchTheme } from '../draw.js';
import { numberText, scientificText } from '../figures/axis.js';
import { colorAt, cssColor, inkOn } from '../figures/color.js';
import { cellSteps, cellTitle, productRows, residualText } from '../figures/cell.js';
import { divergingPlaces } from '../figures/strips.js';
import { tooltipView } from './tooltip.js';

/**
 * @param {HTMLElement} root
 * @param {{onClose(): void}} callbacks
 */
export function cellView(root, { onClose }) {
  root.classList.add('figure-cell');
  const tooltip = tooltipView(root);
  const body = element('div', 'cell-body');
  root.prepend(body);
  const frame = frameTask(paintStrips);
  let vectors = new Map();
  let theme = null;
  let answer = null;

  /** @param {object} next the answer of POST /cell, {loading: true} or {error: message} */
  function update(next) {
    tooltip.hide();
    vectors = new Map();
    answer = null;
    body.setAttribute('aria-busy', String(Boolean(next.loading)));
    if (next.loading) body.replaceChildren(heading('The arithmetic'), skeleton());
    else if (next.error) body.replaceChildren(heading('The arithmetic'), failure(next.error));
    else {
      answer = next;
      theme ??= readTheme(root);
      body.replaceChildren(title(next), summary(next), steps(next));
      frame.ask();
    }
  }

  function heading(text) {
    const made = element('header', 'cell-header');
    made.append(element('h3', 'cell-title', text), closeButton());
    return made;
  }

  function title(cell) {
    const made = heading('');
    const { query, key, where } = cellTitle(cell);
    const text = made.querySelector('.cell-title');
    text.append(
      element('bdi', '', query),
      element('span', 'cell-arrow', ' → '),
      element('bdi', '', key),
    );
    text.append(element('span', 'cell-where', where));
    return made;
  }

  function closeButton() {
    const made = element('button', 'cell-close', '×');
    made.type = 'button';
    made.setAttribute('aria-label', 'Close the arithmetic');
    made.addEventListener('click', onClose);
    return made;
  }

  function steps(cell) {
    const list = element('ol', 'cell-steps');
    for (const step of cellSteps(cell)) {
      const item = element('li', `cell-step cell-step-${step.id}`);
      item.append(element('h4', 'cell-step-title', step.title));
      for (const formula of step.formulas) item.append(formulaLine(formula));
      item.append(element('p', 'cell-meaning', step.meaning));
      if (step.id === 'products') item.append(productTable(cell));
      else for (const vector of step.vectors) item.append(vectorLine(vector));
      if (step.residual) item.append(element('p', 'cell-residual', residualText(step.residual)));
      list.append(item);
    }
    return list;
  }

  function vectorLine({ name, sub, data, range }) {
    const made = element('div', 'cell-vector');
    const label = element('div', 'cell-vector-name');
    label.append(variable({ v: name, sub }));
    const strip = element('div', 'cell-strip');
    const canvas = element('canvas', '');
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', `${name}${sub ?? ''}: ${data.length} numbers, ${ends(data)}`);
    vectors.set(canvas, { name, data, range });
    strip.append(canvas);
    made.append(label, strip, element('div', 'cell-vector-range', `±${numberText(range, 2)}`));
    return made;
  }

  function productTable(cell) {
    const table = element('div', 'products');
    table.setAttribute('role', 'table');
    table.setAttribute('aria-label', 'Every dimension: q, k and their product');
    const head = row('products-card products-head', [
      part('columnheader', 'd', 'products-d'),
      part('columnheader', 'q', 'products-q'),
      part('columnheader', '× k', 'products-k'),
      part('columnheader', '=', 'products-product'),
    ]);
    const rows = productRows(cell).map(({ d, q, k, product, share }) => {
      const background = colorAt(theme.diverging, 0.5 + 0.5 * share);
      const made = row('products-card', [
        part('cell', String(d), 'products-d'),
        part('cell', decimals(q), 'products-q'),
        part('cell', decimals(k), 'products-k'),
        part('cell', decimals(product), 'products-product'),
      ]);
      made.style.setProperty('--product', cssColor(background));
      made.style.setProperty(
        '--product-ink',
        cssColor(inkOn(background, [theme.ink, theme.surface])),
      );
      return made;
    });
    table.append(head, ...rows);
    return table;
  }

  function paintStrips() {
    theme ??= readTheme(root);
    for (const [canvas, { data, range }] of vectors) {
      const box = { left: 0, top: 0, width: canvas.parentElement.clientWidth, height: 18 };
      if (!box.width) continue;
      const cells = { t: divergingPlaces(data, range), rows: 1, cols: data.length };
      paintCells(sizeCanvas(canvas, box.width, box.height), cells, box, theme.diverging);
    }
  }

  body.addEventListener('pointermove', (event) => {
    const vector = vectors.get(event.target);
    if (!vector) return tooltip.hide();
    const { name, data } = vector;
    const box = event.target.getBoundingClientRect();
    const at = Math.floor(((event.clientX - box.left) / box.width) * data.length);
    const d = Math.min(data.length - 1, Math.max(0, at));
    const content = {
      title: name,
      value: numberText(data[d], 5),
      rows: [['dimension', String(d)]],
    };
    return tooltip.show(content, { x: event.clientX, y: event.clientY });
  });
  body.addEventListener('pointerleave', tooltip.hide);

  const resized = new ResizeObserver(frame.ask);
  resized.observe(body);
  const unwatch = watchTheme(() => {
    theme = null;
    if (answer) update(answer);
  });

  function destroy() {
    frame.cancel();
    resized.disconnect();
    unwatch();
    root.replaceChildren();
  }

  return { update, destroy };
}

/** score -> weight, at a glance. */
function summary(cell) {
  const made = element('p', 'cell-summary');
  const chain = [
    ['q · k', numberText(cell.dot)],
    ['score', numberText(cell.score)],
    ['pattern', cell.masked ? 'masked' : numberText(cell.pattern)],
  ];
  if (cell.contribution_norm !== null && cell.contribution_norm !== undefined) {
    chain.push(['moves the stream by', numberText(cell.contribution_norm)]);
  }
  for (const [name, value] of chain) {
    const entry = element('span', 'cell-summary-entry');
    entry.append(
      element('span', 'cell-summary-name', name),
      element('span', 'cell-summary-value', value),
    );
    made.append(entry);
  }
  return made;
}

function skeleton() {
  const made = element('div', 'cell-skeleton');
  made.append(...Array.from({ length: 5 }, () => element('div', 'cell-skeleton-line')));
  made.append(element('span', 'figure-live', 'The arithmetic is being computed.'));
  return made;
}

function failure(message) {
  const made = element('p', 'cell-error', message);
  made.setAttribute('role', 'alert');
  return made;
}

function formulaLine(parts) {
  const made = element('p', 'cell-formula');
  for (const piece of parts) {
    if (typeof piece === 'string') made.append(piece);
    else if ('n' in piece) made.append(number(piece.n));
    else made.append(variable(piece));
  }
  return made;
}

function variable({ v: name, sub }) {
  const made = document.createElement('span');
  if (name) made.append(element('var', '', name));
  if (sub !== undefined) {
    const index = document.createElement('sub');
    index.append(element('var', '', sub));
    made.append(index);
  }
  return made;
}

function number(value) {
  return element('span', 'cell-number', numberText(value, 5));
}

/** Numbers that line up in a table. */
function decimals(value) {
  return Math.abs(value) < 5e-4 && value !== 0
    ? scientificText(value, 1).replace(' × 10', 'e')
    : value.toFixed(3).replace('-', '−');
}

function ends(data) {
  return `from ${numberText(Math.min(...data), 3)} to ${numberText(Math.max(...data), 3)}`;
}

function row(className, parts) {
  const made = element('div', className);
  made.setAttribute('role', 'row');
  made.append(...parts);
  return made;
}

function part(role, text, className) {
  const made = element('span', className, text);
  made.setAttribute('role', role);
  return made;
}

function element(tag, className, text = '') {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}
