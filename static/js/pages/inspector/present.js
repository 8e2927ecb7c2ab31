// One picture on the whole screen, in large type, for a room: the arrow keys go from head to head and
// from layer to layer.

import { targetOf } from '../../core/dom.js';

const NAME = 'is-presenting';
/** What each key does: the step of a head, the step of a layer. */
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * @param {HTMLElement} button
 * @param {{onStep: (heads: number, layers: number) => void}} callbacks
 */
export function presentation(button, { onStep }) {
  const root = document.documentElement;
  const on = () => root.classList.contains(NAME);
  button.hidden = false;

  async function begin() {
    root.classList.add(NAME);
    button.setAttribute('aria-pressed', 'true');
    // A browser may refuse the whole screen; the window is used then.
    await root.requestFullscreen?.().catch(() => {});
  }

  function end() {
    root.classList.remove(NAME);
    button.setAttribute('aria-pressed', 'false');
    if (document.fullscreenElement) document.exitFullscreen();
    button.focus();
  }

  button.addEventListener('click', begin);
  document.addEventListener('fullscreenchange', () => {
    if (!document.fullscreenElement && on()) end();
  });
  document.addEventListener(
    'keydown',
    (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const typed = targetOf(event).closest?.('input, select, textarea, dialog');
      if (!on()) {
        if (event.key === 'p' && !typed) begin();
        return;
      }
      const step = STEPS[event.key];
      if (event.key === 'Escape') end();
      else if (step) onStep(step[0], step[1]);
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
    { capture: true },
  );
}
