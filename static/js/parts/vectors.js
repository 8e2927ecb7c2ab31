/** Vectors as strips of colour, a number a dimension, told beside the pointer. */

import { targetOf } from '../core/dom.js';
import { paintCells, paintedBy, sizeCanvas } from '../core/draw.js';
import { build, html } from '../core/template.js';
import { numberText } from '../figures/axis.js';
import { heatCells } from '../figures/matrix.js';
import { t } from '../language/messages.js';
import { createTooltip } from './tooltip.js';

/**
 * @param {HTMLElement} root in which they stand
 * @param {number} height of each, in pixels
 */
export function vectorStrips(root, height) {
  const tooltip = createTooltip();
  /** @type {Map<HTMLElement, {name: string, data: ArrayLike<number>, range: number}>} */
  const vectors = new Map();

  root.addEventListener('pointermove', (event) => {
    const element = targetOf(event);
    const vector = vectors.get(element);
    if (!vector) return tooltip.hide();
    const { name, data } = vector;
    const { left, width } = element.getBoundingClientRect();
    const at = Math.floor(((event.clientX - left) / width) * data.length);
    const d = Math.min(data.length - 1, Math.max(0, at));
    const rows = [[t('dimension'), String(d)]];
    const place = { x: event.clientX, y: event.clientY };
    return tooltip.show({ title: name, value: numberText(data[d], 5), rows }, place);
  });
  root.addEventListener('pointerleave', () => tooltip.hide());

  return {
    /**
     * A canvas that `paint` fills, as wide as what it is put in.
     * @param {{name: string, data: ArrayLike<number>, range: number}} vector `range` takes full colour
     * @param {string} label
     */
    strip(vector, label) {
      const canvas = build(html`<canvas role="img" aria-label=${label}></canvas>`);
      vectors.set(canvas, vector);
      return canvas;
    },
    paint(theme) {
      for (const [canvas, { data, range }] of vectors) {
        const width = canvas.parentElement.clientWidth;
        if (!width) continue;
        const line = { data: Float32Array.from(data), rows: 1, cols: data.length };
        const cells = heatCells(line, { max: range, signed: true });
        const box = { left: 0, top: 0, width, height };
        const paint = (on) =>
          paintCells(sizeCanvas(on, width, height), cells, box, theme.diverging);
        paintedBy(/** @type {HTMLCanvasElement} */ (canvas), paint);
        paint(canvas);
      }
    },
    /** All of them are gone. */
    clear() {
      tooltip.hide();
      vectors.clear();
    },
  };
}
