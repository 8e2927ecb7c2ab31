// What the screen says, in the language of the page. The English message is the key of its
// translation, so that a page without a catalogue is in English. `make messages` reads the calls of
// t, plural and rich; each gets its message as a literal.

/**
 * Translations by their English message; one for each plural form where there are such.
 * @type {Record<string, string | string[]>}
 */
const catalogue = /** @type {any} */ (globalThis).headlightCatalogue ?? {};

/** @typedef {Record<string, string|number|null|undefined>} Parameters */

/** BCP 47, of the page: what its numbers and lists are written in. */
export const language = globalThis.document?.documentElement.lang || 'en';

const PARAMETER = /\{(\w+)\}/;
const rules = new Intl.PluralRules(language);
/** Chinese has one form for all counts, English two. */
const forms = rules.resolvedOptions().pluralCategories.length;

/** @param {string} message @param {Parameters} params */
const filled = (message, params) =>
  message
    .split(PARAMETER)
    .map((piece, at) => (at % 2 === 0 ? piece : (params[piece] ?? `{${piece}}`)))
    .join('');

/** @param {string} key @returns {string|undefined} */
const translated = (key) => /** @type {string|undefined} */ (catalogue[key]);

/**
 * A message with its parameters: t('Head {head} of {count}', { head, count }).
 * @param {string} message @param {Parameters} [params] @returns {string}
 */
export const t = (message, params = {}) => filled(translated(message) ?? message, params);

/**
 * A message about a number of things, which is its parameter `count`.
 * @param {string} one @param {string} other @param {number} count
 * @param {Parameters} [params] @returns {string}
 */
export function plural(one, other, count, params = {}) {
  const translations = catalogue[one];
  const message = translations
    ? translations[forms === 1 || rules.select(count) === 'one' ? 0 : 1]
    : [one, other][count === 1 ? 0 : 1];
  return filled(message, { count, ...params });
}

/**
 * A message whose parameters may be templates, as the parts that a template takes.
 * @param {string} message @param {Record<string, any>} params
 */
export const rich = (message, params) =>
  t(message)
    .split(PARAMETER)
    .map((piece, at) => (at % 2 === 0 ? piece : params[piece]));

/** What stands between two sentences: Chinese sets no blank there. */
export const space = /^zh\b/.test(language) ? '' : ' ';

/**
 * Sentences, one after the other, those that are there.
 * @param {...(string|false|null|undefined)} said
 */
export const prose = (...said) => said.filter(Boolean).join(space);
