// The model picker: what each model is, its licence, and whether it can be used now.

import { freshId, h, icon, setText } from '../controls/dom.js';

const STATES = {
  ready: 'ready',
  loading: 'loading',
  available: 'loads at first use',
  unavailable: 'not available here',
};

/** @param {{onModel: (name: string) => void}} callbacks */
export function modelPicker({ onModel }) {
  const id = freshId('models');
  const name = h('span', { class: 'picker-name' }, 'Model');
  const size = h('span', { class: 'picker-size' });
  const button = h(
    'button',
    { type: 'button', class: 'button button-quiet picker-button', popovertarget: id, 'aria-haspopup': 'dialog' },
    name,
    size,
    icon('down'),
  );
  const list = h('fieldset', { class: 'picker-list' });
  const menu = h('div', { class: 'popover picker-menu', popover: 'auto', id, role: 'dialog', 'aria-label': 'Model' }, list);
  menu.addEventListener('toggle', () => {
    if (!menu.matches(':popover-open')) return;
    const box = button.getBoundingClientRect();
    menu.style.left = `${Math.max(8, Math.min(box.left, innerWidth - menu.offsetWidth - 8))}px`;
    menu.style.top = `${box.bottom + 6}px`;
    menu.querySelector('input:checked')?.focus();
  });

  let drawn = '';
  return {
    element: h('div', { class: 'picker' }, button, menu),
    /** @param {{models: any[], model: string}} props */
    update({ models, model }) {
      const signature = JSON.stringify([models, model]);
      if (signature === drawn) return;
      drawn = signature;
      const chosen = models.find((known) => known.name === model);
      setText(name, chosen?.title ?? model);
      setText(size, chosen?.layers ? `${chosen.layers} × ${chosen.heads}` : '');
      const focused = menu.contains(document.activeElement);
      list.replaceChildren(
        h('legend', { class: 'visually-hidden' }, 'Model'),
        ...models.map((known) => option(known, known.name === model, choose)),
      );
      if (focused) list.querySelector('input:checked')?.focus();
    },
  };

  function choose(chosen, close) {
    if (close) menu.hidePopover();
    onModel(chosen);
  }
}

function option(model, checked, choose) {
  const about = freshId('about');
  const unavailable = model.state === 'unavailable';
  const facts = [
    model.layers && `${model.layers} layers × ${model.heads} heads`,
    model.parameters && `${(model.parameters / 1e6).toFixed(0)} M parameters`,
    model.licence ? `licence ${model.licence}` : 'licence not stated',
    STATES[model.state],
  ].filter(Boolean);
  const radio = h('input', {
    type: 'radio',
    name: 'model',
    value: model.name,
    'aria-describedby': about,
    disabled: unavailable,
    onchange: () => choose(model.name, false),
    onclick: (event) => {
      // Arrow keys also click a radio, with no pointer; those leave the menu open.
      if (event.detail > 0) choose(model.name, true);
    },
    onkeydown: (event) => {
      if (event.key === 'Enter') choose(model.name, true);
    },
  });
  radio.checked = checked;
  return h(
    'label',
    { class: `picker-option${unavailable ? ' is-unavailable' : ''}` },
    radio,
    h('span', { class: 'picker-title' }, model.title, model.title !== model.name && h('code', {}, model.name)),
    h(
      'span',
      { class: 'picker-about', id: about },
      h('span', {}, model.description),
      h('span', { class: 'picker-facts' }, facts.join(' · ')),
      unavailable && h('span', { class: 'picker-reason' }, `${model.reason ?? ''} ${model.remedy ?? ''}`.trim()),
      model.state === 'loading' && progress(model.progress),
    ),
  );
}

function progress(value) {
  const bar = h('progress', { class: 'progress', max: 1, 'aria-label': 'Loading' });
  if (typeof value === 'number') bar.setAttribute('value', String(value));
  return bar;
}
