// Which way a text runs, and how to keep a name from turning the line it stands in. Pure.

const RIGHT_TO_LEFT =
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;
const LETTER = /\p{L}/u;

/** The direction of a text's first letter. @param {string} text @returns {'ltr'|'rtl'} */
export function direction(text) {
  const first = LETTER.exec(text)?.[0];
  return first !== undefined && RIGHT_TO_LEFT.test(first) ? 'rtl' : 'ltr';
}

const CONTROLS = /[\u202a-\u202e\u2066-\u2069]/;

/**
 * A name to set among others in one line: where it may turn the line's direction it stands
 * between U+2068 and U+2069, so that words, numbers and arrows around it keep their order.
 * @param {string} text
 */
export function isolated(text) {
  return RIGHT_TO_LEFT.test(text) || CONTROLS.test(text) ? `\u2068${text}\u2069` : text;
}
