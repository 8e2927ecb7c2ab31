// Errors and waits in place: what happened, and what to do about it.

import { h } from '../core/dom.js';

/** With a capital, unless it begins with what somebody wrote: a name, a path, a quotation. */
export function sentence(message) {
  return message.replace(/^[a-z](?=[a-z]* )/, (letter) => letter.toUpperCase());
}

/**
 * @param {{message: string, status?: number}} error
 * @param {() => void} [onRetry] offered where the same request may succeed the next time
 * @param {{label: string, onClick: () => void}|null} [remedy] what else would mend it
 */
export function errorNotice(error, onRetry, remedy = null) {
  const refused = error.status >= 400 && error.status < 500;
  return h(
    'div',
    { class: 'notice notice-error', role: 'alert' },
    h('p', {}, sentence(error.message)),
    remedy &&
      h('button', { type: 'button', class: 'button', onclick: remedy.onClick }, remedy.label),
    onRetry &&
      !refused &&
      h('button', { type: 'button', class: 'button', onclick: onRetry }, 'Try again'),
  );
}

/** @param {string} message @param {number|null} progress 0..1; null: not known */
export function waitNotice(message, progress) {
  const known = typeof progress === 'number';
  const bar = h('progress', { class: 'progress', max: 1, 'aria-label': 'Loading the model' });
  if (known) bar.setAttribute('value', String(progress));
  return h(
    'div',
    { class: 'notice', role: 'status' },
    h('p', {}, message, known && ` ${Math.round(100 * progress)} %`),
    bar,
  );
}

/** Words in place of a picture that nobody asked for yet. @param {string} hint */
export const hintNotice = (hint) => h('div', { class: 'notice' }, h('p', {}, hint));

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
  if (wait?.code === 'model_loading') return waitNotice(`${model} is loading.`, progress);
  return wait ? waitNotice('The server is busy; this text is next in line.', null) : null;
}
