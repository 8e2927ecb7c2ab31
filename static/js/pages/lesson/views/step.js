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
  const worked = build(
    html`<section class="step-entry" aria-label=${t('One entry, worked out')}></section>`,
  );
  const entry = entryView(worked);
  /** The answers that were given, by the number of the step. @type {Map<number, number|null>} */
  const given = new Map();
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
    const seen = { state, answer, theme };
    const veiled = Boolean(step.predict?.veils) && !given.has(number);
    render(
      html`<div class="lesson-top"><header class="step-head"><h2 class="step-title">${step.title}</h2>
          <div class="step-formula">${formulas(step, seen)}</div>
          <p class="step-meaning">${failed ? nothing : step.prose(seen)}</p></header>
        ${when(step.predict && !failed, () => prediction(step.predict, given.get(number) ?? null, seen, choose))}</div>
        ${when(step.controls, () => html`<div class="lesson-controls">${step.controls(seen)}</div>`)}
        ${when(!failed, () => (veiled ? veil() : html`<div class="lesson-picture">${step.picture(seen)}</div>${menu}`))}
        ${when(step.entry && !failed, () => worked)}
        <p class="lesson-inspect"><a class="quiet-link" href=${inspect}>${t('See it on a real head')}${icon('arrow')}</a></p>`,
      root,
    );
    if (step.entry && !failed) entry.update(step.entry(seen), theme, null);
  }

  const veil = () =>
    html`<p class="lesson-veil"><button type="button" class="text-button"
      @click=${() => choose(null)}>${t('Show the picture without a guess')}</button></p>`;

  const formulas = (step, seen) => {
    const lines = step.formula(seen);
    return guard([JSON.stringify(lines)], () => lines.map((line) => math(line)));
  };

  function choose(option) {
    const { number, step, state, answer } = shown;
    const { reveal } = step.predict;
    given.set(number, option);
    store.open(typeof reveal === 'function' ? reveal({ state, answer, theme }) : reveal);
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
