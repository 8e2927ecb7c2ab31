/**
 * The tensors of one walk, by name, and where on them a person stands. Pure.
 *
 * @typedef {import('../matrix.js').Matrix} Matrix
 * @typedef {object} Run
 * @property {{text: string, special: boolean}[]} tokens
 * @property {number} layer
 * @property {number} head
 * @property {number} layers
 * @property {number} heads
 * @property {number} scale
 * @property {"softmax"|"relu"} normaliser
 * @property {{layer: number, head: number, task: string}[]} supervised
 * @property {Matrix} x
 * @property {Matrix|null} token
 * @property {Matrix|null} position
 * @property {Matrix} gain of the norm, one row
 * @property {Matrix} bias likewise
 * @property {number} epsilon what the norm adds to a variance
 * @property {Matrix} normed what the heads read
 * @property {Matrix} q
 * @property {Matrix} k
 * @property {Matrix} v
 * @property {Matrix} w_q
 * @property {Matrix} w_k
 * @property {Matrix} w_v
 * @property {Float32Array|null} v_a
 * @property {Matrix} dot
 * @property {Matrix} scores
 * @property {Uint8Array|null} mask
 * @property {Matrix} pattern
 * @property {Matrix[]} z one matrix a head
 * @property {Matrix} beside the heads' z side by side, [query_pos, head * d_head]
 * @property {Matrix} w_o [head * d_head, d_model]
 * @property {Float32Array|null} b_o
 * @property {Matrix} output
 * @property {Matrix} sum x + output
 * @property {Matrix} residual
 */

const MATRICES = [
  ...['x', 'token', 'position', 'normed', 'w_q', 'w_k', 'w_v', 'q', 'k', 'v'],
  ...['dot', 'scores', 'pattern', 'output', 'residual'],
];

/**
 * @param {Record<string, {data: any, shape: any}>} arrays the .npz of POST /walk
 * @param {{layer: number, head: number}} name
 * @returns {Run}
 */
export function readRun(arrays, { layer, head }) {
  const matrices = Object.fromEntries(
    MATRICES.map((name) => [name, arrays[name] ? matrix(arrays[name]) : null]),
  );
  const [heads, rows, d_head] = arrays.z.shape;
  const size = rows * d_head;
  const z = Array.from({ length: heads }, (_, h) => ({
    data: arrays.z.data.subarray(h * size, (h + 1) * size),
    rows,
    cols: d_head,
  }));
  const { x, output } = matrices;
  const special = arrays.special.data;
  return /** @type {Run} */ ({
    ...matrices,
    layer,
    head,
    layers: arrays.layers.data[0],
    heads,
    scale: arrays.scale.data[0],
    normaliser: arrays.normaliser.data[0],
    tokens: arrays.tokens.data.map((text, pos) => ({ text, special: special[pos] === 1 })),
    supervised: arrays.supervised_tasks.data.map((task, i) => ({
      layer: arrays.supervised.data[2 * i],
      head: arrays.supervised.data[2 * i + 1],
      task,
    })),
    v_a: arrays.v_a?.data ?? null,
    mask: arrays.mask?.data ?? null,
    b_o: arrays.b_o?.data ?? null,
    z,
    beside: sideBySide(z),
    gain: oneRow(arrays.norm_gain),
    bias: oneRow(arrays.norm_bias),
    epsilon: arrays.norm_epsilon.data[0],
    w_o: { data: arrays.w_o.data, rows: heads * d_head, cols: x.cols },
    sum: { ...x, data: x.data.map((value, i) => value + output.data[i]) },
  });
}

/** What a state means in this run: every number inside it, and the strongest key if none is named. */
export function placeIn(run, { query_pos, word, key_pos, d, m, card, step }) {
  const within = (value, count) => Math.min(Math.max(value, 0), count - 1);
  const same = ({ text, special }) => !special && text.trim().toLowerCase() === word.toLowerCase();
  const named = word === null ? -1 : run.tokens.findIndex(same);
  const i = named < 0 ? within(query_pos, run.tokens.length) : named;
  const j = key_pos === null ? strongest(row(run.pattern, i)) : within(key_pos, run.tokens.length);
  return { step, card, i, j, d: within(d, run.q.cols), m: within(m, run.x.cols) };
}

/**
 * Where the numbers of a token lie before they are normed: around which mean, how far from it.
 * @param {Run} run @param {number} i
 */
export function spreadOf({ x, epsilon }, i) {
  const values = [...row(x, i)];
  const mean = values.reduce((all, value) => all + value, 0) / x.cols;
  const variance = values.reduce((all, value) => all + (value - mean) ** 2, 0) / x.cols;
  return { mean, sd: Math.sqrt(variance + epsilon) };
}

/** Whether scores are q.k / √d_head, as in Vaswani et al. 2017. */
export const dividesByRoot = ({ scale, q }) => Math.abs(scale - q.cols ** -0.5) < 1e-6;

/** @param {Matrix} matrix */
export const at = ({ data, cols }, r, c) => data[r * cols + c];

/** One row, as a view of it. @param {Matrix} matrix */
export const row = ({ data, cols }, r) => data.subarray(r * cols, (r + 1) * cols);

/** Where the largest of them stands, the first where several do. @param {any} values numbers, typed or not */
export function strongest(values) {
  return values.reduce((best, value, at) => (value > values[best] ? at : best), 0);
}

function matrix({ data, shape: [rows, cols] }) {
  return { data, rows, cols };
}

function oneRow({ data }) {
  return { data, rows: 1, cols: data.length };
}

/** @param {Matrix[]} parts of as many rows each */
function sideBySide(parts) {
  const [{ rows, cols }] = parts;
  const data = new Float32Array(rows * cols * parts.length);
  parts.forEach((part, p) => {
    for (let r = 0; r < rows; r += 1) data.set(row(part, r), (r * parts.length + p) * cols);
  });
  return { data, rows, cols: cols * parts.length };
}
