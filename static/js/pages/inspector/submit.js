// A text on its way from the box to the screen: cut first, then read or refused. One that
// cannot be read leaves the old picture, and the address, as they are.

import { runOf } from '../../core/requests.js';

/**
 * @param {object} parts
 * @param {ReturnType<typeof import('../../core/queries.js').createQueries>} parts.queries
 * @param {ReturnType<typeof import('../../core/requests.js').createRequests>} parts.questions
 * @param {ReturnType<typeof import('../../core/store.js').createStore>} parts.store
 * @param {() => string} parts.modelName
 * @param {string} parts.defaultModel
 * @param {() => void} parts.onRefusal called when `refusal()` may have something to say
 */
export function createSubmit({ queries, questions, store, modelName, defaultModel, onRefusal }) {
  /** What is to be read, until it is known that it can be. */
  let wanted = null;

  /** The model that is to read it: that on screen, where it names none. */
  const readBy = ({ model = modelName() }) => model;

  /** A text read anew forgets the words and cells of the one before. */
  function forgotten({ text, text_pair }) {
    const state = store.get();
    const same = text === state.text && text_pair === state.text_pair;
    return same ? {} : { query: null, key: null, cell: null, pin: null };
  }

  /** The server's own model goes unsaid. */
  const named = ({ model }) => (model && model === defaultModel ? { model: null } : {});

  /** Opens the wanted text as soon as its tokens are known to fit. */
  function admit() {
    if (!wanted) return;
    const { key, status, value } = queries.get('tokens');
    const blank = wanted.text.trim() === '';
    const fits = status === 'ready' && key === runOf(readBy(wanted), wanted) && value.fits;
    if (!blank && !fits) {
      onRefusal();
      return;
    }
    const patch = wanted;
    wanted = null;
    store.open({ ...forgotten(patch), ...patch, ...named(patch) });
  }

  return {
    admit,
    /** The text in the box has changed: only how it is cut is asked for. */
    draft(texts) {
      wanted = null;
      questions.tokens(modelName(), texts);
    },
    /** @param {Partial<import('../../core/addresses/inspector.js').State> & {text: string}} patch */
    read(patch) {
      // Read again, a text is asked for again, whatever became of it before.
      queries.forgetFailures();
      wanted = { text_pair: null, ...patch };
      questions.tokens(readBy(wanted), wanted);
      admit();
    },
    /** Why the wanted text is not read, in the server's words; null where nothing is wrong. */
    refusal() {
      const { status, value } = queries.get('tokens');
      if (!wanted || status !== 'ready' || value.fits) return null;
      return { message: value.refusal, status: 422 };
    },
  };
}
