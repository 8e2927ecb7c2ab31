// What the colours of a heatmap mean: a bar from one end of the ramp to the other, with numbers.

import { build, html, render } from '../core/template.js';
import { numberText } from '../figures/axis.js';
import { cssColor } from '../figures/color.js';

/** @param {string} name of what is coloured */
export function legendView(name) {
  const element = build(html`<div class="heatmap-legend" aria-hidden="true"></div>`);
  return {
    element,
    /**
     * @param {import('../figures/color.js').Rgb[]} ramp
     * @param {{t: number, value: number}[]} places t along the bar, 0 to 1
     * @param {string} [now] what is coloured, where that changes
     */
    update(ramp, places, now = name) {
      const stops = Array.from({ length: 17 }, (_, i) =>
        cssColor(ramp[Math.round((i / 16) * (ramp.length - 1))]),
      );
      const ticks = places.map(
        ({ t, value }) => html`<span style="left: ${100 * t}%">${numberText(value, 2)}</span>`,
      );
      render(
        html`<span class="heatmap-legend-name">${now}</span><div class="heatmap-legend-scale">
          <div class="heatmap-legend-bar"
            style="background: linear-gradient(to right, ${stops.join(', ')})"></div>
          <div class="heatmap-legend-ticks">${ticks}</div></div>`,
        element,
      );
    },
  };
}
