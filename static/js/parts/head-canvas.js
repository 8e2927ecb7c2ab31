// The pixels of all heads on one canvas. Its memory, its colours and its code stand ready
// before there is anything to paint: the first picture waits for its answer and for nothing else.

import { parseColor } from '../figures/color.js';
import { paintTile, statistic } from '../figures/overview.js';
import { colorTable, fadedTables, pixel, spread } from '../figures/scale.js';

const FADES = 24;
/**
 * What is rehearsed, one after the other: tiles of few cells with gaps, of cells masked and
 * stretched, of cells shrunken; then again, since the browser compiles their painting on a thread
 * of its own and takes what it made at a later call. A slow machine stops at `ms`.
 */
const REHEARSED = { tiles: 24, cells: [8, 27, 128, 27, 128, 8, 27, 128, 27, 27, 27, 27], ms: 80 };

/**
 * @typedef {ReturnType<typeof import('../figures/overview.js').layoutTiles>} Layout
 * @param {HTMLElement} root whose custom properties are the colours
 * @param {HTMLCanvasElement} canvas
 */
export function headCanvas(root, canvas) {
  const context = canvas.getContext('2d');
  let image = null;
  let colors = null;
  /** @type {{key: string, tables: Uint32Array[]}|null} */
  let inks = null;
  let rehearsed = false;

  function readColors() {
    const style = getComputedStyle(root);
    const read = (name) => parseColor(style.getPropertyValue(name));
    return {
      stops: [0, 1, 2, 3, 4].map((i) => read(`--ramp-${i}`)),
      background: pixel(read('--surface')),
      grey: read('--line-strong'),
    };
  }

  /** One table where all heads have full ink, else one for each shade of a statistic. */
  function tablesOf(color, scale) {
    const key = `${color === 'pattern'}|${scale}`;
    if (inks?.key !== key) {
      const { stops, grey } = colors;
      const tables =
        color === 'pattern' ? [colorTable(stops, scale)] : fadedTables(stops, grey, scale, FADES);
      inks = { key, tables };
    }
    return inks.tables;
  }

  /** @param {Layout} layout @param {string} color @param {string} scale */
  function ready({ width, height }, color, scale) {
    const ratio = Math.min(devicePixelRatio || 1, 2);
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== w || canvas.height !== h) {
      canvas.width = w;
      canvas.height = h;
      image = null;
    }
    image ??= context.createImageData(Math.max(1, w), Math.max(1, h));
    colors ??= readColors();
    return { ratio, tables: tablesOf(color, scale) };
  }

  /** Into the image, not yet onto the canvas. */
  function write({ columns, gap, tile }, ratio, { heads, of, bytes, tableOf }) {
    const pixels = new Uint32Array(image.data.buffer);
    pixels.fill(colors.background);
    const width = Math.floor(tile.width * ratio);
    const height = Math.floor(tile.height * ratio);
    heads.forEach(({ offset }, i) => {
      const x = Math.round((i % columns) * (tile.width + gap) * ratio);
      const y = Math.round(Math.floor(i / columns) * (tile.height + gap) * ratio);
      paintTile(
        { pixels, stride: image.width },
        { x, y, width, height },
        { bytes, offset, rows: of.rows, cols: of.cols, causal: of.causal },
        tableOf(i),
        colors.background,
      );
    });
  }

  return {
    /** Writes tiles that nobody sees, once: the first real ones are then painted fast. */
    rehearse(layout, color, scale) {
      if (rehearsed) return;
      rehearsed = true;
      const end = performance.now() + REHEARSED.ms;
      const { ratio, tables } = ready(layout, color, scale);
      for (const cells of REHEARSED.cells) {
        write(layout, ratio, {
          heads: Array.from({ length: REHEARSED.tiles }, () => ({ offset: 0 })),
          of: { rows: cells, cols: cells, causal: cells === 27 },
          bytes: Uint8Array.from({ length: cells * cells }, (_, i) => i % 251),
          tableOf: () => tables[0],
        });
        if (performance.now() > end) return;
      }
    },
    /** Nothing is shown. */
    clear: () => context.clearRect(0, 0, canvas.width, canvas.height),
    /** The theme has changed. */
    forgetColors() {
      colors = null;
      inks = null;
    },
    /**
     * @param {readonly import('../core/api.js').OverviewHead[]} heads in the order of the picture
     * @param {{rows: number, cols: number, causal: boolean}} of what all of them are
     * @param {Uint8Array} bytes of the run
     * @param {Layout} layout @param {string} color @param {string} scale
     */
    paint(heads, of, bytes, layout, color, scale) {
      const { ratio, tables } = ready(layout, color, scale);
      const shares =
        color === 'pattern' ? null : spread(heads.map((head) => statistic(head, color)));
      const last = tables.length - 1;
      const tableOf = (i) => tables[shares ? Math.round((shares[i] ?? 0) * last) : 0];
      write(layout, ratio, { heads, of, bytes, tableOf });
      context.putImageData(image, 0, 0);
    },
  };
}
