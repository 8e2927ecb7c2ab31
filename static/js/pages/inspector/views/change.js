// One head's pattern before the edits, after them, and the difference.

import { h, setText } from '../../../core/dom.js';
import { paintHeatmap } from '../../../core/draw.js';
import { capitalized, numberText, tokenName } from '../../../figures/axis.js';
import { scaleTicks } from '../../../figures/color.js';
import * as effects from '../../../figures/effects.js';
import { headName } from '../../../figures/links.js';
import * as matrix from '../../../figures/matrix.js';
import { heatmapGeometry, visiblePattern } from '../../../figures/pattern.js';
import { segmented } from '../../../parts/fields.js';
import { heatmapView } from '../../../parts/heatmap.js';
import { legendView } from '../../../parts/legend.js';
import { tableBehind } from '../../../parts/tables.js';

const NAMES = [
  ['before', 'Before'],
  ['after', 'After'],
  ['difference', 'Difference'],
];

/**
 * @param {HTMLElement} root
 * @param {{onView: (view: string) => void}} callbacks
 */
export function changeView(root, { onView }) {
  const about = h('span', { class: 'panel-about' });
  const title = h('span', {});
  const views = segmented('Show', [['all', 'All three'], ...NAMES], onView);
  const pictures = h('div', { class: 'change-pictures' });
  const figures = new Map(
    NAMES.map(([name, label]) => {
      const heatmap = heatmapView({
        keys: 'Arrow keys move over the cells.',
        onCell() {},
        onCursor(cell) {
          for (const [other, one] of figures) if (other !== name) one.heatmap.point(cell);
        },
      });
      const caption = h('figcaption', { class: 'change-name' }, label);
      const element = h('figure', { class: 'change-figure' }, caption, heatmap.element);
      pictures.append(element);
      return [name, { label, heatmap, element }];
    }),
  );
  const weights = legendView('weight');
  const moves = legendView('after − before');
  const tables = new Map(
    NAMES.map(([name, label]) => [name, tableBehind(`Table: ${label.toLowerCase()}`)]),
  );
  const note = h('p', { class: 'figure-note' });
  root.prepend(
    h('h3', { class: 'panel-title' }, title, about),
    views.element,
    pictures,
    h('div', { class: 'change-legends' }, weights.element, moves.element),
    note,
    h('div', { class: 'behind-row' }, ...Array.from(tables.values(), ({ element }) => element)),
  );
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
        ['query', tokenName(queryTokens, row)],
        ['key', tokenName(keyTokens, col)],
        ['before', numberText(before.data[at])],
        ['after', numberText(after.data[at])],
      ],
    };
  }

  function drawWords() {
    const { shown, matrices, queryTokens, keyTokens } = made;
    const name = headName(shown);
    setText(title, capitalized(name));
    const still = matrix.largest(matrices.difference.data) === 0;
    setText(
      about,
      still
        ? 'before and after: nothing in its pattern changes'
        : 'the open head, before and after',
    );
    setText(
      note,
      props.words ? 'Edits are of tokens, so these pictures are between tokens, not words.' : '',
    );
    const names = (tokens) => tokens.map((token, pos) => `${pos} ${token.text || token.piece}`);
    for (const [which, table] of tables) {
      table.update({
        matrix: matrices[which],
        rowNames: names(queryTokens),
        colNames: names(keyTokens),
        corner: 'query',
      });
    }
  }

  return {
    /**
     * @param {{answer: any, view: string, scale: string, hideSpecial: boolean, words: boolean}} next
     */
    update(next) {
      const before = props;
      props = next;
      views.set(next.view);
      pictures.classList.toggle('is-single', next.view !== 'all');
      if (made?.answer !== next.answer) made = read(next.answer);
      else if (JSON.stringify({ ...before, answer: 0 }) === JSON.stringify({ ...next, answer: 0 }))
        return;
      drawWords();
      weights.element.hidden = next.view === 'difference';
      moves.element.hidden = next.view === 'before' || next.view === 'after';
      const { rows, cols } = made.matrices.before;
      for (const [name, { element, heatmap }] of figures) {
        element.hidden = next.view !== 'all' && next.view !== name;
        const draw = (width, theme) => drawing(name, width, theme);
        heatmap.update({ rows, cols, draw, text }, { stale: true });
      }
    },
    destroy() {
      for (const { heatmap } of figures.values()) heatmap.destroy();
      root.replaceChildren();
    },
  };
}
