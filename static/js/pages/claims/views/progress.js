// How far the measuring is, and the way to stop it.

import { h, setText } from '../../../core/dom.js';

/** @param {HTMLElement} root @param {{onStop: () => void, onStart: () => void}} callbacks */
export function progressView(root, { onStop, onStart }) {
  const said = h('p', { class: 'claims-said', role: 'status' });
  const bar = h('progress', { class: 'progress', max: 1, 'aria-label': 'Measuring' });
  const stop = h('button', { type: 'button', class: 'button', onclick: onStop }, 'Stop');
  const start = h('button', { type: 'button', class: 'button', onclick: onStart }, 'Measure');
  root.replaceChildren(said, bar, stop, start);

  return {
    /** @param {{slot: import('../../../core/queries.js').Slot, stopped: boolean}} next */
    update({ slot, stopped }) {
      const loading = slot.status === 'loading';
      const { done = 0, of = 0, code, message } = /** @type {any} */ (slot.wait ?? {});
      const share = of > 0 ? done / of : null;
      bar.hidden = !loading;
      stop.hidden = !loading;
      start.hidden = !stopped;
      if (share === null) bar.removeAttribute('value');
      else bar.setAttribute('value', String(share));
      if (loading) setText(said, code && code !== 'measuring' ? message : 'Measuring …');
      else setText(said, stopped ? 'Stopped.' : '');
    },
  };
}
