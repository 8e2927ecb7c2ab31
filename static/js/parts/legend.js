// What the colours of a heatmap mean: a bar from one end of the ramp to the other, with numbers.

import { h, setText } from '../core/dom.js';
import { numberText } from '../figures/axis.js';
import { cssColor } from '../figures/color.js';

/** @param {string} name of what is coloured */
export function legendView(name) {
  const bar = h('div', { class: 'heatmap-legend-bar' });
  const ticks = h('div', { class: 'heatmap-legend-ticks' });
  const label = h('span', { class: 'heatmap-legend-name' }, name);
  return {
    element: h(
      'div',
      { class: 'heatmap-legend', 'aria-hidden': 'true' },
      label,
      h('div', { class: 'heatmap-legend-scale' }, bar, ticks),
    ),
    /**
     * @param {import('../figures/color.js').Rgb[]} ramp
     * @param {{t: number, value: number}[]} places t along the bar, 0 to 1
     * @param {string} [now] what is coloured, where that changes
     */
    update(ramp, places, now = name) {
      setText(label, now);
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
