/** Bars side by side: weights of a row, or how often a number fell into each bin. */

import { html, svg, when } from '../core/template.js';

const SIZE = { width: 440, height: 150 };
const GROUND = 22;

/**
 * @param {string} name what the picture shows, in words
 * @param {readonly {values: readonly number[], color: string}[]} series heights from 0 to 1; the later ones stand in
 *   front, as outlines
 * @param {{title?: string, ends?: readonly [string, string, string]|null}} [how] ends: what stands below the first
 *   bar, the middle and the last
 */
export function bars(name, series, { title = '', ends = null } = {}) {
  const { width, height } = SIZE;
  const ground = height - GROUND;
  const step = width / series[0].values.length;
  const top = (value) => (ground - value * (ground - 4)).toFixed(1);
  const steps = (values) =>
    `M0 ${ground}${values.map((value, n) => `L${(n * step).toFixed(1)} ${top(value)}L${((n + 1) * step).toFixed(1)} ${top(value)}`).join('')}L${width} ${ground}`;
  const filled = ({ values, color }) =>
    values.map(
      (value, n) =>
        svg`<rect x=${(n * step + step * 0.1).toFixed(1)} y=${top(value)} width=${(step * 0.8).toFixed(1)} height=${(ground - Number(top(value))).toFixed(1)} style="fill: ${color}"></rect>`,
    );
  const outline = ({ values, color }) =>
    svg`<path class="curve-line" d=${steps(values)} style="stroke: ${color}"></path>`;
  const end = (text, n) =>
    svg`<text class="curve-tick" x=${(n * width) / 2} y=${height - 5} text-anchor=${['start', 'middle', 'end'][n]}>${text}</text>`;
  return html`<figure class="bars">${when(title, () => html`<figcaption class="bars-title">${title}</figcaption>`)}
    <svg viewBox="0 0 ${width} ${height}" role="img" aria-label=${name}>
      ${filled(series[0])}${series.slice(1).map(outline)}
      <line class="curve-grid" x1="0" x2=${width} y1=${ground} y2=${ground}></line>${ends?.map(end)}
    </svg></figure>`;
}
