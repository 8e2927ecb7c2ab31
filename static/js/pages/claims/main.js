// Wires the page of claims: a model, and what it does about each published statement.

import { createApi } from '../../core/api.js';
import { h, setText } from '../../core/dom.js';
import { createModels, modelsOf } from '../../core/models.js';
import { createQueries } from '../../core/queries.js';
import { createScheduler } from '../../core/scheduler.js';
import { createStore } from '../../core/state.js';
import { themeToggle } from '../../core/theme-toggle.js';
import { summaryText } from '../../figures/claim.js';
import { modelPicker } from '../../parts/model-picker.js';
import { errorNotice } from '../../parts/notice.js';
import { parseClaims, writeClaims } from './address.js';
import { readAnswer } from './answer.js';
import { exampleLink } from './link.js';
import { claimView } from './views/claim.js';
import { progressView } from './views/progress.js';

const { api: base, defaultModel } = document.documentElement.dataset;
const part = (name) => /** @type {HTMLElement} */ (document.querySelector(`[data-part="${name}"]`));

const api = createApi(base);
const store = createStore(window, { parse: parseClaims, write: writeClaims });
const frames = createScheduler(() => {
  ask();
  draw();
});
const session = createQueries(frames.render);
const model = () => store.get().model ?? defaultModel;
const catalogue = createModels({
  known: modelsOf(document),
  api,
  session,
  modelName: model,
  onChange: frames.render,
});
/** The model that a person no longer wants to wait for. @type {string|null} */
let stopped = null;

const picker = modelPicker({
  onModel(name) {
    begin();
    store.open({ model: name === defaultModel ? null : name });
  },
  onOpen: catalogue.load,
});
part('model').replaceChildren(h('span', { class: 'field-label' }, 'Model'), picker.element);
const progress = progressView(part('progress'), {
  onStop() {
    stopped = model();
    frames.render();
  },
  onStart: begin,
});

const places = /** @type {HTMLElement[]} */ ([...document.querySelectorAll('[data-claim]')]);
const views = places.map((place) => ({
  id: place.dataset.claim,
  view: claimView(place, {
    href: ({ measured }) =>
      exampleLink(measured.example, measured.head, {
        model: store.get().model,
        kind: measured.head.kind === 'encoder' ? null : measured.head.kind,
      }),
  }),
}));

function ask() {
  const name = model();
  const wanted = stopped === name ? null : name;
  const load = async (options) =>
    readAnswer(await api.claims({ model: name }, options), options.onWait);
  session.ask('claims', wanted, load, { keep: true });
}

/** Ask again: what failed, or what was stopped. */
function begin() {
  stopped = null;
  session.forgetFailures();
  catalogue.mend();
  frames.render();
}

function draw() {
  const slot = session.get('claims');
  const answer = slot.status === 'ready' ? slot.value : null;
  picker.update({ models: catalogue.list(), model: model() });
  progress.update({ slot, stopped: stopped === model() });
  const failed = slot.status === 'error' ? slot.error : null;
  part('problem').replaceChildren(...(failed ? [errorNotice(failed, begin)] : []));
  part('list').setAttribute('aria-busy', String(slot.status === 'loading'));
  setText(part('summary'), answer ? summaryText(answer.claims) : '');
  for (const { id, view } of views) {
    const claim = answer?.claims.find((one) => one.id === id) ?? null;
    view.update({ claim, waiting: slot.status === 'loading' });
  }
  const title = catalogue.info()?.title ?? model();
  document.title =
    store.get().model === null ? 'Claims · Headlight' : `${title} · Claims · Headlight`;
}

themeToggle(part('theme'));
part('skip').addEventListener('click', (event) => {
  event.preventDefault();
  places[0].scrollIntoView();
  part('list').focus();
});
store.subscribe(frames.render);
frames.render();
