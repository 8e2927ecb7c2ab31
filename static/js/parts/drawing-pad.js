/** A sheet to draw a digit on, by mouse, pen or finger. */

import { build, find, html, render, svg, when } from '../core/template.js';
import { t } from '../language/messages.js';

/** @typedef {import('../figures/digit.js').Point} Point */

/** @param {(strokes: Point[][]) => void} onDraw after each stroke, of all that are there */
export function drawingPad(onDraw) {
  /** @type {Point[][]} */
  let strokes = [];
  const element = build(html`<figure class="drawing-pad"><svg viewBox="0 0 1 1" role="img"
    aria-label=${t('A sheet to draw a digit on')}></svg></figure>`);
  const sheet = /** @type {any} */ (find(element, 'svg'));

  function draw() {
    const line = (stroke) =>
      svg`<polyline points=${stroke.map(({ x, y }) => `${x.toFixed(3)},${y.toFixed(3)}`).join(' ')}></polyline>`;
    render(
      svg`${strokes.map(line)}${when(!strokes.length, () => svg`<text x="0.5" y="0.5">${t('Draw a digit here')}</text>`)}`,
      sheet,
    );
  }

  function placeOf(event) {
    const { left, top, width, height } = sheet.getBoundingClientRect();
    return { x: (event.clientX - left) / width, y: (event.clientY - top) / height };
  }

  sheet.addEventListener('pointerdown', (event) => {
    if (event.button > 0) return;
    event.preventDefault();
    sheet.setPointerCapture(event.pointerId);
    const at = placeOf(event);
    strokes.push([at, at]);
    draw();
  });
  sheet.addEventListener('pointermove', (event) => {
    if (!sheet.hasPointerCapture(event.pointerId)) return;
    strokes.at(-1).push(...(event.getCoalescedEvents?.() ?? [event]).map(placeOf));
    draw();
  });
  sheet.addEventListener('pointerup', () => strokes.length && onDraw(strokes));
  sheet.addEventListener('pointercancel', () => {
    strokes.pop();
    draw();
  });
  draw();

  return {
    element,
    clear() {
      if (!strokes.length) return;
      strokes = [];
      draw();
    },
  };
}
