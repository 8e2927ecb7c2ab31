// What the colours of a heatmap mean: a bar from one end of the ramp to the other, with numbers.

import { h } from '../controls/dom.js';
import { numberText } from '../figures/axis.js';
import { cssColor } from '../figures/color.js';

/** @param {string} name of what is coloured */
export function legendView(name) {
  const bar = h('div', { class: 'heatmap-legend-bar' });
  const ticks = h('div', { class: 'heatmap-legend-ticks' });
  return {
    element: h(
      'div',
      { class: 'heatmap-legend', 'aria-hidden': 'true' },
      h('span', { class: 'heatmap-legend-name' }, name),
      h('div', { class: 'heatmap-legend-scale' }, bar, ticks),
    ),
    /**
     * @param {import('../figures/color.js').Rgb[]} ramp
     * @param {{t: number, value: number}[]} places t along the bar, 0 to 1
     */
    update(ramp, places) {
      const stops = Array.from({ length: 17 }, (_, i) =>
        cssColor(ramp[Math.round((i / 16) * (ramp.length - 1))]),
      );
      bar.style.background = `linear-gradient(to right, ${stops.join(', ')})`;
      ticks.replaceChildren(
        ...places.map(({ t, value }) => {
          const tick = h('span', {}, numberText(value, 2));
          tick.style.left = `${100 * t}%`;
          return tick;
        }),
      );
    },
  };
}
