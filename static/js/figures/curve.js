/** Curves over a logarithmic axis: where ticks, lines and a marker stand. Pure. */

const MARGIN = { left: 48, right: 14, top: 12, bottom: 40 };
const TICKS = 5;

/**
 * The frame of a plot: where its axes stand, and what they say.
 * @param {{width: number, height: number}} size
 * @param {{across: (value: number) => number, ticks: readonly number[]}} axis how far across a number
 *   stands, 0 to 1, and the numbers that have a tick
 * @param {number} most of the vertical axis, which begins at 0
 */
export function plotFrame({ width, height }, { across, ticks }, most) {
  const { left, right, top, bottom } = MARGIN;
  const x = (value) => left + across(value) * (width - left - right);
  const y = (value) => top + (1 - value / most) * (height - top - bottom);
  return {
    width,
    height,
    box: { left, right: width - right, top, bottom: height - bottom },
    x,
    y,
    xTicks: ticks.map((value) => tick(x(value), height - bottom + 17, value)),
    yTicks: Array.from({ length: TICKS + 1 }, (_, n) => (most * n) / TICKS).map((value) =>
      tick(left - 8, y(value), value),
    ),
  };
}

/**
 * @typedef {{name: string, values: readonly number[], color: string}} Line
 * @typedef {{x: number, y: number, text: string}} Tick
 */

/**
 * @param {object} plot
 * @param {readonly number[]} plot.x above 0, ascending
 * @param {readonly Line[]} plot.lines a value for each x
 * @param {number} plot.most of the vertical axis, which begins at 0
 * @param {number} plot.at where the marker stands
 * @param {{width: number, height: number}} size
 */
export function curvePlot({ x, lines, most, at }, size) {
  const [first, last] = [Math.log10(x[0]), Math.log10(x[x.length - 1])];
  const across = (value) => (Math.log10(value) - first) / (last - first);
  const frame = plotFrame(size, { across, ticks: powers(first, last) }, most);
  const place = (value, n) => `${frame.x(x[n]).toFixed(1)} ${frame.y(value).toFixed(1)}`;
  const nearest = x.reduce(
    (best, value, n) =>
      Math.abs(Math.log(value / at)) < Math.abs(Math.log(x[best] / at)) ? n : best,
    0,
  );
  return {
    ...frame,
    paths: lines.map(({ name, values, color }) => ({
      name,
      color,
      d: `M${values.map(place).join('L')}`,
      dot: { x: frame.x(at), y: frame.y(values[nearest]) },
    })),
    marker: frame.x(at),
  };
}

/** @returns {Tick} */
const tick = (x, y, value) => ({ x, y, text: String(Number(value.toPrecision(3))) });

/** The powers of ten between two logarithms. */
const powers = (first, last) =>
  Array.from(
    { length: Math.floor(last + 1e-9) - Math.ceil(first - 1e-9) + 1 },
    (_, n) => 10 ** (Math.ceil(first - 1e-9) + n),
  );

/** So many numbers from one to another, evenly spread on a logarithmic axis. */
export const logSpaced = (from, to, count) =>
  Array.from({ length: count }, (_, n) => from * (to / from) ** (n / (count - 1)));
