// What an element of the page shows as a file, light whatever the page is.

import { paperTheme } from '../core/draw.js';
import { asPaper } from '../core/print.js';
import { framedSvg } from '../figures/frame.js';
import { elementSvg } from './element-svg.js';
import { bringTypeface, rasterized, svgUrl, withTypeface } from './image.js';

/**
 * @param {'png'|'svg'} format
 * @param {{element: HTMLElement, title: string, text: string}} shown
 * @returns {Promise<string>} a data: URL
 */
export async function elementImage(format, { element, ...caption }) {
  await bringTypeface();
  const theme = paperTheme();
  const picture = await onPaper(element, () => elementSvg(element, theme.font));
  const { svg, ...size } = framedSvg(picture, caption, theme);
  const whole = await withTypeface(svg);
  return format === 'svg' ? svgUrl(whole) : rasterized(whole, size, 2);
}

/**
 * Reads the page while it is light and an element shows all that it scrolls over. No frame comes
 * meanwhile: nobody sees it.
 * @template T @param {HTMLElement} element @param {() => T} read @returns {Promise<T>}
 */
async function onPaper(element, read) {
  element.classList.add('is-saved');
  const restore = asPaper();
  try {
    await null; // those who watch the theme have painted
    endTransitions();
    return read();
  } finally {
    element.classList.remove('is-saved');
    restore();
    endTransitions();
  }
}

/** Colours are at once what they would become. */
function endTransitions() {
  for (const each of document.getAnimations()) {
    if (each instanceof CSSTransition) each.finish();
  }
}
