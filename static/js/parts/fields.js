// Labelled fields. Each has its element, and `set` to show a value without telling anyone.

import { h, setText } from '../core/dom.js';

/**
 * @param {string} label @param {readonly (readonly string[])[]} options value, text
 * @param {(value: string) => void} onChange
 */
export function select(label, options, onChange) {
  const element = h(
    'select',
    { onchange: () => onChange(element.value) },
    ...options.map(([value, text]) => h('option', { value }, text)),
  );
  return {
    element: h('label', { class: 'field' }, h('span', { class: 'field-label' }, label), element),
    set(value) {
      if (element.value !== value) element.value = value;
    },
    disable(off) {
      element.disabled = off;
    },
  };
}

/**
 * One of a few, all in sight.
 * @param {string} label @param {readonly (readonly string[])[]} options value, text
 * @param {(value: string) => void} onChange
 */
export function segmented(label, options, onChange) {
  const buttons = options.map(([value, text]) =>
    h(
      'button',
      { type: 'button', 'aria-pressed': 'false', data: { value }, onclick: () => onChange(value) },
      text,
    ),
  );
  return {
    element: h(
      'div',
      { class: 'field' },
      h('span', { class: 'field-label', 'aria-hidden': 'true' }, label),
      h('div', { class: 'segmented', role: 'group', 'aria-label': label }, ...buttons),
    ),
    set(value) {
      for (const button of buttons)
        button.setAttribute('aria-pressed', String(button.dataset.value === value));
    },
  };
}

/**
 * @param {string} label @param {{min: number, max: number, step: number}} range
 * @param {(value: number) => string} format @param {(value: number) => void} onChange
 */
export function slider(label, range, format, onChange) {
  const output = h('output', { class: 'slider-value' });
  const input = h('input', {
    type: 'range',
    'aria-label': label,
    ...range,
    oninput: () => {
      setText(output, format(Number(input.value)));
      onChange(Number(input.value));
    },
  });
  return {
    element: h(
      'div',
      { class: 'field' },
      h('span', { class: 'field-label', 'aria-hidden': 'true' }, label),
      input,
      output,
    ),
    set(value) {
      if (Number(input.value) !== value) input.value = String(value);
      setText(output, format(value));
      input.setAttribute('aria-valuetext', format(value));
    },
  };
}

/**
 * A choice of models by their titles alone; one that the server does not list stands in it too.
 * @param {string} label @param {(name: string) => void} onChange
 */
export function modelSelect(label, onChange) {
  const element = h('select', { 'aria-label': label, onchange: () => onChange(element.value) });
  let listed = '';
  return {
    element,
    /** @param {any[]} models as /models lists them @param {string} current */
    update(models, current) {
      const known = models.some(({ name }) => name === current);
      const all = known ? models : [{ name: current, title: current }, ...models];
      const signature = all.map(({ name, state }) => `${name} ${state}`).join('|');
      if (listed !== signature) {
        listed = signature;
        element.replaceChildren(
          ...all.map(({ name, title, state }) =>
            h('option', { value: name, disabled: state === 'unavailable' }, title),
          ),
        );
      }
      element.value = current;
    },
  };
}
