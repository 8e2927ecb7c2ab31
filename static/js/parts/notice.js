// Errors and waits in place: what happened, and what to do about it.

import { sentence } from '../core/errors.js';
import { html, nothing, when } from '../core/template.js';
import { t } from '../language/messages.js';

const button = (label, onClick) =>
  html`<button type="button" class="button" @click=${onClick}>${label}</button>`;

/**
 * @param {{message: string, status?: number}} error
 * @param {() => void} [onRetry] offered where the same request may succeed the next time
 * @param {{label: string, onClick: () => void}|null} [remedy] what else would mend it
 */
export function errorNotice(error, onRetry, remedy = null) {
  const refused = error.status >= 400 && error.status < 500;
  return html`<div class="notice notice-error" role="alert">
    <p>${sentence(error.message)}</p>
    ${when(remedy, () => button(remedy.label, remedy.onClick))}
    ${when(onRetry && !refused, () => button(t('Try again'), onRetry))}
  </div>`;
}

/** @param {number|null} value 0..1; null: not known @param {string} label */
export const progressBar = (value, label) =>
  html`<progress class="progress" max="1" aria-label=${label}
    value=${value ?? nothing}></progress>`;

/** @param {string} message @param {number|null} progress 0..1; null: not known */
export const waitNotice = (message, progress) =>
  html`<div class="notice" role="status">
    <p>${message}${typeof progress === 'number' ? ` ${Math.round(100 * progress)} %` : ''}</p>
    ${progressBar(progress, t('Loading the model'))}
  </div>`;

/** Words in place of a picture that nobody asked for yet. @param {string} hint */
export const hintNotice = (hint) => html`<div class="notice"><p>${hint}</p></div>`;

/**
 * What is wrong with an answer, or what it waits for; null where neither.
 * @param {import('../core/queries.js').Slot} slot
 * @param {object} how
 * @param {string} how.model as a person calls it
 * @param {number|null} [how.progress] of its loading, 0..1
 * @param {() => void} [how.onRetry]
 * @param {(error: any) => {label: string, onClick: () => void}|null} [how.remedy] what else would mend it
 */
export function answerNotice(slot, { model, progress = null, onRetry, remedy = () => null }) {
  const { status, error, wait } = slot;
  if (status === 'error') return errorNotice(error, onRetry, remedy(error));
  return delayNotice(wait, { model, progress });
}

/**
 * What an answer waits for; null for nothing.
 * @param {{code: string}|null} wait @param {{model: string, progress: number|null}} how
 */
export function delayNotice(wait, { model, progress }) {
  if (wait?.code === 'model_loading')
    return waitNotice(t('{model} is loading.', { model }), progress);
  return wait ? waitNotice(t('The server is busy; this text is next in line.'), null) : null;
}
