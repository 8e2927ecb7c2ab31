/**
 * Token links: two columns of tokens, a curve for each strong weight between them.
 *
 * @typedef {{text: string, special: boolean}} Token
 * @typedef {{kind: string, layer: number, head: number, color: string, pattern: Float32Array,
 *   rows: number, cols: number, title?: string, measure?: import('../pages/inspector/measures.js').Measure &
 *   {most: number}}} Head  `pattern` row-major, rows are query_pos, NaN where masked; with a
 *   `measure` it holds the numbers of another layer, `most` the largest size, and `title` names it
 * @typedef {{head: number, query_pos: number, key_pos: number, weight: number}} Link
 *   `head` is the index among the heads shown
 * @typedef {{queryX: number, keyX: number, rowHeight: number}} Geometry in pixels
 */

import { language, plural, prose, t } from '../language/messages.js';
import { numberText, shareText, tokenName } from './axis.js';
import { headPlace } from './head-names.js';

/** The height that a picture without scrolling may have; --links-height in links.css. */
const ROOM = 672;

/** A weight below this would not be seen even alone; a pinned token's row leaves it out. */
export const FAINTEST = 0.0005;

/**
 * The strongest links of each query, in every head: at most `topK`, at least `threshold`, which
 * in another layer than the pattern is a share of the largest. Signed numbers count by their size.
 * @param {{heads: Head[], queryTokens: Token[], keyTokens: Token[], threshold: number,
 *   topK: number, hideSpecial: boolean}} options
 * @returns {{links: Link[], possible: number, weightShare: number}} links weakest first;
 *   `possible` counts all links that could have been drawn, `weightShare` is what the drawn
 *   ones hold of those queries' weight
 */
export function strongestLinks({ heads, queryTokens, keyTokens, threshold, topK, hideSpecial }) {
  if (!(threshold >= 0 && threshold <= 1)) throw new Error(`invalid threshold: ${threshold}`);
  if (!(Number.isInteger(topK) && topK > 0)) throw new Error(`invalid topK: ${topK}`);
  const links = [];
  const dropped = Uint8Array.from(keyTokens, ({ special }) => (hideSpecial && special ? 1 : 0));
  let possible = 0;
  let drawn = 0;
  let whole = 0;
  heads.forEach((head, index) => {
    checkHead(head, queryTokens, keyTokens);
    const least = threshold * mostOf(head);
    for (let query_pos = 0; query_pos < head.rows; query_pos += 1) {
      if (hideSpecial && queryTokens[query_pos].special) continue;
      const best = [];
      for (let key_pos = 0; key_pos < head.cols; key_pos += 1) {
        const weight = head.pattern[query_pos * head.cols + key_pos];
        if (Number.isNaN(weight)) continue;
        const size = Math.abs(weight);
        whole += size;
        if (dropped[key_pos]) continue;
        possible += 1;
        if (size < least || size === 0) continue;
        if (best.length === topK && size <= sizeOf(best[topK - 1])) continue;
        insertBySize(best, { head: index, query_pos, key_pos, weight }, topK);
      }
      for (const link of best) drawn += sizeOf(link);
      links.push(...best);
    }
  });
  links.sort((a, b) => sizeOf(a) - sizeOf(b));
  return { links, possible, weightShare: whole > 0 ? drawn / whole : 0 };
}

/**
 * All links of one token: a query's whole row, a key's whole column, weakest first.
 * @param {{heads: Head[], queryTokens: Token[], keyTokens: Token[], hideSpecial: boolean}} options
 * @param {{side: 'query'|'key', pos: number}} token
 * @returns {Link[]}
 */
export function tokenLinks({ heads, queryTokens, keyTokens, hideSpecial }, { side, pos }) {
  if (side !== 'query' && side !== 'key') throw new Error(`invalid side: ${side}`);
  const own = side === 'query' ? queryTokens : keyTokens;
  const others = side === 'query' ? keyTokens : queryTokens;
  if (!own[pos]) throw new Error(`invalid position: ${pos} of ${own.length} ${side} tokens`);
  if (hideSpecial && own[pos].special) return [];
  const links = [];
  heads.forEach((head, index) => {
    checkHead(head, queryTokens, keyTokens);
    for (let other = 0; other < others.length; other += 1) {
      if (hideSpecial && others[other].special) continue;
      const [query_pos, key_pos] = side === 'query' ? [pos, other] : [other, pos];
      const weight = head.pattern[query_pos * head.cols + key_pos];
      if (Math.abs(weight) < FAINTEST * mostOf(head) || Number.isNaN(weight)) continue;
      links.push({ head: index, query_pos, key_pos, weight });
    }
  });
  return links.sort((a, b) => sizeOf(a) - sizeOf(b));
}

/**
 * What hiding special tokens takes out of the picture; nothing is renormalised.
 * @param {Head[]} heads
 * @param {Token[]} queryTokens
 * @param {Token[]} keyTokens
 * @param {number|null} [query_pos] one row, or the mean over all queries that are not special
 * @returns {number} share of weight, 0 to 1, mean over heads; of other layers, of their sizes
 */
export function hiddenShare(heads, queryTokens, keyTokens, query_pos = null) {
  const queries = queryTokens
    .map((_, pos) => pos)
    .filter((pos) => (query_pos === null ? !queryTokens[pos].special : pos === query_pos));
  if (!queries.length || !heads.length) return 0;
  const specialKeys = keyTokens.map((_, pos) => pos).filter((pos) => keyTokens[pos].special);
  let share = 0;
  for (const head of heads) {
    checkHead(head, queryTokens, keyTokens);
    const sizes = (row, keys) =>
      keys.reduce((sum, key) => sum + Math.abs(head.pattern[row * head.cols + key] || 0), 0);
    const all = keyTokens.map((_, pos) => pos);
    // Rows of a pattern sum to 1; those of other layers do not.
    const whole = (row) => (head.measure ? sizes(row, all) : 1);
    const hidden = queries.reduce((sum, row) => sum + sizes(row, specialKeys), 0);
    share += hidden / (queries.reduce((sum, row) => sum + whole(row), 0) || 1);
  }
  return share / heads.length;
}

/** Heights, so that any number of tokens stays readable and within reach of a finger. */
export function rowHeightFor(count, coarsePointer = false) {
  if (coarsePointer) return count <= 40 ? 28 : 24;
  if (count > 160) return 18;
  return Math.min(26, Math.max(20, Math.floor(ROOM / count)));
}

/**
 * Marks to paint: Bezier curves with level ends (d3's linkHorizontal).
 * @param {Link[]} links @param {Head[]} heads @param {Geometry} geometry
 * @returns {{d: string, width: number, opacity: number, color: string, points: number[],
 *   link: Link}[]} `points` are x0, y0, middle x, x1, y1
 */
export function linkMarks(links, heads, { queryX, keyX, rowHeight }) {
  const middle = (queryX + keyX) / 2;
  return links.map((link) => {
    const y0 = (link.query_pos + 0.5) * rowHeight;
    const y1 = (link.key_pos + 0.5) * rowHeight;
    const share = linkShare(link, heads);
    return {
      d: `M${queryX},${y0}C${middle},${y0} ${middle},${y1} ${keyX},${y1}`,
      points: [queryX, y0, middle, keyX, y1],
      width: 0.75 + 5.25 * share,
      opacity: Math.min(1, 0.04 + 0.96 * share ** 0.45),
      color: linkColor(link, heads),
      link,
    };
  });
}

/** How much of the widest line a link gets, 0 to 1. @param {Link} link @param {Head[]} heads */
export function linkShare(link, heads) {
  return sizeOf(link) / mostOf(heads[link.head]);
}

/** The head's own colour; of signed numbers, that of the sign. */
function linkColor({ head, weight }, heads) {
  const { measure, color } = heads[head];
  if (!measure?.signed) return color;
  return weight < 0 ? 'var(--diverge-negative)' : 'var(--diverge-positive)';
}

/**
 * Marks of links that are cut in the first head; with a token in focus, of its own.
 * @param {{heads: Head[], cuts?: {query_pos: number, key_pos: number}[]}} options
 * @param {{side: 'query'|'key', pos: number}|null} token @param {Geometry} geometry
 */
export function cutMarks({ heads, cuts = [] }, token, geometry) {
  const [{ rows, cols }] = heads;
  const shown = cuts.filter(({ query_pos, key_pos }) => {
    const own = token?.side === 'query' ? query_pos : key_pos;
    return query_pos < rows && key_pos < cols && (!token || own === token.pos);
  });
  const links = shown.map((cut) => ({ ...cut, head: 0, weight: 0 }));
  return linkMarks(links, heads, geometry);
}

/**
 * The token that an arrow key leads to, or null for other keys. Left and right cross over to
 * the other column, which is mirrored where text runs from right to left.
 */
export function movedToken({ side, pos }, key, { queryTokens, keyTokens, dir }) {
  const last = (which) => (which === 'query' ? queryTokens : keyTokens).length - 1;
  const held = (which, to) => ({ side: which, pos: Math.min(Math.max(to, 0), last(which)) });
  const steps = {
    ArrowUp: -1,
    ArrowDown: 1,
    PageUp: -10,
    PageDown: 10,
    Home: -pos,
    End: last(side),
  };
  if (key in steps) return held(side, pos + steps[key]);
  if (key !== 'ArrowLeft' && key !== 'ArrowRight') return null;
  return held((key === 'ArrowRight') === (dir !== 'rtl') ? 'key' : 'query', pos);
}

/** Marks of which some part lies between two heights. */
export function marksBetween(marks, top, bottom) {
  return marks.filter(
    ({ points: [, y0, , , y1] }) => Math.max(y0, y1) >= top && Math.min(y0, y1) <= bottom,
  );
}

/**
 * The strongest mark at each token across from the one in focus, for its weight and colour.
 * @param {{link: Link, color: string}[]} marks of one token, weakest first
 * @param {'query'|'key'} side its own
 * @returns {Map<number, {link: Link, color: string}>} by the position of the other token
 */
export function strongestAcross(marks, side) {
  return new Map(
    marks.map((mark) => [side === 'query' ? mark.link.key_pos : mark.link.query_pos, mark]),
  );
}

/**
 * The link under the pointer: the nearest within reach, the stronger of equals.
 * @returns {Link|null}
 */
export function linkAt(marks, x, y, reach = 6) {
  let found = null;
  let nearest = reach;
  for (const mark of marks) {
    const [x0, y0, , x1, y1] = mark.points;
    const across = (x - x0) / (x1 - x0);
    if (!(across >= 0 && across <= 1)) continue;
    const t = bezierTime(across);
    const distance = Math.abs(y - (y0 + (y1 - y0) * (3 * t * t - 2 * t * t * t)));
    if (distance <= nearest) {
      nearest = distance;
      found = mark.link;
    }
  }
  return found;
}

/**
 * What is drawn and what is not, in one sentence.
 * @param {{links: Link[], possible: number, weightShare: number}} selection
 */
export function leftOutText({ links, possible, weightShare }, { threshold, topK, heads = [] }) {
  const measure = heads[0]?.measure;
  const sum = measure?.sum ?? t('of the weight');
  if (possible === 0) return t('No links: every token here is special and hidden.');
  const out = possible - links.length;
  const least = measure
    ? t('at least {threshold} of the largest', { threshold: shareText(threshold) })
    : t('of weight {threshold} or more', { threshold });
  const held = t('{share} {sum}', { share: shareText(weightShare), sum });
  if (out === 0) {
    return t('Every link is drawn, {possible} in all: {held}.', {
      possible: count(possible),
      held,
    });
  }
  const drawn = t('{drawn} of {possible} links drawn', {
    drawn: count(links.length),
    possible: count(possible),
  });
  const each = plural("each query's strongest", "each query's {count} strongest", topK);
  return threshold > 0
    ? t('{drawn}: {each}, {least}. They hold {held}.', { drawn, each, least, held })
    : t('{drawn}: {each}. They hold {held}.', { drawn, each, held });
}

/**
 * What hiding takes away, for the picture and, with a focus on a query, for its row; empty
 * where nothing is hidden.
 * @param {{heads: Head[], queryTokens: Token[], keyTokens: Token[], hideSpecial: boolean,
 *   focus?: any|null}} options
 * @param {number} [mean] the hidden share of all rows, where it is known already
 */
export function hiddenText({ heads, queryTokens, keyTokens, hideSpecial, focus = null }, mean) {
  if (!hideSpecial) return '';
  const share = mean ?? hiddenShare(heads, queryTokens, keyTokens);
  const row = focus?.side === 'query' && queryTokens[focus.pos] ? focus.pos : null;
  const own = row === null ? null : hiddenShare(heads, queryTokens, keyTokens, row);
  const sum = heads[0]?.measure?.sum ?? t('of the weight on average');
  const held = t('{share} {sum}', { share: shareText(share), sum });
  return own === null
    ? t('Hidden with the special tokens: {held}. Nothing is rescaled.', { held })
    : t(
        'Hidden with the special tokens: {held}, and {own} of the row of {token}. Nothing is rescaled.',
        { held, own: shareText(own), token: tokenName(queryTokens, row) },
      );
}

/** The strongest links of one token in words, at most `most` of them. */
export function focusText(links, { queryTokens, keyTokens, heads }, { side, pos }, most = 4) {
  const name = tokenName(side === 'query' ? queryTokens : keyTokens, pos);
  const verbs = heads[0]?.measure?.verbs ?? { query: t('looks at'), key: t('is looked at by') };
  const verb = verbs[side];
  if (!links.length) return t('{name} {verb} nothing that is drawn.', { name, verb });
  const named = links
    .slice(-most)
    .reverse()
    .map(({ head, query_pos, key_pos, weight }) => {
      const other =
        side === 'query' ? tokenName(keyTokens, key_pos) : tokenName(queryTokens, query_pos);
      const by = heads.length > 1 ? ` [${headName(heads[head])}]` : '';
      return `${other} ${numberText(weight)}${by}`;
    });
  return t('{name} {verb} {others}', { name, verb, others: named.join(' · ') });
}

/**
 * What the tooltip says of a link.
 * @returns {{title: string, value: string, rows: string[][], color: string}}
 */
export function linkText({ head, query_pos, key_pos, weight }, { heads, queryTokens, keyTokens }) {
  return {
    title: headName(heads[head]),
    value: numberText(weight),
    rows: [
      [t('query'), tokenName(queryTokens, query_pos)],
      [t('key'), tokenName(keyTokens, key_pos)],
    ],
    color: linkColor({ head, weight }, heads),
  };
}

/** The picture's accessible name. */
export function linksName({ heads, queryTokens, keyTokens, causal }, { links }) {
  const which = heads.map(headName).join(', ');
  const best = links.at(-1);
  const size = { which, queries: queryTokens.length, keys: keyTokens.length };
  return prose(
    causal
      ? t(
          'Token links of {which}, {queries} queries and {keys} keys, causal: no query looks ahead.',
          size,
        )
      : t('Token links of {which}, {queries} queries and {keys} keys.', size),
    best &&
      t('The strongest goes from {query} to {key}, {weight}.', {
        query: tokenName(queryTokens, best.query_pos),
        key: tokenName(keyTokens, best.key_pos),
        weight: numberText(best.weight),
      }),
  );
}

/** A number of another layer where there is little room: '2.35', '−0.0084', '7.9e−5'. */
export function compactText(value) {
  const size = Math.abs(value);
  const small = size > 0 && size < 0.001;
  return (small ? value.toExponential(1) : numberText(value, size < 0.1 ? 2 : 3)).replaceAll(
    '-',
    '−',
  );
}

/** 'layer 3 head 1', or what its picture of another layer is called */
export function headName({ kind, layer, head, title }) {
  return title ?? headPlace({ kind, layer, head });
}

const sizeOf = (link) => Math.abs(link.weight);

/** The size that is drawn in full. @param {Head} head */
const mostOf = (head) => head.measure?.most ?? 1;

function insertBySize(best, link, most) {
  let at = best.length;
  while (at > 0 && sizeOf(best[at - 1]) < sizeOf(link)) at -= 1;
  best.splice(at, 0, link);
  if (best.length > most) best.pop();
}

function checkHead(head, queryTokens, keyTokens) {
  const { rows, cols, pattern } = head;
  if (rows !== queryTokens.length || cols !== keyTokens.length || pattern.length !== rows * cols) {
    throw new Error(
      `invalid head: pattern of ${pattern.length} is not ${queryTokens.length} x ${keyTokens.length}`,
    );
  }
}

/** Where along the curve its x has gone the share `across`: x(t) = 1.5 t - 1.5 t² + t³. */
function bezierTime(across) {
  let t = across;
  for (let i = 0; i < 6; i += 1) {
    const x = 1.5 * t - 1.5 * t * t + t * t * t;
    t -= (x - across) / (1.5 - 3 * t + 3 * t * t);
  }
  return t;
}

function count(n) {
  return n.toLocaleString(language);
}
