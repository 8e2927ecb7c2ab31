// The page's one tooltip: follows what is pointed at or focused, never takes the pointer.

import { h } from '../core/dom.js';

/**
 * @returns {{show: (anchor: DOMRect, content: Node) => void, hide: () => void}}
 */
export function createTooltip() {
  const box = h('div', { class: 'tooltip', role: 'tooltip', hidden: true });
  // Inside the page's main landmark, as everything that is said should be.
  (document.querySelector('main') ?? document.body).append(box);
  return {
    show(anchor, content) {
      box.replaceChildren(content);
      box.hidden = false;
      const { width, height } = box.getBoundingClientRect();
      const margin = 8;
      const x = anchor.left + anchor.width / 2 - width / 2;
      const below = anchor.bottom + margin;
      const y = below + height > innerHeight ? anchor.top - height - margin : below;
      box.style.left = `${Math.max(margin, Math.min(x, innerWidth - width - margin))}px`;
      box.style.top = `${Math.max(margin, y)}px`;
    },
    hide() {
      box.hidden = true;
    },
  };
}
