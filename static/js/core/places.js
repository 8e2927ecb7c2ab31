// How a searched word is written in an address, and as the API wants it. Pure.

/**
 * A searched word as the API wants it. "@s0:4-7" is characters 4 to 7 of the first text,
 * "@p12" token 12, "@@..." a word that itself starts with "@".
 * @param {string} written
 * @returns {string | {position: number} | {start: number, end: number, segment: number}}
 */
export function parsePlace(written) {
  const span = /^@s([01]):(\d+)-(\d+)$/.exec(written);
  if (span) return { start: Number(span[2]), end: Number(span[3]), segment: Number(span[1]) };
  const position = /^@p(\d+)$/.exec(written);
  if (position) return { position: Number(position[1]) };
  return written.startsWith('@@') ? written.slice(1) : written;
}

/**
 * How a typed word, or a word that was clicked, is written in the state. A first occurrence
 * is written as the word itself: links stay readable.
 * @param {{text: string, start: number|null, end: number|null, segment: number, tokens: number[]}} word
 * @param {readonly {text: string, special?: boolean}[]} words
 */
export function writePlace(word, words) {
  if (word.start === null || word.end === null) return `@p${word.tokens[0]}`;
  const same = (other) => other.text.toLowerCase() === word.text.toLowerCase();
  if (words.find((other) => !other.special && same(other)) === word) return writeTyped(word.text);
  return `@s${word.segment}:${word.start}-${word.end}`;
}

/** @param {string} typed */
export function writeTyped(typed) {
  return typed.startsWith('@') ? `@${typed}` : typed;
}
