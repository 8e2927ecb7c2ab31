// What the page asks the server, for a state: one slot of the queries for each question.

import { parsePlace } from './places.js';

/** What one head's arrays hold at token level. */
const ALL = ['pattern', 'scores', 'q', 'k', 'v', 'z'];

/**
 * @typedef {{kind: string|null, layer: number, head: number}} HeadName
 * @typedef {HeadName & {run: string, level: string, pattern: Matrix, scores: Float32Array|null, q?: Matrix, k?: Matrix, v?: Matrix, z?: Matrix}} HeadArrays
 * @typedef {{data: Float32Array, rows: number, cols: number}} Matrix
 */

/** Names one run of a model: answers with the same name belong together. */
export function runOf(model, { text, text_pair }) {
  return JSON.stringify([model, text, text_pair]);
}

/**
 * @param {ReturnType<typeof import('./api.js').createApi>} api
 * @param {ReturnType<typeof import('./queries.js').createQueries>} queries
 * @param {() => Promise<void>} [shown] resolves when the overview that was answered is on screen
 */
export function createRequests(api, queries, shown) {
  /** A large answer is not read before the first picture: reading it would hold that up. */
  const quiet = () => queries.settled('overview').then(shown);

  return {
    /** @param {string} model @param {{text: string, text_pair: string|null}} draft of the text box */
    tokens(model, { text, text_pair }) {
      const key = text.trim() ? runOf(model, { text, text_pair }) : null;
      queries.ask('tokens', key, (options) => api.tokens({ model, text, text_pair }, options));
    },

    /**
     * Everything that the state shows; what is already asked or known is not asked again.
     * @param {string} model
     * @param {import('./addresses/inspector.js').State} state
     * @param {HeadName[]} open the heads shown, the first one first; none: not known yet
     */
    run(model, state, open) {
      const run = runOf(model, state);
      const body = { model, text: state.text, text_pair: state.text_pair };
      const asked = state.text.trim() !== '';
      const keyOf = (...rest) => (asked ? JSON.stringify([run, ...rest]) : null);

      queries.ask('overview', keyOf('overview', state.level), async (options) => ({
        ...(await api.overview({ ...body, level: state.level }, options)),
        run,
        id: keyOf('overview', state.level),
      }));

      open.forEach((name, i) => {
        const include = state.level === 'word' ? ['pattern'] : i === 0 ? ALL : ['pattern'];
        queries.ask(
          `head:${i}`,
          keyOf('head', state.level, include, name),
          (options) => head(body, run, name, state.level, include, options),
          { keep: true },
        );
      });
      for (const slot of queries.names('head:')) {
        if (Number(slot.slice(5)) >= open.length) queries.ask(slot, null, async () => null);
      }

      // At word level the vectors, and the tokens behind a cell, are asked for beside it.
      const apart = state.level === 'word' && open.length > 0;
      queries.ask(
        'vectors',
        apart ? keyOf('head', 'token', ALL, open[0]) : null,
        (options) => head(body, run, open[0], 'token', ALL, options),
        { keep: true },
      );

      const { cell } = state;
      queries.ask(
        'cell',
        cell && open.length ? keyOf('cell', open[0], cell) : null,
        (options) => api.cell({ ...body, ...open[0], ...cell }, options),
        { keep: true },
      );

      const { query, key } = state;
      queries.ask(
        'search',
        query !== null && key !== null ? keyOf('search', state.kind, query, key) : null,
        (options) =>
          api.search(
            { ...body, kind: state.kind, query: parsePlace(query), key: parsePlace(key) },
            options,
          ),
      );
    },
  };

  /** @returns {Promise<HeadArrays>} */
  async function head(body, run, { kind, layer, head: index }, level, include, options) {
    const arrays = await api.arrays(
      { ...body, kind, layers: [layer], heads: [index], level, include },
      { ...options, quiet },
    );
    const matrix = (name) => {
      const [rows, cols] = arrays[name].shape.slice(-2);
      return { data: arrays[name].data, rows, cols };
    };
    /** @type {any} */
    const found = Object.fromEntries(include.map((name) => [name, matrix(name)]));
    return { ...found, run, kind, layer, head: index, level, scores: found.scores?.data ?? null };
  }
}
