// Tabs: one of several panels is in sight; the arrow keys go from one to the next.

import { html } from '../core/template.js';

/**
 * @param {string} label what the tabs are of
 * @param {readonly {name: string, label: string, count?: number}[]} all `count`: of what is in it
 * @param {string} chosen
 * @param {(name: string) => void} onChoose
 * @param {string} panel id of the element that they fill
 */
export function tabs(label, all, chosen, onChoose, panel) {
  const step = (event) => {
    const at = all.findIndex(({ name }) => name === chosen);
    const to = {
      ArrowRight: (at + 1) % all.length,
      ArrowLeft: (at - 1 + all.length) % all.length,
      Home: 0,
      End: all.length - 1,
    }[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.currentTarget.children[to].focus();
    onChoose(all[to].name);
  };
  return html`<div class="tabs" role="tablist" aria-label=${label} @keydown=${step}>${all.map(
    ({ name, label: text, count }) =>
      html`<button type="button" role="tab" class="tab" id="tab-${name}" aria-controls=${panel}
        aria-selected=${name === chosen} tabindex=${name === chosen ? 0 : -1}
        @click=${() => onChoose(name)}>${text}${count ? html`<span class="tab-count">${count}</span>` : ''}</button>`,
  )}</div>`;
}
