// The model picker: what each model is, its licence, and whether it can be used now.

import { freshId, h, icon, setText } from '../core/dom.js';

const STATES = {
  ready: 'ready',
  loading: 'loading',
  available: 'loads at first use',
  unavailable: 'not available here',
};
const NOT_HERE = 'not on this machine: fetched from the hub at first use';

/** @param {{onModel: (name: string) => void, onOpen: () => void}} callbacks */
export function modelPicker({ onModel, onOpen }) {
  let current = '';
  const id = freshId('models');
  const name = h('span', { class: 'picker-name' }, 'Model');
  const size = h('span', { class: 'picker-size' });
  const button = h(
    'button',
    {
      type: 'button',
      class: 'button picker-button',
      popovertarget: id,
      'aria-haspopup': 'dialog',
    },
    name,
    size,
    icon('down'),
  );
  const list = h('fieldset', { class: 'picker-list' });
  const menu = h(
    'div',
    { class: 'popover picker-menu', popover: 'auto', id, role: 'dialog', 'aria-label': 'Model' },
    list,
  );
  menu.addEventListener('toggle', () => {
    if (!menu.matches(':popover-open')) {
      for (const radio of list.querySelectorAll('input')) radio.checked = radio.value === current;
      return;
    }
    onOpen();
    const box = button.getBoundingClientRect();
    menu.style.left = `${Math.max(8, Math.min(box.left, innerWidth - menu.offsetWidth - 8))}px`;
    menu.style.top = `${box.bottom + 6}px`;
    /** @type {HTMLInputElement|null} */ (menu.querySelector('input:checked'))?.focus();
  });

  let drawn = '';
  return {
    element: h('div', { class: 'picker' }, button, menu),
    /** @param {{models: any[], model: string}} props */
    update({ models, model }) {
      const signature = JSON.stringify([models, model]);
      if (signature === drawn) return;
      drawn = signature;
      current = model;
      const chosen = models.find((known) => known.name === model);
      setText(name, chosen?.title ?? model);
      setText(size, chosen?.layers ? `${chosen.layers} × ${chosen.heads}` : '');
      const focused = menu.contains(document.activeElement);
      list.replaceChildren(
        h('legend', { class: 'visually-hidden' }, 'Model'),
        ...models.map((known) => option(known, known.name === model, choose)),
      );
      if (focused)
        /** @type {HTMLInputElement|null} */ (list.querySelector('input:checked'))?.focus();
    },
  };

  function choose(chosen) {
    menu.hidePopover();
    button.focus();
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
    model.state === 'available' && !model.local ? NOT_HERE : STATES[model.state],
  ].filter(Boolean);
  const radio = h('input', {
    type: 'radio',
    name: 'model',
    value: model.name,
    'aria-describedby': about,
    onclick: (event) => {
      // Arrow keys click a radio too, with no pointer: they walk the list, Enter chooses.
      if (event.detail > 0) choose(model.name);
    },
    onkeydown: (event) => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      choose(model.name);
    },
  });
  radio.checked = checked;
  return h(
    'label',
    { class: `picker-option${unavailable ? ' is-unavailable' : ''}` },
    radio,
    h(
      'span',
      { class: 'picker-title' },
      model.title,
      model.title !== model.name && h('code', {}, model.name),
    ),
    h(
      'span',
      { class: 'picker-about', id: about },
      h('span', {}, model.description),
      h('span', { class: 'picker-facts' }, facts.join(' · ')),
      unavailable &&
        h(
          'span',
          { class: 'picker-reason' },
          h('span', {}, model.reason ?? ''),
          h('span', {}, model.remedy ?? ''),
        ),
      model.state === 'loading' && progress(model.progress),
    ),
  );
}

function progress(value) {
  const bar = h('progress', { class: 'progress', max: 1, 'aria-label': 'Loading' });
  if (typeof value === 'number') bar.setAttribute('value', String(value));
  return bar;
}
