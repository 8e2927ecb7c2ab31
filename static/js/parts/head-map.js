// Every head of one kind of attention by one number: colour in a grid, layers down, heads across.

import { sameHead } from '../core/selection.js';
import { build, classes, html } from '../core/template.js';
import { upTo } from '../figures/axis.js';
import { colorAt, cssColor, inkOn, scaler } from '../figures/color.js';
import { roving } from './roving.js';
import { createTooltip } from './tooltip.js';

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
 * @param {(cell: MapCell) => any} options.facts what the tooltip says
 */
export function headMap({ label, cells, most, theme, onOpen, facts }) {
  const tooltip = createTooltip();
  const place = scaler('sqrt', most || 1);
  const layers = [...new Set(cells.map(({ head }) => head.layer))].sort((a, b) => a - b);
  const columns = 1 + Math.max(...cells.map(({ head }) => head.head));
  const ordered = cells.toSorted(
    ({ head: a }, { head: b }) => a.layer - b.layer || a.head - b.head,
  );

  function cell(one) {
    const { head, value, name, text = '', marked = false } = one;
    const color = colorAt(theme.ramp, place(value));
    const show = ({ currentTarget }) =>
      tooltip.show(facts(one), currentTarget.getBoundingClientRect());
    const onKey = (event) => {
      if (event.key === 'Escape') tooltip.hide();
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      onOpen(head);
    };
    return html`<div role="gridcell" class=${classes('head-map-cell', marked && 'is-marked')}
      tabindex="-1"
      aria-label=${name} style="background: ${cssColor(color)}; color: ${cssColor(inkOn(color))};
        grid-column: ${head.head + 1}" @click=${() => onOpen(head)} @keydown=${onKey}
      @pointerenter=${show} @pointerleave=${tooltip.hide} @blur=${tooltip.hide}
      @focus=${(event) => event.target.matches(':focus-visible') && show(event)}>${text}</div>`;
  }

  const numbers = (all) => all.map((number) => html`<span>${number}</span>`);
  const element = build(html`<div class="head-map" style="--columns: ${columns}">
    <div class="head-map-heads" aria-hidden="true">${numbers(upTo(columns))}</div>
    <div class="head-map-layers" aria-hidden="true">${numbers(layers)}</div>
    <div class="head-map-grid" role="grid" aria-label=${label}>${layers.map(
      (layer) =>
        html`<div role="row" class="head-map-row">${ordered
          .filter(({ head }) => head.layer === layer)
          .map(cell)}</div>`,
    )}</div></div>`);
  const grid = /** @type {HTMLElement} */ (element.lastElementChild);
  const items = /** @type {HTMLElement[]} */ ([...grid.querySelectorAll('[role=gridcell]')]);
  roving(grid, { items: () => items, columns: () => columns }).stop(items[0]);

  return {
    element,
    /** Marks the open head. @param {{kind: string, layer: number, head: number}|null} open */
    choose(open) {
      items.forEach((item, i) => {
        const on = Boolean(open && sameHead(ordered[i].head, open));
        item.classList.toggle('is-open', on);
        item.setAttribute('aria-selected', String(on));
      });
    },
  };
}
