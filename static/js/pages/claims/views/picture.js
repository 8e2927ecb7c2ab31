// A dot, its interval, and what they are held against, on one line; the key below has the numbers.

import { h } from '../../../core/dom.js';
import { claimMarks, claimName, intervalText } from '../../../figures/claim.js';

const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 400;
const HEIGHT = 34;
const INSET = 8;
const LINE = 13;

/** @param {import('../../../figures/claim.js').Claim} claim */
export function claimPicture(claim) {
  const { marks, interval, ticks } = claimMarks(claim);
  const x = (at) => INSET + at * (WIDTH - 2 * INSET);
  const svg = made('svg', {
    class: 'claim-line',
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    role: 'img',
    'aria-label': claimName(claim),
  });
  svg.append(
    made('line', { class: 'claim-axis', x1: x(0), x2: x(1), y1: LINE, y2: LINE }),
    ...ticks.map(({ at, text }) => {
      const anchor = at === 0 ? 'start' : at === 1 ? 'end' : 'middle';
      const label = made('text', {
        class: 'claim-tick',
        x: x(at),
        y: HEIGHT - 1,
        'text-anchor': anchor,
      });
      label.textContent = text;
      return label;
    }),
    // What is measured is drawn last, over what it is held against.
    ...marks.slice(1).map(({ kind, at }) => shape(kind, x(at), LINE)),
    made('line', {
      class: 'claim-interval',
      x1: x(interval.from),
      x2: x(interval.to),
      y1: LINE,
      y2: LINE,
    }),
    shape('value', x(marks[0].at), LINE),
  );
  const rows = marks.map(({ kind, name, text }) =>
    h(
      'div',
      { class: `claim-key-row is-${kind}` },
      h('dt', {}, glyph(kind), name),
      h(
        'dd',
        {},
        text,
        kind === 'value' &&
          h('span', { class: 'claim-between' }, ` (${intervalText(claim.measured, claim.scale)})`),
      ),
    ),
  );
  return h('div', { class: 'claim-picture' }, svg, h('dl', { class: 'claim-key' }, ...rows));
}

/** The mark of a row of the key, as it stands on the line. */
function glyph(kind) {
  const svg = made('svg', { class: 'claim-glyph', viewBox: '0 0 16 16', 'aria-hidden': 'true' });
  svg.append(shape(kind, 8, 8));
  return svg;
}

/** A shape for each kind: they differ without colour. */
function shape(kind, x, y) {
  if (kind === 'threshold') {
    return made('line', { class: 'claim-threshold', x1: x, x2: x, y1: y - 8, y2: y + 8 });
  }
  if (kind === 'paper') {
    return made('path', { class: 'claim-paper-mark', d: `M${x} ${y - 6}l6 6-6 6-6-6z` });
  }
  if (kind === 'supervised') {
    return made('rect', {
      class: 'claim-supervised-mark',
      x: x - 4,
      y: y - 4,
      width: 8,
      height: 8,
    });
  }
  const r = kind === 'value' ? 5.5 : 3.5;
  return made('circle', {
    class: kind === 'value' ? 'claim-dot' : 'claim-baseline',
    cx: x,
    cy: y,
    r,
  });
}

function made(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}
