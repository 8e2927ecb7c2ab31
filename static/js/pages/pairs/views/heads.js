// Every head by how far it moved: a small map of each kind of attention, and a list.

import { h, setText } from '../../../core/dom.js';
import { sameHead } from '../../../core/selection.js';
import { supervisionOf } from '../../../core/supervision.js';
import { isolated } from '../../../figures/bidi.js';
import { roving } from '../../../parts/roving.js';
import { createTooltip } from '../../../parts/tooltip.js';

const SHOWN = 8;
const NOTE =
  'Moved: half the sum of what a row’s weights differ by, from 0 (the same) to 1 (nothing shared).';

/**
 * @param {HTMLElement} root
 * @param {{onOpen: (head: {kind: string, layer: number, head: number}) => void}} parts
 */
export function headsView(root, { onOpen }) {
  const tooltip = createTooltip();
  const maps = h('div', { class: 'pairs-maps' });
  const body = h('tbody');
  const byQuery = h('th', { scope: 'col' });
  const table = h(
    'table',
    { class: 'search-table' },
    h('caption', { class: 'visually-hidden' }, 'Heads by how far they moved'),
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        h('th', { scope: 'col' }, 'Head'),
        byQuery,
        h('th', { scope: 'col' }, 'All rows'),
      ),
    ),
    body,
  );
  const region = { role: 'region', 'aria-label': 'Heads that moved', tabindex: '0' };
  const more = h('button', { type: 'button', class: 'text-button', onclick: toggle });
  root.replaceChildren(
    h(
      'div',
      { class: 'section-head' },
      h('h2', { class: 'section-title', id: 'heads-title' }, 'Which heads moved'),
    ),
    maps,
    h('div', { class: 'search-results', ...region }, table),
    h('p', { class: 'search-note' }, NOTE),
    h('p', { class: 'search-more' }, more),
  );
  let props = null;
  let all = false;
  /** @type {{element: HTMLElement, head: any}[]} */
  let cells = [];
  /** @type {{element: HTMLElement, head: any}[]} */
  let rows = [];

  function toggle() {
    all = !all;
    drawTable();
  }

  /** What heads are ranked by: the query's rows, or all. */
  const moved = (head) =>
    head.row_total_variation ?? (props.answer.query ? 0 : head.total_variation);
  const several = () => new Set(props.answer.heads.map(({ kind }) => kind)).size > 1;

  function drawMaps() {
    const { heads } = props.answer;
    const most = Math.max(...heads.map(moved), Number.MIN_VALUE);
    const kinds = [...new Set(heads.map(({ kind }) => kind))].sort(
      (a, b) => heads.findIndex((one) => one.kind === a) - heads.findIndex((one) => one.kind === b),
    );
    cells = [];
    maps.replaceChildren(...kinds.flatMap((kind) => mapOf(kind, heads, most)));
  }

  function mapOf(kind, heads, most) {
    const own = heads.filter((one) => one.kind === kind);
    const layers = [...new Set(own.map(({ layer }) => layer))].sort((a, b) => a - b);
    const columns = 1 + Math.max(...own.map(({ head }) => head));
    const lines = layers.map((layer) => {
      const inLayer = own.filter((one) => one.layer === layer).sort((a, b) => a.head - b.head);
      const made = inLayer.map((head) => cellOf(head, most));
      return h('div', { role: 'row', class: 'pairs-map-row' }, ...made);
    });
    const name = several() ? `Heads, ${kind} attention` : 'Heads';
    const grid = h('div', { class: 'pairs-map-grid', role: 'grid', 'aria-label': name }, ...lines);
    const inGrid = /** @type {HTMLElement[]} */ ([...grid.querySelectorAll('[role=gridcell]')]);
    roving(grid, { items: () => inGrid, columns: () => columns }).stop(inGrid[0]);
    const numbers = (all, label) => [
      h('span', { class: 'pairs-map-axis' }, label),
      ...all.map((number) => h('span', {}, String(number))),
    ];
    const map = h(
      'div',
      { class: 'pairs-map' },
      h(
        'div',
        { class: 'pairs-map-heads', 'aria-hidden': 'true' },
        ...numbers([...Array(columns).keys()], 'head'),
      ),
      h(
        'div',
        { class: 'pairs-map-layers', 'aria-hidden': 'true' },
        ...numbers(layers, 'layer').slice(1),
      ),
      grid,
    );
    map.style.setProperty('--columns', String(columns));
    return several() ? [h('h3', { class: 'pairs-kind' }, kind), map] : [map];
  }

  function cellOf(head, most) {
    const open = () => onOpen(head);
    const cell = h('div', {
      role: 'gridcell',
      class: 'pairs-cell',
      tabindex: '-1',
      'aria-label': `Layer ${head.layer}, head ${head.head}: moved ${moved(head).toFixed(2)}`,
      onclick: open,
      onkeydown: (event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        open();
      },
      onpointerenter: () => tooltip.show(facts(head), cell.getBoundingClientRect()),
      onpointerleave: () => tooltip.hide(),
      onfocus: () =>
        cell.matches(':focus-visible') && tooltip.show(facts(head), cell.getBoundingClientRect()),
      onblur: () => tooltip.hide(),
    });
    cell.style.setProperty('--share', String(Math.sqrt(moved(head) / most)));
    cells.push({ element: cell, head });
    return cell;
  }

  function facts(head) {
    const { query } = props.answer;
    const told = [['All rows', head.total_variation.toFixed(3)]];
    if (query && head.row_total_variation !== null) {
      told.unshift([`“${isolated(query.text)}”`, head.row_total_variation.toFixed(3)]);
    }
    return h(
      'div',
      {},
      h('p', { class: 'tooltip-title' }, `Layer ${head.layer}, head ${head.head}`),
      h(
        'dl',
        { class: 'facts' },
        ...told.flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]),
      ),
    );
  }

  function drawTable() {
    const { heads, query } = props.answer;
    setText(byQuery, query ? `“${isolated(query.text)}” moved` : 'Moved');
    const shown = all ? heads : heads.slice(0, SHOWN);
    rows = shown.map(row);
    body.replaceChildren(...rows.map(({ element }) => element));
    more.hidden = heads.length <= SHOWN;
    setText(more, all ? `Show the first ${SHOWN}` : `Show all ${heads.length} heads`);
    choose();
  }

  function row(head) {
    const bar = h('span', { class: 'bar', 'aria-hidden': 'true' });
    bar.style.setProperty('--share', String(moved(head)));
    const supervised = supervisionOf(head, props.answer.heads);
    const known = props.answer.query === null || head.row_total_variation !== null;
    const made = h(
      'tr',
      { onclick: () => onOpen(head) },
      h(
        'th',
        { scope: 'row' },
        h(
          'button',
          { type: 'button', class: 'head-button' },
          h('span', { class: 'visually-hidden' }, 'Open head '),
          `${head.layer}-${head.head}`,
          several() && h('small', {}, ` ${head.kind}`),
          supervised?.supervised && h('small', { title: supervised.about }, ` ${supervised.text}`),
        ),
      ),
      h('td', { class: 'weight' }, bar, h('span', {}, known ? moved(head).toFixed(2) : '–')),
      h('td', {}, head.total_variation.toFixed(2)),
    );
    return { element: made, head };
  }

  function choose() {
    const isOpen = (head) => Boolean(props.open && sameHead(head, props.open));
    for (const { element, head } of rows) element.classList.toggle('is-open', isOpen(head));
    for (const { element, head } of cells) {
      element.classList.toggle('is-open', isOpen(head));
      element.setAttribute('aria-selected', String(isOpen(head)));
    }
  }

  return {
    /** @param {{answer: any, open: any|null, busy: boolean}} next `open` names its kind */
    update(next) {
      const before = props;
      props = next;
      root.classList.toggle('is-busy', next.busy);
      if (before?.answer !== next.answer) {
        all = false;
        drawMaps();
        drawTable();
      } else choose();
    },
  };
}
