// A canvas that writes what is painted on it as the text of an SVG, which stays sharp at any size.
// It knows what the pictures paint with, and nothing else of a canvas. Pure.

import { escapeMarkup } from '../figures/axis.js';
import { escapeAttribute, ink, short } from '../figures/svg-text.js';

const ANCHORS = { left: 'start', start: 'start', center: 'middle', right: 'end', end: 'end' };
/** From the middle of the letters to the line that they stand on, in parts of their size. */
const MIDDLE = 0.35;
const FONT = /^(?:(\d{3}|bold|normal)\s+)?([\d.]+)px\s+(.+)$/;

/** @typedef {{x: number, y: number, turn: number}} Place where the origin is, turned by degrees */

export class SvgCanvas {
  fillStyle = '#000';
  strokeStyle = '#000';
  lineWidth = 1;
  lineCap = 'butt';
  font = '10px sans-serif';
  textAlign = 'start';
  textBaseline = 'alphabetic';
  width = 0;
  height = 0;
  /** @type {string[]} */
  #parts = [];
  /** @type {Place} */
  #place = { x: 0, y: 0, turn: 0 };
  /** @type {Place[]} */
  #saved = [];
  /** @type {string[]} */
  #path = [];
  /** @type {number[]} */
  #dash = [];
  #family;

  /** @param {(css: string) => string} [family] what a list of typefaces is written as */
  constructor(family = (css) => css) {
    this.#family = family;
  }

  /** A clean one of that size, in CSS pixels. */
  sized(width, height) {
    Object.assign(this, { width, height });
    this.#parts = [];
    this.#place = { x: 0, y: 0, turn: 0 };
    return this;
  }

  /** What stands in it. */
  get inner() {
    return this.#parts.join('');
  }

  save() {
    this.#saved.push(this.#place);
  }

  restore() {
    this.#place = this.#saved.pop() ?? this.#place;
  }

  translate(x, y) {
    const angle = (this.#place.turn * Math.PI) / 180;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    this.#place = {
      ...this.#place,
      x: this.#place.x + x * cos - y * sin,
      y: this.#place.y + x * sin + y * cos,
    };
  }

  rotate(radians) {
    this.#place = { ...this.#place, turn: this.#place.turn + (radians * 180) / Math.PI };
  }

  setLineDash(dash) {
    this.#dash = dash;
  }

  beginPath() {
    this.#path = [];
  }

  moveTo(x, y) {
    this.#path.push(`M${short(x)} ${short(y)}`);
  }

  lineTo(x, y) {
    this.#path.push(`L${short(x)} ${short(y)}`);
  }

  bezierCurveTo(...numbers) {
    this.#path.push(`C${numbers.map(short).join(' ')}`);
  }

  stroke() {
    const dash = this.#dash.length ? ` stroke-dasharray="${this.#dash.join(' ')}"` : '';
    this.#add(
      `<path d="${this.#path.join('')}" fill="none" ${ink('stroke', this.strokeStyle)} stroke-width="${short(this.lineWidth)}"${dash}`,
    );
  }

  roundRect(x, y, width, height, radius) {
    const [right, bottom] = [x + width, y + height];
    const arc = (toX, toY) =>
      `A${short(radius)} ${short(radius)} 0 0 1 ${short(toX)} ${short(toY)}`;
    this.moveTo(x + radius, y);
    this.lineTo(right - radius, y);
    this.#path.push(arc(right, y + radius));
    this.lineTo(right, bottom - radius);
    this.#path.push(arc(right - radius, bottom));
    this.lineTo(x + radius, bottom);
    this.#path.push(arc(x, bottom - radius));
    this.lineTo(x, y + radius);
    this.#path.push(`${arc(x + radius, y)}Z`);
  }

  fill() {
    this.#add(`<path d="${this.#path.join('')}" ${ink('fill', this.fillStyle)}`);
  }

  fillRect(x, y, width, height) {
    this.#add(
      `<rect x="${short(x)}" y="${short(y)}" width="${short(width)}" height="${short(height)}" ${ink('fill', this.fillStyle)}`,
    );
  }

  fillText(text, x, y) {
    const [, weight = '400', size, family] = this.font.match(FONT) ?? [];
    if (!size) throw new Error(`invalid font: ${this.font}`);
    const down = this.textBaseline === 'middle' ? MIDDLE * Number(size) : 0;
    this.#add(
      `<text x="${short(x)}" y="${short(y + down)}" font-size="${size}" font-weight="${weight}" font-family="${escapeAttribute(this.#family(family))}" ${ink('fill', this.fillStyle)} text-anchor="${ANCHORS[this.textAlign]}"`,
      `>${escapeMarkup(text)}</text>`,
    );
  }

  /** Pixels, each seen as a square. @param {string} url data: */
  image(url, x, y, width, height) {
    this.#add(
      `<image href="${url}" x="${short(x)}" y="${short(y)}" width="${short(width)}" height="${short(height)}" preserveAspectRatio="none" style="image-rendering:pixelated"`,
    );
  }

  #add(open, close = '/>') {
    const { x, y, turn } = this.#place;
    const moved = x || y ? `translate(${short(x)} ${short(y)})` : '';
    const turned = turn ? `rotate(${short(turn)})` : '';
    const transform =
      moved || turned ? ` transform="${[moved, turned].filter(Boolean).join(' ')}"` : '';
    this.#parts.push(`${open}${transform}${close}`);
  }
}
