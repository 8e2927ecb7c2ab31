// Wires a lesson: its steps, what each asks for, and what is drawn of it. Knows no lesson by name.

import { createPage } from '../../core/page.js';
import { markStep } from '../../core/place-marks.js';
import { t } from '../../language/messages.js';
import { answerNotice } from '../../parts/notice.js';
import { captionFrom } from '../../parts/picture-menu.js';
import { onwardLink, stepNav, turnByArrows } from '../../parts/step-nav.js';
import { LESSONS } from './lessons.js';
import { mistakesView } from './views/mistakes.js';
import { stepView } from './views/step.js';
import { worksheet } from './views/worksheet.js';

const place = /** @type {HTMLElement} */ (document.querySelector('nav[data-lesson]'));
const { lesson: slug, next, nextTitle } = place.dataset;
const { address, createLesson } = await LESSONS[slug]();
const { api, fill, part, queries, retry, start, store } = createPage(address);
/** Numbers of a lesson; the last ones stay while others are awaited. */
const ask = (slot, sent, path = slug) =>
  queries.ask(slot, JSON.stringify([path, sent]), (options) => api.lesson(path, sent, options), {
    keep: true,
  });
const lesson = createLesson({ api, queries, store, ask });
const { steps } = lesson;
const heading = document.querySelector('h1').textContent;

const nav = stepNav(place, steps, go);
const stage = stepView(part('step'), store, heading);
const onward = next ? onwardLink(next, nextTitle) : onwardLink('/learn', t('All lessons'));

captionFrom(() => ({ title: heading, model: '', text: '', file: `headlight-${slug}` }));

const answer = (name) => queries.get(name).value;

function go(step) {
  if (step >= 1 && step <= steps.length && step !== store.get().step) store.open({ step });
}

/** The step that was marked last: a slider draws many times. */
let marked = 0;

function draw() {
  const state = store.get();
  const step = steps[state.step - 1];
  const slots = step.needs.map(queries.get);
  const failed = slots.find(({ status }) => status === 'error');
  const waiting = slots.find(({ wait }) => wait);
  const ready = !failed && slots.every(({ value }) => value !== null);
  nav.update(state.step, onward);
  const told = failed ?? waiting;
  fill('problem', told && answerNotice(told, { model: lesson.model, onRetry: retry }));
  const box = part('step');
  box.classList.toggle('is-skeleton', !ready && !failed);
  box.classList.toggle('is-busy', ready && slots.some(({ status }) => status === 'loading'));
  if (ready || failed)
    stage.update({
      number: state.step,
      step,
      state,
      answer,
      failed: Boolean(failed),
      inspect: lesson.inspect(state),
    });
  mistakes.update(state.step === steps.length);
  if (ready && marked !== state.step) {
    marked = state.step;
    markStep(slug, marked, steps.length);
  }
}

const mistakes = mistakesView(part('mistakes'), lesson.mistakes);
turnByArrows((by) => go(store.get().step + by));
worksheet(part('worksheet'), lesson, () => ({
  state: store.get(),
  answer,
}));

start({
  ask: () => lesson.ask(store.get()),
  draw,
  skip: () => part('step').focus(),
  title: ({ step }) => `${steps[step - 1].title} · ${heading}`,
});
