/** The way through steps: all of them to go to, back and next, and the arrow keys. */

import { find, html, icon, nothing, render } from '../core/template.js';
import { t } from '../language/messages.js';

/** @typedef {{short: string, title: string}} Step */

/**
 * @param {HTMLElement} root
 * @param {readonly Step[]} steps
 * @param {(step: number) => void} onStep the number of a step, from 1
 */
export function stepNav(root, steps, onStep) {
  let shown = 0;
  /** Whether a step was turned to: the first is not read out. */
  let told = false;

  const turn = (to, off, keys, content) => html`<button type="button" class="button step-nav-turn"
    aria-keyshortcuts=${keys} ?disabled=${off} @click=${() => onStep(to)}>${content}</button>`;

  const item = ({ short, title }, n, step) =>
    html`<li><button type="button" class="step-nav-step" title=${title}
      aria-current=${n + 1 === step ? 'step' : nothing} @click=${() => onStep(n + 1)}><span
      class="step-nav-number">${n + 1}</span><span
        class="step-nav-name">${short}</span></button></li>`;

  function showCurrent() {
    const list = find(root, '.step-nav');
    const current = find(list, '[aria-current]');
    const left = current.offsetLeft - (list.clientWidth - current.offsetWidth) / 2;
    if (list.scrollWidth > list.clientWidth) list.scrollTo({ left });
  }

  return {
    /** @param {number} step @param {any} onward what stands for Next at the last step */
    update(step, onward) {
      const turned = shown !== 0 && shown !== step;
      const { title } = steps[step - 1];
      const said = t('Step {step} of {count}: {title}', { step, count: steps.length, title });
      const next = () => html`${t('Next')}${icon('right')}`;
      render(
        html`${turn(step - 1, step === 1, 'ArrowLeft', html`${icon('left')}${t('Back')}`)}<ol
          class="step-nav">${steps.map((one, n) => item(one, n, step))}</ol>
          ${step < steps.length ? turn(step + 1, false, 'ArrowRight', next()) : onward}
          <p class="visually-hidden" role="status">${turned || told ? said : ''}</p>`,
        root,
      );
      told ||= turned;
      shown = step;
      if (turned) showCurrent();
    },
  };
}

/** A link in the place of Next. @param {string} href @param {string} text */
export const onwardLink = (href, text) =>
  html`<a class="button button-primary step-nav-turn" href=${href}>${text}${icon('arrow')}</a>`;

/** Where the arrow keys have a meaning of their own. */
const OWN_ARROWS = 'textarea, input, select, .entry-terms, .table-frame';

/** The arrow keys turn the steps. @param {(by: 1|-1) => void} turn */
export function turnByArrows(turn) {
  addEventListener('keydown', (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const { ctrlKey, metaKey, altKey, shiftKey } = event;
    if (!by || event.defaultPrevented || ctrlKey || metaKey || altKey || shiftKey) return;
    if (/** @type {Element} */ (event.target).closest(OWN_ARROWS)) return;
    event.preventDefault();
    turn(/** @type {1|-1} */ (by));
  });
}
