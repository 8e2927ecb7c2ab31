/** What the lesson on softmax shows: rows of scores, entries worked out, formulas. Pure. */

import { plural, prose, t } from '../../language/messages.js';
import { numberText, scientificText, shareText, tokenLabel } from '../axis.js';
import { tex } from '../math.js';
import { softmaxEntry } from '../softmax-entry.js';
import { strongest } from '../walk/run.js';

export const FORMULAS = {
  softmax: tex`y_i = \frac{e^{x_i}}{\sum_j e^{x_j}}`,
  growth: tex`y = softmax([a, a, 2a])`,
  jacobian: tex`\frac{\partial y_i}{\partial x_j} = y_i (\delta_{i j} - y_j)`,
  division: tex`y_i = softmax(\frac{x_i}{c})`,
  row: tex`a_i = softmax(s_i)`,
};

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
  return strongest(weights);
}

/** One weight of a row. */
export function shareEntry(row, weights, state) {
  const chosen = chosenOf(row, weights, state);
  const max = numberText(Math.max(...row.scores));
  return softmaxEntry({
    scores: row.scores,
    labels: row.tokens.map((token) => tokenLabel(token)),
    chosen,
    own: row.edited ? null : row.pattern[chosen],
    note: t(
      'max = {max} is the row’s largest score; taking it off every score changes no share and keeps the numbers small.',
      { max },
    ),
  });
}

/** The last entry of the Jacobian. @param {{weights: number[]}} answer */
export function gradientEntry({ weights: [first, second, third] }) {
  const others = first + second;
  return {
    name: tex`\frac{\partial y_3}{\partial x_3}`,
    rule: tex`y_3 \times (y_1 + y_2)`,
    kind: /** @type {const} */ ('product'),
    terms: [{ label: '', numbers: [third, others], value: third * others }],
    heads: [],
    value: third * others,
    own: null,
    note: t('y₁ + y₂ is 1 − y₃, added up: so its digits stay, however near to 1 y₃ is.'),
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
 * @param {import('../../pages/lesson/lessons.js').Props} props
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
