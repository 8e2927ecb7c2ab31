// What can be taken away: pictures, numbers, and the code that makes them.

import { freshId, h, icon, setText } from '../../../core/dom.js';

const ITEMS = [
  { name: 'png', label: 'Picture, PNG', about: 'the heatmap, titled, twice its pixels' },
  { name: 'svg', label: 'Picture, SVG', about: 'the same for print, light and sharp' },
  { name: 'csv', label: 'Pattern, CSV', about: 'one row a query' },
  { name: 'npz', label: 'Arrays, NPZ', about: 'pattern, scores, q, k, v, z for numpy' },
  { name: 'curl', label: 'Copy as curl', about: 'the request behind this head' },
  {
    name: 'python',
    label: 'Copy as Python',
    about: 'a script that prints the number on screen',
  },
  { name: 'link', label: 'Copy the link', about: 'reopens this very picture' },
];

/** What is said of another layer than the pattern. */
const ofLayer = ({ label, title }) => ({
  csv: [`${label}, CSV`, 'one row a query'],
  npz: ['Arrays, NPZ', `${title.toLowerCase()}, for numpy`],
  curl: ['Copy as curl', 'the request behind this picture'],
  python: ['Copy as Python', 'asks this server; prints a number on screen'],
});

/**
 * @param {{onExport: (name: string) => Promise<string>, layer?: () => {label: string, title: string}|null}} callbacks
 *   the promise tells what was done; `layer` is on screen in place of the pattern
 */
export function exportMenu({ onExport, layer = () => null }) {
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
    const shown = layer();
    const other = shown ? ofLayer(shown) : {};
    ITEMS.forEach(({ name, label, about }, i) => {
      const [text, more] = other[name] ?? [label, about];
      setText(items[i].children[0], text);
      setText(items[i].children[1], more);
    });
    items[0].focus();
  });
  menu.addEventListener('keydown', (event) => {
    const at = items.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
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
