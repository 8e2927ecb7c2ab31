/**
 * One entry of each step, worked out from the numbers before it. Sums are made here, in
 * float64, from the run's float32: beside them stands the number that the model itself has.
 *
 * @typedef {object} Entry
 * @property {any[]} name a formula: what is worked out
 * @property {any[]} rule a formula: how
 * @property {"products"|"sum"|"product"|"quotient"|"norm"|"share"|"same"|"hidden"} kind
 * @property {Term[]} terms
 * @property {string[]} heads of the terms' columns: label, numbers, value
 * @property {number} value worked out here
 * @property {number|null} own what the model has; null where it keeps none
 * @property {number} [total] of the terms, where the value is a share of it
 * @property {{x: number, mean: number, sd: number, gain: number, bias: number}} [parts] of a norm
 * @property {number|null} [chosen] the term that the value is about
 * @property {string} note
 *
 * @typedef {{label: string, numbers: number[], value: number}} Term
 */

import { t } from '../../language/messages.js';
import { numberText, tokenLabel } from '../axis.js';
import { mfrac, mi, mn, mo, mrow, msqrt, msub, msubsup, msup, sum, text, word } from '../math.js';
import { at, dividesByRoot, spreadOf } from './run.js';

const W = { q: 'w_q', k: 'w_k', v: 'w_v' };

/** @param {import('./run.js').Run} run @returns {Entry} */
export function entryOf(run, place) {
  /** @type {((run: any, place: any) => any)[]} */
  const makers = [embedding, norm, project, compare, scale, hide, share, mix, join, add];
  return makers[place.step - 1](run, place);
}

const pair = (name, a, b) =>
  msub(/^[a-z]$/.test(name) ? mi(name) : word(name), mrow(mn(a), mo(','), mn(b)));
const total = (terms) => terms.reduce((all, { value }) => all + value, 0);
const each = (count, make) => Array.from({ length: count }, (_, index) => make(index));

function products(count, label, first, second) {
  return each(count, (n) => {
    const numbers = [first(n), second(n)];
    return { label: label(n), numbers, value: numbers[0] * numbers[1] };
  });
}

function embedding(run, { i, m }) {
  const own = at(run.x, i, m);
  const name = pair('x', i, m);
  if (!run.token) {
    const note = t(
      'Block {layer} handed it on: nothing is computed between two blocks, it is the same number.',
      { layer: run.layer - 1 },
    );
    return { name: [name], rule: [], kind: 'same', terms: [], heads: [], value: own, own, note };
  }
  const terms = [
    { label: t('token'), numbers: [], value: at(run.token, i, m) },
    { label: t('position'), numbers: [], value: at(run.position, i, m) },
  ];
  return {
    name: [name],
    rule: [pair(t('token'), i, m), mo('+'), pair(t('position'), i, m)],
    kind: 'sum',
    terms,
    heads: ['', t('number')],
    value: total(terms),
    own,
    note: '',
  };
}

function norm(run, { i, m }) {
  const { mean, sd } = spreadOf(run, i);
  const x = at(run.x, i, m);
  const [gain, bias] = [run.gain.data[m], run.bias.data[m]];
  const terms = each(run.x.cols, (n) => {
    const away = at(run.x, i, n) - mean;
    return { label: String(n), numbers: [at(run.x, i, n), away], value: away ** 2 };
  });
  const squares = total(terms);
  const [meanOf, sdOf] = [msub(word(t('mean')), mn(i)), msub(word(t('sd')), mn(i))];
  return {
    name: [pair('n', i, m)],
    rule: [
      mfrac(mrow(pair('x', i, m), mo('−'), meanOf), sdOf),
      mo('×'),
      msub(word(t('gain')), mn(m)),
      mo('+'),
      msub(word(t('bias')), mn(m)),
    ],
    kind: 'norm',
    terms,
    heads: ['m', 'x', t('x − mean'), t('squared')],
    value: ((x - mean) / sd) * gain + bias,
    own: at(run.normed, i, m),
    parts: { x, mean, sd, gain, bias },
    chosen: m,
    note: t(
      'mean = {mean}, of the {cols} numbers of this token alone. sd = √({squares} / {cols} + ε) = {sd}: the squares add up to {squares}, and ε = {epsilon} keeps the root from 0.',
      {
        mean: numberText(mean),
        cols: run.x.cols,
        squares: numberText(squares),
        sd: numberText(sd),
        epsilon: numberText(run.epsilon, 1),
      },
    ),
  };
}

function project(run, { card, i, d }) {
  const weights = run[W[card]];
  const terms = products(
    run.normed.cols,
    String,
    (m) => at(run.normed, i, m),
    (m) => at(weights, m, d),
  );
  return {
    name: [pair(card, i, d)],
    rule: [sum('m'), pair('n', i, 'm'), msubsup(mi('W'), mrow(mi('m'), mo(','), mn(d)), mi(card))],
    kind: 'products',
    terms,
    heads: ['m', 'n', '× W', '='],
    value: total(terms),
    own: at(run[card], i, d),
    note: '',
  };
}

function compare(run, { i, j }) {
  const own = at(run.dot, i, j);
  const q = (d) => at(run.q, i, d);
  const k = (d) => at(run.k, j, d);
  const additive = run.v_a !== null;
  const terms = additive
    ? products(
        run.q.cols,
        String,
        (d) => run.v_a[d],
        (d) => Math.tanh(q(d) + k(d)),
      )
    : products(run.q.cols, String, q, k);
  const vector = (name, pos) => msub(mi(name), mn(pos));
  return {
    name: additive ? [pair('s', i, j)] : [vector('q', i), mo('·'), vector('k', j)],
    rule: additive
      ? [
          sum('d'),
          msub(mi('v'), mi('d')),
          mi('tanh'),
          mo('('),
          pair('q', i, 'd'),
          mo('+'),
          pair('k', j, 'd'),
          mo(')'),
        ]
      : [sum('d'), pair('q', i, 'd'), pair('k', j, 'd')],
    kind: 'products',
    terms,
    heads: additive ? ['d', 'v', '× tanh', '='] : ['d', 'q', '× k', '='],
    value: total(terms),
    own,
    note: '',
  };
}

function scale(run, { i, j }) {
  const dot = at(run.dot, i, j);
  const root = dividesByRoot(run);
  const by = root ? Math.sqrt(run.q.cols) : run.scale;
  const value = root ? dot / by : dot * by;
  return {
    name: [pair('s', i, j)],
    rule: [
      ...(run.v_a ? [text(t('the same'))] : [msub(mi('q'), mn(i)), mo('·'), msub(mi('k'), mn(j))]),
      mo(root ? '/' : '×'),
      root ? msqrt(mn(run.q.cols)) : text(t('scale')),
    ],
    kind: root ? 'quotient' : 'product',
    terms: [{ label: '', numbers: [dot, by], value }],
    heads: [],
    value,
    own: at(run.scores, i, j),
    note: '',
  };
}

const hidden = (run, i, j) => run.mask !== null && run.mask[i * run.pattern.cols + j] === 0;

function hide(run, { i, j }) {
  const own = at(run.scores, i, j);
  const closed = hidden(run, i, j);
  return {
    name: [pair('s', i, j)],
    rule: [],
    kind: closed ? 'hidden' : 'same',
    terms: [],
    heads: [],
    value: closed ? -Infinity : own,
    own: closed ? -Infinity : own,
    note: closed
      ? t('This query may not look there: its share will be 0.')
      : t('This query may look there: the score stays as it is.'),
  };
}

/** How much each key of a row weighs before the row is divided by its sum; 0 where hidden. */
export function weightsOf(run, i) {
  const scores = each(run.pattern.cols, (j) =>
    hidden(run, i, j) ? -Infinity : at(run.scores, i, j),
  );
  if (run.normaliser === 'relu') return { max: 0, weights: scores.map((s) => Math.max(s, 0)) };
  const max = Math.max(...scores);
  return { max, weights: scores.map((s) => Math.exp(s - max)) };
}

function share(run, { i, j }) {
  const { max, weights } = weightsOf(run, i);
  const sumOf = weights.reduce((all, weight) => all + weight, 0);
  const relu = run.normaliser === 'relu';
  const score = (key) => (hidden(run, i, key) ? -Infinity : at(run.scores, i, key));
  const terms = weights.map((weight, key) => ({
    label: tokenLabel(run.tokens[key]),
    numbers: [score(key), weight],
    value: sumOf ? weight / sumOf : 0,
  }));
  const shown = relu
    ? [mi('max'), mo('('), pair('s', i, j), mo(','), mn(0), mo(')')]
    : [msup(mi('e'), mrow(pair('s', i, j), mo('−'), mi('max')))];
  return {
    name: [pair('a', i, j)],
    rule: [mrow(...shown), mo('/'), text(t('the sum of all')), mn(run.pattern.cols)],
    kind: 'share',
    terms,
    heads: [t('key'), 's', relu ? 'max(s, 0)' : 'exp(s − max)', 'a'],
    value: terms[j].value,
    own: at(run.pattern, i, j),
    total: sumOf,
    chosen: j,
    note: relu
      ? ''
      : t(
          'max = {max} is the row’s largest score; taking it off every score changes no share and keeps the numbers small.',
          { max: numberText(max) },
        ),
  };
}

function mix(run, { i, d }) {
  const terms = products(
    run.pattern.cols,
    (j) => tokenLabel(run.tokens[j]),
    (j) => at(run.pattern, i, j),
    (j) => at(run.v, j, d),
  );
  return {
    name: [pair('z', i, d)],
    rule: [sum('j'), pair('a', i, 'j'), pair('v', 'j', d)],
    kind: 'products',
    terms,
    heads: [t('key'), 'a', '× v', '='],
    value: total(terms),
    own: at(run.z[run.head], i, d),
    note: '',
  };
}

function join(run, { i, m }) {
  const width = run.q.cols;
  const terms = products(
    run.beside.cols,
    (n) => `${Math.floor(n / width)}·${n % width}`,
    (n) => at(run.beside, i, n),
    (n) => at(run.w_o, n, m),
  );
  if (run.b_o) terms.push({ label: t('bias'), numbers: [1, run.b_o[m]], value: run.b_o[m] });
  const mine = total(terms.slice(run.head * width, (run.head + 1) * width));
  return {
    name: [pair(t('output'), i, m)],
    rule: [sum('c'), pair('z', i, 'c'), msubsup(mi('W'), mrow(mi('c'), mo(','), mn(m)), mi('o'))],
    kind: 'products',
    terms,
    heads: [t('head·d'), 'z', '× W', '='],
    value: total(terms),
    own: at(run.output, i, m),
    note: t('Head {head} alone brings {mine} of it.', { head: run.head, mine: numberText(mine) }),
  };
}

function add(run, { i, m }) {
  const terms = [
    { label: 'x', numbers: [], value: at(run.x, i, m) },
    { label: t('output'), numbers: [], value: at(run.output, i, m) },
  ];
  const next =
    run.layer + 1 < run.layers
      ? t('block {layer} reads', { layer: run.layer + 1 })
      : t('the last block hands on');
  const [sumOf, handed] = [total(terms), at(run.residual, i, m)];
  return {
    name: [pair(t('sum'), i, m)],
    rule: [pair('x', i, m), mo('+'), pair(t('output'), i, m)],
    kind: 'sum',
    terms,
    heads: ['', t('number')],
    value: sumOf,
    own: null,
    note: t('The feed-forward layer reads the sum normed and adds {added}: what {next} is {sum}.', {
      added: numberText(handed - sumOf),
      next,
      sum: numberText(handed),
    }),
  };
}
