// The open head's name and statistics, the heads beside it, and the controls of its pictures.

import { walkOf } from '../../../core/addresses/walk.js';
import { layersOf, neighbour } from '../../../core/selection.js';
import { supervisionOf } from '../../../core/supervision.js';
import { html, icon, render, when } from '../../../core/template.js';
import { headTitle, kindText, shortName } from '../../../figures/head-names.js';
import { formatStatistic, STATISTICS, statistic } from '../../../figures/overview.js';
import { t } from '../../../language/messages.js';
import { dragHead } from '../../../parts/drag.js';
import { levelField, numberSelect, segmented, slider, toggle } from '../../../parts/fields.js';
import { supervisionBadge } from '../../../parts/head-facts.js';
import { tabs } from '../../../parts/tabs.js';

/** The id of what the tabs fill. */
export const PANEL = 'head-panel';

/** @type {Record<string, string>} */
const TABS = {
  picture: t('Picture'),
  vectors: t('Vectors'),
  'what-if': t('What if'),
  attribution: t('Attribution'),
  outputs: t('Model output'),
};
const HINT = t(
  'Shift-click other heads, or switch on Compare above them, to lay up to 8 over one another.',
);
const SCALES = /** @type {const} */ ([
  ['sqrt', '√'],
  ['linear', t('linear')],
  ['log', t('log')],
]);

/**
 * @param {HTMLElement} root
 * @param {{onOpen: (name: any, options: {add: boolean}) => void, onRemove: (name: any) => void, onAdjust: (patch: any) => void, onLevel: (level: string) => void, onTab: (tab: string) => void, onSwitchOff: (name: any) => void, onCutting: (on: boolean) => void}} callbacks
 * @param {HTMLElement} exports the export menu's button
 */
export function headbarView(root, callbacks, exports) {
  const { onOpen, onRemove, onAdjust, onLevel, onTab, onSwitchOff, onCutting } = callbacks;
  const show = (name) => onOpen(name, { add: false });

  const step = (next, name, label) =>
    html`<button type="button" class="icon-button" aria-label=${label}
      @click=${() => show(next)}>${icon(name)}</button>`;

  function top({ open, shape, several, facts, heads }) {
    const [first] = open;
    const place = headTitle(first);
    const name = several ? `${place} · ${kindText(first.kind)}` : place;
    return html`<div class="head-top">
      <div class="head-name">
        <h2 class="head-title" id="head-title" draggable="true"
          @dragstart=${(event) => dragHead(event, first)}>${name}</h2>
        <span class="head-steps">
          ${step(neighbour(first, shape, -1), 'left', t('Previous head'))}
          ${step(neighbour(first, shape, 1), 'right', t('Next head'))}</span>
        ${supervisionBadge(supervisionOf(facts, heads))}
      </div>
      <span class="spring"></span>
      ${numberSelect(t('Layer'), layersOf(shape), first.layer, (to) => show({ layer: to }))}
      ${numberSelect(t('Head'), [...Array(shape.heads).keys()], first.head, (to) => show({ head: to }))}
    </div>`;
  }

  function tabRow({ tab, edits, outputs }) {
    const names = Object.keys(TABS).filter((one) => one !== 'outputs' || outputs);
    const all = names.map((one) => ({
      name: one,
      label: TABS[one],
      count: one === 'what-if' ? edits : 0,
    }));
    return html`<div class="head-tabs">${tabs(t('Of this head'), all, tab, onTab, PANEL)}${exports}</div>`;
  }

  function statistics(facts) {
    const known = STATISTICS.filter(({ name }) => facts && statistic(facts, name) !== null);
    return html`<dl class="head-stats">${known.map(
      ({ name, label, about }) =>
        html`<div title=${about}><dt>${label}</dt><dd>${formatStatistic(statistic(facts, name), name)}</dd></div>`,
    )}</dl>`;
  }

  /** How the pictures are drawn; what is seldom changed is folded. */
  function controls({ open, state, model, facts, cutting }) {
    const [first] = open;
    return html`<div class="head-how" role="group" aria-label=${t('How the pictures are drawn')}>
      ${levelField(state.level, onLevel)}
      <span class="spring"></span>
      <a class="quiet-link" ?hidden=${!facts}
        href="/walk#${walkOf(state, { ...first, model })}">${t('Walk through this head')}</a>
      <button type="button" class="button button-quiet" title=${t('Switch this head off, under What if')}
        @click=${() => onSwitchOff(first)}>${icon('plus')}${t('Add to what if')}</button>
      <details class="fold"><summary>${t('Display')}</summary><div class="fold-body toolbar">
        ${toggle(t('Hide special tokens'), state.hide_special, (on) => onAdjust({ hide_special: on }))}
        ${slider(
          t('Threshold'),
          { min: 0, max: 1, step: 0.01 },
          (value) => value.toFixed(2),
          state.threshold,
          (threshold) => onAdjust({ threshold }),
        )}
        ${slider(t('Links a token'), { min: 1, max: 12, step: 1 }, String, state.top_k, (top_k) => onAdjust({ top_k }))}
        ${segmented(t('Colour scale'), SCALES, state.scale, (scale) => onAdjust({ scale }))}
        ${toggle(t('Cut links'), cutting, onCutting, { title: t('A click on a link or a cell then cuts it, or mends it') })}
        ${when(open.length < 2, () => html`<p class="head-hint">${HINT}</p>`)}</div></details>
      <details class="fold"><summary>${t('Statistics')}</summary><div
        class="fold-body">${statistics(facts)}</div></details></div>`;
  }

  function chip(one, { open, several }) {
    const name = shortName(one, several);
    return html`<li class="head-chip" draggable="true"
      @dragstart=${(event) => dragHead(event, one)}>
      <span class="dot" aria-hidden="true" style="--color: ${one.color}"></span>
      <button type="button" class="head-chip-name" aria-label=${t('Open head {name}', { name })}
        @click=${() => show(one)}>${name}</button>
      ${when(
        open.length > 1,
        () =>
          html`<button type="button" class="head-chip-remove" aria-label=${t('Remove head {name}', { name })}
            @click=${() => onRemove(one)}>${icon('close')}</button>`,
      )}</li>`;
  }

  return {
    /**
     * @param {{open: {kind: string, layer: number, head: number, color: string}[], shape: {layers: number, heads: number}, several: boolean, facts: any|null, heads: any[], model: string, state: import('../../../core/addresses/inspector.js').State, tab: string, edits: number, outputs: boolean, pictured: boolean, cutting: boolean}} next
     *   `heads`: all that are known; `edits`: how many there are; `outputs`: the model has some;
     *   `pictured`: the pictures are in sight
     */
    update(next) {
      const chips = () =>
        html`<ul class="head-chips" aria-label=${t('Heads in the link picture')}>${next.open.map(
          (one) => chip(one, next),
        )}</ul>`;
      render(
        html`${top(next)}${tabRow(next)}${when(next.pictured, () => controls(next))}
          ${when(next.pictured && next.open.length > 1, chips)}`,
        root,
      );
    },
  };
}
