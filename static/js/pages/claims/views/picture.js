// A dot, its interval, and what they are held against, on one line; the key below has the numbers.

import { html, svg, when } from '../../../core/template.js';
import { claimMarks, claimName, intervalText } from '../../../figures/claim.js';

const WIDTH = 400;
const HEIGHT = 34;
const INSET = 8;
const LINE = 13;

/** @param {import('../../../figures/claim.js').Claim} claim */
export function claimPicture(claim) {
  const { marks, interval, ticks } = claimMarks(claim);
  const x = (at) => INSET + at * (WIDTH - 2 * INSET);
  const tick = ({ at, text }) => {
    const anchor = at === 0 ? 'start' : at === 1 ? 'end' : 'middle';
    return svg`<text class="claim-tick" x=${x(at)} y=${HEIGHT - 1}
      text-anchor=${anchor}>${text}</text>`;
  };
  const across = (name, from, to) =>
    svg`<line class=${name} x1=${x(from)} x2=${x(to)} y1=${LINE} y2=${LINE}></line>`;
  const between = () =>
    html`<span class="claim-between"> (${intervalText(claim.measured, claim.scale)})</span>`;
  const row = ({ kind, name, text }) =>
    html`<div class=${`claim-key-row is-${kind}`}><dt>${glyph(kind)}${name}</dt><dd>${text}${when(
      kind === 'value',
      between,
    )}</dd></div>`;
  // What is measured is drawn last, over what it is held against.
  return html`<div class="claim-picture">
    <svg class="claim-line" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img"
      aria-label=${claimName(claim)}>
      ${across('claim-axis', 0, 1)}${ticks.map(tick)}${marks.slice(1).map(({ kind, at }) => shape(kind, x(at), LINE))}
      ${across('claim-interval', interval.from, interval.to)}${shape('value', x(marks[0].at), LINE)}</svg>
    <dl class="claim-key">${marks.map(row)}</dl></div>`;
}

/** The mark of a row of the key, as it stands on the line. */
const glyph = (kind) =>
  html`<svg class="claim-glyph" viewBox="0 0 16 16" aria-hidden="true">${shape(kind, 8, 8)}</svg>`;

/** A shape for each kind: they differ without colour. */
function shape(kind, x, y) {
  if (kind === 'threshold') {
    return svg`<line class="claim-threshold" x1=${x} x2=${x} y1=${y - 8} y2=${y + 8}></line>`;
  }
  if (kind === 'paper') {
    return svg`<path class="claim-paper-mark" d="M${x} ${y - 6}l6 6-6 6-6-6z"></path>`;
  }
  if (kind === 'supervised') {
    return svg`<rect class="claim-supervised-mark" x=${x - 4} y=${y - 4} width="8"
      height="8"></rect>`;
  }
  const [name, r] = kind === 'value' ? ['claim-dot', 5.5] : ['claim-baseline', 3.5];
  return svg`<circle class=${name} cx=${x} cy=${y} r=${r}></circle>`;
}
