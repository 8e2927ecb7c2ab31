// The model picker: what each model is, its licence, and whether it can be used now.

import { freshId } from '../core/dom.js';
import { build, classes, find, html, icon, live, render, when } from '../core/template.js';
import { sizeText } from '../figures/axis.js';
import { t } from '../language/messages.js';
import { progressBar } from './notice.js';

const STATES = {
  ready: t('ready'),
  loading: t('loading'),
  available: t('loads at first use'),
  unavailable: t('not available here'),
};
const NOT_HERE = t('not on this machine: fetched from the hub at first use');

/** @param {{onModel: (name: string) => void, onOpen: () => void}} callbacks */
export function modelPicker({ onModel, onOpen }) {
  const id = freshId('models');
  const element = build(html`<div class="picker"></div>`);
  let props = null;

  function draw() {
    const { models, model } = props;
    const chosen = models.find((known) => known.name === model);
    render(
      html`<button type="button" class="button picker-button" popovertarget=${id}
        aria-haspopup="dialog">
          <span class="picker-name">${chosen?.title ?? model}</span>
          <span class="picker-size">${chosen?.layers ? `${chosen.layers} × ${chosen.heads}` : ''}</span>
          ${icon('down')}</button>
        <div class="popover picker-menu" popover="auto" id=${id} role="dialog" aria-label=${t('Model')}
          @toggle=${opened}><fieldset class="picker-list">
          <legend class="visually-hidden">${t('Model')}</legend>
          ${models.map((known) => option(known, known.name === model, choose))}</fieldset></div>`,
      element,
    );
  }

  function opened({ target: menu, newState }) {
    draw();
    if (newState !== 'open') return;
    onOpen();
    const box = element.getBoundingClientRect();
    menu.style.left = `${Math.max(8, Math.min(box.left, innerWidth - menu.offsetWidth - 8))}px`;
    menu.style.top = `${box.bottom + 6}px`;
    find(menu, 'input:checked')?.focus();
  }

  function choose(name) {
    find(element, '.popover').hidePopover();
    find(element, '.picker-button').focus();
    onModel(name);
  }

  return {
    element,
    /** @param {{models: any[], model: string}} next */
    update(next) {
      const same = JSON.stringify(next) === JSON.stringify(props);
      props = next;
      if (!same) draw();
    },
  };
}

function option(model, checked, choose) {
  const about = `about-${model.name}`;
  const unavailable = model.state === 'unavailable';
  const facts = [
    model.layers &&
      t('{layers} layers × {heads} heads', { layers: model.layers, heads: model.heads }),
    model.parameters && t('{parameters} parameters', { parameters: sizeText(model.parameters) }),
    model.licence ? t('licence {licence}', { licence: model.licence }) : t('licence not stated'),
    model.state === 'available' && !model.local ? NOT_HERE : STATES[model.state],
  ].filter(Boolean);
  // Arrow keys click a radio too, with no pointer: they walk the list, Enter chooses.
  const onClick = ({ detail }) => detail > 0 && choose(model.name);
  const onKey = (event) => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    choose(model.name);
  };
  const why = () =>
    html`<span class="picker-reason"><span>${model.reason}</span><span>${model.remedy}</span></span>`;
  return html`<label class=${classes('picker-option', unavailable && 'is-unavailable')}>
    <input type="radio" name="model" value=${model.name} aria-describedby=${about}
      .checked=${live(checked)}
      @click=${onClick} @keydown=${onKey}>
    <span class="picker-title">${model.title}${when(model.title !== model.name, () => html`<code>${model.name}</code>`)}</span>
    <span class="picker-about" id=${about}><span>${model.description}</span>
      <span class="picker-facts">${facts.join(' · ')}</span>
      ${when(unavailable, why)}
      ${when(model.state === 'loading', () => progressBar(model.progress ?? null, t('Loading')))}</span></label>`;
}
