// One head's pattern before the edits, after them, and the difference.

import { h, setText, targetOf } from '../../../core/dom.js';
import { frameTask, paintHeatmap, readTheme, watchTheme } from '../../../core/draw.js';
import { capitalized, numberText, tokenName } from '../../../figures/axis.js';
import { scaleTicks } from '../../../figures/color.js';
import * as effects from '../../../figures/effects.js';
import * as figure from '../../../figures/heatmap.js';
import { headName } from '../../../figures/links.js';
import { divergingPlaces } from '../../../figures/strips.js';
import { segmented } from '../../../parts/fields.js';
import { tooltipView } from '../../../parts/figure-tooltip.js';
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
      const canvas = h('canvas', { role: 'img', data: { name } });
      const room = h('div', { class: 'change-room' }, canvas);
      const element = h(
        'figure',
        { class: 'change-figure' },
        h('figcaption', { class: 'change-name' }, label),
        room,
      );
      pictures.append(element);
      return [name, { label, canvas, room, element, geometry: null }];
    }),
  );
  const weights = legendView('weight');
  const moves = legendView('after − before');
  const tables = new Map(
    NAMES.map(([name, label]) => [name, tableBehind(`Table: ${label.toLowerCase()}`)]),
  );
  const note = h('p', { class: 'figure-note' });
  root.replaceChildren(
    h('h3', { class: 'panel-title' }, title, about),
    views.element,
    pictures,
    h('div', { class: 'change-legends' }, weights.element, moves.element),
    note,
    h('div', { class: 'behind-row' }, ...Array.from(tables.values(), ({ element }) => element)),
  );
  const tooltip = tooltipView(root);
  const frame = frameTask(paint);
  let theme = null;
  let props = null;
  let made = null;

  /** What an answer holds of the shown head, once. */
  function read(answer) {
    const [shown] = answer.shown;
    const before = effects.matrixOf(shown.before);
    const after = effects.matrixOf(shown.after);
    const reads = (target) =>
      target && answer.target_tokens ? answer.target_tokens : answer.tokens;
    return {
      answer,
      shown,
      queryTokens: reads(shown.kind !== 'encoder'),
      keyTokens: reads(shown.kind === 'decoder'),
      matrices: { before, after, difference: effects.differenceOf(before, after) },
    };
  }

  function paint() {
    if (!made || !root.isConnected) return;
    theme ??= readTheme(root);
    const { queryTokens, keyTokens, matrices } = made;
    const { hideSpecial, scale, view } = props;
    const visible = (name) => {
      const { data, rows, cols } = matrices[name];
      const head = { pattern: data, rows, cols };
      return figure.visiblePattern({ head, queryTokens, keyTokens, hideSpecial });
    };
    const seen = { before: visible('before'), after: visible('after') };
    const max =
      Math.max(effects.largest(seen.before.values), effects.largest(seen.after.values)) || 1;
    const moved = visible('difference').values;
    const range = effects.largest(moved) || 1;
    for (const [name, one] of figures) {
      one.element.hidden = view !== 'all' && view !== name;
      if (one.element.hidden) continue;
      const width = one.room.clientWidth;
      if (!width) continue;
      const geometry = figure.heatmapGeometry({ queryTokens, keyTokens, width, maxHeight: 620 });
      one.geometry = geometry;
      const { rows, cols } = matrices[name];
      const { pool } = geometry;
      const isMove = name === 'difference';
      const cells = isMove
        ? movedCells({ data: moved, rows, cols }, range, pool)
        : figure.heatmapCells({ values: seen[name].values, rows, cols, max, scale, pool });
      paintHeatmap(
        one.canvas,
        cells,
        geometry,
        isMove ? { ...theme, ramp: theme.diverging } : theme,
      );
      one.room.style.height = `${geometry.height}px`;
      one.canvas.setAttribute('aria-label', effects.changeName(one.label, matrices, made));
    }
    weights.element.hidden = view === 'difference';
    moves.element.hidden = view === 'before' || view === 'after';
    weights.update(theme.ramp, scaleTicks(scale, max));
    moves.update(theme.diverging, [
      { t: 0, value: -range },
      { t: 0.5, value: 0 },
      { t: 1, value: range },
    ]);
  }

  function drawWords() {
    const { shown, matrices, queryTokens, keyTokens } = made;
    const name = headName(shown);
    setText(title, capitalized(name));
    const still = effects.largest(matrices.difference.data) === 0;
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

  pictures.addEventListener('pointermove', (event) => {
    const found = made && figures.get(targetOf(event).dataset.name);
    if (!found?.geometry) return tooltip.hide();
    const box = found.canvas.getBoundingClientRect();
    const { before, after, difference } = made.matrices;
    const whole = figure.wholeView(before.rows, before.cols);
    const cell = figure.cellAt(
      found.geometry,
      whole,
      event.clientX - box.left,
      event.clientY - box.top,
    );
    if (!cell) return tooltip.hide();
    const at = cell.query_pos * before.cols + cell.key_pos;
    const masked = Number.isNaN(before.data[at]);
    const change = difference.data[at];
    return tooltip.show(
      {
        title: headName(made.shown),
        value: masked ? 'masked' : `${change > 0 ? '+' : ''}${numberText(change, 3)}`,
        rows: [
          ['query', tokenName(made.queryTokens, cell.query_pos)],
          ['key', tokenName(made.keyTokens, cell.key_pos)],
          ['before', numberText(before.data[at])],
          ['after', numberText(after.data[at])],
        ],
      },
      { x: event.clientX, y: event.clientY },
    );
  });
  pictures.addEventListener('pointerleave', tooltip.hide);
  const resized = new ResizeObserver(frame.ask);
  resized.observe(pictures);
  const unwatch = watchTheme(() => {
    theme = null;
    frame.ask();
  });

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
      for (const [name, { element }] of figures) {
        element.hidden = next.view !== 'all' && next.view !== name;
      }
      frame.ask();
    },
    destroy() {
      frame.cancel();
      resized.disconnect();
      unwatch();
      tooltip.destroy();
      root.replaceChildren();
    },
  };
}

function movedCells(matrix, range, pool) {
  const { data, rows, cols } = effects.strongestPool(matrix, pool);
  return { t: divergingPlaces(data, range), rows, cols, pool };
}
