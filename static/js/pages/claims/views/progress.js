// How far the measuring is, and the way to stop it.

import { html, render } from '../../../core/template.js';
import { t } from '../../../language/messages.js';
import { progressBar } from '../../../parts/notice.js';

/** @param {HTMLElement} root @param {{onStop: () => void, onStart: () => void}} callbacks */
export function progressView(root, { onStop, onStart }) {
  return {
    /** @param {{slot: import('../../../core/queries.js').Slot, stopped: boolean}} next */
    update({ slot, stopped }) {
      const loading = slot.status === 'loading';
      const { done = 0, of = 0, code, message } = /** @type {any} */ (slot.wait ?? {});
      const waits = code && code !== 'measuring' ? message : t('Measuring …');
      const button = (label, hidden, onClick) =>
        html`<button type="button" class="button" ?hidden=${hidden}
          @click=${onClick}>${label}</button>`;
      render(
        html`<p class="claims-said" role="status">${loading ? waits : stopped ? t('Stopped.') : ''}</p>
          ${loading ? progressBar(of > 0 ? done / of : null, t('Measuring')) : ''}
          ${button(t('Stop'), !loading, onStop)}${button(t('Measure'), !stopped, onStart)}`,
        root,
      );
    },
  };
}
