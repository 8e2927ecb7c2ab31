// Every head of a run as a tile: one canvas for the pixels, and over it a grid of real elements, one
// a head, that can be pointed at, focused, named and opened. Layers run down, heads across.

import { afterFrame, targetOf } from '../core/dom.js';
import { watchTheme } from '../core/draw.js';
import { layersOf, sameHead } from '../core/selection.js';
import { supervisionOf } from '../core/supervision.js';
import { build, find, html, nothing, render } from '../core/template.js';
import { upTo } from '../figures/axis.js';
import { headTitle } from '../figures/head-names.js';
import { formatStatistic, layoutTiles, orderHeads, statistic } from '../figures/overview.js';
import { t } from '../language/messages.js';
import { dragHead } from './drag.js';
import { headCanvas } from './head-canvas.js';
import { headFacts } from './head-facts.js';
import { roving } from './roving.js';
import { createTooltip } from './tooltip.js';

/** Room around the tiles for the frame of an open one; the padding of .tiles. */
const EDGE = 4;
const NARROW = 560;
/** Heads whose rank stands on their tile. */
const RANKED = 3;

/**
 * @param {object} options
 * @param {string} options.label the grid's accessible name
 * @param {(head: any, how: {add: boolean}) => void} options.onOpen
 * @param {number} [options.most] the largest side of a tile, in pixels
 * @param {boolean} [options.draggable] a tile can be carried to the edits
 * @param {() => void} [options.onLayout] called when tiles are laid out anew
 * @param {() => void} [options.onFill] called when they are of other heads, once those are in sight
 */
export function headGrid({
  label,
  onOpen,
  most = 96,
  draggable = false,
  onLayout = () => {},
  onFill = () => {},
}) {
  const tooltip = createTooltip();
  const element = build(html`<div class="tiles">
    <div class="tiles-columns" aria-hidden="true"></div><div class="tiles-rows"
      aria-hidden="true"></div>
    <div class="tiles-stage is-skeleton"><canvas class="tiles-canvas" aria-hidden="true"></canvas>
      <div class="tiles-grid" role="grid" aria-label=${label}></div></div></div>`);
  const [stage, grid] = [find(element, '.tiles-stage'), find(element, '.tiles-grid')];
  const painter = headCanvas(element, find(element, 'canvas'));
  let props = null;
  let ordered = [];
  let layout = null;
  /** Width of the tiles and their names, in pixels. */
  let room = 0;
  /** What the layers and heads beside the tiles are, as they were written last. */
  let named = '';
  /** Pixels of the tiles that do not fit beside one another. */
  let hidden = 0;
  let painted = '';
  /** The open heads, and the ranking that lights the tiles, as they are shown. */
  let marked = { open: null, ranking: null };
  const cells = () => /** @type {HTMLElement[]} */ ([...grid.querySelectorAll('[role=gridcell]')]);
  const stops = roving(grid, { items: cells, columns: () => layout?.columns ?? 1 });

  const cellOf = (target) => target.closest?.('[role=gridcell]');
  const headOf = (target) => ordered[Number(cellOf(target)?.dataset.at)] ?? null;
  const open = (event) => {
    const head = headOf(event.target);
    if (head) onOpen(head, { add: event.shiftKey });
    return Boolean(head);
  };
  const show = (event) => {
    const head = headOf(event.target);
    if (!head) return tooltip.hide();
    return tooltip.show(headFacts(head, props.data), cellOf(event.target).getBoundingClientRect());
  };
  const hide = () => tooltip.hide();
  grid.addEventListener('click', open);
  grid.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') hide();
    if ((event.key === 'Enter' || event.key === ' ') && open(event)) event.preventDefault();
  });
  grid.addEventListener('dragstart', (event) => {
    const head = headOf(event.target);
    if (!head) return;
    hide();
    dragHead(event, head);
  });
  grid.addEventListener('pointerover', show);
  grid.addEventListener('focusin', (event) => {
    if (targetOf(event).matches(':focus-visible')) show(event);
  });
  grid.addEventListener('pointerleave', hide);
  grid.addEventListener('focusout', hide);
  element.addEventListener(
    'scroll',
    () => {
      hint();
      onLayout();
    },
    { passive: true },
  );

  new ResizeObserver(() => {
    // Read here it costs nothing: the page has just been laid out.
    room = element.clientWidth;
    draw();
  }).observe(element);
  watchTheme(() => {
    painted = '';
    painter.forgetColors();
    draw();
  });

  /** Lets the edge that hides more fade. */
  function hint() {
    // Where all fits, nothing more is measured: that would lay out the page once more.
    const rest = hidden > 1 ? element.scrollWidth - element.clientWidth - element.scrollLeft : 0;
    element.classList.toggle('is-cut', rest > 1);
  }

  function draw() {
    if (!props) return;
    const { data, kind, sort, color, scale } = props;
    const of = data?.kinds.find((one) => one.kind === kind) ?? null;
    const shape = of ?? props.shape;
    room ||= element.clientWidth;
    const narrow = room < NARROW;
    const sorted = sort !== 'layer';
    stage.classList.toggle('is-skeleton', !of);
    stage.classList.toggle('is-off', props.off);
    element.classList.toggle('is-sorted', sorted);
    const labels = sorted ? 0 : narrow ? 20 : 28;
    layout = layoutTiles({
      count: shape.layers * shape.heads,
      columns: shape.heads,
      width: room - labels - 2 * EDGE,
      gap: narrow ? 2 : 5,
      least: 24,
      most,
      aspect: of && of.rows !== of.cols ? of.rows / of.cols : 1,
    });
    const look = [data?.id, kind, sort, color, scale, layout.width, layout.height];
    const signature = [...look, devicePixelRatio].join('|');
    const fresh = Boolean(of) && signature !== painted;
    if (signature !== painted) {
      painted = signature;
      place(shape, sorted, labels);
      if (of) {
        const own = data.heads.filter((head) => head.kind === kind);
        ordered = orderHeads(own, sort);
        painter.paint(ordered, of, data.bytes, layout, color, scale);
        performance.clearMarks('headlight:overview-painted');
        performance.mark('headlight:overview-painted');
        afterFrame(() => signature === painted && fill());
      } else {
        ordered = [];
        render(nothing, grid);
        painter.clear();
        // While the answer is awaited, all that its picture needs is made ready.
        afterFrame(() => props.busy && !props.data && painter.rehearse(layout, color, scale));
      }
    } else if (marked.open !== props.open || marked.ranking !== props.ranking) mark();
    hidden = labels + layout.width + 2 * EDGE - room;
    hint();
    // The frame that shows new pixels shows nothing else that is new.
    if (!fresh) onLayout();
  }

  function place(shape, sorted, labels) {
    const { style } = element;
    style.setProperty('--tile', `${layout.tile.width}px`);
    style.setProperty('--tile-height', `${layout.tile.height}px`);
    style.setProperty('--gap', `${layout.gap}px`);
    style.setProperty('--columns', String(layout.columns));
    style.setProperty('--labels', `${labels}px`);
    stage.style.width = `${layout.width}px`;
    stage.style.height = `${layout.height}px`;
    const layers = layersOf(shape);
    const names = sorted ? '' : `${shape.heads} ${layers}`;
    if (names === named) return;
    named = names;
    const name = (numbers, place) =>
      render(
        sorted ? nothing : numbers.map((number) => html`<span>${number}</span>`),
        find(element, place),
      );
    name(upTo(shape.heads), '.tiles-columns');
    name(layers, '.tiles-rows');
  }

  function fill() {
    const focused = grid.contains(document.activeElement) ? headOf(document.activeElement) : null;
    const rows = [];
    for (let start = 0; start < ordered.length; start += layout.columns) {
      const heads = ordered.slice(start, start + layout.columns);
      const tiles = heads.map((one, i) => tile(one, start + i));
      rows.push(html`<div role="row" class="tiles-row">${tiles}</div>`);
    }
    render(rows, grid);
    const wanted = focused ?? props.open[0];
    const stop =
      cells()[
        Math.max(
          0,
          ordered.findIndex((one) => wanted && sameHead(one, wanted)),
        )
      ];
    if (stop) stops.stop(stop);
    if (focused) stop?.focus();
    onFill();
    onLayout();
    mark();
  }

  function tile(head, at) {
    const { layer, head: number, supervised } = head;
    return html`<div role="gridcell" class="tile" tabindex="-1"
      draggable=${draggable ? 'true' : nothing}
      data-at=${at} data-name="${layer}-${number}" data-supervised=${supervised || nothing}
      data-task=${supervised ? supervisionOf(head, props.data.heads).task : nothing}
      aria-label=${nameOf(head, props)}></div>`;
  }

  /** Which heads are open, and how much each gives to the link that was searched for. */
  function mark() {
    const { open: opened, ranking } = props;
    marked = { open: opened, ranking };
    element.classList.toggle('is-ranked', Boolean(ranking));
    for (const cell of cells()) {
      const head = ordered[Number(cell.dataset.at)];
      const open = opened.find((one) => sameHead(one, head));
      const place = ranking ? ranking.findIndex((one) => sameHead(one, head)) : -1;
      const share = place < 0 ? 0 : ranking[place].weight / (ranking[0].weight || 1);
      cell.style.setProperty('--share', String(share));
      if (place >= 0 && place < RANKED) cell.dataset.rank = String(place + 1);
      else delete cell.dataset.rank;
      cell.classList.toggle('is-open', Boolean(open));
      cell.setAttribute('aria-selected', String(Boolean(open)));
      cell.style.setProperty('--color', open?.color ?? '');
    }
  }

  return {
    element,
    /**
     * @param {{data: any, kind: string, shape: {layers: number, heads: number}, sort: string, color: string, scale: string, open: any[], ranking?: any[]|null, busy: boolean, off: boolean}} next
     *   `data`: an Overview with an `id`; null while there is none; `off`: none will come; `open`: heads
     *   named with their kind; `ranking`: heads by the weight of a link, the largest first; `shape`: what
     *   it is expected to be
     */
    update(next) {
      props = next;
      draw();
    },
    /** The heads in the order of the tiles. */
    heads: () => ordered,
    /** Whether some tiles are out of sight beside the others. */
    cut: () => hidden > 1,
  };
}

function nameOf(head, { sort, data }) {
  const supervised = supervisionOf(head, data.heads);
  return [
    headTitle(head),
    sort !== 'layer' && formatStatistic(statistic(head, sort), sort),
    supervised?.text,
  ]
    .filter(Boolean)
    .join(t(', '));
}
