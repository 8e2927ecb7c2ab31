/** One step on stage: what it is called, its formula, what it means, its matrices, one entry. */

import { h, setText } from '../../../core/dom.js';
import { frameTask, readTheme, watchTheme } from '../../../core/draw.js';
import { entryOf } from '../../../figures/walk/entries.js';
import { formulasOf } from '../../../figures/walk/formulas.js';
import { plainName, rowHeightFor } from '../../../figures/walk/matrix.js';
import { CARDS, meaningOf, picturesOf, STEPS } from '../../../figures/walk/steps.js';
import { math } from '../../../parts/mathml.js';
import { tableBehind } from '../../../parts/tables.js';
import { entryView } from './entry.js';
import { matrixView } from './matrix.js';

/** Height of what has dimensions down, in pixels. */
const DIMENSIONS = 192;

/**
 * @param {HTMLElement} root
 * @param {{onPick: (patch: any) => void}} callbacks
 */
export function stepView(root, { onPick }) {
  const title = h('h2', { class: 'walk-title' });
  const formula = h('div', { class: 'walk-formula' });
  const meaning = h('p', { class: 'walk-meaning' });
  const pictures = h('div', { class: 'walk-pictures' });
  const tables = h('div', { class: 'behind-row' });
  const worked = h('section', { class: 'walk-entry', 'aria-label': 'One entry, worked out' });
  root.replaceChildren(
    h('header', { class: 'walk-head' }, title, formula, meaning),
    pictures,
    worked,
    tables,
  );
  const entry = entryView(worked);
  const frame = frameTask(draw);
  const narrow = matchMedia('(max-width: 60rem)');
  let views = new Map();
  let built = null;
  let formulated = { run: null, step: 0 };
  let props = null;
  let theme = null;

  /** @param {{run: import('../../../figures/walk/run.js').Run, place: any}} next */
  function update(next) {
    props = next;
    draw();
  }

  function draw() {
    if (!props || root.hidden) return;
    theme ??= readTheme(root);
    const { run, place } = props;
    setText(title, STEPS[place.step - 1].title);
    setText(meaning, meaningOf(run, place));
    const placed = picturesOf(run, place);
    const key = JSON.stringify([
      place.step,
      run.layer,
      run.head,
      placed.map(({ picture }) => picture.id),
    ]);
    if (key !== built) build(key, placed);
    if (run !== formulated.run || place.step !== formulated.step) {
      formulated = { run, step: place.step };
      formula.replaceChildren(...formulasOf(run, place.step).map((one) => math(one)));
    }
    const headed = placed.some(({ picture }) => picture.colKind === 'token');
    const count = run.tokens.length;
    placed.forEach(({ picture }, n) => {
      const { view, table } = views.get(picture.id);
      const room = {
        rowHeight: rowHeightFor(count),
        named: n === 0 || narrow.matches,
        headed: headed && !narrow.matches ? true : picture.colKind === 'token',
        most: Math.max(DIMENSIONS, place.step === 9 ? rowHeightFor(count) * count : 0),
      };
      view.update({ picture, tokens: run.tokens, room });
      table.update(tableOf(picture, run));
    });
    for (const { name } of CARDS) {
      pictures
        .querySelector(`.walk-card-${name}`)
        ?.classList.toggle('is-chosen', place.card === name);
    }
    const width = run.q.cols;
    const mine = { from: run.head * width, to: (run.head + 1) * width };
    entry.update(entryOf(run, place), theme, place.step === 9 ? mine : null);
  }

  function build(key, placed) {
    built = key;
    for (const { view } of views.values()) view.destroy();
    const { place } = props;
    views = new Map(
      placed.map(({ picture }) => {
        const name = plainName(picture.symbol);
        return [
          picture.id,
          { view: matrixView({ onPick }), table: tableBehind(`Table of ${name}`) },
        ];
      }),
    );
    pictures.className = `walk-pictures walk-pictures-${place.step}`;
    pictures.replaceChildren(...(place.step === 3 ? threeCards() : inLine(placed)));
    tables.replaceChildren(...[...views.values()].map(({ table }) => table.element));
  }

  function inLine(placed) {
    return placed.flatMap(({ before, picture }) => {
      const { element } = views.get(picture.id).view;
      element.classList.add(`matrix-of-${picture.colKind}s`);
      element.style.setProperty('--cols', String(Math.min(picture.matrix.cols, 128)));
      return [
        ...(before ? [h('span', { class: 'walk-sign', 'aria-hidden': 'true' }, before)] : []),
        element,
      ];
    });
  }

  function threeCards() {
    const read = views.get('normed').view.element;
    const cards = CARDS.map(({ name, vector, title: says }) =>
      h(
        'article',
        { class: `walk-card walk-card-${name}`, 'aria-label': `${says}: the ${vector}` },
        h(
          'h3',
          { class: 'walk-card-title' },
          h('var', { 'aria-hidden': 'true' }, name),
          h('span', {}, says, h('small', {}, `the ${vector}`)),
        ),
        views.get(`w_${name}`).view.element,
        views.get(name).view.element,
      ),
    );
    return [read, ...cards];
  }

  const again = () => {
    theme = null;
    frame.ask();
  };
  const unwatch = watchTheme(again);
  narrow.addEventListener('change', again);
  return {
    update,
    destroy() {
      unwatch();
      narrow.removeEventListener('change', again);
      for (const { view } of views.values()) view.destroy();
      root.replaceChildren();
    },
  };
}

/** @param {import('../../../figures/walk/steps.js').Picture} picture */
function tableOf({ matrix, rowKind, colKind, symbol, mask = null }, { tokens }) {
  const nameOf = {
    token: (n) => `${n} ${tokens[n].text}`,
    dimension: String,
    vector: () => plainName(symbol),
  };
  const names = (kind, count) => Array.from({ length: count }, (_, n) => nameOf[kind](n));
  const data = mask ? matrix.data.map((value, n) => (mask[n] ? value : NaN)) : matrix.data;
  return {
    matrix: mask ? { ...matrix, data } : matrix,
    rowNames: names(rowKind, matrix.rows),
    colNames: names(colKind, matrix.cols),
    corner: plainName(symbol),
  };
}
