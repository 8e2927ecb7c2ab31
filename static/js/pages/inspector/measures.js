// What can be drawn of a head beside its pattern: the words of each measure, whose idea it is, what
// is asked of the server for it, and how its numbers are written. Pure.

import { numberText, tokenLabel } from '../../figures/axis.js';
import { headPlace, kindText } from '../../figures/head-names.js';
import { MASKED } from '../../figures/pattern.js';
import { t } from '../../language/messages.js';

/**
 * @typedef {object} Measure
 * @property {string} name as `include` of the API has it
 * @property {string} label on the control
 * @property {string} title of the picture
 * @property {string} tableName
 * @property {string} about what it is, in a sentence
 * @property {string} paper whose idea it is
 * @property {string} legend of its colours
 * @property {string} unit of its numbers
 * @property {boolean} signed whether numbers may be below 0
 * @property {boolean} ofLayer whether it is of all heads together
 * @property {boolean} ofOutput whether it is about a chosen output
 * @property {string} blank what a cell without a number is
 * @property {string} blankNote the same of all of them, under the picture
 * @property {string} sum what the numbers add up to
 * @property {{query: string, key: string}} verbs from a query to its keys, from a key to its queries
 */

const WEIGHT = Object.freeze({
  blank: t('masked'),
  blankNote: MASKED,
});
const NO_PATH = Object.freeze({
  blank: t('no path'),
  blankNote: t('Grey cells: no path leads there from that input.'),
});

const NOT_ALL = Object.freeze({
  blank: t('not computed'),
  blankNote: t('Grey cells: not computed, or no path leads there.'),
});

/** @type {readonly Measure[]} */
export const MEASURE_KINDS = Object.freeze([
  {
    name: 'pattern',
    label: t('Pattern'),
    title: t('Pattern'),
    tableName: t('the pattern'),
    about: t('How each query shares out its attention among the keys: every row sums to 1.'),
    paper: 'Vaswani et al. 2017',
    legend: t('weight'),
    unit: '',
    signed: false,
    ofLayer: false,
    ofOutput: false,
    ...WEIGHT,
    sum: t('of the weight'),
    verbs: { query: t('looks at'), key: t('is looked at by') },
  },
  {
    name: 'norms',
    label: t('Norm-weighted'),
    title: t('Norm-weighted attention'),
    tableName: t('the norms'),
    about: t(
      'The length of the vector that each link carries, its weight included: much weight on a short vector moves little.',
    ),
    paper: 'Kobayashi et al. 2020',
    legend: t('length'),
    unit: t('in units of the block’s output'),
    signed: false,
    ofLayer: false,
    ofOutput: false,
    ...WEIGHT,
    sum: t('of all lengths'),
    verbs: { query: t('takes most from'), key: t('gives most to') },
  },
  {
    name: 'gradient_pattern',
    label: t('Gradient × pattern'),
    title: t('Gradient × pattern'),
    tableName: t('gradient × pattern'),
    about: t(
      'What the output would lose, to first order, were that one link cut: orange adds to it, blue takes away.',
    ),
    paper: t('its integral: Sundararajan et al. 2017'),
    legend: t('effect'),
    unit: t('in units of the output'),
    signed: true,
    ofLayer: false,
    ofOutput: true,
    ...WEIGHT,
    sum: t('of all sizes'),
    verbs: { query: t('counts through its links to'), key: t('counts through the links from') },
  },
  {
    name: 'rollout',
    label: t('Rollout'),
    title: t('Rollout'),
    tableName: t('the rollout'),
    about: t(
      'What a position holds of each input after this layer: half the mean pattern and half the token itself, multiplied layer by layer.',
    ),
    paper: 'Abnar and Zuidema 2020',
    legend: t('share'),
    unit: '',
    signed: false,
    ofLayer: true,
    ofOutput: false,
    ...NO_PATH,
    sum: t('of all shares'),
    verbs: { query: t('holds most of'), key: t('is held most by') },
  },
  {
    name: 'flow',
    label: t('Flow'),
    title: t('Flow'),
    tableName: t('the flow'),
    about: t(
      'The most that can flow from each input to a position, were every link up to this layer a pipe as wide as its weight.',
    ),
    paper: 'Abnar and Zuidema 2020',
    legend: t('flow'),
    unit: '',
    signed: false,
    ofLayer: true,
    ofOutput: false,
    ...NO_PATH,
    sum: t('of all flows'),
    verbs: { query: t('gets most from'), key: t('gives most to') },
  },
]);

/** @param {string} name @returns {Measure} */
export function measureOf(name) {
  const found = MEASURE_KINDS.find((one) => one.name === name);
  if (!found) throw new Error(`invalid layer: ${name}`);
  return found;
}

/** Whose numbers they are: "all heads of layers 0 to 3 together". */
export function scopeText({ ofLayer }, { layer }) {
  if (!ofLayer) return '';
  return layer === 0
    ? t('all heads of layer 0 together')
    : t('all heads of layers 0 to {layer} together', { layer });
}

/** What a picture of a layer is called: "layer 3 head 1, norm-weighted". */
export function titleOf(words, { kind, layer, head }) {
  const label = words.label.toLowerCase();
  if (!words.ofLayer) {
    return t('{place}, {label}', { place: headPlace({ kind, layer, head }), label });
  }
  const layers = layer === 0 ? t('layer 0') : t('layers 0 to {last}', { last: layer });
  const place =
    kind === 'cross' ? t('{kind} {place}', { kind: kindText(kind), place: layers }) : layers;
  return t('{place}, {label}', { place, label });
}

/**
 * A head as the pictures draw it in another layer than its pattern.
 * @param {string} name of the layer
 * @param {{kind: string, layer: number, head: number, color: string}} head
 * @param {{data: Float32Array, rows: number, cols: number}} matrix
 * @param {boolean} [partly] whether only some rows were computed
 */
export function headOfMeasure(name, head, matrix, partly = false) {
  const words = { ...measureOf(name), ...(partly && NOT_ALL) };
  return {
    ...head,
    pattern: matrix.data,
    rows: matrix.rows,
    cols: matrix.cols,
    matrix,
    title: titleOf(words, head),
    measure: { ...words, most: largestOf(matrix.data) || 1 },
  };
}

/**
 * How far the colours reach: "Colours from 0 to 2.350, in units of the block’s output."
 * @param {{measure: Measure & {most: number}}} head @param {number} [most] the largest that is shown
 */
export function rangeText({ measure: { signed, unit, ...whole } }, most = whole.most) {
  const largest = numberText(most);
  const range = signed
    ? t('from −{largest} to {largest}', { largest })
    : t('from 0 to {largest}', { largest });
  return unit ? t('Colours {range}, {unit}.', { range, unit }) : t('Colours {range}.', { range });
}

/** The largest size of any number; 0 where there is none. @param {Float32Array} data */
export function largestOf(data) {
  let most = 0;
  for (const value of data) if (Math.abs(value) > most) most = Math.abs(value);
  return most;
}

/**
 * What a gradient can be of, for the text on screen: those that exist, the first always.
 * @typedef {{value: string, label: string, request: any|null}} Output `request` as the API
 *   wants it; null: the sentence
 * @param {import('../../core/api.js').Overview|null} overview
 * @param {{side: string, pos: number}|null} pin of the picture @param {string|null} kind on screen
 * @param {string} level of the pin
 * @returns {Output[]}
 */
export function outputsOf(overview, pin, kind, level) {
  const found = [{ value: 'sentence', label: t('The sentence’s vector'), request: null }];
  if (!overview) return found;
  const named = (list, pos) => `${tokenLabel(list[pos])} (${pos})`;
  const { tokens, words } = speaker(overview);
  const speaks = pin && level === 'token' && isSpeaker(overview, pin.side, kind);
  if (speaks && tokens[pin.pos]) {
    const label = t('Vector of {token}', { token: named(tokens, pin.pos) });
    found.push({ value: 'pinned', label, request: { of: 'vector', pos: pin.pos } });
  }
  const { fills = [], next = null, tags = [] } = overview.outputs ?? {};
  for (const { position, candidates } of fills) {
    const label = t('“{piece}” at {token}', {
      piece: candidates[0].piece,
      token: named(tokens, position),
    });
    found.push({ value: `fill.${position}`, label, request: { of: 'fill', pos: position } });
  }
  if (next) {
    const label = t('“{piece}” as the next token', { piece: next.candidates[0].piece.trim() });
    found.push({ value: 'next', label, request: { of: 'next' } });
  }
  for (const { word, tag } of tags) {
    const label = t('{tag} for {word} ({pos})', {
      tag,
      word: tokenLabel(words[word]),
      pos: words[word].tokens[0],
    });
    found.push({ value: `tag.${word}`, label, request: { of: 'tag', word, tag } });
  }
  return found;
}

/** The tower whose last vectors speak: the decoder's, where there are two. */
const speaker = ({ kinds }) => (kinds.find(({ kind }) => kind !== 'encoder') ?? kinds[0]).query;

/** Its tokens. @param {import('../../core/api.js').Overview} overview */
export const speakingTokens = (overview) => speaker(overview).tokens;

/** Whether tokens of that side, in a picture of that kind, are those that speak. */
function isSpeaker({ kinds }, side, kind) {
  if (kinds.length === 1) return true;
  const shown = kind ?? kinds[0].kind;
  return shown === 'decoder' || (shown === 'cross' && side === 'query');
}

/** The output that a state means; the sentence where the text has no such thing. */
export function chosenOutput(outputs, value) {
  return outputs.find((one) => one.value === value) ?? outputs[0];
}

/** An answer's output in words: "the sentence’s vector", "NOUN for saw (4)". */
export function outputText({ of, pos, name }, tokens) {
  if (of === 'sentence') return t('the sentence’s vector');
  const where = `${tokenLabel(tokens[pos])} (${pos})`;
  if (of === 'vector') return t('the vector of {where}', { where });
  if (of === 'next') return t('the logit of “{piece}” as the next token', { piece: name.trim() });
  return of === 'fill'
    ? t('the logit of “{piece}” at {where}', { piece: name, where })
    : t('the logit of {name} for {where}', { name, where });
}

/**
 * A table of numbers as the API's CSV writes one: a row a query, a column a key, blanks empty.
 * @param {{data: Float32Array, rows: number, cols: number}} matrix
 * @param {{text: string}[]} queryTokens @param {{text: string}[]} keyTokens
 */
export function csvOf({ data, cols }, queryTokens, keyTokens) {
  const field = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const head = ['query_pos', 'query_token', ...keyTokens.map(({ text }, i) => `${i}:${text}`)];
  const lines = queryTokens.map(({ text }, row) => {
    const values = Array.from(data.subarray(row * cols, (row + 1) * cols), (value) =>
      Number.isNaN(value) ? '' : String(value),
    );
    return [String(row), text, ...values];
  });
  return [head, ...lines].map((line) => `${line.map(field).join(',')}\r\n`).join('');
}
