/**
 * The only module that loads and calls Plotly; also paints canvases and reads the theme.
 * It takes what figures make and knows nothing of attention.
 */

import { colorAt, cssColor, parseColor, ramp } from '../figures/color.js';

let loading = null;

/**
 * Plotly, brought in once. @param {string} url @returns {Promise<any>}
 */
export function loadPlotly(url) {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = url;
    script.async = true;
    script.onload = () => resolve(globalThis.Plotly);
    script.onerror = () => {
      loading = null;
      script.remove();
      reject(new Error(`Plotly could not be loaded from ${url}`));
    };
    document.head.append(script);
  });
  return loading;
}

const CONFIG = { displayModeBar: false, responsive: false, doubleClick: false, showTips: false };

/** Draws a figure, or changes the one that is there. */
export async function plot(Plotly, element, { data, layout }) {
  await Plotly.react(element, data, layout, CONFIG);
}

/**
 * A figure as the text of an SVG.
 * @param {{data: any[], layout: {width: number, height: number}}} figure
 * @returns {Promise<string>}
 */
export async function plotSvg(Plotly, figure) {
  const { width, height } = figure.layout;
  const url = await Plotly.toImage(figure, { format: 'svg', width, height });
  return decodeURIComponent(url.slice(url.indexOf(',') + 1));
}

/** The light theme of tokens.css, for paper and for what the page does not define. */
export const LIGHT = Object.freeze({
  '--ink': '#1c1a17',
  '--ink-3': '#6c675f',
  '--surface': '#ffffff',
  '--sunken': '#f4f2ee',
  '--line-strong': '#d3cdc3',
  '--accent': '#a84e08',
  '--ramp-0': '#faf7f2',
  '--ramp-1': '#f6dcb2',
  '--ramp-2': '#e59a3c',
  '--ramp-3': '#a84e08',
  '--ramp-4': '#3a1703',
  '--diverge-negative': '#1f6aa5',
  '--diverge-zero': '#f8f6f2',
  '--diverge-positive': '#b04a06',
  '--head-1': '#a84e08',
  '--head-2': '#0067a5',
  '--head-3': '#007a5c',
  '--head-4': '#a8307c',
  '--head-5': '#2a86b8',
  '--head-6': '#7d7000',
  '--head-7': '#6a51b8',
  '--head-8': '#3b3833',
});

/** The page's own typeface, which a saved picture carries with it; where that is not read, any. */
const PAPER_FONT = '"Headlight Paper", Helvetica, Arial, sans-serif';

/** Light whatever the page is: a figure for paper. */
export function paperTheme() {
  return themeOf((name) => parseColor(LIGHT[name]), PAPER_FONT);
}

/** A colour that the page names, as it is on paper. @param {string} css "var(--head-1)", say */
export const paperColor = (css) => LIGHT[css.slice('var('.length, -')'.length)] ?? css;

/**
 * The colours and fonts of the page as pictures need them.
 * @param {Element} element whose custom properties are read
 */
export function readTheme(element) {
  const probe = probeIn(element);
  /** @param {string} name @returns {import('../figures/color.js').Rgb} */
  const read = (name) => {
    probe.style.color = `var(${name}, ${LIGHT[name]})`;
    return opaque(getComputedStyle(probe).color);
  };
  const theme = themeOf(read, getComputedStyle(element).fontFamily);
  probe.remove();
  return theme;
}

/** Where colours are read as the page states them, though the system forces its own. */
function probeIn(element) {
  const probe = document.createElement('span');
  probe.hidden = true;
  probe.style.forcedColorAdjust = 'none';
  element.append(probe);
  return probe;
}

/** @param {(name: string) => [number, number, number]} read a custom property's colour */
function themeOf(read, font) {
  return {
    ink: read('--ink'),
    muted: read('--ink-3'),
    surface: read('--surface'),
    blank: read('--sunken'),
    line: read('--line-strong'),
    accent: read('--accent'),
    ramp: ramp([0, 1, 2, 3, 4].map((i) => read(`--ramp-${i}`))),
    diverging: ramp(['negative', 'zero', 'positive'].map((place) => read(`--diverge-${place}`))),
    font,
  };
}

/** Any CSS colour, `var(...)` included, as the element sees it. */
export function resolveColor(element, css) {
  const probe = probeIn(element);
  probe.style.color = css;
  const color = opaque(getComputedStyle(probe).color);
  probe.remove();
  return color;
}

/** Calls back when the theme changes, by the system or by the page. @returns {() => void} stop */
export function watchTheme(callback) {
  const system = matchMedia('(prefers-color-scheme: dark)');
  const observer = new MutationObserver(callback);
  observer.observe(document.documentElement, { attributeFilter: ['data-theme', 'class', 'style'] });
  system.addEventListener('change', callback);
  return () => {
    observer.disconnect();
    system.removeEventListener('change', callback);
  };
}

/** Whether the page is on its way to paper, where no frame comes any more. */
let printing = false;
export const setPrinting = (on) => {
  printing = on;
};

/** Runs once in the next frame, however often it is asked to; at once for paper. */
export function frameTask(task) {
  let asked = 0;
  const run = () => {
    cancelAnimationFrame(asked);
    asked = 0;
    task();
  };
  return {
    ask() {
      if (printing) run();
      else asked ||= requestAnimationFrame(run);
    },
    cancel() {
      cancelAnimationFrame(asked);
      asked = 0;
    },
  };
}

/** @type {WeakMap<HTMLCanvasElement, (canvas: any) => void>} */
const painters = new WeakMap();

/**
 * Tells how what is on a canvas is painted, so that a saved picture has it in shapes and letters.
 * @param {HTMLCanvasElement} canvas @param {(canvas: any) => void} paint
 */
export const paintedBy = (canvas, paint) => painters.set(canvas, paint);

/** How what is on a canvas is painted, if that was told. @param {HTMLCanvasElement} canvas */
export const painterOf = (canvas) => painters.get(canvas);

/** Whether that is an SvgCanvas, whose code only those who save a picture bring. */
const isWritten = (canvas) => 'sized' in canvas;

/**
 * Gives a canvas its size in CSS pixels and clears it.
 * @param {any} canvas an HTMLCanvasElement, or an SvgCanvas of svg-canvas.js
 * @returns {any} a context that counts in CSS pixels
 */
export function sizeCanvas(canvas, width, height) {
  if (isWritten(canvas)) return canvas.sized(width, height);
  const ratio = globalThis.devicePixelRatio || 1;
  const [w, h] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext('2d');
  context.setTransform(w / width, 0, 0, h / height, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

/** Cells that a saved picture has as shapes; more are an image in it. */
const MOST_SHAPES = 10_000;

/**
 * Cells as a picture without smoothing: one pixel each, enlarged, or with gaps.
 * @param {any} context of a canvas or of an SVG
 * @param {{t: Float32Array, rows: number, cols: number}} cells t is a place on the ramp, NaN blank
 * @param {{left: number, top: number, width: number, height: number, gap?: number}} box
 * @param {import('../figures/color.js').Rgb[]} colors of the ramp
 */
export function paintCells(
  context,
  { t, rows, cols },
  { left, top, width, height, gap = 0 },
  colors,
) {
  const written = isWritten(context);
  if (gap || (written && t.length <= MOST_SHAPES)) {
    const [w, h] = [width / cols, height / rows];
    for (let i = 0; i < t.length; i += 1) {
      if (Number.isNaN(t[i])) continue;
      context.fillStyle = cssColor(colorAt(colors, t[i]));
      const x = left + (i % cols) * w;
      const y = top + Math.floor(i / cols) * h;
      context.fillRect(x + gap / 2, y + gap / 2, w - gap, h - gap);
    }
    return;
  }
  const image = new ImageData(cols, rows);
  for (let i = 0; i < t.length; i += 1) {
    if (!Number.isNaN(t[i])) image.data.set([...colorAt(colors, t[i]), 255], 4 * i);
  }
  /** @type {any} */
  const small = written
    ? Object.assign(document.createElement('canvas'), { width: cols, height: rows })
    : new OffscreenCanvas(cols, rows);
  small.getContext('2d').putImageData(image, 0, 0);
  if (written) {
    context.image(small.toDataURL(), left, top, width, height);
    return;
  }
  context.imageSmoothingEnabled = false;
  context.drawImage(small, left, top, width, height);
}

/** A heatmap with its labels, standing where Plotly will put its own. */
export function paintHeatmap(canvas, cells, geometry, theme) {
  const { width, height, left, top, plotWidth, plotHeight, gap, fontSize } = geometry;
  const context = sizeCanvas(canvas, width, height);
  context.fillStyle = cssColor(theme.blank);
  context.fillRect(left, top, plotWidth, plotHeight);
  const box = { left, top, width: plotWidth, height: plotHeight, gap };
  paintCells(context, cells, box, theme.ramp);
  context.fillStyle = cssColor(theme.ink);
  context.font = `${fontSize}px ${theme.font}`;
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  geometry.yTicks.tickvals.forEach((pos, i) => {
    context.fillText(
      geometry.yTicks.ticktext[i],
      left - 4,
      top + (pos + 0.5) * geometry.cellHeight + 1,
    );
  });
  context.textAlign = 'left';
  geometry.xTicks.tickvals.forEach((pos, i) => {
    context.save();
    context.translate(left + (pos + 0.5) * geometry.cellWidth, top - 7);
    context.rotate((geometry.angle * Math.PI) / 180);
    context.fillText(geometry.xTicks.ticktext[i], 0, 0);
    context.restore();
  });
}

/**
 * Curves of a links picture.
 * @param {{points: number[], width: number, opacity: number, color: string}[]} marks
 * @param {(color: string) => [number, number, number]} colorOf
 */
export function paintLinks(context, marks, colorOf) {
  context.lineCap = 'butt';
  for (const {
    points: [x0, y0, middle, x1, y1],
    width,
    opacity,
    color,
  } of marks) {
    context.strokeStyle = cssColor(colorOf(color), opacity);
    context.lineWidth = width;
    context.beginPath();
    context.moveTo(x0, y0);
    context.bezierCurveTo(middle, y0, middle, y1, x1, y1);
    context.stroke();
  }
}

/**
 * Links that are cut: a dashed curve, crossed out in its middle.
 * @param {{points: number[]}[]} marks
 * @param {[number, number, number]} color @param {[number, number, number]} ground behind it
 */
export function paintCuts(context, marks, color, ground) {
  const cross = (x, y) => {
    context.beginPath();
    for (const side of [-1, 1]) {
      context.moveTo(x - 4, y - 4 * side);
      context.lineTo(x + 4, y + 4 * side);
    }
    context.stroke();
  };
  context.strokeStyle = cssColor(color);
  context.lineWidth = 1.5;
  context.setLineDash([4, 4]);
  for (const mark of marks) {
    const [x0, y0, middle, x1, y1] = mark.points;
    context.beginPath();
    context.moveTo(x0, y0);
    context.bezierCurveTo(middle, y0, middle, y1, x1, y1);
    context.stroke();
  }
  context.setLineDash([]);
  for (const mark of marks) {
    const [, y0, middle, , y1] = mark.points;
    for (const { width, ink } of [
      { width: 5, ink: ground },
      { width: 2, ink: color },
    ]) {
      context.lineWidth = width;
      context.strokeStyle = cssColor(ink);
      cross(middle, (y0 + y1) / 2);
    }
  }
}

/**
 * A browser's computed colour, whatever its notation.
 * @param {string} computed @returns {import('../figures/color.js').Rgb}
 */
export function opaque(computed) {
  if (/^rgba?\(/.test(computed)) return parseColor(computed);
  const context = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  context.fillStyle = computed;
  context.fillRect(0, 0, 1, 1);
  const [r, g, b] = context.getImageData(0, 0, 1, 1).data;
  return [r, g, b];
}
