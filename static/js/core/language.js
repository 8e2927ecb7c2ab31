// What the script of a text says about how to set it. Pure.

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
