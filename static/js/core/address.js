// A page's state, as the fragment of its address says it. Pure: the store reads and writes the URL.
//
// #v=1&text=...&model=bert&layer=3 ... ; URLSearchParams does the encoding, so a text may hold any
// character. What equals its default is left out. A fragment is never sent to a server: a person's
// text does not end in its logs.

/** @type {[string, string]} */
const VERSION = ['v', '1'];

/**
 * @typedef {object} Field what a page states in its address
 * @property {any} otherwise its value where the address says nothing of it, or nothing that it means
 * @property {(written: string) => any} read undefined: that means nothing
 * @property {(value: any) => string} write of a value that is not null
 * @property {string} [name] in the address, where that is another than in the state
 * @property {boolean} [always] written even where it is the default
 */

/** @param {string|null} otherwise @returns {Field} words of a person, or a name */
export const word = (otherwise = null) => ({ otherwise, read: (said) => said, write: String });

/** @type {Field} of a model; an empty one is none */
export const name = { ...word(), read: (said) => said || undefined };

/** @type {Field} a text that is read: written even where it is empty */
export const text = { ...word(''), always: true };

/** @param {number|null} otherwise @param {(value: number) => boolean} [allowed] @returns {Field} */
export const count = (otherwise, allowed = () => true) => ({
  otherwise,
  read: (said) => (/^\d{1,6}$/.test(said) && allowed(Number(said)) ? Number(said) : undefined),
  write: String,
});

/** @param {number} low @param {number} high @param {number} otherwise @returns {Field} */
export const number = (low, high, otherwise) => ({
  otherwise,
  read: (said) => (said && Number(said) >= low && Number(said) <= high ? Number(said) : undefined),
  write: String,
});

/** @param {readonly any[]} allowed @param {any} otherwise @returns {Field} */
export const oneOf = (allowed, otherwise) => ({
  otherwise,
  read: (said) => allowed.find((one) => String(one) === said),
  write: String,
});

const HEAD = /^(?:(encoder|decoder|cross)\.)?(\d{1,4})-(\d{1,4})$/;
/** @type {Field} "3-1" or "cross.3-1"; kind null is the model's first */
export const head = {
  otherwise: null,
  read(said) {
    const found = HEAD.exec(said);
    return found
      ? { kind: found[1] ?? null, layer: Number(found[2]), head: Number(found[3]) }
      : undefined;
  },
  write: ({ kind = null, layer, head }) => `${kind ? `${kind}.` : ''}${layer}-${head}`,
};

/**
 * @param {Field} field @param {number} most
 * @returns {Field} several of them, with commas between
 */
export const list = (field, most) => ({
  otherwise: [],
  read: (said) =>
    said
      .split(',')
      .map(field.read)
      .filter((value) => value !== undefined)
      .slice(0, most),
  write: (values) => values.map(field.write).join(','),
});

/**
 * @template State
 * @typedef {object} Address
 * @property {Readonly<State>} DEFAULTS
 * @property {Readonly<State>} WELCOME what the page opens on
 * @property {(fragment: string) => State} parse
 * @property {(state: State) => string} write
 * @property {(params: URLSearchParams, state: State) => string[]} ignored
 */

/**
 * How a page writes its state, and reads it.
 * @param {Record<string, Field>} fields by their names in the state, in the order of the address
 * @param {object} [more]
 * @param {Record<string, any>} [more.apart] what a state holds besides, as it is by default
 * @param {Record<string, any>} [more.welcome] what the page opens on, where its address is empty
 * @param {(state: any, params: URLSearchParams) => any} [more.complete] what takes several fields
 * @param {Record<string, (state: any) => string[]>} [more.repeated] what is said once for each
 * @returns {Address<any>}
 */
export function createAddress(
  fields,
  { apart = {}, welcome = {}, complete = (state) => state, repeated = {} } = {},
) {
  const defaults = Object.entries(fields).map(([key, { otherwise }]) => [key, otherwise]);
  const DEFAULTS = Object.freeze({ ...Object.fromEntries(defaults), ...apart });
  const WELCOME = Object.freeze({ ...DEFAULTS, ...welcome });

  const written = ({ write }, value) => (value === null ? null : write(value));

  /** @returns {[string, string][]} a state in words, but what is repeated; `short`: no defaults */
  function entriesOf(state, { short }) {
    return Object.entries(fields).flatMap(([key, field]) => {
      const said = written(field, state[key]);
      const usual = short && !field.always && said === written(field, field.otherwise);
      return said === null || usual
        ? []
        : [/** @type {[string, string]} */ ([field.name ?? key, said])];
    });
  }

  return {
    DEFAULTS,
    WELCOME,

    /**
     * The state that a fragment names; what it does not name, or names wrongly, is the default.
     * @param {string} fragment with or without "#"
     */
    parse(fragment) {
      const params = new URLSearchParams(fragment.replace(/^#/, ''));
      if ([...params].length === 0) return { ...WELCOME };
      // An address that says something, and no text, is of what the page opens on.
      const silent = !Object.entries(fields).some(
        ([key, { name = key, always }]) => always && params.has(name),
      );
      const state = Object.entries(fields).map(([key, { name = key, otherwise, read, always }]) => {
        const said = params.get(name);
        const unsaid = always && silent ? WELCOME[key] : otherwise;
        return [key, said === null ? unsaid : (read(said) ?? otherwise)];
      });
      return complete({ ...apart, ...Object.fromEntries(state) }, params);
    },

    /** The fragment of a state, without "#". */
    write(state) {
      const entries = entriesOf(state, { short: true });
      for (const [name, spell] of Object.entries(repeated)) {
        entries.push(...spell(state).map((said) => /** @type {[string, string]} */ ([name, said])));
      }
      return entries.length ? String(new URLSearchParams([VERSION, ...entries])) : '';
    },

    /** What of an address its state does not say, repeated names aside: "level=nonsense". */
    ignored(params, state) {
      const said = new Map([VERSION, ...entriesOf(state, { short: false })]);
      const means = (name, value) => {
        const meant = said.get(name);
        if (meant === undefined || params.getAll(name).length > 1) return false;
        return meant === value || (value !== '' && Number(meant) === Number(value));
      };
      return [...params]
        .filter(([name, value]) => !Object.hasOwn(repeated, name) && !means(name, value))
        .map(([name, value]) => `${name}=${value}`);
    },
  };
}
