/** The arithmetic of one cell, step by step, with every number and every residual. */

import { h, setText } from '../../../core/dom.js';
import { frameTask, readTheme, watchTheme } from '../../../core/draw.js';
import { numberText, scientificText } from '../../../figures/axis.js';
import { cellSteps, cellTitle, productRows, residualText } from '../../../figures/cell.js';
import { colorAt, cssColor, inkOn } from '../../../figures/color.js';
import { errorNotice } from '../../../parts/notice.js';
import { vectorStrips } from '../../../parts/vectors.js';
import { poolingView } from './pooling.js';

/** Steps of a model without softcap. */
const STEPS = 8;

/**
 * @param {HTMLElement} root
 * @param {{onClose(): void, onCut(): void, onCell(cell: {query_pos: number, key_pos: number}): void}} callbacks
 *   `onCell`: another token cell of the same two words
 */
export function cellView(root, { onClose, onCut, onCell }) {
  root.classList.add('figure-cell');
  const body = h('div', { class: 'cell-body' });
  const vectors = vectorStrips(body, 18);
  const words = h('div', {});
  root.prepend(words, body);
  const pooling = poolingView(words, { onCell });
  const frame = frameTask(paintStrips);
  let theme = null;
  let answer = null;
  const cut = h('button', { type: 'button', class: 'button cell-cut', onclick: () => onCut() });

  /** @param {any} next the answer of POST /cell, {loading: true} or {error, onRetry} */
  function update(next) {
    vectors.clear();
    answer = null;
    body.setAttribute('aria-busy', String(Boolean(next.loading)));
    // The old answer's height is kept while the new one comes, so that nothing below jumps.
    body.style.minHeight = next.loading ? `${body.offsetHeight}px` : '';
    if (next.loading) body.replaceChildren(heading('The arithmetic'), skeleton());
    else if (next.error)
      body.replaceChildren(heading('The arithmetic'), errorNotice(next.error, next.onRetry));
    else {
      answer = next;
      theme ??= readTheme(root);
      body.replaceChildren(title(next), summary(next), steps(next));
      frame.ask();
    }
  }

  function heading(text) {
    const made = h('header', { class: 'cell-header' });
    made.append(h('h3', { class: 'cell-title' }, text), closeButton());
    return made;
  }

  function title(cell) {
    const made = heading('');
    const { query, key, where } = cellTitle(cell);
    const text = made.querySelector('.cell-title');
    text.append(query, h('span', { class: 'cell-arrow' }, ' → '), key);
    text.append(h('span', { class: 'cell-where' }, where));
    text.after(cut);
    return made;
  }

  function closeButton() {
    const props = { type: 'button', class: 'cell-close', 'aria-label': 'Close the arithmetic' };
    return h('button', { ...props, onclick: () => onClose() }, '×');
  }

  function steps(cell) {
    const list = h('ol', { class: 'cell-steps' });
    for (const step of cellSteps(cell)) {
      const item = h('li', { class: `cell-step cell-step-${step.id}` });
      item.append(h('h4', { class: 'cell-step-title' }, step.title));
      for (const formula of step.formulas) item.append(formulaLine(formula));
      item.append(h('p', { class: 'cell-meaning' }, step.meaning));
      if (step.id === 'products') item.append(productTable(cell));
      else for (const vector of step.vectors) item.append(vectorLine(vector));
      if (step.residual)
        item.append(h('p', { class: 'cell-residual' }, residualText(step.residual)));
      list.append(item);
    }
    return list;
  }

  /** @param {{name: string, data: number[], range: number, sub?: string}} vector */
  function vectorLine({ name, sub, data, range }) {
    const made = h('div', { class: 'cell-vector' });
    const label = h('div', { class: 'cell-vector-name' });
    label.append(variable({ v: name, sub }));
    const told = `${name}${sub ?? ''}: ${data.length} numbers, ${ends(data)}`;
    const strip = h('div', { class: 'cell-strip' }, vectors.strip({ name, data, range }, told));
    made.append(label, strip, h('div', { class: 'cell-vector-range' }, `±${numberText(range, 2)}`));
    return made;
  }

  function productTable(cell) {
    const name = 'Every dimension: q, k and their product';
    const table = h('div', { class: 'products', role: 'table', 'aria-label': name });
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
    vectors.paint(theme);
  }

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

  /** @param {boolean} isCut whether the edits on screen cut this link */
  function mark(isCut) {
    setText(cut, isCut ? 'Mend this link' : 'Cut this link');
  }

  return { update, mark, pool: pooling.update, destroy };
}

/** score -> weight, at a glance. */
function summary(cell) {
  const made = h('p', { class: 'cell-summary' });
  const chain = [
    ['q · k', numberText(cell.dot)],
    ['score', numberText(cell.score)],
    ['pattern', cell.masked ? 'masked' : numberText(cell.pattern)],
  ];
  if (cell.contribution_norm !== null && cell.contribution_norm !== undefined) {
    chain.push(['moves the stream by', numberText(cell.contribution_norm)]);
  }
  for (const [name, value] of chain) {
    const entry = h('span', { class: 'cell-summary-entry' });
    entry.append(
      h('span', { class: 'cell-summary-name' }, name),
      h('span', { class: 'cell-summary-value' }, value),
    );
    made.append(entry);
  }
  return made;
}

/** As tall as the answer will be, so that what stands below stays where it is. */
function skeleton() {
  const step = () =>
    h(
      'div',
      { class: 'cell-skeleton-step' },
      h('div', { class: 'cell-skeleton-line' }),
      h('div', { class: 'cell-skeleton-line' }),
    );
  const said = h('span', { class: 'figure-live' }, 'The arithmetic is being computed.');
  return h('div', { class: 'cell-skeleton' }, said, ...Array.from({ length: STEPS }, step));
}

function formulaLine(parts) {
  const made = h('p', { class: 'cell-formula' });
  for (const piece of parts) {
    if (typeof piece === 'string') made.append(piece);
    else if ('n' in piece) made.append(number(piece.n));
    else made.append(variable(piece));
  }
  return made;
}

function variable({ v: name, sub }) {
  const made = document.createElement('span');
  if (name) made.append(h('var', {}, name));
  if (sub !== undefined) {
    const index = document.createElement('sub');
    index.append(h('var', {}, sub));
    made.append(index);
  }
  return made;
}

function number(value) {
  return h('span', { class: 'cell-number' }, numberText(value, 5));
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
  return h('div', { class: className, role: 'row' }, ...parts);
}

function part(role, text, className) {
  return h('span', { class: className, role }, text);
}
