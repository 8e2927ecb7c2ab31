// Every head of the run, switched off on its own: asked for when a person wants it, and then known to
// the overview too, which sorts and colours by it.

import { lazyPart } from '../../core/lazy.js';
import { nameOf } from '../../core/selection.js';
import { build, html } from '../../core/template.js';
import { withEffects } from '../../figures/ablations.js';
import { errorNotice } from '../../parts/notice.js';
import { chosenOutput, outputsOf } from './measures.js';

/**
 * @param {object} parts
 * @param {ReturnType<typeof import('../../core/store.js').createStore>} parts.store
 * @param {ReturnType<typeof import('../../core/queries.js').createQueries>} parts.queries
 * @param {ReturnType<typeof import('./selectors.js').createSelectors>} parts.selectors
 * @param {ReturnType<typeof import('../../core/api.js').createApi>} parts.api
 * @param {() => string} parts.modelName
 * @param {() => void} parts.retry asks again for what has failed
 * @param {(name: any) => void} parts.onOpen opens a head
 */
export function createAblations({ store, queries, selectors, api, modelName, retry, onOpen }) {
  const element = build(
    html`<section class="ablations" aria-labelledby="ablations-title"></section>`,
  );
  const view = lazyPart(
    element,
    async () => (await import('./later.js')).ablationsView,
    {
      onOutput: (output) => store.open({ output }),
      onTry: (ablations) => store.open({ ablations }),
      onOpen: (head) => onOpen(nameOf(head, selectors.overview())),
    },
    () => selectors.tab() === 'what-if',
  );
  let known = { overview: null, answer: null, made: null };

  const outputs = () => {
    const { pin, kind, level } = store.get();
    return outputsOf(selectors.overview(), pin, kind, level);
  };

  function body() {
    const { ablations, text, text_pair, output } = store.get();
    if (!ablations || !selectors.overview()) return null;
    const { request } = chosenOutput(outputs(), output);
    return { model: modelName(), text, text_pair, output: request };
  }

  /** The answer for the output that is chosen; null while another is awaited. */
  function answer() {
    const { status, value } = queries.get('ablations');
    return status === 'ready' && value ? value : null;
  }

  return {
    element,
    ask() {
      const asked = body();
      const key = asked && JSON.stringify(['ablations', asked]);
      queries.ask('ablations', key, (options) => api.ablations(asked, options));
    },
    /** The overview with what each head does alone, once that is known. @param {any} overview */
    known(overview) {
      const found = answer();
      if (!overview || !found) return overview;
      if (known.overview !== overview || known.answer !== found)
        known = { overview, answer: found, made: withEffects(overview, found) };
      return known.made;
    },
    update() {
      const { status, error } = queries.get('ablations');
      const { kind, output, ablations } = store.get();
      const data = selectors.overview();
      view.update({
        answer: answer(),
        loading: status === 'loading',
        problem: error && errorNotice(error, retry),
        tried: ablations,
        outputs: outputs(),
        output: chosenOutput(outputs(), output).value,
        kind: kind ?? data?.kinds[0].kind ?? null,
        heads: data?.heads.length ?? 0,
        open: selectors.heads()[0] ?? null,
      });
    },
  };
}
