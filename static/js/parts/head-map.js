// Every head of one kind of attention by one number: colour in a grid, layers down, heads across.

import { h } from '../core/dom.js';
import { sameHead } from '../core/selection.js';
import { colorAt, cssColor, inkOn, scaler } from '../figures/color.js';
import { roving } from './roving.js';
import { createTooltip } from './tooltip.js';

/** One of them reads at 4.5 : 1 and more on any colour. @type {import('../figures/color.js').Rgb[]} */
const INKS = [
  [0, 0, 0],
  [255, 255, 255],
];

/**
 * @typedef {object} MapCell
 * @property {{kind: string, layer: number, head: number}} head
 * @property {number} value 0 or more, of what `most` takes the last colour
 * @property {string} name its accessible name
 * @property {string} [text] what stands in it
 * @property {boolean} [marked]
 *
 * @param {object} options
 * @param {string} options.label the grid's accessible name
 * @param {readonly MapCell[]} options.cells in any order
 * @param {number} options.most
 * @param {any} options.theme as readTheme of draw.js reads it
 * @param {(head: any) => void} options.onOpen
 * @param {(cell: MapCell) => Node} options.facts what the tooltip says
 */
export function headMap({ label, cells, most, theme, onOpen, facts }) {
  const tooltip = createTooltip();
  const place = scaler('sqrt', most || 1);
  const layers = [...new Set(cells.map(({ head }) => head.layer))].sort((a, b) => a - b);
  const columns = 1 + Math.max(...cells.map(({ head }) => head.head));
  /** @type {{element: HTMLElement, head: any}[]} */
  const made = [];

  function cell(one) {
    const { head, value, name, text = '', marked = false } = one;
    const show = () => tooltip.show(facts(one), element.getBoundingClientRect());
    const element = h(
      'div',
      {
        role: 'gridcell',
        class: marked ? 'head-map-cell is-marked' : 'head-map-cell',
        tabindex: '-1',
        'aria-label': name,
        onclick: () => onOpen(head),
        onkeydown(event) {
          if (event.key === 'Escape') tooltip.hide();
          if (event.key !== 'Enter' && event.key !== ' ') return;
          event.preventDefault();
          onOpen(head);
        },
        onpointerenter: show,
        onpointerleave: () => tooltip.hide(),
        onfocus: () => element.matches(':focus-visible') && show(),
        onblur: () => tooltip.hide(),
      },
      text,
    );
    const color = colorAt(theme.ramp, place(value));
    element.style.background = cssColor(color);
    element.style.color = cssColor(inkOn(color, INKS));
    element.style.gridColumn = String(head.head + 1);
    made.push({ element, head });
    return element;
  }

  const rows = layers.map((layer) => {
    const own = cells.filter(({ head }) => head.layer === layer);
    const sorted = own.sort((a, b) => a.head.head - b.head.head);
    return h('div', { role: 'row', class: 'head-map-row' }, ...sorted.map(cell));
  });
  const grid = h('div', { class: 'head-map-grid', role: 'grid', 'aria-label': label }, ...rows);
  const items = made.map(({ element }) => element);
  roving(grid, { items: () => items, columns: () => columns }).stop(items[0]);
  const numbers = (all) => all.map((number) => h('span', {}, String(number)));
  const element = h(
    'div',
    { class: 'head-map' },
    h(
      'div',
      { class: 'head-map-heads', 'aria-hidden': 'true' },
      ...numbers([...Array(columns).keys()]),
    ),
    h('div', { class: 'head-map-layers', 'aria-hidden': 'true' }, ...numbers(layers)),
    grid,
  );
  element.style.setProperty('--columns', String(columns));

  return {
    element,
    /** Marks the open head. @param {{kind: string, layer: number, head: number}|null} open */
    choose(open) {
      for (const { element: one, head } of made) {
        const on = Boolean(open && sameHead(head, open));
        one.classList.toggle('is-open', on);
        one.setAttribute('aria-selected', String(on));
      }
    },
  };
}
