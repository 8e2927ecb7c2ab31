// Whether a picture is faithful, in one number for each picture, and a dot for each link.

import { h, setText } from '../../../core/dom.js';
import { numberText } from '../../../figures/axis.js';
import * as figure from '../../../figures/faithful.js';
import { matrixOf } from '../../../figures/matrix.js';
import { tableBehind } from '../../../parts/tables.js';
import { createTooltip } from '../../../parts/tooltip.js';
import { measureOf, outputText } from '../measures.js';

const SIDE = 208;
const REACH = 0.06;
const NAMES = ['pattern', 'norms', 'gradient_pattern'];

/** @param {HTMLElement} root */
export function faithfulnessView(root) {
  const wait = h('p', { class: 'faithful-wait', role: 'status' });
  const problem = h('div');
  const numbers = h('dl', { class: 'faithful-numbers', 'aria-label': 'Rank correlations' });
  const about = h('p', { class: 'faithful-about', role: 'status' });
  const scale = h(
    'p',
    { class: 'figure-note' },
    '1: links rank exactly as their effects do. 0: no more than by chance. −1: the other way round.',
  );
  const dots = svg('g', {});
  const picture = svg('svg', {
    class: 'faithful-scatter',
    role: 'img',
    viewBox: `-6 -6 ${SIDE + 12} ${SIDE + 12}`,
  });
  picture.append(
    svg('path', { class: 'faithful-frame', d: `M0,0V${SIDE}H${SIDE}` }),
    svg('path', { class: 'faithful-diagonal', d: `M0,${SIDE}L${SIDE},0` }),
    dots,
  );
  const scatter = h(
    'figure',
    { class: 'faithful-figure' },
    h('span', { class: 'faithful-axis' }, 'effect, by rank ↑'),
    picture,
    h('span', { class: 'faithful-axis' }, 'attention, by rank →'),
  );
  const table = tableBehind('Table of effects');
  const body = h(
    'div',
    { class: 'faithful-result' },
    h('div', { class: 'faithful-words' }, about, numbers, scale, table.element),
    scatter,
  );
  root.replaceChildren(wait, problem, body);
  const tooltip = createTooltip();
  let drawn = null;
  let placed = [];

  function draw(answer, weights, speaking) {
    setText(about, figure.measuredText(answer, outputText(answer.output, speaking)));
    numbers.replaceChildren(
      ...NAMES.map((name) => {
        const value = answer.correlations[name];
        const bar = h('span', { class: 'faithful-bar', 'aria-hidden': 'true' });
        bar.style.setProperty('--share', String(Math.abs(value ?? 0)));
        bar.classList.toggle('is-negative', value < 0);
        return h(
          'div',
          {},
          h('dt', {}, measureOf(name).label),
          h('dd', {}, figure.correlationText(value), bar),
        );
      }),
    );
    placed = figure.rankDots(answer, weights);
    dots.replaceChildren(
      ...placed.map(({ x, y }) => svg('circle', { cx: SIDE * x, cy: SIDE * (1 - y), r: 2 })),
    );
    picture.setAttribute(
      'aria-label',
      `${placed.length} links: rank of attention across, rank of the effect of cutting upwards. Rank correlation ${figure.correlationText(answer.correlations.pattern)}.`,
    );
    const names = (tokens) => tokens.map((token, pos) => `${pos} ${token.text || token.piece}`);
    table.update({
      matrix: matrixOf(answer.effects),
      rowNames: names(answer.query_tokens),
      colNames: names(answer.key_tokens),
      corner: 'query',
      blank: 'not cut',
      write: (value) => numberText(value, 3),
    });
  }

  picture.addEventListener('pointermove', (event) => {
    if (!drawn) return;
    const box = picture.getBoundingClientRect();
    const unit = (SIDE + 12) / box.width;
    const x = ((event.clientX - box.left) * unit - 6) / SIDE;
    const y = 1 - ((event.clientY - box.top) * unit - 6) / SIDE;
    const dot = figure.dotAt(placed, x, y, REACH);
    if (dot) tooltip.show(figure.dotText(dot, drawn), { x: event.clientX, y: event.clientY });
    else tooltip.hide();
  });
  picture.addEventListener('pointerleave', tooltip.hide);

  return {
    /**
     * @param {{slot: import('../../../core/queries.js').Slot, problem: Node|null, weights: {data: Float32Array, cols: number}|null, speaking: any[]}} next
     */
    update({ slot, problem: told, weights, speaking }) {
      root.hidden = slot.key === null;
      const loading = slot.status === 'loading';
      root.classList.toggle('is-busy', loading);
      setText(wait, loading ? 'Cutting the links, one at a time…' : '');
      problem.replaceChildren(...(told ? [told] : []));
      const answer = slot.status === 'ready' && slot.value.key === slot.key ? slot.value : null;
      body.hidden = !answer || !weights;
      if (!answer || !weights || answer === drawn) return;
      drawn = answer;
      draw(answer, weights, speaking);
    },
  };
}

function svg(tag, attributes) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}
