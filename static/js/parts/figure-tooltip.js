/** One floating note beside the pointer. What it says is in a picture's live text too. */

import { h } from '../core/dom.js';

const AWAY = 14;

/**
 * @param {HTMLElement} root where the note is appended; it is placed against the window
 * @returns {{show(content: {title: string, value: string, rows: string[][], color?: string},
 *   at: {x: number, y: number}): void, hide(): void, destroy(): void}} `at` in client pixels
 */
export function tooltipView(root) {
  const note = h('div', { class: 'figure-tooltip', 'aria-hidden': 'true', hidden: true });
  root.append(note);

  function show({ title, value, rows, color }, { x, y }) {
    note.replaceChildren();
    const heading = h('div', { class: 'figure-tooltip-title' }, title);
    if (color) heading.style.setProperty('--swatch', color);
    note.append(heading, h('div', { class: 'figure-tooltip-value' }, value));
    for (const [name, text] of rows) {
      const label = h('span', { class: 'figure-tooltip-name' }, name);
      note.append(h('div', { class: 'figure-tooltip-row' }, label, h('span', {}, text)));
    }
    note.hidden = false;
    const { width, height } = note.getBoundingClientRect();
    const left = x + AWAY + width > innerWidth - 8 ? x - AWAY - width : x + AWAY;
    const top = y + AWAY + height > innerHeight - 8 ? y - AWAY - height : y + AWAY;
    note.style.transform = `translate(${Math.max(8, left)}px, ${Math.max(8, top)}px)`;
  }

  function hide() {
    note.hidden = true;
  }

  return { show, hide, destroy: () => note.remove() };
}
