/** One step on stage: what it is called, its formula, what it means, its matrices, one entry. */

import { frameTask, readTheme, watchTheme } from '../../../core/draw.js';
import { build, classes, find, guard, html, render, when } from '../../../core/template.js';
import { headTitle } from '../../../figures/head-names.js';
import { entryOf } from '../../../figures/walk/entries.js';
import { formulasOf } from '../../../figures/walk/formulas.js';
import { plainName, rowHeightFor } from '../../../figures/walk/matrix.js';
import { CARDS, meaningOf, picturesOf, STEPS } from '../../../figures/walk/steps.js';
import { t } from '../../../language/messages.js';
import { lessonLink } from '../../../parts/lesson-link.js';
import { math } from '../../../parts/mathml.js';
import { pictureMenu } from '../../../parts/picture-menu.js';
import { tableBehind } from '../../../parts/tables.js';
import { entryView } from '../../../parts/worked-entry.js';
import { matrixView } from './matrix.js';

/** Height of what has dimensions down, in pixels. */
const DIMENSIONS = 192;

/**
 * @param {HTMLElement} root
 * @param {{onPick: (patch: any) => void}} callbacks
 */
export function stepView(root, { onPick }) {
  const worked = build(
    html`<section class="step-entry" aria-label=${t('One entry, worked out')}></section>`,
  );
  const entry = entryView(worked);
  const frame = frameTask(draw);
  const narrow = matchMedia('(max-width: 60rem)');
  const menu = pictureMenu(
    t('Save the matrices'),
    'step',
    () => find(root, '.walk-pictures'),
    () => `${STEPS[props.place.step - 1].title} · ${headTitle(props.run)}`,
  );
  let views = new Map();
  let built = null;
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
    const placed = picturesOf(run, place);
    const key = JSON.stringify([
      place.step,
      run.layer,
      run.head,
      placed.map(({ picture }) => picture.id),
    ]);
    if (key !== built) makeViews(key, placed);
    render(content(placed), root);
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
    const width = run.q.cols;
    const mine = { from: run.head * width, to: (run.head + 1) * width };
    entry.update(entryOf(run, place), theme, place.step === 9 ? mine : null);
  }

  function makeViews(key, placed) {
    built = key;
    for (const { view } of views.values()) view.destroy();
    const { place } = props;
    views = new Map(
      placed.map(({ picture }) => {
        const name = plainName(picture.symbol);
        return [
          picture.id,
          { view: matrixView({ onPick }), table: tableBehind(t('Table of {name}', { name })) },
        ];
      }),
    );
    for (const { picture } of placed) {
      const { element } = views.get(picture.id).view;
      element.classList.toggle(`matrix-of-${picture.colKind}s`, place.step !== 3);
      element.style.setProperty('--cols', String(Math.min(picture.matrix.cols, 128)));
    }
  }

  function content(placed) {
    const { run, place } = props;
    const formulas = () => formulasOf(run, place.step).map((one) => math(one));
    const tables = [...views.values()].map(({ table }) => table.element);
    return html`<header class="step-head"><h2 class="step-title">${STEPS[place.step - 1].title}</h2>
        <div class="step-formula">${guard([run, place.step], formulas)}</div>
        <p class="step-meaning">${meaningOf(run, place)}</p>${lessonLink(`walk.${place.step}`)}</header>
      <div class=${`walk-pictures walk-pictures-${place.step}`}>${place.step === 3 ? threeCards(place) : inLine(placed)}</div>${menu}
      ${worked}<div class="behind-row">${tables}</div>`;
  }

  const inLine = (placed) =>
    placed.map(
      ({ before, picture }) =>
        html`${when(
          before,
          () => html`<span class="walk-sign" aria-hidden="true">${before}</span>`,
        )}${views.get(picture.id).view.element}`,
    );

  function threeCards(place) {
    const matrix = (id) => views.get(id).view.element;
    const card = ({ name, vector, title }) => html`<article aria-label=${`${title}: ${vector}`}
      class=${classes('walk-card', `walk-card-${name}`, place.card === name && 'is-chosen')}><h3
      class="walk-card-title"><var
        aria-hidden="true">${name}</var><span>${title}<small>${vector}</small></span></h3>
      ${matrix(`w_${name}`)}${matrix(name)}</article>`;
    return html`${matrix('normed')}${CARDS.map(card)}`;
  }

  const again = () => {
    theme = null;
    frame.ask();
  };
  watchTheme(again);
  narrow.addEventListener('change', again);
  return { update };
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
