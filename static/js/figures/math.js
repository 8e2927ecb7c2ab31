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
