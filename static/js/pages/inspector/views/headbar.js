// The open head's name and statistics, the heads beside it, and the controls of its pictures.

import { walkOf } from '../../../core/addresses/walk.js';
import { layersOf } from '../../../core/selection.js';
import { classes, html, icon, nothing, render, when } from '../../../core/template.js';
import { formatStatistic, STATISTICS, statistic } from '../../../figures/overview.js';
import { dragHead } from '../../../parts/drag.js';
import { numberSelect, segmented, slider, toggle } from '../../../parts/fields.js';

const HINT =
  'Shift-click other heads, or switch on Compare above, to lay up to 8 over one another.';
const LEVELS = /** @type {const} */ ([
  ['token', 'Tokens'],
  ['word', 'Words'],
]);
const SCALES = /** @type {const} */ ([
  ['sqrt', '√'],
  ['linear', 'linear'],
  ['log', 'log'],
]);

/**
 * @param {HTMLElement} root
 * @param {{onOpen: (name: any, options: {add: boolean}) => void, onRemove: (name: any) => void, onAdjust: (patch: any) => void, onLevel: (level: string) => void, onSwitchOff: (name: any) => void, onCutting: (on: boolean) => void}} callbacks
 * @param {HTMLElement} exports the export menu's button
 */
export function headbarView(root, callbacks, exports) {
  const { onOpen, onRemove, onAdjust, onLevel, onSwitchOff, onCutting } = callbacks;
  const show = (name) => onOpen(name, { add: false });

  const step = (next, name, label) =>
    html`<button type="button" class="icon-button" aria-label=${label}
      @click=${() => show(next)}>${icon(name)}</button>`;

  function top({ open, shape, several, supervised, state, model }) {
    const [first] = open;
    const name = `Layer ${first.layer}, head ${first.head}${several ? ` · ${first.kind}` : ''}`;
    return html`<div class="head-top">
      <div class="head-name">
        <h2 class="head-title" id="head-title" draggable="true"
          @dragstart=${(event) => dragHead(event, first)}>${name}</h2>
        <span class="head-steps">
          ${step(neighbour(first, shape, -1), 'left', 'Previous head')}
          ${step(neighbour(first, shape, 1), 'right', 'Next head')}</span>
        <span class=${classes('head-supervised', supervised?.supervised && 'is-supervised')}
          ?hidden=${!supervised} title=${supervised?.about ?? ''}>${supervised?.text}</span>
        <a class="quiet-link" ?hidden=${!supervised}
          href="/walk#${walkOf(state, { ...first, model })}">Walk through this head</a>
        <button type="button" class="button" title="Switch this head off under What if, below"
          @click=${() => onSwitchOff(first)}>${icon('plus')}Add to what if</button>
      </div>
      ${numberSelect('Layer', layersOf(shape), first.layer, (to) => show({ layer: to }))}
      ${numberSelect('Head', [...Array(shape.heads).keys()], first.head, (to) => show({ head: to }))}
      <span class="spring"></span>${exports}
    </div>`;
  }

  function statistics(facts) {
    const known = STATISTICS.filter(({ name }) => facts && statistic(facts, name) !== null);
    return html`<dl class="head-stats">${known.map(
      ({ name, label, about }) =>
        html`<div title=${about}><dt>${label}</dt><dd>${formatStatistic(statistic(facts, name), name)}</dd></div>`,
    )}</dl>`;
  }

  const controls = (state, cutting) => html`
    <div class="toolbar" role="group" aria-label="How the pictures are drawn">
      ${segmented('Level', LEVELS, state.level, onLevel)}
      ${toggle('Hide special tokens', state.hide_special, (on) => onAdjust({ hide_special: on }))}
      ${slider(
        'Threshold',
        { min: 0, max: 1, step: 0.01 },
        (value) => value.toFixed(2),
        state.threshold,
        (threshold) => onAdjust({ threshold }),
      )}
      ${slider('Links a token', { min: 1, max: 12, step: 1 }, String, state.top_k, (top_k) => onAdjust({ top_k }))}
      ${segmented('Colour scale', SCALES, state.scale, (scale) => onAdjust({ scale }))}
      ${toggle('Cut links', cutting, onCutting, { title: 'A click on a link or a cell then cuts it, or mends it' })}
    </div>`;

  function chip(one, { open, several }) {
    const name = `${one.layer}-${one.head}${several ? ` ${one.kind}` : ''}`;
    return html`<li class="head-chip" draggable="true"
      @dragstart=${(event) => dragHead(event, one)}>
      <span class="dot" aria-hidden="true" style="--color: ${one.color}"></span>
      <button type="button" class="head-chip-name" aria-label="Open head ${name}"
        @click=${() => show(one)}>${name}</button>
      ${when(
        open.length > 1,
        () =>
          html`<button type="button" class="head-chip-remove" aria-label="Remove head ${name}"
            @click=${() => onRemove(one)}>${icon('close')}</button>`,
      )}</li>`;
  }

  return {
    /**
     * @param {{open: {kind: string, layer: number, head: number, color: string}[], shape: {layers: number, heads: number}, several: boolean, facts: any|null, model: string, supervised: ReturnType<typeof import('../../../core/supervision.js').supervisionOf>, state: import('../../../core/addresses/inspector.js').State, cutting: boolean}} next
     */
    update(next) {
      const hint = next.open.length > 1 ? nothing : html`<li class="head-hint">${HINT}</li>`;
      render(
        html`${top(next)}${statistics(next.facts)}${controls(next.state, next.cutting)}
          <ul class="head-chips" aria-label="Heads in the link picture">${next.open.map((one) =>
            chip(one, next),
          )}${hint}</ul>`,
        root,
      );
    },
  };
}

/** The head before or after one, by layer and head; the first follows the last. */
function neighbour({ kind, layer, head }, shape, by) {
  const layers = layersOf(shape);
  const all = layers.length * shape.heads;
  const at = (layers.indexOf(layer) * shape.heads + head + by + all) % all;
  return { kind, layer: layers[Math.floor(at / shape.heads)], head: at % shape.heads };
}
