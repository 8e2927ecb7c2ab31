/** What the lesson on softmax shows: rows of scores, entries worked out, formulas. Pure. */

import { plural, prose, t } from '../../language/messages.js';
import { numberText, scientificText, shareText, tokenLabel } from '../axis.js';
import { mfrac, mi, mn, mo, mrow, msub, msup, sum, text } from '../math.js';

const of = (name, ...index) => msub(mi(name), mrow(...index.map((one) => mn(one))));
const exp = (power) => msup(mi('e'), power);
const fraction = (above) => mfrac(exp(above), mrow(sum('j'), exp(of('x', 'j'))));

export const SOFTMAX = [of('y', 'i'), mo('='), fraction(of('x', 'i'))];
export const GROWN = [
  mi('y'),
  mo('='),
  mi('softmax'),
  ...['(', '[', 'a', ',', 'a', ',', '2a', ']', ')'].map((sign) =>
    /[a-z]/.test(sign) ? mi(sign) : mo(sign),
  ),
];
export const JACOBIAN = [
  mfrac(mrow(mo('∂'), of('y', 'i')), mrow(mo('∂'), of('x', 'j'))),
  mo('='),
  of('y', 'i'),
  mo('('),
  of('δ', 'i', 'j'),
  mo('−'),
  of('y', 'j'),
  mo(')'),
];
export const DIVIDED = [
  of('y', 'i'),
  mo('='),
  mi('softmax'),
  mo('('),
  mfrac(of('x', 'i'), mi('c')),
  mo(')'),
];
export const ROW = [of('a', 'i'), mo('='), mi('softmax'), mo('('), of('s', 'i'), mo(')')];

/** What texts state of four scores; of the fourth they say nothing. */
export const STATED = { scores: [8, 5, 1, 3], weights: [0.6, 0.25, 0.02, null] };

export const MISTAKES = [
  {
    claim: t('“Softmax can change the order of the scores.”'),
    answer: t(
      'No. e to the power of x grows with x, and all are divided by one sum: the largest score has the largest share, always.',
    ),
  },
  {
    claim: t('“A constant added to all scores makes the shares larger.”'),
    answer: t(
      'No. It stands above the line and below it. Programs use this: they take the largest score off every score first, so that no power of e overflows.',
    ),
  },
  {
    claim: t('“A saturated softmax gives a wrong output.”'),
    answer: t(
      'No. The output is exactly what the formula says. What is lost is the gradient: no score can be moved by what comes back.',
    ),
  },
];

/**
 * The row of a head, or what was made of its scores.
 * @param {readonly {text: string}[]} tokens
 * @param {Record<string, {data: Float32Array, shape: number[]}>} arrays scores and pattern of one head
 * @param {{query_pos: number, scores: readonly number[]}} state
 */
export function rowOf(tokens, arrays, { query_pos, scores }) {
  const count = tokens.length;
  const query = Math.min(query_pos, count - 1);
  const rowIn = ({ data }) => [...data.subarray(query * count, (query + 1) * count)];
  const own = rowIn(arrays.scores);
  const edited = scores.length === count;
  const all = edited ? [...own, ...scores] : own;
  return {
    tokens,
    query,
    own,
    pattern: rowIn(arrays.pattern),
    edited,
    scores: edited ? scores : own,
    range: { min: Math.floor(Math.min(...all)) - 3, max: Math.ceil(Math.max(...all)) + 3 },
  };
}

const rounded = (score) => Number(score.toFixed(2));

/** The row after one score was dragged. @param {readonly number[]} scores */
export const withScore = (scores, key, score) =>
  scores.map((one, n) => rounded(n === key ? score : one));

/** Every score of the head, and so much more. */
export const shifted = ({ own }, by) => own.map((score) => rounded(score + by));

/** The key that is spoken of: the one that was chosen, else the strongest. */
export function chosenOf({ tokens }, weights, { key_pos }) {
  if (key_pos !== null && key_pos < tokens.length) return key_pos;
  return weights.reduce((best, weight, key) => (weight > weights[best] ? key : best), 0);
}

/** One share of a row. @returns {import('../walk/entries.js').Entry} */
export function shareEntry(row, weights, state) {
  const chosen = chosenOf(row, weights, state);
  const largest = Math.max(...row.scores);
  const powers = row.scores.map((score) => Math.exp(score - largest));
  const total = powers.reduce((all, power) => all + power, 0);
  return {
    name: [of('y', chosen)],
    rule: [
      exp(mrow(of('x', chosen), mo('−'), mi('max'))),
      mo('/'),
      text(t('the sum of all')),
      mn(row.scores.length),
    ],
    kind: 'share',
    terms: powers.map((power, key) => ({
      label: tokenLabel(row.tokens[key]),
      numbers: [row.scores[key], power],
      value: power / total,
    })),
    heads: [t('key'), 'x', 'exp(x − max)', 'y'],
    value: powers[chosen] / total,
    own: row.edited ? null : row.pattern[chosen],
    total,
    chosen,
    note: t(
      'max = {max} is the row’s largest score; taking it off every score changes no share and keeps the numbers small.',
      { max: numberText(largest) },
    ),
  };
}

/** The last share of [a, a, 2a]. @param {{scores: number[]}} answer */
export function grownEntry({ scores }) {
  const largest = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - largest));
  const total = powers.reduce((all, power) => all + power, 0);
  return {
    name: [of('y', 3)],
    rule: [exp(mrow(of('x', 3), mo('−'), mi('max'))), mo('/'), text(t('the sum of all')), mn(3)],
    kind: /** @type {const} */ ('share'),
    terms: powers.map((power, n) => ({
      label: `x${'₁₂₃'[n]}`,
      numbers: [scores[n], power],
      value: power / total,
    })),
    heads: [t('key'), 'x', 'exp(x − max)', 'y'],
    value: powers[2] / total,
    own: null,
    total,
    chosen: 2,
    note: '',
  };
}

/** The last entry of the Jacobian. @param {{weights: number[]}} answer */
export function gradientEntry({ weights: [first, second, third] }) {
  const others = first + second;
  return {
    name: [mfrac(mrow(mo('∂'), of('y', 3)), mrow(mo('∂'), of('x', 3)))],
    rule: [of('y', 3), mo('×'), mo('('), of('y', 1), mo('+'), of('y', 2), mo(')')],
    kind: /** @type {const} */ ('product'),
    terms: [{ label: '', numbers: [third, others], value: third * others }],
    heads: [],
    value: third * others,
    own: null,
    note: t('y₁ + y₂ is 1 − y₃, added up: so its digits stay, however near to 1 y₃ is.'),
  };
}

/** The share of 8, divided. @param {{scores: number[]}} answer */
export function statedEntry({ scores }) {
  const powers = scores.map(Math.exp);
  const total = powers.reduce((all, power) => all + power, 0);
  return {
    name: [of('y', 1)],
    rule: [exp(of('x', 1)), mo('/'), text(t('the sum of all')), mn(scores.length)],
    kind: /** @type {const} */ ('share'),
    terms: powers.map((power, n) => ({
      label: String(STATED.scores[n]),
      numbers: [scores[n], power],
      value: power / total,
    })),
    heads: [t('score'), t('divided'), 'exp', 'y'],
    value: powers[0] / total,
    own: null,
    total,
    chosen: 0,
    note: '',
  };
}

/** Every digit of a number. */
export const exactText = (value) =>
  value !== 0 && Math.abs(value) < 1e-6 ? scientificText(value, 16) : String(value);

/** "94.6 %, 4.7 %, 0.1 % and 0.6 %" */
export const percents = (weights) =>
  weights.map((weight) => `${(100 * weight).toFixed(1)} %`).join(', ');

/**
 * What every head gives each word, seen from one word, and whether it keeps the order of a story.
 * @param {import('../../pages/lesson/lessons.js').Seen} seen
 * @param {{text: string, query_pos: number, words: string[]}} story the word that looks, and what it looks at
 */
export function headRows({ state, answer }, story) {
  const { tokens, words, arrays } = answer('words');
  const { data, shape } = arrays.pattern;
  const count = words.length;
  const pos = Math.min(state.query_pos, tokens.length - 1);
  const query = words.findIndex(({ tokens: own }) => own.includes(pos));
  const [layers, heads] = shape;
  const names = [];
  const values = [];
  for (let n = 0; n < layers * heads; n += 1) {
    const from = (n * count + query) * count;
    names.push(`${Math.floor(n / heads)}-${n % heads}`);
    values.push([...data.subarray(from, from + count)]);
  }
  const isStory = words[query].text === story.words[0] && state.text === story.text;
  const told = isStory
    ? story.words.slice(1).map((word) => words.findIndex((one) => one.text === word))
    : [];
  const follows = values
    .map((row, n) => ({ name: names[n], row: told.map((key) => row[key]) }))
    .filter(({ row }) => told.length > 0 && row[0] > row[1] && row[1] > row[2]);
  return {
    names,
    keys: words.map(({ text: own }) => own),
    values,
    told,
    query: words[query].text,
    follows,
  };
}

/** The story, and how many heads keep to it. @param {ReturnType<typeof headRows>} rows */
export function storyText({ names, keys, told, query, follows }) {
  const all = t(
    'Every head has a row of its own: what its softmax gives each word, seen from {query}. A word’s weight is the sum over its tokens.',
    { query },
  );
  if (!told.length) return all;
  const [first, second, third] = told.map((key) => keys[key]);
  const story = t(
    'Texts tell this of {query}: it looks at {first} first, at {second} next, at {third} hardly.',
    { query, first, second, third },
  );
  const best = follows.reduce((most, one) => (one.row[1] > (most?.row[1] ?? 0) ? one : most), null);
  const kept = plural(
    'Of {all} heads {count} keeps that order.',
    'Of {all} heads {count} keep that order.',
    follows.length,
    { all: names.length },
  );
  const one =
    best &&
    t('Nearest to it comes head {name}: {first}, {second} and {third}.', {
      name: best.name,
      first: shareText(best.row[0]),
      second: shareText(best.row[1]),
      third: shareText(best.row[2]),
    });
  return prose(all, story, kept, one, t('The others do something else.'));
}
