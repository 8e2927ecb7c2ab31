// Every head of the run: how the tiles are sorted and coloured, and the same as a table.

import { setText } from '../../../core/dom.js';
import { readTheme, watchTheme } from '../../../core/draw.js';
import { build, guard, html, render } from '../../../core/template.js';
import { scaleTicks } from '../../../figures/color.js';
import { formatStatistic, STATISTICS, statistic } from '../../../figures/overview.js';
import { select, toggle } from '../../../parts/fields.js';
import { factsTable } from '../../../parts/head-facts.js';
import { headGrid } from '../../../parts/head-grid.js';
import { legendView } from '../../../parts/legend.js';
import { disclosure, tableFrame } from '../../../parts/tables.js';

const ORDER = /** @type {const} */ (['layer', 'Layer and head']);
const ATTENTION = /** @type {const} */ (['pattern', 'Attention']);
const TABLE = 'Table of all heads';

/**
 * @param {HTMLElement} root
 * @param {{onOpen: (name: import('../../../core/addresses/inspector.js').HeadName, options: {add: boolean}) => void, onSort: (sort: string) => void, onColor: (color: string) => void, onKind: (kind: string) => void, onCompare: (compare: boolean) => void}} callbacks
 */
export function overviewView(root, { onOpen, onSort, onColor, onKind, onCompare }) {
  const grid = headGrid({
    label: 'Attention heads',
    onOpen,
    draggable: true,
    onLayout: () => setText(note, caption(props, grid.cut())),
    onFill: drawTable,
  });
  const legend = legendView('weight');
  const note = build(html`<p class="tiles-note"></p>`);
  const table = disclosure();
  let props = null;
  let theme = null;
  watchTheme(() => {
    theme = null;
    drawLegend();
  });

  function drawLegend() {
    if (!props) return;
    theme ??= readTheme(root);
    legend.update(theme.ramp, scaleTicks(props.scale, 1));
  }

  function drawTable() {
    const [heads, data] = [grid.heads(), props.data];
    const rows = () => (data ? factsTable(heads, data) : '');
    table.update(TABLE, () => tableFrame(TABLE, guard([heads, data], rows)));
  }

  function content({ data, kind, sort, color, comparing, ranking, off, problem }) {
    const kinds = data?.kinds ?? [];
    // What was not measured is no choice.
    const known = STATISTICS.filter(
      ({ name }) => !data || data.heads.some((head) => statistic(head, name) !== null),
    ).map(({ name, label }) => /** @type {const} */ ([name, label]));
    // Without a run there is nothing to sort, colour, compare or list.
    const how = { disabled: off };
    return html`<div class="section-head"><h2 class="section-title"
      id="overview-title">Every head</h2>
        <div class="segmented" role="group" aria-label="Kind of attention"
          ?hidden=${kinds.length < 2}>${kinds.map(
            (one) =>
              html`<button type="button" aria-pressed=${one.kind === kind}
              @click=${() => onKind(one.kind)}>${one.kind}</button>`,
          )}</div></div>
      <details class="fold overview-fold"><summary>Sort, colour, compare</summary><div class="fold-body">
        ${select('Sort by', [ORDER, ...known], sort, onSort, how)}${select('Colour by', [ATTENTION, ...known], color, onColor, how)}
        ${toggle('Compare', comparing, onCompare, { ...how, title: 'A click then lays a head over the open one' })}</div></details>
      <div class="overview-problem">${problem}</div>${grid.element}
      <div class="tiles-legend" ?hidden=${off}>${legend.element}<p class="tiles-lit">${litCaption(ranking)}</p></div>${note}${table.element}`;
  }

  return {
    /**
     * @param {{data: any, kind: string, shape: {layers: number, heads: number}, sort: string, color: string, scale: string, open: any[], ranking: any[]|null, comparing: boolean, busy: boolean, off: boolean, problem: any}} next
     *   `data`: an Overview with an `id`; null while there is none; `off`: none will come;
     *   `shape`: what it is expected to be; `comparing`: a click lays a head over the open one
     */
    update(next) {
      props = next;
      root.classList.toggle('is-busy', next.busy);
      table.element.hidden = next.off;
      render(content(next), root);
      drawLegend();
      drawTable();
      grid.update(next);
    },
  };
}

/** What a search does to the tiles. @param {any[]|null} ranking */
const litCaption = (ranking) =>
  ranking ? 'The more a head gives to the link, the less it is dimmed; 1, 2 and 3 give most.' : '';

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
