/**
 * Formulas as trees, [tag, ...children], for the one that builds MathML of them (parts/mathml.js).
 * Pure.
 */

export const mi = (name) => ['mi', String(name)];
export const mn = (value) => [Number.isNaN(Number(value)) ? 'mi' : 'mn', String(value)];
export const mo = (sign) => ['mo', sign];
export const word = (name) => ['mtext', name];
/** Words among signs, with room around them. */
export const text = (words) => ['mtext', `\u00a0${words}\u00a0`];
export const mrow = (...parts) => ['mrow', ...parts];
/** Letters that reach below the line would pull their index down: they stand as if they did not. */
const level = (base) => ['mpadded', { depth: '0px' }, base];
export const msub = (base, sub) => ['msub', level(base), sub];
export const msubsup = (base, sub, sup) => ['msubsup', level(base), sub, sup];
export const msup = (base, sup) => ['msup', base, sup];
export const mfrac = (above, below) => ['mfrac', above, below];
export const msqrt = (inside) => ['msqrt', inside];
/** A sum over an index. */
export const sum = (index) => ['munder', ['mo', '∑'], mi(index)];

/** Signs by their names in LaTeX. */
const SIGNS = {
  cdot: '·',
  times: '×',
  partial: '∂',
  delta: 'δ',
  infty: '∞',
  tanh: 'tanh',
  ldots: '…',
};
const LETTERS = new Set(['∂', 'δ', '∞', 'tanh', '…']);
const PIECES = /\\[A-Za-z]+|\uE000\d+\uE001|\d+(?:\.\d+)?|[A-Za-z]+|[₀-₉]|\S/g;

/**
 * A formula as LaTeX writes it, as far as we need it: _ ^ { } \\frac \\sqrt \\sum and the signs above. A run
 * of letters is one name. What stands in ${} is a number, or words.
 * @param {TemplateStringsArray} strings @param {...(string|number)} values
 * @returns {any[]} the trees of one line
 */
export function tex(strings, ...values) {
  const source = strings.raw.map((part, n) => (n ? `\uE000${n - 1}\uE001${part}` : part)).join('');
  const pieces = source.match(PIECES) ?? [];
  let at = 0;
  const take = () => pieces[at++];

  function row() {
    const trees = [];
    while (at < pieces.length && pieces[at] !== '}') trees.push(scripted(atom()));
    return trees;
  }

  function group() {
    if (pieces[at] !== '{') return atom();
    at += 1;
    const trees = row();
    if (take() !== '}') throw new Error(`a brace is open in ${source}`);
    return trees.length === 1 ? trees[0] : mrow(...trees);
  }

  function scripted(base) {
    const found = {};
    while (pieces[at] === '_' || pieces[at] === '^') found[take()] = group();
    const { _: below, '^': above } = found;
    if (below && above) return msubsup(base, below, above);
    if (below) return msub(base, below);
    return above ? msup(base, above) : base;
  }

  function atom() {
    const piece = pieces[at];
    if (piece === '{') return group();
    at += 1;
    if (piece === '\\frac') return mfrac(group(), group());
    if (piece === '\\sqrt') return msqrt(group());
    if (piece === '\\sum') {
      if (pieces[at] !== '_') return mo('∑');
      at += 1;
      return ['munder', mo('∑'), group()];
    }
    if (piece.startsWith('\uE000')) {
      const value = values[Number(piece.slice(1, -1))];
      return typeof value === 'number' ? mn(value) : word(value);
    }
    if (piece.startsWith('\\')) {
      const sign = SIGNS[piece.slice(1)];
      if (!sign) throw new Error(`${piece} is not known in ${source}`);
      return LETTERS.has(sign) ? mi(sign) : mo(sign);
    }
    if (/^[A-Za-z]/.test(piece)) return mi(piece);
    return /^\d/.test(piece) ? mn(piece) : mo(piece === '-' ? '−' : piece);
  }

  return row();
}
