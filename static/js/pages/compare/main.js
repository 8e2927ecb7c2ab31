// Wires the comparison: one sentence, one link, two models. Knows all modules of its page.

import { createApi } from '../../core/api.js';
import { h } from '../../core/dom.js';
import { guessWords } from '../../core/language.js';
import { createMemo } from '../../core/memo.js';
import { modelsOf } from '../../core/models.js';
import { createQueries } from '../../core/queries.js';
import { createRequests, runOf } from '../../core/requests.js';
import { createScheduler } from '../../core/scheduler.js';
import { openHeads, sameHead } from '../../core/selection.js';
import * as inspector from '../../core/state.js';
import { themeToggle } from '../../core/theme-toggle.js';
import { direction } from '../../figures/bidi.js';
import { createTooltip } from '../../parts/tooltip.js';
import { parseCompare, writeCompare } from './address.js';
import { askView } from './views/ask.js';
import { sideView } from './views/side.js';

const { api: base, defaultModel, walkModel } = document.documentElement.dataset;
const part = (name) => /** @type {HTMLElement} */ (document.querySelector(`[data-part="${name}"]`));

const OWN = [walkModel, defaultModel];
const api = createApi(base);
const store = inspector.createStore(window, { parse: parseCompare, write: writeCompare });
const frames = createScheduler(() => {
  for (const side of sides) side.ask();
  draw();
});
const same = createMemo();
const models = modelsOf(document);

const asking = askView(
  { text: part('text'), link: part('link') },
  {
    onRead(patch) {
      for (const { session } of sides) session.forgetFailures();
      const kept = patch.text === store.get().text && patch.query === null;
      store.open(kept ? {} : { ...patch, heads: [null, null] });
    },
    onSearch(places) {
      for (const { session } of sides) session.forgetFailures();
      const patch = { ...places, heads: [null, null] };
      if (places.query !== null && places.key !== null) store.open(patch);
      else store.adjust(patch);
    },
    onPicture: (picture) => store.adjust({ picture }),
  },
);
const tooltip = createTooltip();
const sides = [side(0, 'First model'), side(1, 'Second model')];

/** One of the two: what it is asked, and what of its answers is of the text on screen. */
function side(i, name) {
  const session = createQueries(frames.render);
  const questions = createRequests(api, session);
  const put = (list, value) => list.map((old, at) => (at === i ? value : old));
  const view = sideView(part(i ? 'second' : 'first'), {
    name,
    tooltip,
    onModel(model) {
      const { models: chosen, heads } = store.get();
      store.open({ models: put(chosen, model === OWN[i] ? null : model), heads: put(heads, null) });
    },
    onHead: (place) => store.open({ heads: put(store.get().heads, place) }),
    onRetry: retry,
  });
  const model = () => store.get().models[i] ?? OWN[i];

  /** What the inspector would call this side's state. */
  function state() {
    const { text, query, key, heads } = store.get();
    const { layer = null, head = null } = heads[i] ?? {};
    return { ...inspector.DEFAULTS, text, query, key, layer, head };
  }

  function ofScreen(name) {
    const { value } = session.get(name);
    return value?.run === runOf(model(), state()) ? value : null;
  }

  /** The answer to the link asked for; null while another is awaited. */
  function ranked() {
    const { value, status } = session.get('search');
    return status === 'ready' ? value : null;
  }

  /** The chosen head, else the best for the link, else the one with the strongest far link. */
  function open() {
    const asked = state();
    const data = ofScreen('overview');
    const link = asked.query !== null && asked.key !== null;
    if (asked.layer === null && link && session.get('search').status !== 'error') {
      const [best] = ranked()?.heads ?? [];
      return best ? { kind: null, layer: best.layer, head: best.head } : null;
    }
    return openHeads(asked, data)[0] ?? null;
  }

  function arrays(wanted) {
    const value = ofScreen('head:0');
    return value && wanted && sameHead(value, wanted) ? value : null;
  }

  return {
    session,
    /** The words that both models have; special tokens are each model's own. */
    words: () => ofScreen('overview')?.kinds[0].query.words.filter(({ special }) => !special),
    /** Where the words asked for stand among them. */
    found() {
      const all = ofScreen('overview')?.kinds[0].query.words;
      const value = ranked();
      if (!all || !value) return null;
      const place = (index) => all.slice(0, index).filter(({ special }) => !special).length;
      const of = ({ words }) => ({ words: words.filter((n) => !all[n].special).map(place) });
      return { query: of(value.query), key: of(value.key) };
    },
    failed: () => session.get('search').status === 'error',
    ask() {
      const wanted = open();
      questions.run(model(), state(), wanted ? [wanted] : []);
    },
    draw() {
      const { text, query, key, heads, picture } = store.get();
      const wanted = open();
      const pinAt = ranked()?.query.tokens[0] ?? null;
      const pin = pinAt === null ? null : { side: /** @type {const} */ ('query'), pos: pinAt };
      const named = model() === defaultModel ? null : model();
      const link = { ...state(), ...wanted, model: named, pin };
      view.update({
        models,
        model: model(),
        overview: session.get('overview'),
        search: session.get('search'),
        head: session.get('head:0'),
        asked: query !== null && key !== null,
        data: ofScreen('overview'),
        open: wanted,
        chosen: heads[i] !== null,
        arrays: arrays(wanted),
        pinAt,
        picture,
        dir: direction(text),
        query,
        key,
        href: `/#${inspector.writeState(link)}`,
      });
    },
  };
}

function draw() {
  const { text, query, key, picture } = store.get();
  const blank = text.trim() === '';
  const ready = sides.find((one) => one.words());
  const guessed = same('guessed', guessWords({ text, text_pair: null }));
  asking.update({
    text,
    words: ready ? same('words', ready.words()) : guessed,
    dir: direction(text),
    query,
    key,
    found: ready?.found() ?? null,
    failed: sides.some((one) => one.failed()),
    picture,
  });
  part('hint').replaceChildren(...(blank ? [h('p', {}, 'Nothing to read yet.')] : []));
  part('hint').hidden = !blank;
  part('sides').hidden = blank;
  for (const one of sides) one.draw();
  document.title = title(text);
}

function title(text) {
  const start = text.trim().slice(0, 48);
  return start ? `${start} · Compare · Headlight` : 'Compare · Headlight';
}

function retry() {
  for (const { session } of sides) session.forgetFailures();
  frames.render();
}

themeToggle(part('theme'));
part('skip').addEventListener('click', (event) => {
  event.preventDefault();
  asking.focus();
});
store.subscribe(frames.render);
frames.render();
