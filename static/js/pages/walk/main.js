// Wires the walk: one head, step by step. Knows all other modules of its page.

import { inspectorAt } from '../../core/addresses/inspector.js';
import { LAST_STEP, walk } from '../../core/addresses/walk.js';
import { fileStem, modelsOf, modelTitle } from '../../core/models.js';
import { createPage, titled } from '../../core/page.js';
import { direction } from '../../figures/bidi.js';
import { headTitle } from '../../figures/head-names.js';
import { placeIn, readRun } from '../../figures/walk/run.js';
import { STEPS } from '../../figures/walk/steps.js';
import { t } from '../../language/messages.js';
import { answerNotice, hintNotice } from '../../parts/notice.js';
import { captionFrom } from '../../parts/picture-menu.js';
import { onwardLink, stepNav, turnByArrows } from '../../parts/step-nav.js';
import { textBox } from '../../parts/text-box.js';
import { choice } from './views/choice.js';
import { stepView } from './views/step-view.js';

const { api, data, fill, part, queries, redraw, retry, start, store } = createPage(walk);
const { defaultModel, walkModel } = data;
const modelName = () => store.get().model ?? walkModel;

const reader = textBox(part('reader'), {
  onRead({ text }) {
    queries.forgetFailures();
    const same = text === store.get().text;
    store.open(same ? {} : { text, query_pos: 1, word: null, key_pos: null });
    redraw();
  },
});
const nav = stepNav(part('steps'), STEPS, go);
const which = choice(
  { head: part('which'), tokens: part('tokens') },
  {
    onHead: (name) => store.open({ ...name, key_pos: null }),
    onToken: (query_pos) => store.adjust({ query_pos, word: null, key_pos: null }),
  },
);
// A token that is picked is that one, whatever word was followed.
const stage = stepView(part('step'), {
  onPick: (patch) => store.adjust('query_pos' in patch ? { ...patch, word: null } : patch),
});

captionFrom(() => {
  const { text, layer, head } = store.get();
  const model = modelTitle(modelsOf(document), modelName());
  const file = fileStem(modelName(), layer, head);
  return { title: headTitle({ layer, head }), model, text, file };
});

function go(step) {
  if (step >= 1 && step <= LAST_STEP && step !== store.get().step) store.open({ step });
}

function ask() {
  const { text, layer, head } = store.get();
  const body = { model: modelName(), text, layer, head };
  queries.ask(
    'walk',
    text.trim() ? JSON.stringify(body) : null,
    async (options) => readRun(await api.walk(body, options), body),
    { keep: true },
  );
}

function draw() {
  const state = store.get();
  const slot = queries.get('walk');
  const run = slot.status === 'error' ? null : slot.value;
  const place = run && placeIn(run, state);
  reader.update(state.text);
  const onward = inspected(state, place);
  part('inspect').setAttribute('href', onward);
  nav.update(state.step, onwardLink(onward, t('Explore it')));
  which.update({ state, run, place, dir: direction(state.text) });
  const problem = notice(slot);
  fill('problem', problem);
  const box = part('step');
  box.hidden = !run && Boolean(problem);
  part('tokens').hidden = box.hidden;
  box.classList.toggle('is-skeleton', !run);
  box.classList.toggle('is-busy', slot.status === 'loading');
  if (run) stage.update({ run, place });
}

function notice(slot) {
  if (store.get().text.trim() === '') {
    return hintNotice(t('Nothing to read yet. Type a sentence, or take an example.'));
  }
  return answerNotice(slot, { model: modelName(), onRetry: retry, remedy: elsewhere });
}

/** What mends an error: the model that can be walked through, or a head that is there. */
function elsewhere({ field }) {
  if (field === 'model' && modelName() !== walkModel) {
    return {
      label: t('Walk through {walkModel}', { walkModel }),
      onClick: () => store.open({ model: null, layer: 0, head: 0 }),
    };
  }
  if (field === 'layer' || field === 'head') {
    return { label: t('Go to layer 0, head 0'), onClick: () => store.open({ layer: 0, head: 0 }) };
  }
  return null;
}

/** The same head, and the same two tokens, in the inspector. */
function inspected({ text, layer, head, step }, place) {
  const model = modelName() === defaultModel ? null : modelName();
  const cell = place && step > 3 ? { query_pos: place.i, key_pos: place.j } : null;
  const pin = place && { side: /** @type {const} */ ('query'), pos: place.i };
  return inspectorAt({ text, model, layer, head, cell, pin });
}

turnByArrows((by) => go(store.get().step + by));

start({
  ask,
  draw,
  skip: reader.focus,
  title: ({ text }) => titled(text, t('A walk through one head')),
});
