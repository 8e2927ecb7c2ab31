// One head's pattern before the edits, after them, and the difference.

import { paintHeatmap } from '../../../core/draw.js';
import { build, classes, find, html, render } from '../../../core/template.js';
import { capitalized, numbered, numberText, tokenName } from '../../../figures/axis.js';
import { scaleTicks } from '../../../figures/color.js';
import * as effects from '../../../figures/effects.js';
import { headName } from '../../../figures/links.js';
import * as matrix from '../../../figures/matrix.js';
import { heatmapGeometry, visiblePattern } from '../../../figures/pattern.js';
import { t } from '../../../language/messages.js';
import { segmented } from '../../../parts/fields.js';
import { heatmapView } from '../../../parts/heatmap.js';
import { legendView } from '../../../parts/legend.js';
import { pictureMenu } from '../../../parts/picture-menu.js';
import { tableBehind } from '../../../parts/tables.js';

const NAMES = /** @type {const} */ ([
  ['before', t('Before')],
  ['after', t('After')],
  ['difference', t('Difference')],
]);
const VIEWS = /** @type {const} */ ([['all', t('All three')], ...NAMES]);

const ABOUT = t('the open head, before and after');

/**
 * @param {HTMLElement} root
 * @param {{onView: (view: string) => void, title: () => string}} parts `title`: what was changed
 */
export function changeView(root, { onView, title }) {
  const figures = new Map(
    NAMES.map(([name, label]) => {
      const heatmap = heatmapView({
        keys: t('Arrow keys move over the cells.'),
        onCell() {},
        onCursor(cell) {
          for (const [other, one] of figures) if (other !== name) one.heatmap.point(cell);
        },
      });
      const element = build(html`<figure class="change-figure"><figcaption
        class="change-name">${label}</figcaption>${heatmap.element}</figure>`);
      return [
        name,
        {
          label,
          heatmap,
          element,
          table: tableBehind(t('Table: {name}', { name: label.toLowerCase() })),
        },
      ];
    }),
  );
  const menu = pictureMenu(
    t('Save the patterns'),
    'before-after',
    () => find(root, '.change-figures'),
    () => `${capitalized(headName(made.shown))} · ${title()}`,
  );
  const weights = legendView(t('weight'));
  const moves = legendView(t('after − before'));
  let props = null;
  let made = null;

  /** What an answer holds of the shown head, once. */
  function read(answer) {
    const [shown] = answer.shown;
    const before = matrix.matrixOf(shown.before);
    const after = matrix.matrixOf(shown.after);
    const reads = (target) =>
      target && answer.target_tokens ? answer.target_tokens : answer.tokens;
    return {
      answer,
      shown,
      queryTokens: reads(shown.kind !== 'encoder'),
      keyTokens: reads(shown.kind === 'decoder'),
      matrices: { before, after, difference: matrix.differenceOf(before, after) },
    };
  }

  /** @returns {import('../../../parts/heatmap.js').Drawing} */
  function drawing(name, width, theme) {
    const { queryTokens, keyTokens, matrices } = made;
    const { hideSpecial, scale } = props;
    const visible = (which) => {
      const { data, ...shape } = matrices[which];
      const head = { ...shape, pattern: data };
      return visiblePattern({ head, queryTokens, keyTokens, hideSpecial });
    };
    const moved = name === 'difference';
    const seen = [...(moved ? [] : ['before', 'after']), name].map(visible);
    const max = matrix.largest(...seen.map(({ data }) => data)) || 1;
    const geometry = heatmapGeometry({ queryTokens, keyTokens, width, maxHeight: 620 });
    const how = moved ? { max, signed: true } : { max, scale };
    const cells = matrix.heatCells(seen.at(-1), { ...how, pool: geometry.pool });
    const ramp = moved ? theme.diverging : theme.ramp;
    const ticks = moved ? matrix.signedTicks(max) : scaleTicks(scale, max);
    (moved ? moves : weights).update(ramp, ticks);
    return {
      geometry,
      name: effects.changeName(figures.get(name).label, matrices, made),
      paint: (canvas) => paintHeatmap(canvas, cells, geometry, { ...theme, ramp }),
    };
  }

  function text({ row, col }) {
    const { matrices, shown, queryTokens, keyTokens } = made;
    const { before, after, difference } = matrices;
    const at = row * before.cols + col;
    const change = difference.data[at];
    return {
      title: headName(shown),
      value: Number.isNaN(before.data[at])
        ? 'masked'
        : `${change > 0 ? '+' : ''}${numberText(change, 3)}`,
      rows: [
        [t('query'), tokenName(queryTokens, row)],
        [t('key'), tokenName(keyTokens, col)],
        [t('before'), numberText(before.data[at])],
        [t('after'), numberText(after.data[at])],
      ],
    };
  }

  function content() {
    const { shown, matrices, queryTokens, keyTokens } = made;
    const { view, words } = props;
    const still = matrix.largest(matrices.difference.data) === 0;
    const about = still ? t('before and after: nothing in its pattern changes') : ABOUT;
    const all = [...figures.values()];
    for (const [which, { table }] of figures) {
      table.update({
        matrix: matrices[which],
        rowNames: numbered(queryTokens),
        colNames: numbered(keyTokens),
        corner: t('query'),
      });
    }
    return html`<h3 class="panel-title"><span>${capitalized(headName(shown))}</span><span
      class="panel-about">${about}</span></h3>${menu}
      ${segmented(t('Show'), VIEWS, view, onView)}
      <div class="change-figures"><div class=${classes('change-pictures', view !== 'all' && 'is-single')}>${all.map(({ element }) => element)}</div>
      <div class="change-legends">${weights.element}${moves.element}</div></div>
      <p class="figure-note">${words ? t('Edits are of tokens, so these pictures are between tokens, not words.') : ''}</p>
      <div class="behind-row">${all.map(({ table }) => table.element)}</div>`;
  }

  return {
    /**
     * @param {{answer: any, view: string, scale: string, hideSpecial: boolean, words: boolean}} next
     */
    update(next) {
      const before = props;
      props = next;
      if (made?.answer !== next.answer) made = read(next.answer);
      else if (JSON.stringify({ ...before, answer: 0 }) === JSON.stringify({ ...next, answer: 0 }))
        return;
      render(content(), root);
      weights.element.hidden = next.view === 'difference';
      moves.element.hidden = next.view === 'before' || next.view === 'after';
      const { rows, cols } = made.matrices.before;
      for (const [name, { element, heatmap }] of figures) {
        element.hidden = next.view !== 'all' && next.view !== name;
        const draw = (width, theme) => drawing(name, width, theme);
        heatmap.update({ rows, cols, draw, text }, { stale: true });
      }
    },
  };
}
