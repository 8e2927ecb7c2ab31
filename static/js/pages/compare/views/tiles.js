// All heads of one model, small: a canvas for the pixels, and over it one cell a head.

import { h, targetOf } from '../../../core/dom.js';
import { watchTheme } from '../../../core/draw.js';
import { layersOf } from '../../../core/selection.js';
import { supervisionOf } from '../../../core/supervision.js';
import { layoutTiles, orderHeads } from '../../../figures/overview.js';
import { headFacts } from '../../../parts/head-facts.js';
import { headGrid } from '../../../parts/head-grid.js';
import { roving } from '../../../parts/roving.js';
import { createTooltip } from '../../../parts/tooltip.js';

const LABELS = 20;
const EDGE = 4;
const LARGEST = 72;
const SKELETON = { layers: 6, heads: 12 };

/**
 * @param {HTMLElement} root
 * @param {{name: string, onOpen: (name: {layer: number, head: number}) => void}} parts
 */
export function tilesView(root, { name, onOpen }) {
  const tooltip = createTooltip();
  const canvas = /** @type {HTMLCanvasElement} */ (
    h('canvas', { class: 'tiles-canvas', 'aria-hidden': 'true' })
  );
  const grid = h('div', { class: 'tiles-grid', role: 'grid', 'aria-label': name });
  const columns = h('div', { class: 'tiles-columns', 'aria-hidden': 'true' });
  const rows = h('div', { class: 'tiles-rows', 'aria-hidden': 'true' });
  const stage = h('div', { class: 'tiles-stage is-skeleton' }, canvas, grid);
  root.classList.add('tiles');
  root.replaceChildren(columns, rows, stage);
  const mosaic = headGrid(root, canvas);
  let props = null;
  let ordered = [];
  let layout = null;
  let painted = '';
  const cells = () => /** @type {HTMLElement[]} */ ([...grid.querySelectorAll('[role=gridcell]')]);
  const stops = roving(grid, { items: cells, columns: () => layout?.columns ?? 1 });

  const headOf = (target) => ordered[Number(target.closest?.('[role=gridcell]')?.dataset.at)];
  const open = (event) => {
    const head = headOf(event.target);
    if (head) onOpen({ layer: head.layer, head: head.head });
    return Boolean(head);
  };
  const show = (event) => {
    const head = headOf(event.target);
    if (!head) return tooltip.hide();
    const box = event.target.closest('[role=gridcell]').getBoundingClientRect();
    return tooltip.show(headFacts(head, props.data), box);
  };
  grid.addEventListener('click', open);
  grid.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') tooltip.hide();
    if ((event.key === 'Enter' || event.key === ' ') && open(event)) event.preventDefault();
  });
  grid.addEventListener('pointerover', show);
  grid.addEventListener('focusin', (event) => {
    if (targetOf(event).matches(':focus-visible')) show(event);
  });
  grid.addEventListener('pointerleave', () => tooltip.hide());
  grid.addEventListener('focusout', () => tooltip.hide());

  function draw() {
    if (!props) return;
    const { data, busy } = props;
    const of = data?.kinds[0] ?? null;
    const shape = of ?? SKELETON;
    stage.classList.toggle('is-skeleton', !of);
    root.classList.toggle('is-busy', busy);
    layout = layoutTiles({
      count: shape.layers * shape.heads,
      columns: shape.heads,
      width: root.clientWidth - LABELS - 2 * EDGE,
      gap: root.clientWidth < 560 ? 2 : 4,
      least: 20,
      most: LARGEST,
      aspect: 1,
    });
    const signature = [data?.id, layout.width, devicePixelRatio].join('|');
    if (signature !== painted) {
      painted = signature;
      place(shape);
      if (of) {
        const own = data.heads.filter((head) => head.kind === of.kind);
        ordered = orderHeads(own, 'layer');
        mosaic.paint(ordered, of, data.bytes, layout, 'pattern', 'sqrt');
        fill(data);
      } else {
        ordered = [];
        grid.replaceChildren();
        mosaic.clear();
      }
    }
    choose();
  }

  function place(shape) {
    root.style.setProperty('--tile', `${layout.tile.width}px`);
    root.style.setProperty('--tile-height', `${layout.tile.height}px`);
    root.style.setProperty('--gap', `${layout.gap}px`);
    root.style.setProperty('--columns', String(layout.columns));
    root.style.setProperty('--labels', `${LABELS}px`);
    stage.style.width = `${layout.width}px`;
    stage.style.height = `${layout.height}px`;
    const spans = (numbers) => numbers.map((number) => h('span', {}, String(number)));
    columns.replaceChildren(...spans([...Array(shape.heads).keys()]));
    rows.replaceChildren(...spans(layersOf(shape)));
  }

  function fill(data) {
    const rowsOf = [];
    for (let start = 0; start < ordered.length; start += layout.columns) {
      const heads = ordered.slice(start, start + layout.columns);
      const made = heads.map((head, i) => cell(head, start + i, data));
      rowsOf.push(h('div', { role: 'row', class: 'tiles-row' }, ...made));
    }
    grid.replaceChildren(...rowsOf);
    if (ordered.length) stops.stop(cells()[0]);
  }

  function cell(head, at, data) {
    const supervised = supervisionOf(head, data.heads);
    return h('div', {
      role: 'gridcell',
      class: 'tile',
      tabindex: '-1',
      data: { at, ...(head.supervised && { supervised: head.supervised }) },
      'aria-label': `Layer ${head.layer}, head ${head.head}${supervised ? `, ${supervised.text}` : ''}`,
    });
  }

  function choose() {
    for (const one of cells()) {
      const head = ordered[Number(one.dataset.at)];
      const on = head.layer === props.open?.layer && head.head === props.open.head;
      one.classList.toggle('is-open', on);
      one.setAttribute('aria-selected', String(on));
      if (on && !grid.contains(document.activeElement)) stops.stop(one);
    }
  }

  const resized = new ResizeObserver(draw);
  resized.observe(root);
  const unwatch = watchTheme(() => {
    painted = '';
    mosaic.forgetColors();
    draw();
  });

  return {
    /** @param {{data: import('../../../core/api.js').Overview|null, open: {layer: number, head: number}|null, busy: boolean}} next */
    update(next) {
      props = next;
      draw();
    },
    destroy() {
      resized.disconnect();
      unwatch();
      root.replaceChildren();
    },
  };
}
