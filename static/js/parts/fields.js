// Labelled fields: what stands in them is given, what a person makes of it is told.

import { html, live } from '../core/template.js';
import { t } from '../language/messages.js';

/** @typedef {readonly (readonly [string, string])[]} Options value, text */

const field = (label, control, title = '') =>
  html`<label class="field" title=${title}><span
    class="field-label">${label}</span>${control}</label>`;

/** The options of a select. @param {Options} all @param {string} value */
export const options = (all, value) =>
  all.map(
    ([name, text]) =>
      html`<option value=${name} .selected=${live(name === value)}>${text}</option>`,
  );

/**
 * @param {string} label @param {Options} all @param {string} value
 * @param {(value: string) => void} onChange
 * @param {{disabled?: boolean, title?: string}} [how]
 */
export const select = (label, all, value, onChange, { disabled = false, title = '' } = {}) =>
  field(
    label,
    html`<select ?disabled=${disabled} @change=${({ target }) => onChange(target.value)}>
      ${options(all, value)}
    </select>`,
    title,
  );

/** A choice of numbers. @param {string} label @param {number[]} all @param {number} value */
export const numberSelect = (label, all, value, onChange) =>
  select(
    label,
    all.map((number) => [String(number), String(number)]),
    String(value),
    (chosen) => onChange(Number(chosen)),
  );

/**
 * One of a few, all in sight.
 * @param {string} label @param {Options} all @param {string} value
 * @param {(value: string) => void} onChange @param {{disabled?: boolean}} [how]
 */
export const segmented = (label, all, value, onChange, { disabled = false } = {}) =>
  html`<div class="field"><span class="field-label" aria-hidden="true">${label}</span>
    <div class="segmented" role="group" aria-label=${label}>${all.map(
      ([name, text]) =>
        html`<button type="button" aria-pressed=${name === value} ?disabled=${disabled}
          @click=${() => onChange(name)}>${text}</button>`,
    )}</div></div>`;

const LEVELS = /** @type {const} */ ([
  ['token', t('Tokens')],
  ['word', t('Words')],
]);

/** Between what a pattern is drawn. @param {string} level @param {(level: string) => void} onLevel */
export const levelField = (level, onLevel) => segmented(t('Level'), LEVELS, level, onLevel);

/**
 * @param {string} label @param {{min: number, max: number, step: number}} range
 * @param {(value: number) => string} format @param {number} value
 * @param {(value: number) => void} onChange
 */
export const slider = (label, { min, max, step }, format, value, onChange) =>
  html`<div class="field"><span class="field-label" aria-hidden="true">${label}</span>
    <input type="range" aria-label=${label} min=${min} max=${max} step=${step}
      .value=${live(String(value))} aria-valuetext=${format(value)}
      @input=${({ target }) => onChange(Number(target.value))}>
    <output class="slider-value">${format(value)}</output></div>`;

/**
 * A switch. @param {string} label @param {boolean} on @param {(on: boolean) => void} onChange
 * @param {{title?: string, disabled?: boolean, hidden?: boolean}} [how] hidden: the label is not seen
 */
export const toggle = (
  label,
  on,
  onChange,
  { title = '', disabled = false, hidden = false } = {},
) =>
  html`<label class="switch" title=${title}><input type="checkbox" role="switch"
    .checked=${live(on)}
    ?disabled=${disabled} @change=${({ target }) => onChange(target.checked)}><span
    class=${hidden ? 'visually-hidden' : ''}>${label}</span></label>`;

/**
 * A choice of models by their titles alone; one that the server does not list stands in it too.
 * @param {string} label its accessible name @param {any[]} models as /models lists them
 * @param {string} current @param {(name: string) => void} onChange
 */
export function modelSelect(label, models, current, onChange) {
  const known = models.some(({ name }) => name === current);
  const all = known ? models : [{ name: current, title: current }, ...models];
  return html`<select aria-label=${label}
    @change=${({ target }) => onChange(target.value)}>${all.map(
      ({ name, title, state }) =>
        html`<option value=${name} ?disabled=${state === 'unavailable'}
        .selected=${live(name === current)}>${title}</option>`,
    )}</select>`;
}
