/** The arithmetic of one cell, step by step, with every number and every residual. */

import { frameTask, readTheme, watchTheme } from '../../../core/draw.js';
import { build, classes, html, nothing, render, when } from '../../../core/template.js';
import { columnText, numberText } from '../../../figures/axis.js';
import { cellSteps, cellTitle, productRows, residualText } from '../../../figures/cell.js';
import { colorAt, cssColor, inkOn } from '../../../figures/color.js';
import { t } from '../../../language/messages.js';
import { lessonLink } from '../../../parts/lesson-link.js';
import { errorNotice } from '../../../parts/notice.js';
import { vectorStrips } from '../../../parts/vectors.js';
import { poolingView } from './pooling.js';

/** Steps of a model without softcap. */
const STEPS = 8;
const PRODUCTS = t('Every dimension: q, k and their product');

/**
 * @param {HTMLElement} root
 * @param {{onClose(): void, onCut(): void, onCell(cell: {query_pos: number, key_pos: number}): void}} callbacks
 *   `onCell`: another token cell of the same two words
 */
export function cellView(root, { onClose, onCut, onCell }) {
  const body = build(html`<div class="cell-body"></div>`);
  const vectors = vectorStrips(body, 18);
  const words = build(html`<div></div>`);
  const live = build(html`<p class="visually-hidden" role="status"></p>`);
  root.prepend(live, words, body);
  const pooling = poolingView(words, { onCell });
  const frame = frameTask(paint);
  /** What is shown: an answer of POST /cell, {loading: true} or {error, onRetry}. */
  let shown = null;
  let isCut = false;
  let theme = null;

  function draw() {
    theme ??= readTheme(root);
    vectors.clear();
    body.setAttribute('aria-busy', String(Boolean(shown.loading)));
    // The old answer's height is kept while the new one comes, so that nothing below jumps.
    body.style.minHeight = shown.loading ? `${body.offsetHeight}px` : '';
    render(content(), body);
    live.textContent = shown.loading || shown.error ? '' : spoken();
    frame.ask();
  }

  /** What is read out when it opens. */
  function spoken() {
    const { query, key } = cellTitle(shown);
    const weight = shown.masked ? t('masked') : numberText(shown.pattern);
    return t('The arithmetic of {query} to {key}, {weight}, is open. Escape closes it.', {
      query,
      key,
      weight,
    });
  }

  function content() {
    if (shown.loading) return html`${heading(t('The arithmetic'))}${SKELETON}`;
    if (shown.error) {
      return html`${heading(t('The arithmetic'))}${errorNotice(shown.error, shown.onRetry)}`;
    }
    const { query, key, where } = cellTitle(shown);
    const title = html`${query}<span class="cell-arrow"> → </span>${key}<span
      class="cell-where">${where}</span>`;
    return html`${heading(title, cutButton())}${summary(shown)}<ol
      class="cell-steps">${cellSteps(shown).map(step)}</ol>`;
  }

  const heading = (title, beside = null) => html`<header class="cell-header">
    <h3 class="cell-title">${title}</h3>${beside}<button type="button" class="cell-close"
      aria-label=${t('Close the arithmetic')} @click=${onClose}>×</button></header>`;

  const cutButton = () =>
    html`<button type="button" class="button cell-cut" @click=${onCut}>${isCut ? t('Mend this link') : t('Cut this link')}</button>`;

  const step = ({ id, title, formulas, meaning, vectors: strips, residual }) => html`
    <li class=${`cell-step cell-step-${id}`}><h4 class="cell-step-title">${title}</h4>
      ${formulas.map((parts) => html`<p class="cell-formula">${parts.map(piece)}</p>`)}
      <p class="cell-meaning">${meaning}</p>${lessonLink(`cell.${id}`)}
      ${id === 'products' ? products() : strips.map(vectorLine)}
      ${when(residual, () => html`<p class="cell-residual">${residualText(residual)}</p>`)}</li>`;

  /** @param {{name: string, data: number[], range: number, sub?: string}} vector */
  function vectorLine({ name, sub, data, range }) {
    const told = t('{name}: {count} numbers, {ends}', {
      name: `${name}${sub ?? ''}`,
      count: data.length,
      ends: ends(data),
    });
    return html`<div class="cell-vector"><div
      class="cell-vector-name">${variable({ v: name, sub })}</div>
      <div class="cell-strip">${vectors.strip({ name, data, range }, told)}</div>
      <div class="cell-vector-range">±${numberText(range, 2)}</div></div>`;
  }

  function products() {
    const rows = productRows(shown).map(({ d, q, k, product, share }) => {
      const back = colorAt(theme.diverging, 0.5 + 0.5 * share);
      const ink = inkOn(back, [theme.ink, theme.surface]);
      const style = `--product: ${cssColor(back)}; --product-ink: ${cssColor(ink)}`;
      return productRow('cell', [String(d), ...[q, k, product].map(columnText)], { style });
    });
    const head = productRow('columnheader', ['d', 'q', '× k', '='], { name: 'products-head' });
    return html`<div class="products" role="table" aria-label=${PRODUCTS}>${head}${rows}</div>`;
  }

  function paint() {
    theme ??= readTheme(root);
    vectors.paint(theme);
  }

  new ResizeObserver(frame.ask).observe(body);
  watchTheme(() => {
    theme = null;
    if (shown) draw();
  });

  return {
    /**
     * @param {any} next the answer of POST /cell, {loading: true} or {error, onRetry}
     * @param {boolean} cut whether the edits on screen cut this link
     */
    update(next, cut) {
      if (next === shown && cut === isCut) return;
      [shown, isCut] = [next, cut];
      draw();
    },
    pool: pooling.update,
  };
}

const COLUMNS = ['products-d', 'products-q', 'products-k', 'products-product'];

const productRow = (role, texts, { name = '', style = '' }) =>
  html`<div class=${classes('products-card', name)} role="row"
    style=${style || nothing}>${texts.map(
      (text, n) => html`<span class=${COLUMNS[n]} role=${role}>${text}</span>`,
    )}</div>`;

/** score -> weight, at a glance. */
function summary({ dot, score, pattern, masked, contribution_norm: norm }) {
  const chain = [
    ['q · k', numberText(dot)],
    [t('score'), numberText(score)],
    [t('pattern'), masked ? t('masked') : numberText(pattern)],
    ...((norm ?? null) === null ? [] : [[t('moves the stream by'), numberText(norm)]]),
  ];
  return html`<p class="cell-summary">${chain.map(
    ([name, value]) =>
      html`<span class="cell-summary-entry"><span class="cell-summary-name">${name}</span><span
        class="cell-summary-value">${value}</span></span>`,
  )}</p>`;
}

const LINE = html`<div class="cell-skeleton-line"></div>`;
/** As tall as the answer will be, so that what stands below stays where it is. */
const SKELETON = html`<div class="cell-skeleton"><span
  class="figure-live">${t('The arithmetic is being computed.')}</span>
  ${Array.from(
    { length: STEPS },
    () => html`<div
    class="cell-skeleton-step">${LINE}${LINE}</div>`,
  )}</div>`;

const piece = (part) => {
  if (typeof part === 'string') return part;
  return 'n' in part
    ? html`<span class="cell-number">${numberText(part.n, 5)}</span>`
    : variable(part);
};

const variable = ({ v: name, sub }) =>
  html`<span>${when(name, () => html`<var>${name}</var>`)}${when(
    sub !== undefined,
    () => html`<sub><var>${sub}</var></sub>`,
  )}</span>`;

const ends = (data) =>
  t('from {from} to {to}', {
    from: numberText(Math.min(...data), 3),
    to: numberText(Math.max(...data), 3),
  });
