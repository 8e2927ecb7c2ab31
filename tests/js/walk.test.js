import assert from 'node:assert/strict';
import { test } from 'node:test';
import { walk as address, walkOf } from '../../static/js/core/addresses/walk.js';
import { numberText } from '../../static/js/figures/axis.js';
import { cellAt, spoken, wholeView } from '../../static/js/figures/matrix.js';
import { entryOf, weightsOf } from '../../static/js/figures/walk/entries.js';
import { formulasOf } from '../../static/js/figures/walk/formulas.js';
import * as matrix from '../../static/js/figures/walk/matrix.js';
import { placeIn, readRun } from '../../static/js/figures/walk/run.js';
import { meaningOf, picturesOf, STEPS } from '../../static/js/figures/walk/steps.js';

// Sizes are distinct, so that a swapped axis shows.
const [N, HEADS, D_HEAD, D_MODEL, HEAD] = [5, 3, 7, 11, 1];
const EPSILON = 0.125; // large enough that leaving it out shows
const range = (count) => Array.from({ length: count }, (_, n) => n);

/** Numbers that look random and are the same in every run. */
function numbers(seed, count) {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return (state / 2147483648) * 4 - 2;
  });
}

/** The product of two matrices in float64, written as float32: the model's own would be alike. */
function times(a, [rows, inner], b, cols) {
  return Float32Array.from({ length: rows * cols }, (_, n) => {
    const [r, c] = [Math.floor(n / cols), n % cols];
    return range(inner).reduce((sum, m) => sum + a[r * inner + m] * b[m * cols + c], 0);
  });
}

/** Each row around 0 and as wide as 1, by the mean of squares less the square of the mean. */
function layerNorm(x, gain, bias) {
  return x.map((value, n) => {
    const values = x.subarray(n - (n % D_MODEL), n - (n % D_MODEL) + D_MODEL);
    const [mean, squares] = [1, 2].map(
      (power) => values.reduce((sum, one) => sum + one ** power, 0) / D_MODEL,
    );
    const m = n % D_MODEL;
    return ((value - mean) / (squares - mean ** 2 + EPSILON) ** 0.5) * gain[m] + bias[m];
  });
}

function transposed(data, rows, cols) {
  return Float32Array.from(data, (_, n) => data[(n % rows) * cols + Math.floor(n / rows)]);
}

function walk({
  mask = null,
  normaliser = 'softmax',
  additive = false,
  first = true,
  bias = false,
} = {}) {
  const [token, position] = [numbers(1, N * D_MODEL), numbers(2, N * D_MODEL)];
  const x = token.map((value, n) => value + position[n]);
  const [gain, norm_bias] = [numbers(13, D_MODEL), numbers(14, D_MODEL)];
  const normed = layerNorm(x, gain, norm_bias);
  const w = ['q', 'k', 'v'].map((_, n) => numbers(3 + n, D_MODEL * D_HEAD));
  const [q, k, v] = w.map((weights) => times(normed, [N, D_MODEL], weights, D_HEAD));
  const v_a = numbers(9, D_HEAD);
  const dot = additive
    ? Float32Array.from({ length: N * N }, (_, n) =>
        range(D_HEAD).reduce(
          (sum, d) =>
            sum + v_a[d] * Math.tanh(q[Math.floor(n / N) * D_HEAD + d] + k[(n % N) * D_HEAD + d]),
          0,
        ),
      )
    : times(q, [N, D_HEAD], transposed(k, N, D_HEAD), N);
  const scale = additive ? 1 : Math.fround(D_HEAD ** -0.5);
  const scores = dot.map((value) => value * scale);
  const pattern = new Float32Array(N * N);
  for (const i of range(N)) {
    const weights = range(N).map((j) => {
      if (mask && !mask[i * N + j]) return 0;
      const s = scores[i * N + j];
      return normaliser === 'relu' ? Math.max(s, 0) : Math.exp(s);
    });
    const sum = weights.reduce((a, b) => a + b, 0);
    pattern.set(
      weights.map((weight) => weight / sum),
      i * N,
    );
  }
  const z = numbers(7, HEADS * N * D_HEAD);
  z.set(times(pattern, [N, N], v, D_HEAD), HEAD * N * D_HEAD);
  const beside = Float32Array.from({ length: N * HEADS * D_HEAD }, (_, n) => {
    const [i, c] = [Math.floor(n / (HEADS * D_HEAD)), n % (HEADS * D_HEAD)];
    return z[(Math.floor(c / D_HEAD) * N + i) * D_HEAD + (c % D_HEAD)];
  });
  const w_o = numbers(8, HEADS * D_HEAD * D_MODEL);
  const b_o = numbers(10, D_MODEL);
  const output = times(beside, [N, HEADS * D_HEAD], w_o, D_MODEL).map(
    (value, n) => value + (bias ? b_o[n % D_MODEL] : 0),
  );
  const array = (data, ...shape) => ({ data, shape });
  const arrays = {
    x: array(x, N, D_MODEL),
    ...(first && { token: array(token, N, D_MODEL), position: array(position, N, D_MODEL) }),
    norm_gain: array(gain, D_MODEL),
    norm_bias: array(norm_bias, D_MODEL),
    norm_epsilon: array(Float32Array.of(EPSILON)),
    normed: array(normed, N, D_MODEL),
    w_q: array(w[0], D_MODEL, D_HEAD),
    w_k: array(w[1], D_MODEL, D_HEAD),
    w_v: array(w[2], D_MODEL, D_HEAD),
    q: array(q, N, D_HEAD),
    k: array(k, N, D_HEAD),
    v: array(v, N, D_HEAD),
    ...(additive && { v_a: array(v_a, D_HEAD) }),
    dot: array(dot, N, N),
    scores: array(scores, N, N),
    ...(mask && { mask: array(mask, N, N) }),
    pattern: array(pattern, N, N),
    z: array(z, HEADS, N, D_HEAD),
    w_o: array(w_o, HEADS, D_HEAD, D_MODEL),
    ...(bias && { b_o: array(b_o, D_MODEL) }),
    output: array(output, N, D_MODEL),
    residual: array(numbers(12, N * D_MODEL), N, D_MODEL),
    tokens: array(['[CLS]', 'its', 'law', 'its', '[SEP]'], N),
    special: array(Uint8Array.of(1, 0, 0, 0, 1), N),
    layers: array(Int32Array.of(2)),
    supervised: array(Int32Array.of(1, 2), 1, 2),
    supervised_tasks: array(['antecedent'], 1),
    scale: array(Float32Array.of(scale)),
    normaliser: array([normaliser]),
  };
  return readRun(arrays, { layer: first ? 0 : 1, head: HEAD });
}

const place = (step, rest = {}) => ({ step, card: 'q', i: 3, j: 2, d: 4, m: 6, ...rest });
const near = (a, b) =>
  assert.ok(Math.abs(a - b) <= 1e-5 * Math.max(1, Math.abs(b)), `${a} is not ${b}`);

const KINDS = {
  'scaled dot products': {},
  'additive scores': { additive: true },
  relu: { normaliser: 'relu' },
  'a window': {
    mask: Uint8Array.from({ length: N * N }, (_, n) =>
      Math.abs(Math.floor(n / N) - (n % N)) < 2 ? 1 : 0,
    ),
  },
  'a later block': { first: false },
  'an output with a bias': { bias: true },
};

for (const [name, options] of Object.entries(KINDS)) {
  test(`with ${name}, every worked entry of every step is the run's own number`, () => {
    const run = walk(options);
    for (const { step, card, i, j, d, m } of everywhere()) {
      const entry = entryOf(run, { step, card, i, j, d, m });
      if (entry.own === null || entry.kind === 'hidden') continue;
      near(entry.value, entry.own);
    }
  });

  test(`with ${name}, the terms of an entry add up to it`, () => {
    const run = walk(options);
    for (const at of everywhere()) {
      const entry = entryOf(run, at);
      const sum = entry.terms.reduce((all, { value }) => all + value, 0);
      if (entry.kind === 'products' || entry.kind === 'sum') near(sum, entry.value);
      if (entry.kind === 'share') near(sum, 1);
      for (const {
        numbers: [a, b],
        value,
      } of entry.kind === 'products' ? entry.terms : []) {
        near(a * b, value);
      }
    }
  });

  test(`with ${name}, every step has its formula, its meaning and pictures of its matrices`, () => {
    const run = walk(options);
    STEPS.forEach((_, n) => {
      for (const formula of formulasOf(run, n + 1)) assert.ok(formula.length > 0);
      assert.match(meaningOf(run, place(n + 1)), /\.$/);
      for (const { picture } of picturesOf(run, place(n + 1))) {
        const {
          matrix: { data, rows, cols },
          row,
          col,
        } = picture;
        assert.equal(data.length, rows * cols, picture.id);
        assert.ok((row ?? 0) < rows && (col ?? 0) < cols, picture.id);
      }
    });
  });
}

function* everywhere() {
  for (const step of range(STEPS.length)) {
    for (const i of range(N)) {
      for (const card of ['q', 'k', 'v']) {
        yield { step: step + 1, card, i, j: (i + 2) % N, d: i, m: 2 * i };
      }
    }
  }
}

test('a cell of a picture means the entry that it shows', () => {
  const run = walk();
  for (const step of range(STEPS.length)) {
    const here = place(step + 1);
    for (const { picture } of picturesOf(run, here)) {
      if (picture.row === null || picture.col === null) continue;
      const patch = picture.pick(picture.row, picture.col);
      const state = {
        query_pos: here.i,
        word: null,
        key_pos: here.j,
        d: here.d,
        m: here.m,
        card: here.card,
        step: here.step,
      };
      assert.deepEqual(placeIn(run, { ...state, ...patch }), here, `${step + 1} ${picture.id}`);
    }
  }
});

test('a normed number is worked out by hand to the same', () => {
  // mean 4, squares (9 + 1 + 1 + 9) / 4 = 5, with ε = 4 that is 9, so sd 3; (7 − 4) / 3 × 2 − 1 = 1
  const one = (...data) => ({ data: Float32Array.from(data), rows: 1, cols: data.length });
  const run = {
    x: one(1, 3, 5, 7),
    gain: one(5, 5, 5, 2),
    bias: one(8, 8, 8, -1),
    normed: one(3, 3, 3, 1),
    epsilon: 4,
  };
  const entry = entryOf(/** @type {any} */ (run), place(2, { i: 0, m: 3 }));
  assert.deepEqual([entry.value, entry.own], [1, 1]);
  assert.deepEqual(entry.parts, { x: 7, mean: 4, sd: 3, gain: 2, bias: -1 });
  assert.deepEqual(
    entry.terms.map(({ label, numbers: [x, away], value }) => [label, x, away, value]),
    [
      ['0', 1, -3, 9],
      ['1', 3, -1, 1],
      ['2', 5, 1, 1],
      ['3', 7, 3, 9],
    ],
  );
  assert.match(entry.note, /sd = √\(20\.00 \/ 4 \+ ε\) = 3\.000: .* ε = 4 keeps/);
});

test('the heads read the normed numbers, and the last step adds to those before the norm', () => {
  const run = walk();
  const [x, n] = [run.x, run.normed].map((matrix) => matrix.data[3 * D_MODEL + 6]);
  assert.notEqual(x, n);
  assert.deepEqual(
    picturesOf(run, place(2)).map(({ picture }) => picture.id),
    ['x', 'gain', 'bias', 'normed'],
  );
  assert.equal(picturesOf(run, place(3))[0].picture.id, 'normed');
  assert.equal(entryOf(run, place(3)).terms[6].numbers[0], n);
  assert.deepEqual(
    formulasOf(run, 10).map((formula) => matrix.plainName(formula)),
    ['sum_i = x_i + output_i', 'x′_i = sum_i + feedforward ( norm ( sum_i ) )'],
  );
  const added = entryOf(run, place(10));
  assert.equal(added.terms[0].value, x);
  const handed = run.residual.data[3 * D_MODEL + 6];
  const fed = numberText(handed - added.value);
  assert.equal(
    added.note,
    `The feed-forward layer reads the sum normed and adds ${fed}: what block 1 reads is ` +
      `${numberText(handed)}.`,
  );
});

test('a cell of a vector says its dimension and no row', () => {
  const run = walk();
  const { picture } = picturesOf(run, place(2))[1];
  const what = { name: 'gain', picture, tokens: run.tokens };
  const value = run.gain.data[6].toFixed(4).replace('-', '−');
  assert.equal(
    spoken(matrix.cellText(what, { row: 0, col: 6 }), true),
    `gain, dimension 6: ${value}`,
  );
  assert.match(matrix.matrixName(what, 2), /^gain: .*\. 11 dimensions, colours/);
});

test('a hidden cell has no score and no share, and others share what is left', () => {
  const run = walk(KINDS['a window']);
  const hidden = entryOf(run, place(6, { i: 0, j: 4 }));
  assert.equal(hidden.kind, 'hidden');
  assert.equal(hidden.value, -Infinity);
  assert.equal(entryOf(run, place(7, { i: 0, j: 4 })).value, 0);
  assert.deepEqual(
    weightsOf(run, 0).weights.map((weight) => weight > 0),
    [true, true, false, false, false],
  );
  assert.match(meaningOf(run, place(6, { i: 0 })), /Of 5 tokens, “\[CLS\]” \(0\) sees 2\./);
});

test('where nothing is hidden the page says so', () => {
  assert.match(meaningOf(walk(), place(6)), /^Nothing is hidden in this model/);
});

test('without a named key the strongest of the row is compared, and places stay inside the run', () => {
  const run = walk();
  const found = placeIn(run, { ...address.DEFAULTS, query_pos: 99, d: 99, m: 99 });
  const row = [...run.pattern.data.subarray(4 * N)];
  assert.deepEqual([found.i, found.j, found.d, found.m], [4, row.indexOf(Math.max(...row)), 6, 10]);
});

test('the heads stand side by side in their order', () => {
  const run = walk();
  assert.deepEqual(
    [...run.beside.data.subarray(2 * HEADS * D_HEAD, 3 * HEADS * D_HEAD)],
    run.z.flatMap((z) => [...z.data.subarray(2 * D_HEAD, 3 * D_HEAD)]),
  );
});

test('a cell is found where it is painted', () => {
  const picture = { matrix: { rows: 5, cols: 7 }, rowKind: 'token', colKind: 'dimension' };
  const room = { width: 78 + 70, rowHeight: 20, named: true, headed: true, most: 100 };
  const geometry = matrix.geometryOf(picture, room);
  assert.deepEqual([geometry.cellWidth, geometry.cellHeight, geometry.height], [10, 20, 162]);
  const whole = wholeView(picture.matrix);
  assert.deepEqual(cellAt(geometry, whole, 78 + 35, 62 + 50), { row: 2, col: 3 });
  assert.equal(cellAt(geometry, whole, 70, 70), null);
});

test('labels are thinned where they have no room, never the one that is followed', () => {
  assert.deepEqual(matrix.labelSteps(5, 20, 13, 3), [0, 1, 2, 3, 4]);
  const few = matrix.labelSteps(256, 2, 13, 100);
  assert.ok(few.includes(100));
  const sorted = [...few].sort((a, b) => a - b);
  assert.ok(
    sorted.slice(1).every((pos, n) => pos - sorted[n] >= 6),
    sorted.join(' '),
  );
});

test('a cell says its number, its token and its dimension', () => {
  const run = walk();
  const { picture } = picturesOf(run, place(4))[0];
  const what = { name: 'q', picture, tokens: run.tokens };
  const value = run.q.data[3 * D_HEAD + 4].toFixed(4).replace('-', '−');
  const said = matrix.cellText(what, { row: 3, col: 4 });
  assert.equal(spoken(said, true), `q, token its (3), dimension 4: ${value}`);
  assert.match(
    matrix.matrixName(what, 2),
    /^q: what each looks for\. 5 tokens by 7 dimensions, colours from −2\.0 to 2\.0\./,
  );
});

test('colours of weights grow with them, numbers lie around the middle, hidden cells are blank', () => {
  const of = (data, more) => [
    ...matrix.cellsOf({
      matrix: { data: Float32Array.from(data), rows: 1, cols: data.length },
      ...more,
    }).t,
  ];
  assert.deepEqual(of([0, 0.25, 1], { share: true }), [0, 0.5, 1]);
  assert.deepEqual(of([-2, 0, 2]), [0, 0.5, 1]);
  assert.deepEqual(of([1, 1], { mask: Uint8Array.of(1, 0) }), [1, NaN]);
});

test('a word that is named is followed where it first stands; one that is not there is not', () => {
  const run = walk();
  const { text } = run.tokens[2];
  const named = (word) => placeIn(run, { ...address.DEFAULTS, query_pos: 1, word }).i;
  assert.equal(named(text.toUpperCase()), 2);
  assert.equal(named('elsewhere'), 1);
});

test('an address holds the whole state, and an empty one is the welcome', () => {
  const state = {
    text: '苹果 & co',
    model: 'pocket',
    layer: 1,
    head: 2,
    query_pos: 4,
    word: 'saw',
    key_pos: 0,
    d: 3,
    m: 7,
    card: 'v',
    step: 6,
  };
  assert.deepEqual(address.parse(`#${address.write(state)}`), state);
  assert.deepEqual(address.parse(''), { ...address.WELCOME });
  assert.deepEqual(address.parse('#text=a&step=12&card=w&layer=-1&pos=x'), {
    ...address.DEFAULTS,
    text: 'a',
  });
  assert.equal(address.write({ ...address.DEFAULTS, text: 'a' }), 'v=1&text=a');
});

test('the inspector leads to the same head, and to the two tokens that are picked out there', () => {
  const name = { model: 'small', layer: 3, head: 1 };
  const shown = { text: 'a b', level: 'token', cell: null, pin: { side: 'query', pos: 2 } };
  const follows = (state) => address.parse(walkOf(state, name));
  assert.deepEqual(follows(shown), { ...address.DEFAULTS, ...name, text: 'a b', query_pos: 2 });
  const cell = { query_pos: 0, key_pos: 1 };
  assert.deepEqual(follows({ ...shown, cell }), {
    ...address.DEFAULTS,
    ...name,
    text: 'a b',
    ...cell,
  });
  assert.equal(follows({ ...shown, level: 'word' }).query_pos, address.DEFAULTS.query_pos);
});
