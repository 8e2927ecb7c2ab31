/** Curves with a marker that a control moves. */

import { html, svg } from '../core/template.js';
import { curvePlot } from '../figures/curve.js';

const narrow = globalThis.matchMedia?.('(max-width: 40rem)');

/** The room of a plot: its letters are as large on a phone as on a desk. */
export const plotSize = () =>
  narrow?.matches ? { width: 360, height: 240 } : { width: 720, height: 300 };

/**
 * The axes of a plot, as a part of its svg.
 * @param {ReturnType<typeof import('../figures/curve.js').plotFrame>} frame @param {string} below what stands under it
 */
export function plotAxes({ height, box, xTicks, yTicks }, below) {
  const label = ({ x, y, text }, anchor) =>
    svg`<text class="curve-tick" x=${x} y=${y + 4} text-anchor=${anchor}>${text}</text>`;
  return svg`${yTicks.map((one) => svg`<line class="curve-grid" x1=${box.left} x2=${box.right} y1=${one.y} y2=${one.y}></line>${label(one, 'end')}`)}
    ${xTicks.map((one) => svg`<line class="curve-grid" x1=${one.x} x2=${one.x} y1=${box.bottom} y2=${box.bottom + 5}></line>${label(one, 'middle')}`)}
    <text class="curve-axis" x=${(box.left + box.right) / 2} y=${height - 4} text-anchor="middle">${below}</text>`;
}

/**
 * @param {string} name what the picture shows, in words
 * @param {{x: readonly number[], lines: readonly import('../figures/curve.js').Line[], most: number, at: number}} plot
 * @param {{x: string, y: string}} axes what they are called
 */
export function curve(name, plot, axes) {
  const frame = curvePlot(plot, plotSize());
  const { width, height, box, paths, marker } = frame;
  const legend = ({ name, color }) =>
    html`<li style=${`--color: ${color}`}><span class="curve-key" aria-hidden="true"></span>${name}</li>`;
  return html`<figure class="curve">
    <svg viewBox="0 0 ${width} ${height}" role="img" aria-label=${name}>
      ${plotAxes(frame, axes.x)}
      <line class="curve-marker" x1=${marker} x2=${marker} y1=${box.top} y2=${box.bottom}></line>
      ${paths.map(({ d, color, dot }) => svg`<path class="curve-line" d=${d} style="stroke: ${color}"></path><circle class="curve-dot" cx=${dot.x} cy=${dot.y} r="5" style="fill: ${color}"></circle>`)}
    </svg>
    <figcaption class="curve-caption"><span>${axes.y}</span><ul class="curve-legend">${paths.map(legend)}</ul></figcaption></figure>`;
}
