// What can be taken away: pictures, numbers, and the code that makes them.

import { freshId, h, icon, setText } from '../controls/dom.js';

const ITEMS = [
  { name: 'png', label: 'Picture, PNG', about: 'the heatmap, twice its size on screen' },
  { name: 'svg', label: 'Picture, SVG', about: 'the heatmap, for print' },
  { name: 'csv', label: 'Pattern, CSV', about: 'one row a query' },
  { name: 'npz', label: 'Arrays, NPZ', about: 'pattern, scores, q, k, v, z for numpy' },
  { name: 'curl', label: 'Copy as curl', about: 'the request behind this head' },
  {
    name: 'python',
    label: 'Copy as Python',
    about: 'transformers alone; prints the number on screen',
  },
  { name: 'link', label: 'Copy the link', about: 'reopens this very picture' },
];

/**
 * @param {{onExport: (name: string) => Promise<string>}} callbacks the promise tells what was done
 */
export function exportMenu({ onExport }) {
  const id = freshId('export');
  const button = h(
    'button',
    { type: 'button', class: 'button', popovertarget: id, 'aria-haspopup': 'menu' },
    'Export',
    icon('down'),
  );
  const said = h('p', { class: 'menu-said', role: 'status' });
  const items = ITEMS.map(({ name, label, about }) =>
    h(
      'button',
      {
        type: 'button',
        role: 'menuitem',
        class: 'menu-item',
        tabindex: '-1',
        onclick: () => run(name),
      },
      h('span', {}, label),
      h('small', {}, about),
    ),
  );
  const menu = h(
    'div',
    { class: 'popover menu', popover: 'auto', id },
    h('div', { role: 'menu', 'aria-label': 'Export' }, ...items),
    said,
  );

  menu.addEventListener('toggle', () => {
    if (!menu.matches(':popover-open')) return;
    const box = button.getBoundingClientRect();
    menu.style.left = `${Math.max(8, Math.min(box.right - menu.offsetWidth, innerWidth - menu.offsetWidth - 8))}px`;
    menu.style.top = `${Math.max(8, Math.min(box.bottom + 6, innerHeight - menu.offsetHeight - 8))}px`;
    setText(said, '');
    items[0].focus();
  });
  menu.addEventListener('keydown', (event) => {
    const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    items[(to + items.length) % items.length].focus();
  });

  async function run(name) {
    try {
      setText(said, '…');
      setText(said, await onExport(name));
    } catch (error) {
      setText(said, error.message);
    }
  }

  return h('div', {}, button, menu);
}
