/**
 * One head over both texts, and the difference: three canvases on one grid. What is pointed at
 * in one is marked in all three, and both its numbers are told.
 */

import { h } from '../../../core/dom.js';
import * as draw from '../../../core/draw.js';
import { numberText, tokenLabel } from '../../../figures/axis.js';
import { cssColor, scaleTicks } from '../../../figures/color.js';
import * as heatmap from '../../../figures/heatmap.js';
import * as figure from '../../../figures/pair.js';
import { tooltipView } from '../../../parts/figure-tooltip.js';

const PICTURES = /** @type {const} */ (['before', 'after', 'difference']);
const TITLES = { before: 'First text', after: 'Second text', difference: 'Second − first' };
const KEYS = 'Arrow keys move over the cells, Enter looks at their row.';
const LARGEST = 560;

/**
 * @param {HTMLElement} root
 * @param {{onRow: (row: number) => void}} callbacks a row was clicked
 */
export function picturesView(root, { onRow }) {
  const parts = Object.fromEntries(PICTURES.map((which) => [which, picture(which)]));
  const note = h('p', { class: 'figure-note' });
  const live = h('p', { class: 'figure-live', 'aria-live': 'polite' });
  root.replaceChildren(
    h('div', { class: 'pairs-pictures' }, ...PICTURES.map((which) => parts[which].element)),
    note,
    live,
  );
  const tooltip = tooltipView(root);
  const frame = draw.frameTask(paint);
  let props = null;
  let theme = null;
  let width = 0;
  let geometry = null;
  let stale = true;
  let cursor = null;

  function picture(which) {
    const canvas = h('canvas', { class: 'heatmap-canvas' });
    const image = h('div', { class: 'heatmap-picture', role: 'img' }, canvas);
    const marker = h('div', { class: 'heatmap-marker heatmap-cursor', hidden: true });
    const row = h('div', { class: 'heatmap-marker heatmap-row', hidden: true });
    const stage = h(
      'div',
      {
        class: 'heatmap-stage',
        tabindex: '0',
        role: 'application',
        'aria-roledescription': 'heatmap',
      },
      image,
      row,
      marker,
    );
    const bar = h('div', { class: 'heatmap-legend-bar' });
    const ticks = h('div', { class: 'heatmap-legend-ticks' });
    const name = which === 'difference' ? 'change' : 'weight';
    const legend = h(
      'div',
      { class: 'heatmap-legend', 'aria-hidden': 'true' },
      h('span', { class: 'heatmap-legend-name' }, name),
      h('div', { class: 'heatmap-legend-scale' }, bar, ticks),
    );
    const title = h('h3', { class: 'pairs-picture-title' }, TITLES[which]);
    const element = h('div', { class: `pairs-picture is-${which}` }, title, stage, legend);
    stage.addEventListener('pointermove', (event) => hover(stage, event));
    stage.addEventListener('pointerleave', leave);
    stage.addEventListener('click', () => cursor && onRow(cursor.query_pos));
    stage.addEventListener('blur', leave);
    stage.addEventListener('keydown', (event) => steer(stage, event));
    return { element, stage, image, canvas, row, marker, bar, ticks };
  }

  function paint() {
    if (!props) return;
    width = parts.before.stage.clientWidth;
    if (!width) return;
    if (stale) {
      stale = false;
      paintAll();
    }
    const chosen = props.shown.query_rows;
    const first =
      chosen && heatmap.cellBox(geometry, whole(), { query_pos: chosen[0], key_pos: 0 });
    const row = first && {
      ...first,
      width: geometry.plotWidth,
      height: first.height * (1 + chosen.at(-1) - chosen[0]),
    };
    for (const which of PICTURES) {
      place(parts[which].row, row);
      place(parts[which].marker, cursor && heatmap.cellBox(geometry, whole(), cursor));
    }
  }

  function place(marker, box) {
    marker.hidden = !box;
    if (!box) return;
    marker.style.transform = `translate(${box.x}px, ${box.y}px)`;
    marker.style.width = `${Math.max(box.width, 2)}px`;
    marker.style.height = `${Math.max(box.height, 2)}px`;
  }

  const whole = () => heatmap.wholeView(props.queries.length, props.keys.length);

  function paintAll() {
    theme ??= draw.readTheme(root);
    const { queries, keys, title, before, after, difference } = props;
    const labels = (side) => ({
      queryTokens: figure.labelled(queries, side),
      keyTokens: figure.labelled(keys, side),
    });
    geometry = heatmap.heatmapGeometry({ ...labels('both'), width, maxHeight: LARGEST });
    const max = figure.largest(before.values, after.values) || 1;
    const most = figure.largest(difference.values);
    for (const which of PICTURES) {
      const { stage, image, canvas } = parts[which];
      const apart = which === 'difference';
      const shape = { ...props[which], pool: geometry.pool };
      const cells = apart
        ? figure.differenceCells({ ...shape, max: most })
        : heatmap.heatmapCells({ ...shape, max, scale: 'sqrt' });
      const own = labels(apart ? 'both' : which);
      const colors = apart ? { ...theme, ramp: theme.diverging } : theme;
      draw.paintHeatmap(canvas, cells, relabelled(own), colors);
      stage.style.height = `${geometry.height}px`;
      const name = `${TITLES[which]}, ${title}: ${queries.length} queries down, ${keys.length} keys across.`;
      image.setAttribute('aria-label', name);
      stage.setAttribute('aria-label', `${name} ${KEYS}`);
    }
    paintLegends(max, most);
    note.textContent = said();
  }

  /** The same ticks with the words of one text. */
  function relabelled({ queryTokens, keyTokens }) {
    const renamed = (ticks, tokens) => ({
      ...ticks,
      ticktext: ticks.tickvals.map((pos) =>
        ticks.step === 1 ? tokenLabel(tokens[pos]) : `${pos} ${tokenLabel(tokens[pos], 9)}`,
      ),
    });
    const { xTicks, yTicks } = geometry;
    return {
      ...geometry,
      xTicks: renamed(xTicks, keyTokens),
      yTicks: renamed(yTicks, queryTokens),
    };
  }

  function paintLegends(max, most) {
    for (const which of PICTURES) {
      const { bar, ticks } = parts[which];
      const apart = which === 'difference';
      const colors = apart ? theme.diverging : theme.ramp;
      const stops = Array.from({ length: 17 }, (_, i) =>
        cssColor(colors[Math.round((i / 16) * (colors.length - 1))]),
      );
      bar.style.background = `linear-gradient(to right, ${stops.join(', ')})`;
      const marks = apart
        ? [-most, -most / 4, 0, most / 4, most].map((value) => ({
            t: figure.signedPlace(value, most),
            text: figure.changeText(value, 2),
          }))
        : scaleTicks('sqrt', max).map(({ t, value }) => ({ t, text: numberText(value, 2) }));
      ticks.replaceChildren(
        ...(apart && most === 0 ? [{ t: 0.5, text: '0' }] : marks).map(({ t, text }) => {
          const tick = h('span', {}, text);
          tick.style.left = `${100 * t}%`;
          return tick;
        }),
      );
    }
  }

  function said() {
    const { queries, keys, before } = props;
    const notes = [];
    if (geometry.pool > 1) {
      notes.push(`Each dot stands for the strongest of ${geometry.pool} × ${geometry.pool} cells.`);
    }
    const alone = [...queries, ...keys].some(({ state }) => state === 'only');
    if (alone) notes.push('Rows and columns of one text alone are blank in the other.');
    const shared = (unit) => unit.before !== null;
    const masked = queries.some((query, row) =>
      keys.some(
        (key, col) =>
          shared(query) && shared(key) && Number.isNaN(before.values[row * keys.length + col]),
      ),
    );
    if (masked) notes.push('Blank cells are masked: that query may not look at that key.');
    return notes.join(' ');
  }

  function content(cell) {
    const { before, after, difference } = props;
    return figure.cellText(
      {
        ...props,
        before: before.values,
        after: after.values,
        difference: difference.values,
        cols: difference.cols,
      },
      cell,
    );
  }

  function hover(stage, event) {
    if (!geometry) return;
    const box = stage.getBoundingClientRect();
    const at = [event.clientX - box.left, event.clientY - box.top];
    const cell = heatmap.cellAt(geometry, whole(), ...at);
    if (!cell) return leave();
    cursor = cell;
    tooltip.show(content(cell), { x: event.clientX, y: event.clientY });
    frame.ask();
  }

  function leave() {
    if (PICTURES.some((which) => parts[which].stage.matches(':focus-visible'))) return;
    clear();
  }

  function clear() {
    tooltip.hide();
    cursor = null;
    frame.ask();
  }

  function steer(stage, event) {
    if (!geometry) return;
    if (event.key === 'Escape') return clear();
    if (event.key === 'Enter' && cursor) return onRow(cursor.query_pos);
    const start = cursor ?? { query_pos: 0, key_pos: 0 };
    const { rows, cols } = props.difference;
    const next = heatmap.movedCell(start, event.key, rows, cols);
    if (!next) return;
    event.preventDefault();
    cursor = cursor ? next : start;
    const box = heatmap.cellBox(geometry, whole(), cursor);
    const place = stage.getBoundingClientRect();
    const told = content(cursor);
    tooltip.show(told, { x: place.left + box.x + box.width, y: place.top + box.y + box.height });
    live.textContent = `${told.rows.map(([name, text]) => `${name} ${text}`).join(', ')}, change ${told.value}`;
    frame.ask();
  }

  const resized = new ResizeObserver(() => {
    if (!props || parts.before.stage.clientWidth === width) return;
    stale = true;
    frame.ask();
  });
  resized.observe(parts.before.stage);
  const unwatch = draw.watchTheme(() => {
    theme = null;
    stale = true;
    frame.ask();
  });

  return {
    /**
     * @param {{shown: any, queries: any[], keys: any[]}|null} next one head on its axes
     * @param {string} title "layer 3, head 1"
     */
    update(next, title) {
      if (!next || props?.shown === next.shown) return;
      const { shown, queries, keys } = next;
      const [before, after, difference] = PICTURES.map((which) => figure.matrixOf(shown[which]));
      props = { shown, queries, keys, before, after, difference, title };
      cursor = null;
      stale = true;
      tooltip.hide();
      paint();
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
