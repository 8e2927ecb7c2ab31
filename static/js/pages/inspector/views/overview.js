// Every head of the run: how the tiles are sorted and coloured, and the same as a table.

import { setText } from '../../../core/dom.js';
import { readTheme, watchTheme } from '../../../core/draw.js';
import { build, find, guard, html, render } from '../../../core/template.js';
import { scaleTicks } from '../../../figures/color.js';
import { kindText } from '../../../figures/head-names.js';
import { formatStatistic, STATISTICS, statistic } from '../../../figures/overview.js';
import { prose, t } from '../../../language/messages.js';
import { select, toggle } from '../../../parts/fields.js';
import { factsTable } from '../../../parts/head-facts.js';
import { headGrid } from '../../../parts/head-grid.js';
import { legendView } from '../../../parts/legend.js';
import { pictureMenu } from '../../../parts/picture-menu.js';
import { disclosure, tableFrame } from '../../../parts/tables.js';

const ORDER = /** @type {const} */ (['layer', t('Layer and head')]);
const ATTENTION = /** @type {const} */ (['pattern', t('Attention')]);
const TABLE = t('Table of all heads');

/**
 * @param {HTMLElement} root
 * @param {{onOpen: (name: import('../../../core/addresses/inspector.js').HeadName, options: {add: boolean}) => void, onSort: (sort: string) => void, onColor: (color: string) => void, onKind: (kind: string) => void, onCompare: (compare: boolean) => void}} callbacks
 */
export function overviewView(root, { onOpen, onSort, onColor, onKind, onCompare }) {
  const grid = headGrid({
    label: t('Attention heads'),
    onOpen,
    draggable: true,
    onLayout: () => setText(note, caption(props, grid.cut())),
    onFill: drawTable,
  });
  const menu = pictureMenu(
    t('Save every head'),
    'every-head',
    () => find(root, '.tiles-picture'),
    () => t('Every head'),
  );
  const legend = legendView(t('weight'));
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
      id="overview-title">${t('Every head')}</h2>
        <div class="segmented" role="group" aria-label=${t('Kind of attention')}
          ?hidden=${kinds.length < 2}>${kinds.map(
            (one) =>
              html`<button type="button" aria-pressed=${one.kind === kind}
              @click=${() => onKind(one.kind)}>${kindText(one.kind)}</button>`,
          )}</div></div>
      <details class="fold overview-fold"><summary>${t('Sort, colour, compare')}</summary><div class="fold-body">
        ${select(t('Sort by'), [ORDER, ...known], sort, onSort, how)}${select(t('Colour by'), [ATTENTION, ...known], color, onColor, how)}
        ${toggle(t('Compare'), comparing, onCompare, { ...how, title: t('A click then lays a head over the open one') })}</div></details>
      <div class="overview-problem">${problem}</div><div class="tiles-picture">${grid.element}
      <div class="tiles-legend" ?hidden=${off}>${legend.element}<p class="tiles-lit">${litCaption(ranking)}</p></div>${note}</div>${off ? '' : menu}${table.element}`;
  }

  function show(next) {
    props = next;
    root.classList.toggle('is-busy', next.busy);
    grid.update(next);
  }

  /**
   * @param {{data: any, kind: string, shape: {layers: number, heads: number}, sort: string, color: string, scale: string, open: any[], ranking: any[]|null, comparing: boolean, busy: boolean, off: boolean, problem: any}} next
   *   `data`: an Overview with an `id`; null while there is none; `off`: none will come;
   *   `shape`: what it is expected to be; `comparing`: a click lays a head over the open one
   */
  function update(next) {
    props = next;
    table.element.hidden = next.off;
    render(content(next), root);
    drawLegend();
    drawTable();
    show(next);
  }

  return {
    update,
    /** The tiles alone: the rest is updated in a later frame. Whole where nothing stands there yet. */
    paint: (next) => (grid.element.isConnected ? show(next) : update(next)),
  };
}

/** What a search does to the tiles. @param {any[]|null} ranking */
const litCaption = (ranking) =>
  ranking
    ? t('The more a head gives to the link, the less it is dimmed; 1, 2 and 3 give most.')
    : '';

function caption({ data, kind, sort, color }, wide) {
  if (!data) return '';
  const of = data.kinds.find((one) => one.kind === kind);
  const parts = [t('Rows are layers, columns heads. In a tile, queries run down and keys across.')];
  if (sort !== 'layer') parts[0] = t('The largest comes first.');
  if (color !== 'pattern') parts.push(inkCaption(data, kind, color));
  if (of.pooled)
    parts.push(
      data.level === 'word'
        ? t('Each tile shows the strongest of neighbouring words, 64 by 64.')
        : t('Each tile shows the strongest of neighbouring tokens, 64 by 64.'),
    );
  if (wide) parts.push(t('Scroll sideways for the other heads.'));
  return prose(...parts);
}

function inkCaption(data, kind, color) {
  const values = data.heads
    .filter((head) => head.kind === kind)
    .map((head) => statistic(head, color))
    .filter((value) => value !== null);
  if (values.length === 0) return t('No head of this kind has this statistic.');
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return t('Colour from faint, {low}, to full, {high}.', {
    low: formatStatistic(low, color),
    high: formatStatistic(high, color),
  });
}
