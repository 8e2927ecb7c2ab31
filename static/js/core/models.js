// The models that can be chosen, and what is known of each so far.

/** The models as the page brought them: what each is and its shape, before anything is asked. */
export function modelsOf(page) {
  return JSON.parse(page.documentElement.dataset.models);
}

/** What a model is called. @param {any[]} models @param {string} name */
export const modelTitle = (models, name) => models.find((one) => one.name === name)?.title ?? name;

/** How the names of files about a model begin. @param {string} name @param {...(string|number)} parts */
export const fileStem = (name, ...parts) =>
  ['headlight', name.replaceAll('/', '-'), ...parts].join('-');

/**
 * @param {object} parts
 * @param {any[]} parts.known models, as GET /models lists them
 * @param {ReturnType<typeof import('./api.js').createApi>} parts.api
 * @param {ReturnType<typeof import('./queries.js').createQueries>} parts.queries
 * @param {() => string} parts.modelName of the model on screen
 * @param {() => void} parts.onChange
 */
export function createModels({ known, api, queries, modelName, onChange }) {
  let list = known;
  let error = null;
  const info = () => list.find(({ name }) => name === modelName()) ?? null;

  async function load() {
    try {
      list = (await api.models()).models;
      error = null;
    } catch (problem) {
      error = problem;
    }
    onChange();
  }

  return {
    /** Asks anew how far each model is. */
    load,
    list: () => list,
    error: () => error,
    /** The model on screen; null where the server has no such model. */
    info,
    /** Asks for the list again where that has failed. */
    mend() {
      if (error) load();
    },
    /** While a model is fetched, its progress is asked for; once it is there, its shape. */
    async watch() {
      const { status, wait } = queries.get('overview');
      const waits = wait?.code === 'model_loading';
      const unknown = status === 'ready' && info()?.layers === null;
      if (!waits && !unknown) return;
      try {
        const now = await api.model(modelName());
        list = list.map((one) => (one.name === now.name ? now : one));
        onChange();
      } catch {
        // The question that waits tells what is wrong.
      }
    },
  };
}
