// Every head of the run as a tile: one canvas for the pixels, and over it a grid of real
// elements, one a head, that can be pointed at, focused, named and opened.

import { afterFrame, h, setText, targetOf } from '../../../core/dom.js';
import { watchTheme } from '../../../core/draw.js';
import { layersOf } from '../../../core/selection.js';
import { supervisionOf } from '../../../core/supervision.js';
import {
  formatStatistic,
  layoutTiles,
  orderHeads,
  STATISTICS,
  statistic,
} from '../../../figures/overview.js';
import { dragHead } from '../../../parts/drag.js';
import { select } from '../../../parts/fields.js';
import { factsTable, headFacts } from '../../../parts/head-facts.js';
import { headGrid } from '../../../parts/head-grid.js';
import { roving } from '../../../parts/roving.js';
import { createTooltip } from '../../../parts/tooltip.js';

/** Room around the tiles for the frame of an open one; the padding of .tiles. */
const EDGE = 4;

/**
 * @param {HTMLElement} root
 * @param {{onOpen: (name: import('../../../core/inspector-address.js').HeadName, options: {add: boolean}) => void, onSort: (sort: string) => void, onColor: (color: string) => void, onKind: (kind: string) => void, onCompare: (compare: boolean) => void}} callbacks
 */
export function overviewView(root, { onOpen, onSort, onColor, onKind, onCompare }) {
  const tooltip = createTooltip();
  const options = STATISTICS.map(({ name, label }) => [name, label]);
  const sortBy = select('Sort by', [['layer', 'Layer and head'], ...options], onSort);
  const colorBy = select('Colour by', [['pattern', 'Attention'], ...options], onColor);
  const compare = /** @type {HTMLInputElement} */ (
    h('input', { type: 'checkbox', role: 'switch', onchange: () => onCompare(compare.checked) })
  );
  const kinds = h('div', {
    class: 'segmented',
    role: 'group',
    'aria-label': 'Kind of attention',
    hidden: true,
  });
  const canvas = /** @type {HTMLCanvasElement} */ (
    h('canvas', { class: 'tiles-canvas', 'aria-hidden': 'true' })
  );
  const mosaic = headGrid(root, canvas);
  const grid = h('div', { class: 'tiles-grid', role: 'grid', 'aria-label': 'Attention heads' });
  const columnNames = h('div', { class: 'tiles-columns', 'aria-hidden': 'true' });
  const rowNames = h('div', { class: 'tiles-rows', 'aria-hidden': 'true' });
  const stage = h('div', { class: 'tiles-stage is-skeleton' }, canvas, grid);
  const tiles = h('div', { class: 'tiles' }, columnNames, rowNames, stage);
  const note = h('p', { class: 'tiles-note' });
  const tableBody = h('div', {
    class: 'table-frame',
    tabindex: '0',
    role: 'region',
    'aria-label': 'Table of all heads',
  });
  const table = h(
    'details',
    { class: 'behind', ontoggle: () => table.open && drawTable() },
    h('summary', {}, 'Table of all heads'),
    tableBody,
  );
  const problem = h('div', { class: 'overview-problem' });

  root.replaceChildren(
    h(
      'div',
      { class: 'section-head' },
      h('h2', { class: 'section-title', id: 'overview-title' }, 'Every head'),
      kinds,
      h('span', { class: 'spring' }),
      h(
        'label',
        { class: 'switch', title: 'A click then lays a head over the open one' },
        compare,
        h('span', {}, 'Compare'),
      ),
      sortBy.element,
      colorBy.element,
    ),
    problem,
    tiles,
    note,
    table,
  );

  let props = null;
  let ordered = [];
  let layout = null;
  /** Width of the tiles and their names, in pixels. */
  let room = 0;
  /** What the layers and heads beside the tiles are, as they were written last. */
  let named = '';
  /** Pixels of the tiles that do not fit beside one another. */
  let beside = 0;
  let painted = '';
  let chosen = null;
  const cells = () => /** @type {HTMLElement[]} */ ([...grid.querySelectorAll('[role=gridcell]')]);
  tiles.addEventListener('scroll', hint, { passive: true });
  const stops = roving(grid, { items: cells, columns: () => layout?.columns ?? 1 });

  const headOf = (target) => {
    const cell = target.closest?.('[role=gridcell]');
    return cell ? ordered[Number(cell.dataset.at)] : null;
  };
  grid.addEventListener('click', (event) => {
    const head = headOf(event.target);
    if (head) onOpen(head, { add: event.shiftKey });
  });
  grid.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') tooltip.hide();
    if (event.key !== 'Enter' && event.key !== ' ') return;
    const head = headOf(event.target);
    if (!head) return;
    event.preventDefault();
    onOpen(head, { add: event.shiftKey });
  });
  grid.addEventListener('dragstart', (event) => {
    const head = headOf(event.target);
    if (!head) return;
    tooltip.hide();
    dragHead(event, head);
  });
  const show = (event) => {
    const head = headOf(event.target);
    if (!head) return tooltip.hide();
    const box = event.target.closest('[role=gridcell]').getBoundingClientRect();
    return tooltip.show(headFacts(head, props.data), box);
  };
  grid.addEventListener('pointerover', show);
  grid.addEventListener(
    'focusin',
    (event) => targetOf(event).matches(':focus-visible') && show(event),
  );
  grid.addEventListener('pointerleave', () => tooltip.hide());
  grid.addEventListener('focusout', () => tooltip.hide());

  const resize = new ResizeObserver(() => {
    // Read here it costs nothing: the page has just been laid out.
    room = tiles.clientWidth;
    draw();
  });
  resize.observe(tiles);
  const unwatch = watchTheme(() => {
    painted = '';
    mosaic.forgetColors();
    draw();
  });

  /** Says that there is more beside, and lets the edge that hides it fade. */
  function hint() {
    // Where all fits, nothing more is measured: that would lay out the page once more.
    const cut = beside > 1;
    const rest = cut ? tiles.scrollWidth - tiles.clientWidth - tiles.scrollLeft : 0;
    tiles.classList.toggle('is-cut', rest > 1);
    setText(note, caption(props, cut));
  }

  function draw() {
    if (!props) return;
    const { data, kind, sort, color, scale } = props;
    const of = data?.kinds.find((one) => one.kind === kind) ?? null;
    const shape = of ?? props.shape;
    room ||= tiles.clientWidth;
    const narrow = room < 560;
    const sorted = sort !== 'layer';
    stage.classList.toggle('is-skeleton', !of);
    stage.classList.toggle('is-off', props.off);
    tiles.classList.toggle('is-sorted', sorted);
    const labels = sorted ? 0 : narrow ? 20 : 28;
    const gap = narrow ? 2 : 5;
    layout = layoutTiles({
      count: shape.layers * shape.heads,
      columns: shape.heads,
      width: room - labels - 2 * EDGE,
      gap: sorted && !narrow ? 5 : gap,
      least: 24,
      most: 96,
      aspect: of && of.rows !== of.cols ? of.rows / of.cols : 1,
    });
    const signature = [
      data?.id,
      kind,
      sort,
      color,
      scale,
      layout.width,
      layout.height,
      devicePixelRatio,
    ].join('|');
    if (signature !== painted) {
      painted = signature;
      place(shape, sorted, labels);
      if (of) {
        ordered = orderHeads(
          data.heads.filter((head) => head.kind === kind),
          sort,
        );
        mosaic.paint(ordered, of, data.bytes, layout, color, scale);
        performance.clearMarks('headlight:overview-painted');
        performance.mark('headlight:overview-painted');
        afterFrame(() => signature === painted && fill());
      } else {
        grid.replaceChildren();
        mosaic.clear();
        // While the answer is awaited, all that its picture needs is made ready.
        afterFrame(() => props.busy && !props.data && mosaic.rehearse(layout, color, scale));
      }
    } else if (chosen !== props.open) choose();
    beside = labels + layout.width + 2 * EDGE - room;
    hint();
  }

  function place(shape, sorted, labels) {
    tiles.style.setProperty('--tile', `${layout.tile.width}px`);
    tiles.style.setProperty('--tile-height', `${layout.tile.height}px`);
    tiles.style.setProperty('--gap', `${layout.gap}px`);
    tiles.style.setProperty('--columns', String(layout.columns));
    tiles.style.setProperty('--labels', `${labels}px`);
    stage.style.width = `${layout.width}px`;
    stage.style.height = `${layout.height}px`;
    const layers = layersOf(shape);
    const names = sorted ? '' : `${shape.heads} ${layers}`;
    if (names === named) return;
    named = names;
    const spans = (numbers) => numbers.map((number) => h('span', {}, String(number)));
    columnNames.replaceChildren(...(sorted ? [] : spans([...Array(shape.heads).keys()])));
    rowNames.replaceChildren(...(sorted ? [] : spans(layers)));
  }

  function fill() {
    const focused = grid.contains(document.activeElement) ? headOf(document.activeElement) : null;
    const rows = [];
    for (let start = 0; start < ordered.length; start += layout.columns) {
      rows.push(
        h(
          'div',
          { role: 'row', class: 'tiles-row' },
          ...ordered.slice(start, start + layout.columns).map((head, i) =>
            h('div', {
              role: 'gridcell',
              class: 'tile',
              tabindex: '-1',
              draggable: 'true',
              data: {
                at: start + i,
                name: `${head.layer}-${head.head}`,
                ...(head.supervised && { supervised: head.supervised }),
              },
              'aria-label': name(head, props),
            }),
          ),
        ),
      );
    }
    grid.replaceChildren(...rows);
    const opened = ordered.findIndex((head) => same(head, focused ?? props.open[0]));
    const stop = cells()[Math.max(0, opened)];
    if (stop) stops.stop(stop);
    if (focused) stop?.focus();
    if (table.open) drawTable();
    choose();
  }

  function choose() {
    chosen = props.open;
    cells().forEach((cell) => {
      const head = ordered[Number(cell.dataset.at)];
      const open = props.open.find((other) => same(other, head));
      cell.classList.toggle('is-open', Boolean(open));
      cell.setAttribute('aria-selected', String(Boolean(open)));
      cell.style.setProperty('--color', open ? open.color : '');
    });
  }

  function drawTable() {
    if (props.data) tableBody.replaceChildren(factsTable(ordered, props.data));
  }

  return {
    /**
     * @param {{data: any, kind: string, shape: {layers: number, heads: number}, sort: string, color: string, scale: string, open: any[], busy: boolean, off: boolean, problem: Node|null}} next
     *   `data`: an Overview with an `id`; null while there is none; `off`: none will come;
     *   `shape`: what it is expected to be
     */
    update(next) {
      const kindsChanged = props?.data?.kinds !== next.data?.kinds || props?.kind !== next.kind;
      props = next;
      sortBy.set(next.sort);
      colorBy.set(next.color);
      // Without a run there is nothing to sort, colour, compare or list.
      sortBy.disable(next.off);
      colorBy.disable(next.off);
      compare.disabled = next.off;
      table.hidden = next.off;
      root.classList.toggle('is-busy', next.busy);
      if (problem.firstChild !== next.problem) {
        problem.replaceChildren(...(next.problem ? [next.problem] : []));
      }
      if (kindsChanged) drawKinds();
      draw();
    },
    canvas,
    destroy() {
      resize.disconnect();
      unwatch();
      root.replaceChildren();
    },
  };

  function drawKinds() {
    const all = props.data?.kinds ?? [];
    kinds.hidden = all.length < 2;
    if (kinds.hidden) return;
    kinds.replaceChildren(
      ...all.map(({ kind }) =>
        h(
          'button',
          {
            type: 'button',
            'aria-pressed': String(kind === props.kind),
            onclick: () => onKind(kind),
          },
          kind,
        ),
      ),
    );
  }
}

const same = (a, b) =>
  Boolean(a && b) && a.layer === b.layer && a.head === b.head && a.kind === b.kind;

function name(head, { sort, data }) {
  const value = sort === 'layer' ? '' : `, ${formatStatistic(statistic(head, sort), sort)}`;
  const supervised = supervisionOf(head, data.heads);
  return `Layer ${head.layer}, head ${head.head}${value}${supervised ? `, ${supervised.text}` : ''}`;
}

function caption({ data, kind, sort, color }, wide) {
  if (!data) return '';
  const of = data.kinds.find((one) => one.kind === kind);
  const unit = data.level === 'word' ? 'words' : 'tokens';
  const parts = ['Rows are layers, columns heads. In a tile, queries run down and keys across.'];
  if (sort !== 'layer') parts[0] = 'The largest comes first.';
  if (color !== 'pattern') parts.push(inkCaption(data, kind, color));
  if (of.pooled) parts.push(`Each tile shows the strongest of neighbouring ${unit}, 64 by 64.`);
  if (wide) parts.push('Scroll sideways for the other heads.');
  return parts.join(' ');
}

function inkCaption(data, kind, color) {
  const values = data.heads
    .filter((head) => head.kind === kind)
    .map((head) => statistic(head, color))
    .filter((value) => value !== null);
  if (values.length === 0) return 'No head of this kind has this statistic.';
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return `Colour from faint, ${formatStatistic(low, color)}, to full, ${formatStatistic(high, color)}.`;
}
