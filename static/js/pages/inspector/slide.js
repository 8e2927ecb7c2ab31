// The open head as a slide for a deck.

import { paperTheme } from '../../core/draw.js';
import * as matrix from '../../figures/matrix.js';
import { SLIDE, slideSvg } from '../../figures/slide.js';
import { bringTypeface, rasterized, withTypeface } from '../../parts/image.js';

/** Cells across; of more, the strongest of neighbours stand for them. */
const MOST = 64;

/**
 * @param {Omit<import('../../figures/slide.js').Slide, 'cells'|'theme'|'measure'>} slide
 * @param {"sqrt"|"linear"|"log"} scale of colour
 * @returns {Promise<string>} a data: URL of a PNG, 1920 x 1080
 */
export async function slideImage(slide, scale) {
  const { pattern } = slide;
  await bringTypeface();
  const pool = Math.ceil(Math.max(pattern.rows, pattern.cols) / MOST);
  const max = pattern.data.reduce((most, value) => (value > most ? value : most), 0);
  const context = document.createElement('canvas').getContext('2d');
  const theme = paperTheme();
  const measure = (text, size, weight) => {
    context.font = `${weight} ${size}px ${theme.font}`;
    return context.measureText(text).width;
  };
  const cells = matrix.heatCells(pattern, { max, scale, pool });
  const svg = slideSvg({ ...slide, cells, theme, measure });
  return rasterized(await withTypeface(svg), SLIDE, 1);
}
