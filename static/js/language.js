// What the script of a text says about how to set it. Pure.

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

/**
 * A language tag where the script chooses between glyphs (Han is drawn differently for
 * Chinese, Japanese and Korean); null where it does not matter.
 * @param {string} text
 */
export function language(text) {
  if (/[\p{Script=Hiragana}\p{Script=Katakana}]/u.test(text)) return 'ja';
  if (/\p{Script=Hangul}/u.test(text)) return 'ko';
  return /\p{Script=Han}/u.test(text) ? 'zh' : null;
}

/**
 * The words that a text will be cut into, nearly: what stands in their place until the model
 * has said. Words have no tokens yet.
 * @param {{text: string, text_pair: string|null}} texts
 */
export function guessWords({ text, text_pair }) {
  return [text, text_pair ?? ''].flatMap((source, segment) =>
    Array.from(source.slice(0, 4000).matchAll(/[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu), ([word]) => ({
      text: word,
      tokens: [],
      special: false,
      segment,
    })),
  );
}
