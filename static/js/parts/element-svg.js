// What an element shows, as the text of an SVG: its boxes, letters, curves and canvases where the
// browser laid them out. What is there to be pressed or opened is left out.

import { opaque, painterOf } from '../core/draw.js';
import { SvgCanvas } from '../core/svg-canvas.js';
import { escapeMarkup } from '../figures/axis.js';
import { escapeAttribute, ink, short } from '../figures/svg-text.js';

/** What a picture does without. */
const LEFT_OUT = [
  '.button, .icon-button, .text-button, .action-menu, select, input, textarea, details, [popover]',
  '.visually-hidden, .figure-live, .field, .segmented, .tooltip, .heatmap-plot, .heatmap-cursor',
].join(', ');

/** How a shape of an svg element looks, as attributes. */
const SHAPE = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-opacity',
  'stroke-dasharray',
  'stroke-linecap',
  'stroke-linejoin',
  'opacity',
  'font-size',
  'font-weight',
  'text-anchor',
  'dominant-baseline',
  'paint-order',
];

/** What need not be said, for it is so anyway. */
const USUAL = {
  'fill-opacity': '1',
  stroke: 'none',
  'stroke-width': '1px',
  'stroke-opacity': '1',
  'stroke-dasharray': 'none',
  'stroke-linecap': 'butt',
  'stroke-linejoin': 'miter',
  opacity: '1',
  'text-anchor': 'start',
  'dominant-baseline': 'auto',
  'paint-order': 'normal',
};

const CLEAR = /^(?:transparent|rgba\(.*, 0\)|.*\/ 0\))$/;

/**
 * @typedef {{svg: string, width: number, height: number}} Written the text of what stands in it, from 0,
 *   0 to width, height
 */

/**
 * @param {HTMLElement} root @param {string} font of what is set in the page's own typeface
 * @returns {Written}
 */
export function elementSvg(root, font) {
  const origin = root.getBoundingClientRect();
  const parts = [];
  let [right, bottom] = [0, 0];
  let gradients = 0;
  /** A list of typefaces, with that of saved pictures for the page's own. */
  const family = (css) => (/^"?Headlight Sans/.test(css) ? font : css);

  /** Where a box stands in the picture. */
  const placed = ({ left, top, width, height }) => ({
    x: left - origin.left,
    y: top - origin.top,
    width,
    height,
  });

  /** Adds what stands in a box; the picture grows to hold it. */
  function add({ x, y, width, height }, written) {
    right = Math.max(right, x + width);
    bottom = Math.max(bottom, y + height);
    parts.push(written);
  }

  const rect = (box, radius, look) =>
    add(
      box,
      `<rect x="${short(box.x)}" y="${short(box.y)}" width="${short(box.width)}" height="${short(box.height)}"${radius ? ` rx="${short(radius)}"` : ''} ${look}/>`,
    );

  /** @param {Element} element @param {number} end where its letters end in "…", from the left */
  function walk(element, end = Infinity) {
    const style = getComputedStyle(element);
    if (style.display === 'none' || style.opacity === '0' || element.matches(LEFT_OUT)) return;
    const faint = style.opacity !== '1';
    if (faint) parts.push(`<g opacity="${style.opacity}">`);
    if (element instanceof HTMLCanvasElement) canvas(element, style);
    else if (style.visibility !== 'hidden') {
      if (element instanceof SVGSVGElement) drawing(element);
      else content(element, style, end);
    }
    if (faint) parts.push('</g>');
  }

  function content(element, style, end) {
    if (style.display !== 'contents') ground(element, style);
    const cut = style.textOverflow === 'ellipsis' && element.scrollWidth > element.clientWidth;
    const own = cut ? element.getBoundingClientRect().right : end;
    for (const child of element.childNodes) {
      if (child instanceof Element) walk(child, own);
      else if (child.nodeType === Node.TEXT_NODE) letters(child, style, own);
    }
  }

  /** Its ground, its frame and the rings around it. */
  function ground(element, style) {
    const box = element.getBoundingClientRect();
    if (!(box.width && box.height)) return;
    const radius = Number.parseFloat(style.borderTopLeftRadius) || 0;
    if (!CLEAR.test(style.backgroundColor))
      rect(placed(box), radius, ink('fill', plainColor(style.backgroundColor)));
    const shade = /^linear-gradient\((?:to right|90deg), (.*)\)$/.exec(style.backgroundImage)?.[1];
    if (shade) {
      gradients += 1;
      parts.push(
        `<linearGradient id="shade-${gradients}">${stopsOf(shade).join('')}</linearGradient>`,
      );
      rect(placed(box), radius, `fill="url(#shade-${gradients})"`);
    }
    // The first of several lies on top.
    for (const { inset, spread, color } of rings(style.boxShadow).reverse()) {
      const reach = inset ? -spread / 2 : spread / 2;
      const { x, y, width, height } = placed(box);
      const around = {
        x: x - reach,
        y: y - reach,
        width: width + 2 * reach,
        height: height + 2 * reach,
      };
      const rounded = radius && Math.max(0, radius + reach);
      rect(
        around,
        rounded,
        `fill="none" ${ink('stroke', plainColor(color))} stroke-width="${spread}"`,
      );
    }
    frame(box, style, radius);
    for (const name of ['::before', '::after']) bar(element, box, getComputedStyle(element, name));
  }

  /** A box that its style adds to an element, a bar say. */
  function bar(element, { left, top }, style) {
    const there = style.content !== 'none' && style.content !== 'normal';
    if (!there || style.position !== 'absolute' || CLEAR.test(style.backgroundColor)) return;
    const [x, y, width, height] = [style.left, style.top, style.width, style.height].map(
      Number.parseFloat,
    );
    if (!(width && height)) return;
    const at = { left: left + element.clientLeft + x, top: top + element.clientTop + y };
    const radius = Number.parseFloat(style.borderTopLeftRadius) || 0;
    rect(placed({ ...at, width, height }), radius, ink('fill', plainColor(style.backgroundColor)));
  }

  function frame(box, style, radius) {
    const { x, y, width, height } = placed(box);
    const sides = ['top', 'right', 'bottom', 'left'].map((side) => {
      const [line, wide, color] = ['style', 'width', 'color'].map((what) =>
        style.getPropertyValue(`border-${side}-${what}`),
      );
      return { wide: line === 'none' ? 0 : Number.parseFloat(wide), color };
    });
    const drawn = sides.filter(({ wide, color }) => wide && !CLEAR.test(color));
    if (drawn.length === 4) {
      const { wide, color } = sides[0];
      const inner = {
        x: x + wide / 2,
        y: y + wide / 2,
        width: width - wide,
        height: height - wide,
      };
      rect(inner, radius, `fill="none" ${ink('stroke', plainColor(color))} stroke-width="${wide}"`);
      return;
    }
    const at = [
      ({ wide }) => ({ x, y, width, height: wide }),
      ({ wide }) => ({ x: x + width - wide, y, width: wide, height }),
      ({ wide }) => ({ x, y: y + height - wide, width, height: wide }),
      ({ wide }) => ({ x, y, width: wide, height }),
    ];
    sides.forEach((side, n) => {
      if (drawn.includes(side)) rect(at[n](side), 0, ink('fill', plainColor(side.color)));
    });
  }

  /** A canvas that can be painted as an SVG is in shapes and letters; another as its pixels. */
  function canvas(element, { visibility }) {
    const box = element.getBoundingClientRect();
    const paint = painterOf(element);
    const made = paint ? new SvgCanvas(family) : null;
    paint?.(made);
    if (!made && (visibility === 'hidden' || !(element.width && box.width))) return;
    const place = { ...placed(box), ...(made && { width: made.width, height: made.height }) };
    const { x, y, width, height } = place;
    add(
      place,
      made
        ? `<g transform="translate(${short(x)} ${short(y)})">${made.inner}</g>`
        : `<image href="${element.toDataURL()}" x="${short(x)}" y="${short(y)}" width="${short(width)}" height="${short(height)}"/>`,
    );
  }

  /** An svg element with its look written on it. */
  function drawing(element) {
    const place = placed(element.getBoundingClientRect());
    const { x, y, width, height } = place;
    if (!(width && height)) return;
    const copy = /** @type {SVGSVGElement} */ (element.cloneNode(true));
    const own = [...element.querySelectorAll('*')];
    for (const [at, one] of [...copy.querySelectorAll('*')].entries()) {
      const look = getComputedStyle(own[at]);
      if (look.display === 'none' || look.visibility === 'hidden') one.remove();
      else lookOf(one, look);
    }
    const { viewBox } = element;
    const seen = viewBox.baseVal?.width
      ? element.getAttribute('viewBox')
      : `0 0 ${short(width)} ${short(height)}`;
    const inner = [...copy.childNodes].map((node) => new XMLSerializer().serializeToString(node));
    add(
      place,
      `<svg x="${short(x)}" y="${short(y)}" width="${short(width)}" height="${short(height)}" viewBox="${seen}" overflow="visible">${inner.join('').replaceAll(' xmlns="http://www.w3.org/2000/svg"', '')}</svg>`,
    );
  }

  /** How it looks, written on a shape of an svg element in place of its names. */
  function lookOf(shape, look) {
    for (const { name } of [...shape.attributes]) {
      if (/^(?:class|style|id|role|tabindex|aria-|data-)/.test(name)) shape.removeAttribute(name);
    }
    const lettered = shape.localName === 'text' || shape.localName === 'tspan';
    for (const name of SHAPE) {
      const value = look.getPropertyValue(name);
      const painted = CLEAR.test(value) ? 'none' : plainColor(value);
      const meant = lettered || !/^(?:font|text|dominant)/.test(name);
      if (!meant || !value || USUAL[name] === value) shape.removeAttribute(name);
      else shape.setAttribute(name, /^(?:fill|stroke)$/.test(name) ? painted : value);
    }
    if (lettered) shape.setAttribute('font-family', family(look.fontFamily));
  }

  /** A text as it is broken into lines, each where it stands. */
  function letters(node, style, end) {
    for (const { text, box } of linesOf(node, end, Number.parseFloat(style.fontSize))) {
      const place = placed(box);
      const { x, y, width, height } = place;
      const rtl = style.direction === 'rtl';
      const shown = style.textTransform === 'uppercase' ? text.toUpperCase() : text;
      const size = Number.parseFloat(style.fontSize);
      const spaced =
        style.letterSpacing === 'normal' ? '' : ` letter-spacing="${style.letterSpacing}"`;
      const slanted = style.fontStyle === 'italic' ? ' font-style="italic"' : '';
      add(
        place,
        `<text x="${short(rtl ? x + width : x)}" y="${short(y + ascent(style) * height)}" font-size="${short(size)}" font-weight="${style.fontWeight}" font-family="${escapeAttribute(family(style.fontFamily))}" ${ink('fill', plainColor(style.color))}${spaced}${slanted}${rtl ? ' direction="rtl"' : ''}>${escapeMarkup(shown)}</text>`,
      );
    }
  }

  walk(root);
  return { svg: parts.join(''), width: right, height: bottom };
}

/** A computed colour in the notation that every drawing program reads: rgb() or rgba(). */
function plainColor(css) {
  if (/^(?:none|rgba?\(|url\()/.test(css)) return css;
  const [, color, share] = /^(.*?)(?: \/ ([\d.]+)\))?$/.exec(css);
  const numbers = opaque(share ? `${color})` : css).join(', ');
  return share ? `rgba(${numbers}, ${share})` : `rgb(${numbers})`;
}

/** What stands between the commas of a list that are in no brackets. */
const listed = (css) => css.split(/,\s*(?![^(]*\))/);

/** The stops of a gradient from left to right. @param {string} css */
function stopsOf(css) {
  const all = listed(css);
  let reached = 0;
  return all.map((stop, at) => {
    const given = /\s([\d.]+)(%|px)$/.exec(stop);
    const share = given ? Number(given[1]) / 100 : at / (all.length - 1);
    reached = Math.max(reached, share);
    const color = stop.replace(/\s[\d.]+(?:%|px)$/, '');
    return `<stop offset="${short(reached)}" ${ink('stop-color', plainColor(color))}/>`;
  });
}

/** Shadows that are rings: without blur, on all sides alike. */
function rings(shadow) {
  return (shadow === 'none' ? [] : listed(shadow)).flatMap((one) => {
    const color = /^\s*([a-z]+\([^)]*\)|#\w+)/.exec(one)?.[1];
    const [x, y, blur, spread] = (one.match(/(-?[\d.]+)px/g) ?? []).map(Number.parseFloat);
    if (!color || x || y || blur || !(spread > 0) || CLEAR.test(color)) return [];
    return [{ inset: /\binset\b/.test(one), spread, color }];
  });
}

/**
 * The lines of a text node.
 * @param {Text} node @param {number} end what reaches beyond ends in "…"
 * @param {number} room of that sign
 * @returns {{text: string, box: DOMRect}[]}
 */
function linesOf(node, end, room) {
  const { data } = node;
  const found = [];
  const range = document.createRange();
  const boxOf = (from, to) => {
    range.setStart(node, from);
    range.setEnd(node, to);
    return range.getBoundingClientRect();
  };
  let line = null;
  for (const { index, 0: word } of data.matchAll(/\S+/gu)) {
    range.setStart(node, index);
    range.setEnd(node, index + word.length);
    const rects = range.getClientRects();
    if (!(rects[0]?.width && rects[0].height)) continue;
    const broken = rects.length > 1;
    for (const [from, to] of broken ? letterSpans(word, index) : [[index, index + word.length]]) {
      const own = boxOf(from, to);
      if (line && Math.abs(own.top - line.top) < own.height / 2) line.to = to;
      else {
        line = { from, to, top: own.top };
        found.push(line);
      }
    }
  }
  return found.map(({ from, to }) => {
    const whole = { text: data.slice(from, to).replace(/\s+/g, ' '), box: boxOf(from, to) };
    if (whole.box.right <= end) return whole;
    let last = to;
    while (last > from + 1 && boxOf(from, last).right > end - room) last -= 1;
    return { text: `${data.slice(from, last).trimEnd()}…`, box: boxOf(from, last) };
  });
}

/** Each letter of a word by itself, where the word is broken. */
function letterSpans(word, index) {
  let at = index;
  return Array.from(word, (letter) => {
    const from = at;
    at += letter.length;
    return [from, at];
  });
}

/** @type {Map<string, number>} */
const ascents = new Map();

/** How far below the top of a line its letters stand, as a share of its height. */
function ascent({ fontFamily, fontSize, fontWeight }) {
  const font = `${fontWeight} ${fontSize} ${fontFamily}`;
  if (!ascents.has(font)) {
    const context = new OffscreenCanvas(1, 1).getContext('2d');
    context.font = font;
    const { fontBoundingBoxAscent: up, fontBoundingBoxDescent: down } = context.measureText('x');
    ascents.set(font, up / (up + down));
  }
  return ascents.get(font);
}
