/**
 * One sentence as a line of words: the tag under each, an arc over it to each word's parent,
 * an arc under it from a pronoun to what it refers to. Pure; all lengths in CSS pixels.
 *
 * @typedef {{text: string, special: boolean, tokens: number[]}} Word
 * @typedef {{word: number, to: number, value: number}} Pointer between indices of words
 * @typedef {{tags: {word: number, tag: string, probability: number}[], parents: Pointer[],
 *   antecedents: Pointer[], fills: any[], next: any|null}} Outputs
 * @typedef {{kind: 'parent'|'root'|'antecedent', word: number, to: number, value: number,
 *   d: string, tip: string, label: {x: number, y: number}|null}} Arc `tip`: the arrow's corners
 */

import { plural, prose, t } from '../language/messages.js';
import { isolated } from './bidi.js';

/** More words than this are no picture any more; the table holds them all. */
export const MOST_WORDS = 90;

const GAP = 16;
const EDGE = 6;
const LOWEST = 22;
const STEP = 15;
const WORD = 21;
const TAG = 15;
const CORNER = 7;
const TIP = { half: 3.4, length: 6.5 };
const ENDS = /^[.!?…。！？]+$/;
/** A stop after these belongs to them: titles, and initials but for "I". */
const SHORT = /^(?:Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|vs|(?!I)\p{Lu})$/u;
const CLOSES = /^["'”’»）)\]」』]+$/;

/**
 * The sentences to draw: lists of indices of words, as many whole ones as stay legible.
 * @param {readonly Word[]} words @param {number} [most] words
 * @returns {{lines: number[][], sentences: number, left: number}} `left` words are not drawn
 */
export function sentenceLines(words, most = MOST_WORDS) {
  const all = [[]];
  let ended = false;
  words.forEach(({ text, special }, index) => {
    const before = words[index - 1]?.text ?? '';
    if (special) return;
    if (ended && !ENDS.test(text) && !CLOSES.test(text)) {
      all.push([]);
      ended = false;
    }
    all.at(-1).push(index);
    if (ENDS.test(text) && !(text === '.' && SHORT.test(before))) ended = true;
  });
  const found = all.filter((line) => line.length > 0);
  const lines = [];
  let drawn = 0;
  for (const line of found) {
    if (drawn > 0 && drawn + line.length > most) break;
    lines.push(line.slice(0, most));
    drawn += lines.at(-1).length;
  }
  const whole = found.reduce((sum, line) => sum + line.length, 0);
  return { lines, sentences: found.length, left: whole - drawn };
}

/**
 * How far from the words each arc runs, 1 the nearest: arcs that share a stretch never share
 * a level, and a short one stays inside a long one.
 * @param {readonly {from: number, to: number}[]} spans places in the line
 * @returns {number[]}
 */
export function arcLevels(spans) {
  const ends = spans.map(({ from, to }) => [Math.min(from, to), Math.max(from, to)]);
  const order = ends.map((_, i) => i).sort((a, b) => length(ends[a]) - length(ends[b]));
  const levels = spans.map(() => 0);
  const placed = [];
  for (const i of order) {
    const [low, high] = ends[i];
    const under = placed.filter((other) => ends[other][0] < high && ends[other][1] > low);
    levels[i] = 1 + Math.max(0, ...under.map((other) => levels[other]));
    placed.push(i);
  }
  return levels;
}

/** @param {number[]} span its ends */
const length = ([low, high]) => high - low;

/**
 * Where everything of one sentence stands. Arcs that leave the sentence are left out.
 * @param {{line: number[], widths: number[], outputs: Outputs, dir: 'ltr'|'rtl'}} options
 *   `widths`: of each word of the line, or of its tag where that is wider
 * @returns {{width: number, height: number, words: {index: number, x: number, y: number,
 *   tagY: number, box: {x: number, y: number, width: number, height: number}}[], arcs: Arc[],
 *   apart: number}} `box`: where a pointer is on that word; `apart` arcs are left out
 */
export function sentenceFigure({ line, widths, outputs, dir }) {
  if (line.length !== widths.length) {
    throw new Error(`invalid widths: ${widths.length} for ${line.length} words`);
  }
  const { centres, width } = places(widths, dir);
  const at = new Map(line.map((word, place) => [word, place]));
  const inside = ({ word, to }) => at.has(word) && at.has(to);
  const own = (pointers) => pointers.filter(({ word }) => at.has(word));
  const spanOf = ({ word, to }) => ({ from: at.get(word), to: at.get(to) });
  const parents = own(outputs.parents).filter(inside);
  const over = parents.filter(({ word, to }) => word !== to);
  const under = own(outputs.antecedents).filter(inside);
  const overLevels = arcLevels(over.map(spanOf));
  const underLevels = arcLevels(under.map(spanOf));
  const top = EDGE + LOWEST + STEP * Math.max(1, ...overLevels);
  const tagY = top + WORD + TAG;
  const bottom = tagY + 5;
  const deepest = Math.max(0, ...underLevels);

  const arc = (pointer, kind, level) => {
    const { from, to } = spanOf(pointer);
    const [start, side] = [centres[from], Math.sign(centres[from] - centres[to])];
    const end = centres[to] + side * Math.min(6, widths[to] / 4);
    const [base, sign] = kind === 'parent' ? [top, -1] : [bottom, 1];
    const reach = sign * (LOWEST + STEP * (level - 1));
    return { ...pointer, kind, ...bracket(start, end, base, reach), label: null };
  };
  const root = (pointer) => {
    const x = centres[at.get(pointer.word)];
    const d = `M${x},${EDGE + 10}V${top - TIP.length}`;
    return { ...pointer, kind: 'root', d, tip: tip(x, top, -1), label: { x, y: EDGE + 5 } };
  };
  return {
    width,
    height: bottom + (deepest ? LOWEST + STEP * (deepest - 1) + EDGE : EDGE),
    words: line.map((index, place) => ({
      index,
      x: centres[place],
      y: top + WORD - 6,
      tagY,
      box: boxAt(centres[place], widths[place], top, bottom),
    })),
    arcs: [
      ...over.map((pointer, i) => arc(pointer, 'parent', overLevels[i])),
      ...parents.filter(({ word, to }) => word === to).map(root),
      ...under.map((pointer, i) => arc(pointer, 'antecedent', underLevels[i])),
    ],
    apart: own([...outputs.parents, ...outputs.antecedents]).filter((one) => !inside(one)).length,
  };
}

/** The middle of each word, in the direction of the text. */
function places(widths, dir) {
  const width = widths.reduce((sum, each) => sum + each + GAP, 0) - GAP + 2 * EDGE;
  let edge = EDGE;
  const centres = widths.map((each) => {
    const x = edge + each / 2;
    edge += each + GAP;
    return Math.round(2 * (dir === 'rtl' ? width - x : x)) / 2;
  });
  return { centres, width };
}

/** From one word to the next, without a gap. */
function boxAt(centre, width, top, bottom) {
  return { x: centre - (width + GAP) / 2, y: top, width: width + GAP, height: bottom - top };
}

/** Away from the words, along, and back to an arrow's tip. */
function bracket(start, end, base, reach) {
  const sign = Math.sign(reach);
  const r = Math.min(CORNER, Math.abs(end - start) / 2, Math.abs(reach));
  const along = Math.sign(end - start) * r;
  const far = base + reach;
  const d =
    `M${start},${base}V${far - sign * r}Q${start},${far} ${start + along},${far}` +
    `H${end - along}Q${end},${far} ${end},${far - sign * r}V${base + sign * TIP.length}`;
  return { d, tip: tip(end, base, sign) };
}

function tip(x, y, sign) {
  const back = y + sign * TIP.length;
  return `${x},${y} ${x - TIP.half},${back} ${x + TIP.half},${back}`;
}

/** How strongly an arc is drawn: what a head hardly gives is hardly seen. */
export function arcOpacity(value) {
  if (!(value >= 0 && value <= 1.001)) throw new Error(`invalid value: ${value}`);
  return 0.22 + 0.78 * Math.min(1, value);
}

/** A sentence's accessible name. */
export function sentenceName(words, line, outputs) {
  const text = line.map((index) => isolated(words[index].text)).join(' ');
  const own = new Set(line);
  const roots = outputs.parents.filter(({ word, to }) => word === to && own.has(word));
  const named = roots.map(({ word }) => isolated(words[word].text)).join(', ');
  const cut = text.length > 160 ? `${text.slice(0, 159)}…` : text;
  return prose(
    t('Tags and parents of {count} words: {text}', { count: line.length, text: cut }),
    named ? t('Root: {words}.', { words: named }) : t('No root.'),
  );
}

/** What is not drawn, in words; empty where everything is. */
export function sentenceNote({ left, sentences, lines }, apart) {
  const parts = [];
  if (left > 0 && lines.length < sentences) {
    parts.push(
      t('The first {count} of {sentences} sentences are drawn.', {
        count: lines.length,
        sentences,
      }),
    );
  } else if (left > 0) parts.push(t('The last {left} words are not drawn.', { left }));
  if (apart > 0) {
    parts.push(
      plural(
        'One link leads out of what is drawn.',
        '{count} links lead out of what is drawn.',
        apart,
      ),
    );
  }
  return parts.length ? prose(...parts, t('The table holds all.')) : '';
}

/** @param {Outputs|null|undefined} outputs a masked model says nothing of a text without a mask */
export function saysAnything(outputs) {
  return Boolean(outputs && (outputs.tags.length || outputs.fills.length || outputs.next));
}

/** A piece as it is shown: a space that begins it is part of it, and a line break is seen. */
export function pieceLabel(piece) {
  const seen = piece.replaceAll('\n', '↵').replaceAll('\t', '⇥');
  return seen.trim() ? seen : seen.replaceAll(' ', '␣');
}

/** Whether a piece is characters of a text; "</s>" and "<0xE8>" are not. */
export function isTyped(piece) {
  return !/^(?:<[^<>\s]+>|\[[A-Z0-9_]+\])$/.test(piece);
}

/**
 * The text with a piece of the vocabulary in the place of a mask. A piece that continues a
 * word ("##ing") joins the one before, and one that begins with a space needs no second.
 * Offsets count code points, as the server's do.
 * @param {string} text @param {{start: number, end: number}} token @param {string} piece
 */
export function filledText(text, { start, end }, piece) {
  const letters = Array.from(text);
  const before = letters.slice(0, start).join('');
  const after = letters.slice(end).join('');
  if (piece.startsWith('##')) return `${before.trimEnd()}${piece.slice(2)}${after}`;
  const begins = before === '' || before !== before.trimEnd();
  return `${before}${begins ? piece.trimStart() : piece}${after}`;
}
