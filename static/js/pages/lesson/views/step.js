/** One step of a lesson: what it is called, its formula, what it says, what can be set, its picture,
 * one entry worked out, and the question before all of it. */

import { readTheme, watchTheme } from '../../../core/draw.js';
import { build, find, guard, html, icon, nothing, render, when } from '../../../core/template.js';
import { t } from '../../../language/messages.js';
import { math } from '../../../parts/mathml.js';
import { pictureMenu } from '../../../parts/picture-menu.js';
import { entryView } from '../../../parts/worked-entry.js';
import { prediction } from './prediction.js';

/**
 * @param {HTMLElement} root
 * @param {{open: (patch: any) => void}} store
 * @param {string} heading of the lesson
 */
export function stepView(root, store, heading) {
  const place = build(
    html`<section class="step-entry" aria-label=${t('One entry, worked out')}></section>`,
  );
  const entry = entryView(place);
  /** What was guessed, by the number of the step. @type {Map<number, number|null>} */
  const guesses = new Map();
  const menu = pictureMenu(
    t('Save the picture'),
    'picture',
    () => find(root, '.lesson-picture'),
    () => `${heading} · ${shown.step.title}`,
  );
  let shown = null;
  let theme = null;

  function draw() {
    theme ??= readTheme(root);
    const { number, step, state, answer, failed, inspect } = shown;
    const props = { state, answer, theme };
    const worked = failed ? null : (step.entry?.(props) ?? null);
    const waits = Boolean(step.prediction?.pictureLast) && !guesses.has(number);
    render(
      html`<div class="lesson-top"><header class="step-head"><h2 class="step-title">${step.title}</h2>
          ${formulas(step, props)}
          <p class="step-meaning">${failed ? nothing : step.prose(props)}</p></header>
        ${when(step.prediction && !failed, () => prediction(step.prediction, guesses.get(number) ?? null, props, choose))}</div>
        ${when(step.controls, () => html`<div class="lesson-controls">${step.controls(props)}</div>`)}
        ${when(!failed, () => (waits ? pictureButton() : html`<div class="lesson-picture">${step.picture(props)}</div>${menu}`))}
        ${when(worked, () => place)}
        <p class="lesson-inspect"><a class="quiet-link" href=${inspect}>${t('See it on a real head')}${icon('arrow')}</a></p>`,
      root,
    );
    if (worked) entry.update(worked, theme, null);
  }

  const pictureButton = () =>
    html`<p class="lesson-unseen"><button type="button" class="text-button"
      @click=${() => choose(null)}>${t('Show the picture without a guess')}</button></p>`;

  const formulas = (step, props) => {
    const lines = step.formula(props);
    if (!lines.length) return nothing;
    return html`<div class="step-formula">${guard([JSON.stringify(lines)], () => lines.map((line) => math(line)))}</div>`;
  };

  function choose(option) {
    const { number, step, state, answer } = shown;
    const { change } = step.prediction;
    guesses.set(number, option);
    if (option === null) draw();
    else store.open(typeof change === 'function' ? change({ state, answer, theme }) : change);
  }

  watchTheme(() => {
    theme = null;
    if (shown) draw();
  });

  return {
    /** @param {{number: number, step: import('../lessons.js').Step, state: any, answer: (name: string) => any, failed: boolean, inspect: string}} next */
    update(next) {
      shown = next;
      draw();
    },
  };
}
