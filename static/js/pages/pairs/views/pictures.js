/**
 * One head over both texts, and the difference: three heatmaps on one grid. What is pointed at
 * in one is marked in all three, and both its numbers are told.
 */

import { paintHeatmap } from '../../../core/draw.js';
import { build, find, html, render } from '../../../core/template.js';
import { tokenLabel } from '../../../figures/axis.js';
import { scaleTicks } from '../../../figures/color.js';
import * as matrix from '../../../figures/matrix.js';
import * as figure from '../../../figures/pair.js';
import { heatmapGeometry } from '../../../figures/pattern.js';
import { prose, t } from '../../../language/messages.js';
import { heatmapView } from '../../../parts/heatmap.js';
import { legendView } from '../../../parts/legend.js';
import { pictureMenu } from '../../../parts/picture-menu.js';

const PICTURES = /** @type {const} */ (['before', 'after', 'difference']);
const TITLES = {
  before: t('First text'),
  after: t('Second text'),
  difference: t('Second − first'),
};
const LARGEST = 560;

/**
 * @param {HTMLElement} root
 * @param {{onRow: (row: number) => void}} callbacks a row was clicked
 */
export function picturesView(root, { onRow }) {
  const parts = Object.fromEntries(PICTURES.map((which) => [which, picture(which)]));
  const note = build(html`<p class="figure-note"></p>`);
  const menu = pictureMenu(t('Save the patterns'), 'both-texts', () =>
    find(root, '.pairs-pictures'),
  );
  render(
    html`<div class="pairs-pictures">${PICTURES.map((which) => parts[which].element)}</div>${note}${menu}`,
    root,
  );
  let props = null;

  function picture(which) {
    const heatmap = heatmapView({
      keys: t('Arrow keys move over the cells, Enter looks at their row.'),
      onCell: ({ row }) => onRow(row),
      onCursor(cell) {
        for (const other of PICTURES) if (other !== which) parts[other].heatmap.point(cell);
      },
    });
    const legend = legendView(which === 'difference' ? t('change') : t('weight'));
    const element = build(html`<div class=${`pairs-picture is-${which}`}>
      <h3 class="pairs-picture-title">${TITLES[which]}</h3>${heatmap.element}${legend.element}</div>`);
    return { element, heatmap, legend };
  }

  /** @returns {import('../../../parts/heatmap.js').Drawing} */
  function drawing(which, width, theme) {
    const { queries, keys, title, before, after, difference } = props;
    const labels = (side) => ({
      queryTokens: figure.labelled(queries, side),
      keyTokens: figure.labelled(keys, side),
    });
    const geometry = heatmapGeometry({ ...labels('both'), width, maxHeight: LARGEST });
    const apart = which === 'difference';
    const max = apart ? matrix.largest(difference.data) : matrix.largest(before.data, after.data);
    const how = { max: max || 1, scale: /** @type {const} */ ('sqrt'), signed: apart };
    const cells = matrix.heatCells(props[which], { ...how, pool: geometry.pool });
    const colors = apart ? theme.diverging : theme.ramp;
    const ticks = apart ? matrix.signedTicks(max) : scaleTicks('sqrt', how.max);
    parts[which].legend.update(colors, max === 0 ? [{ t: 0.5, value: 0 }] : ticks);
    note.textContent = said(geometry.pool);
    return {
      geometry,
      name: t('{which}, {head}: {queries} queries down, {keys} keys across.', {
        which: TITLES[which],
        head: title,
        queries: queries.length,
        keys: keys.length,
      }),
      paint: (canvas) =>
        paintHeatmap(canvas, cells, relabelled(geometry, labels(apart ? 'both' : which)), {
          ...theme,
          ramp: colors,
        }),
    };
  }

  function said(pool) {
    const { queries, keys, before } = props;
    const notes = [];
    if (pool > 1)
      notes.push(t('Each dot stands for the strongest of {pool} × {pool} cells.', { pool }));
    const alone = [...queries, ...keys].some(({ state }) => state === 'only');
    if (alone) notes.push(t('Rows and columns of one text alone are blank in the other.'));
    const shared = (unit) => unit.before !== null;
    const masked = queries.some((query, row) =>
      keys.some(
        (key, col) =>
          shared(query) && shared(key) && Number.isNaN(before.data[row * keys.length + col]),
      ),
    );
    if (masked) notes.push(t('Blank cells are masked: that query may not look at that key.'));
    return prose(...notes);
  }

  /** The rows that are looked at. */
  function marks() {
    const rows = props.shown.query_rows;
    if (!rows) return [];
    const block = {
      row: rows[0],
      rows: 1 + rows.at(-1) - rows[0],
      col: 0,
      cols: props.keys.length,
    };
    return [{ kind: 'row', block }];
  }

  return {
    /**
     * @param {{shown: any, queries: any[], keys: any[]}|null} next one head on its axes
     * @param {string} title "layer 3, head 1"
     */
    update(next, title) {
      if (!next || props?.shown === next.shown) return;
      const { shown, queries, keys } = next;
      const [before, after, difference] = PICTURES.map((which) => matrix.matrixOf(shown[which]));
      props = { shown, queries, keys, before, after, difference, title };
      for (const which of PICTURES) {
        const { heatmap } = parts[which];
        heatmap.point(null);
        const shape = { rows: queries.length, cols: keys.length };
        const draw = (width, theme) => drawing(which, width, theme);
        const text = (cell) => figure.cellText(props, cell);
        heatmap.update({ ...shape, draw, text, marks }, { stale: true, now: true });
      }
    },
  };
}

/** The same ticks with the words of one text. */
function relabelled(geometry, { queryTokens, keyTokens }) {
  const renamed = (ticks, tokens) => ({
    ...ticks,
    ticktext: ticks.tickvals.map((pos) =>
      ticks.step === 1 ? tokenLabel(tokens[pos]) : `${pos} ${tokenLabel(tokens[pos], 9)}`,
    ),
  });
  const { xTicks, yTicks } = geometry;
  return { ...geometry, xTicks: renamed(xTicks, keyTokens), yTicks: renamed(yTicks, queryTokens) };
}
