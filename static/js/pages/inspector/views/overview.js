// Every head of the run: how the tiles are sorted and coloured, and the same as a table.

import { h, setText } from '../../../core/dom.js';
import { formatStatistic, STATISTICS, statistic } from '../../../figures/overview.js';
import { select } from '../../../parts/fields.js';
import { factsTable } from '../../../parts/head-facts.js';
import { headGrid } from '../../../parts/head-grid.js';

/**
 * @param {HTMLElement} root
 * @param {{onOpen: (name: import('../../../core/inspector-address.js').HeadName, options: {add: boolean}) => void, onSort: (sort: string) => void, onColor: (color: string) => void, onKind: (kind: string) => void, onCompare: (compare: boolean) => void}} callbacks
 */
export function overviewView(root, { onOpen, onSort, onColor, onKind, onCompare }) {
  const options = STATISTICS.map(({ name, label }) => [name, label]);
  const sortBy = select('Sort by', [['layer', 'Layer and head'], ...options], onSort);
  const colorBy = select('Colour by', [['pattern', 'Attention'], ...options], onColor);
  const compare = h('input', {
    type: 'checkbox',
    role: 'switch',
    onchange: () => onCompare(compare.checked),
  });
  const kinds = h('div', {
    class: 'segmented',
    role: 'group',
    'aria-label': 'Kind of attention',
    hidden: true,
  });
  const grid = headGrid({
    label: 'Attention heads',
    onOpen,
    draggable: true,
    onLayout: () => setText(note, caption(props, grid.cut())),
    onFill: () => table.open && drawTable(),
  });
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
    grid.element,
    note,
    table,
  );

  let props = null;

  function drawTable() {
    if (props.data) tableBody.replaceChildren(factsTable(grid.heads(), props.data));
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
      grid.update(next);
    },
    destroy() {
      grid.destroy();
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
