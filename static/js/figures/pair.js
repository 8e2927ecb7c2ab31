/**
 * Two texts that differ in one place, and one head over both. Positions on screen are those
 * of the alignment: a row, or a column, is a token (or a word) of each text, or of one alone.
 *
 * @typedef {{text: string, special: boolean}} Token
 * @typedef {{before: Token|null, after: Token|null, state: "same"|"changed"|"only",
 *   at: [number|null, number|null]}} Unit `at`: its positions in both texts
 */

import { t } from '../language/messages.js';
import { numberText, tokenLabel, weightText } from './axis.js';
import { isolated } from './bidi.js';

const WORD = /\p{Script=Han}|(?:(?!\p{Script=Han})[\p{L}\p{N}'’])+|\S/gu;
/** Comparing so many pairs of words takes a blink; beyond it, first to last is one place. */
const MOST_COMPARED = 400_000;
/** A smaller change of a weight is not told in a sentence. */
const WORTH_TELLING = 0.01;
export const SIDES = /** @type {const} */ (['before', 'after']);

/**
 * Where two texts differ, as far as letters tell: whole words, white space aside.
 * @returns {{before: [number, number], after: [number, number]}[]} characters, in order; where
 *   one text has no word, the place where it would stand
 */
export function changedPlaces(text, other) {
  const [a, b] = [text, other].map((one) =>
    Array.from(one.matchAll(WORD), ({ 0: word, index }) => ({ word, at: index })),
  );
  const same = (i, j) => a[i].word === b[j].word;
  const most = Math.min(a.length, b.length);
  let first = 0;
  while (first < most && same(first, first)) first += 1;
  let last = 0;
  while (last < most - first && same(a.length - 1 - last, b.length - 1 - last)) last += 1;
  /** @type {[number, number]} */
  const ends = [a.length - last, b.length - last];
  const kept = commonWords(same, first, ends);
  const places = [];
  let [i, j] = [first, first];
  for (const [x, y] of [...kept, ends]) {
    if (x > i || y > j) places.push({ before: characters(a, i, x), after: characters(b, j, y) });
    [i, j] = [x + 1, y + 1];
  }
  return places;
}

/** The longest run of words, in order, that both middles have: pairs of their positions. */
function commonWords(same, first, [endA, endB]) {
  const [rows, cols] = [endA - first, endB - first];
  if (rows * cols > MOST_COMPARED) return [];
  const longest = Array.from({ length: rows + 1 }, () => new Uint16Array(cols + 1));
  for (let i = rows - 1; i >= 0; i -= 1) {
    for (let j = cols - 1; j >= 0; j -= 1) {
      longest[i][j] = same(first + i, first + j)
        ? longest[i + 1][j + 1] + 1
        : Math.max(longest[i + 1][j], longest[i][j + 1]);
    }
  }
  const kept = [];
  let [i, j] = [0, 0];
  while (i < rows && j < cols) {
    if (same(first + i, first + j)) {
      kept.push([first + i, first + j]);
      i += 1;
      j += 1;
    } else if (longest[i + 1][j] >= longest[i][j + 1]) i += 1;
    else j += 1;
  }
  return kept;
}

/** Where words `from` up to `to` stand. @returns {[number, number]} */
function characters(words, from, to) {
  const end = (index) => (index < 0 ? 0 : words[index].at + words[index].word.length);
  return to > from ? [words[from].at, end(to - 1)] : [end(from - 1), end(from - 1)];
}

/**
 * The rows and columns of one kind's pictures.
 * @param {any} answer of POST /pairs @param {string} kind
 * @returns {{queries: Unit[], keys: Unit[]}}
 */
export function axesOf(answer, kind) {
  const named = answer.level === 'word' ? 'words' : 'tokens';
  const [ours, theirs] = [answer[named], answer[`other_${named}`]];
  const reads = answer.alignment.map(({ before, after, state }) => ({
    before: before === null ? null : ours[before],
    after: after === null ? null : theirs[after],
    state,
    at: [before, after],
  }));
  const target = answer[`target_${named}`]?.map((token, pos) => ({
    before: token,
    after: token,
    state: 'same',
    at: [pos, pos],
  }));
  return {
    queries: kind === 'encoder' ? reads : (target ?? reads),
    keys: kind === 'decoder' ? (target ?? reads) : reads,
  };
}

/** A unit as a token of one text, or of both: what stands in only one of them is blank beside it. */
export function labelled(units, side) {
  return units.map((unit) => {
    const { special } = unit.before ?? unit.after;
    if (side !== 'both') return { text: unit[side]?.text ?? '–', special };
    if (unit.state !== 'changed') return { text: (unit.before ?? unit.after).text, special };
    return { text: `${label(unit.before)} / ${label(unit.after)}`, special };
  });
}

/** A unit with its positions: "it (10)", "tired / wide (13)", "not (4, second text only)". */
export function unitName({ before, after, state, at: [ours, theirs] }) {
  if (state === 'only') {
    return before
      ? t('{token} ({pos}, first text only)', { token: label(before), pos: ours })
      : t('{token} ({pos}, second text only)', { token: label(after), pos: theirs });
  }
  const place = ours === theirs ? `${ours}` : `${ours}, ${theirs}`;
  const both = state === 'changed' ? `${label(before)} / ${label(after)}` : label(before);
  return `${both} (${place})`;
}

const label = (token) => isolated(tokenLabel(token, 24));

/**
 * One row of both patterns, key by key: the keys that get most in either text, in their order.
 * @param {{before: number[][], after: number[][]}} shown
 * @param {number[]} rows of which the mean is taken @param {Unit[]} keys @param {number} most
 * @returns {{bars: {key: Unit, before: number|null, after: number|null, change: number|null}[],
 *   rest: {keys: number, before: number, after: number}}}
 */
export function rowBars(shown, rows, keys, most) {
  const mean = (matrix, col) => {
    const values = rows.map((row) => matrix[row][col]).filter((value) => value !== null);
    return values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : null;
  };
  const all = keys.map((key, col) => {
    const [before, after] = SIDES.map((side) => mean(shown[side], col));
    const change = before === null || after === null ? null : after - before;
    return { key, before, after, change };
  });
  const weight = ({ before, after }) => Math.max(before ?? 0, after ?? 0);
  const kept = new Set([...all].sort((a, b) => weight(b) - weight(a)).slice(0, most));
  const rest = all.filter((bar) => !kept.has(bar));
  const sum = (side) => rest.reduce((total, bar) => total + (bar[side] ?? 0), 0);
  return {
    bars: all.filter((bar) => kept.has(bar)),
    rest: { keys: rest.length, before: sum('before'), after: sum('after') },
  };
}

/** The row to look at where no word was named: the one that moved most. */
export function mostMoved(moved) {
  return moved.reduce((best, value, row) => (value > (moved[best] ?? -1) ? row : best), 0);
}

/** What the tooltip says of a cell of three matrices. */
export function cellText({ before, after, difference, queries, keys, title }, { row, col }) {
  const at = row * difference.cols + col;
  const said = (value) => (Number.isNaN(value) ? t('not there') : numberText(value));
  return {
    title,
    value: Number.isNaN(difference.data[at]) ? '–' : changeText(difference.data[at]),
    rows: [
      [t('query'), unitName(queries[row])],
      [t('key'), unitName(keys[col])],
      [t('first'), said(before.data[at])],
      [t('second'), said(after.data[at])],
    ],
  };
}

/** A change with its sign: "+0.23", "−0.4012", "0". */
export function changeText(value, digits = 4) {
  return `${value > 0 ? '+' : ''}${numberText(value, digits)}`;
}

/** A change to three decimals, as in a column: "+0.230", "−0.005", "0.000". */
export function changeColumn(value) {
  const text = Math.abs(value).toFixed(3);
  return Number(text) === 0 ? text : `${value < 0 ? '−' : '+'}${text}`;
}

/** Which key lost and which gained most, in a sentence; empty where nothing worth it moved. */
export function movedSentence(bars) {
  const gain = ({ before, after }) => (after ?? 0) - (before ?? 0);
  const told = ({ key, before, after }) =>
    t('{key}, {before} to {after}', {
      key: unitName(key),
      before: weightText(before ?? 0),
      after: weightText(after ?? 0),
    });
  const ranked = bars
    .filter((bar) => Math.abs(gain(bar)) >= WORTH_TELLING)
    .sort((a, b) => gain(a) - gain(b));
  const [least, most] = [ranked[0], ranked.at(-1)];
  const lost = least && gain(least) < 0 ? told(least) : null;
  const won = most && gain(most) > 0 ? told(most) : null;
  if (lost && won) return t('Most is lost by {lost}; most gained by {won}.', { lost, won });
  if (lost) return t('Most is lost by {lost}.', { lost });
  return won ? t('Most is gained by {won}.', { won }) : '';
}

/**
 * What the model says of the two texts, word by word: what pronouns refer to and what fills a
 * gap in any case, tags and parents where they differ.
 * @param {any} answer of POST /pairs
 * @returns {{word: string, what: string, before: string, after: string}[]}
 */
export function saidLines(answer) {
  if (!answer.outputs) return [];
  const { before, after } = answer.outputs;
  const theirs = otherWords(answer);
  const name = (words, index) => isolated(tokenLabel(words[index], 24));
  const find = (list, word) => list.find((one) => one.word === word);
  const lines = (what, all, say, words) =>
    before[all].flatMap((one) => {
      const other = theirs.has(one.word) ? find(after[all], theirs.get(one.word)) : undefined;
      if (!other) return [];
      const [first, second] = [say(one, answer.words), say(other, answer.other_words)];
      const line = { word: name(answer.words, one.word), what, before: first, after: second };
      return words(one, other) ? [line] : [];
    });
  const pointed = ({ to, value }, words) => `${name(words, to)} ${weightText(value)}`;
  const tagged = ({ tag, probability }) => `${tag} ${weightText(probability)}`;
  const best = ({ candidates }) =>
    candidates
      .slice(0, 3)
      .map(({ piece, probability }) => `${isolated(piece)} ${weightText(probability)}`)
      .join(', ');
  return [
    ...lines(t('refers to'), 'antecedents', pointed, () => true),
    ...before.fills.flatMap((fill, i) =>
      after.fills[i]
        ? [
            {
              word: '[MASK]',
              what: t('filled by'),
              before: best(fill),
              after: best(after.fills[i]),
            },
          ]
        : [],
    ),
    ...lines(t('is tagged'), 'tags', tagged, (one, other) => one.tag !== other.tag),
    ...lines(
      t('has the parent'),
      'parents',
      pointed,
      (one, other) => theirs.get(one.to) !== other.to,
    ),
  ];
}

/** The word of the second text that stands for each word of the first; one word replaced by
 * one stands for it, however both are cut. */
function otherWords({ level, alignment, tokens, other_tokens: others }) {
  const ours = (pos) => (level === 'word' ? pos : tokens[pos].word);
  const theirs = (pos) => (level === 'word' ? pos : others[pos].word);
  const alone = alignment.filter(({ state }) => state === 'only');
  const [left, right] = [
    new Set(alone.flatMap(({ before }) => (before === null ? [] : [ours(before)]))),
    new Set(alone.flatMap(({ after }) => (after === null ? [] : [theirs(after)]))),
  ];
  const pairs = alignment
    .filter(({ state }) => state !== 'only')
    .map(({ before, after }) => [ours(before), theirs(after)]);
  if (left.size === 1 && right.size === 1) pairs.push([...left, ...right]);
  return new Map(pairs);
}
