// The link picture as a file, on paper's colours.

import { paperColor, paperTheme } from '../../core/draw.js';
import { cssColor } from '../../figures/color.js';
import { linksPicture } from '../../figures/links-picture.js';
import { bringTypeface, rasterized, svgUrl, withTypeface } from '../../parts/image.js';

/**
 * @param {'png'|'svg'} format
 * @param {Omit<import('../../figures/links-picture.js').LinksPicture, 'theme'|'colorOf'>} shown
 * @returns {Promise<string>} data: URL
 */
export async function linksImage(format, shown) {
  await bringTypeface();
  const { ink, muted, surface, font } = paperTheme();
  const theme = { ink: cssColor(ink), muted: cssColor(muted), surface: cssColor(surface), font };
  const { svg, ...size } = linksPicture({ ...shown, theme, colorOf: paperColor });
  const whole = await withTypeface(svg);
  return format === 'svg' ? svgUrl(whole) : rasterized(whole, size, 2);
}
