/** A lesson on paper: every step with its formula and its picture as they stand, its question open. */

import { readTheme } from '../../../core/draw.js';
import { html, nothing, render, when } from '../../../core/template.js';
import { math } from '../../../parts/mathml.js';
import { mistakesList } from './mistakes.js';

/**
 * @param {HTMLElement} root
 * @param {import('../lessons.js').Lesson} lesson
 * @param {() => {state: any, answer: (name: string) => any}} now
 */
export function worksheet(root, lesson, now) {
  const question = ({ question, options }) => html`<section class="predict">
    <p class="predict-question">${question}</p>
    <ul class="predict-options">${options.map((text) => html`<li class="worksheet-option">${text}</li>`)}</ul></section>`;

  addEventListener('beforeprint', () => {
    const props = { ...now(), theme: readTheme(root), paper: true };
    const there = ({ needs }) => needs.every((name) => props.answer(name) !== null);
    const step = (one, n) => html`<section class="worksheet-step">
      <h2 class="step-title">${n + 1}. ${one.title}</h2>
      <div class="step-formula">${one.formula(props).map((line) => math(line))}</div>
      <p class="step-meaning">${one.prose(props)}</p>
      ${when(one.prediction, () => question(one.prediction))}
      ${when(!one.prediction?.pictureLast, () => html`<div class="lesson-picture">${one.picture(props)}</div>`)}</section>`;
    render(html`${lesson.steps.filter(there).map(step)}${mistakesList(lesson.mistakes)}`, root);
  });
  addEventListener('afterprint', () => render(nothing, root));
}
