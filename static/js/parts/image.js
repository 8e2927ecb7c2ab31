// A picture as a file: the text of an SVG with the page's typeface in it, or its pixels.

import { fileData } from '../core/api.js';

/** The file of the page's own typeface, as the page brings it. */
const fontUrl = () =>
  /** @type {HTMLLinkElement|null} */ (document.querySelector('link[rel=preload][as=font]'))?.href;

/** The name of the typeface in saved pictures: the page's own may be another's on a slow line. */
const FAMILY = 'Headlight Paper';

/** @type {Promise<void>|null} */
let brought = null;

/** Brings the typeface of saved pictures, so that they are measured in it. */
export function bringTypeface() {
  brought ??= (async () => {
    const url = fontUrl();
    if (!url) return;
    const face = new FontFace(FAMILY, `url(${url})`, { weight: '400 700' });
    document.fonts.add(await face.load());
  })();
  return brought;
}

/**
 * An SVG that carries its letters with it, for machines that do not have them.
 * @param {string} svg @returns {Promise<string>}
 */
export async function withTypeface(svg) {
  const url = fontUrl();
  if (!url) return svg;
  const font = await fileData(url);
  const style = `<style>@font-face{font-family:"${FAMILY}";font-weight:400 700;src:url(${font}) format("woff2")}</style>`;
  return svg.replace(/<svg\b[^>]*>/, (open) => open + style);
}

/** @param {string} svg @returns {string} a data: URL */
export const svgUrl = (svg) => `data:image/svg+xml,${encodeURIComponent(svg)}`;

/**
 * @param {string} svg @param {{width: number, height: number}} size in CSS pixels
 * @param {number} scale pixels of the file for each of those
 * @returns {Promise<string>} a data: URL of a PNG
 */
export async function rasterized(svg, { width, height }, scale) {
  const image = new Image(width, height);
  image.src = svgUrl(svg);
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = width * scale;
  canvas.height = height * scale;
  const context = canvas.getContext('2d');
  context.scale(scale, scale);
  context.drawImage(image, 0, 0, width, height);
  return canvas.toDataURL('image/png');
}
