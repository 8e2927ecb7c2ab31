// Wires the page of claims: a model, and what it does about each published statement.

import { claims } from '../../core/addresses/claims.js';
import { createModels, fileStem, modelsOf } from '../../core/models.js';
import { createPage } from '../../core/page.js';
import { html } from '../../core/template.js';
import { summaryText } from '../../figures/claim.js';
import { t } from '../../language/messages.js';
import { modelPicker } from '../../parts/model-picker.js';
import { errorNotice } from '../../parts/notice.js';
import { captionFrom } from '../../parts/picture-menu.js';
import { readAnswer } from './answer.js';
import { exampleLink } from './link.js';
import { claimView } from './views/claim.js';
import { progressView } from './views/progress.js';

const { api, data, fill, part, queries, redraw, retry, start, store } = createPage(claims);
const { defaultModel } = data;
const model = () => store.get().model ?? defaultModel;
const models = createModels({
  known: modelsOf(document),
  api,
  queries,
  modelName: model,
  onChange: redraw,
});
/** The model that a person no longer wants to wait for. @type {string|null} */
let stopped = null;

const picker = modelPicker({
  onModel(name) {
    begin();
    store.open({ model: name === defaultModel ? null : name });
  },
  onOpen: models.load,
});
fill('model', html`<span class="field-label">${t('Model')}</span>${picker.element}`);
const progress = progressView(part('progress'), {
  onStop() {
    stopped = model();
    redraw();
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

captionFrom(() => ({
  title: '',
  model: '',
  text: models.info()?.title ?? model(),
  file: fileStem(model()),
}));

function ask() {
  const name = model();
  const wanted = stopped === name ? null : name;
  const load = async (options) =>
    readAnswer(await api.claims({ model: name }, options), options.onWait);
  queries.ask('claims', wanted, load, { keep: true });
}

/** Ask again: what failed, or what was stopped. */
function begin() {
  stopped = null;
  models.mend();
  retry();
}

function draw() {
  const slot = queries.get('claims');
  const answer = slot.status === 'ready' ? slot.value : null;
  picker.update({ models: models.list(), model: model() });
  progress.update({ slot, stopped: stopped === model() });
  const failed = slot.status === 'error' ? slot.error : null;
  fill('problem', failed && errorNotice(failed, begin));
  part('list').setAttribute('aria-busy', String(slot.status === 'loading'));
  fill('summary', answer && summaryText(answer.claims));
  for (const { id, view } of views) {
    const claim = answer?.claims.find((one) => one.id === id) ?? null;
    view.update({ claim, waiting: slot.status === 'loading' });
  }
}

start({
  ask,
  draw,
  skip() {
    places[0].scrollIntoView();
    part('list').focus();
  },
  title: () =>
    store.get().model === null
      ? t('Claims')
      : t('{model} · Claims', { model: models.info()?.title ?? model() }),
});
