// What can be taken away: pictures, numbers, and the code that makes them.

import { freshId } from '../../../core/dom.js';
import { build, find, html, icon, render } from '../../../core/template.js';
import { roving } from '../../../parts/roving.js';

const ITEMS = [
  { name: 'png', label: 'Picture, PNG', about: 'the heatmap, titled, twice its pixels' },
  { name: 'svg', label: 'Picture, SVG', about: 'the same for print, light and sharp' },
  { name: 'slide', label: 'Slide, PNG', about: '16 : 9, the sentence, its arcs and this picture' },
  { name: 'heatmap', label: 'Plotly figure, heatmap', about: 'live, JSON: plotly.io.read_json' },
  { name: 'links', label: 'Plotly figure, links', about: 'the strongest links of each token' },
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
  const element = build(html`<div></div>`);
  let said = '';

  function draw() {
    const shown = layer();
    const other = shown ? ofLayer(shown) : {};
    const item = ({ name, label, about }) => {
      const [text, more] = other[name] ?? [label, about];
      return html`<button type="button" role="menuitem" class="menu-item" tabindex="-1"
        @click=${() => run(name)}><span>${text}</span><small>${more}</small></button>`;
    };
    render(
      html`<button type="button" class="button" popovertarget=${id}
        aria-haspopup="menu">Export${icon('down')}</button>
        <div class="popover menu" popover="auto" id=${id} @toggle=${opened}>
          <div role="menu" aria-label="Export">${ITEMS.map(item)}</div>
          <p class="menu-said" role="status">${said}</p></div>`,
      element,
    );
  }

  function opened({ target: menu, newState }) {
    if (newState !== 'open') return;
    tell('');
    const box = find(element, 'button').getBoundingClientRect();
    menu.style.left = `${Math.max(8, Math.min(box.right - menu.offsetWidth, innerWidth - menu.offsetWidth - 8))}px`;
    menu.style.top = `${Math.max(8, Math.min(box.bottom + 6, innerHeight - menu.offsetHeight - 8))}px`;
    find(menu, 'button').focus();
  }

  function tell(text) {
    said = text;
    draw();
  }

  async function run(name) {
    tell('…');
    tell(await onExport(name).catch(({ message }) => message));
  }

  draw();
  const menu = find(element, '[role=menu]');
  roving(menu, { items: () => [...menu.children], turns: true });
  return element;
}
