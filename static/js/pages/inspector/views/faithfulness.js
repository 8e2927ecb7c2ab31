// Whether a picture is faithful, in one number for each picture, and a dot for each link.

import { build, classes, find, html, render, svg } from '../../../core/template.js';
import { numbered, numberText } from '../../../figures/axis.js';
import * as figure from '../../../figures/faithful.js';
import { matrixOf } from '../../../figures/matrix.js';
import { t } from '../../../language/messages.js';
import { pictureMenu } from '../../../parts/picture-menu.js';
import { tableBehind } from '../../../parts/tables.js';
import { createTooltip } from '../../../parts/tooltip.js';
import { measureOf, outputText } from '../measures.js';

const SIDE = 208;
const REACH = 0.06;
const NAMES = ['pattern', 'norms', 'gradient_pattern'];
const SCALE = t(
  '1: links rank exactly as their effects do. 0: no more than by chance. −1: the other way round.',
);

/** @param {HTMLElement} root */
export function faithfulnessView(root) {
  const table = tableBehind(t('Table of effects'));
  const body = build(html`<div class="faithful-result"></div>`);
  const tooltip = createTooltip();
  const menu = pictureMenu(t('Save the links’ ranks'), 'ranks', () =>
    find(body, '.faithful-figure'),
  );
  let drawn = null;
  let placed = [];

  function result(answer, weights, speaking) {
    const { effects, correlations, output, query_tokens, key_tokens } = answer;
    placed = figure.rankDots(answer, weights);
    table.update({
      matrix: matrixOf(effects),
      rowNames: numbered(query_tokens),
      colNames: numbered(key_tokens),
      corner: t('query'),
      blank: t('not cut'),
      write: (value) => numberText(value, 3),
    });
    return html`<div class="faithful-words">
        <p class="faithful-about"
          role="status">${figure.measuredText(answer, outputText(output, speaking))}</p>
        <dl class="faithful-numbers" aria-label=${t('Rank correlations')}>${NAMES.map((name) =>
          correlation(measureOf(name).label, correlations[name]),
        )}</dl>
        <p class="figure-note">${SCALE}</p>${table.element}</div>
      <figure class="faithful-figure"><span class="faithful-axis">${t('effect, by rank ↑')}</span>
        ${scatter(correlations.pattern)}<span
          class="faithful-axis">${t('attention, by rank →')}</span>${menu}</figure>`;
  }

  const correlation = (
    label,
    value,
  ) => html`<div><dt>${label}</dt><dd>${figure.correlationText(value)}<span
    class=${classes('faithful-bar', value < 0 && 'is-negative')} aria-hidden="true"
    style="--share: ${Math.abs(value ?? 0)}"></span></dd></div>`;

  const scatter = (correlation) => html`<svg class="faithful-scatter" role="img"
    viewBox="-6 -6 ${SIDE + 12} ${SIDE + 12}" @pointermove=${point} @pointerleave=${tooltip.hide}
    aria-label=${t('{count} links: rank of attention across, rank of the effect of cutting upwards. Rank correlation {correlation}.', { count: placed.length, correlation: figure.correlationText(correlation) })}>
    <path class="faithful-frame" d="M0,0V${SIDE}H${SIDE}"></path>
    <path class="faithful-diagonal" d="M0,${SIDE}L${SIDE},0"></path>
    <g>${placed.map(
      ({ x, y }) => svg`<circle cx=${SIDE * x} cy=${SIDE * (1 - y)}
      r="2"></circle>`,
    )}</g></svg>`;

  function point({ currentTarget, clientX, clientY }) {
    const box = currentTarget.getBoundingClientRect();
    const unit = (SIDE + 12) / box.width;
    const x = ((clientX - box.left) * unit - 6) / SIDE;
    const y = 1 - ((clientY - box.top) * unit - 6) / SIDE;
    const dot = figure.dotAt(placed, x, y, REACH);
    if (dot) tooltip.show(figure.dotText(dot, drawn), { x: clientX, y: clientY });
    else tooltip.hide();
  }

  return {
    /**
     * @param {{slot: import('../../../core/queries.js').Slot, problem: any, weights: {data: Float32Array, cols: number}|null, speaking: any[]}} next
     */
    update({ slot, problem, weights, speaking }) {
      const loading = slot.status === 'loading';
      const answer = slot.status === 'ready' && slot.value.key === slot.key ? slot.value : null;
      root.hidden = slot.key === null;
      root.classList.toggle('is-busy', loading);
      body.hidden = !answer || !weights;
      render(
        html`<p class="faithful-wait"
          role="status">${loading ? t('Cutting the links, one at a time…') : ''}</p>
          <div>${problem}</div>${body}`,
        root,
      );
      if (body.hidden || answer === drawn) return;
      drawn = answer;
      render(result(answer, weights, speaking), body);
    },
  };
}
