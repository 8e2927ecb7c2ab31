// The two texts, each with what the other has not marked in it; the model; the examples.

import { h } from '../../../core/dom.js';
import { language } from '../../../core/language.js';
import { changedPlaces, SIDES } from '../../../figures/pair.js';
import { segmented } from '../../../parts/fields.js';
import { EXAMPLES } from '../examples.js';

const NAMES = { before: 'First text', after: 'Second text' };

/**
 * @param {HTMLElement} root
 * @param {{onRead: (texts: {text: string, other: string}) => void, onExample: (state: any) => void, onModel: (name: string) => void, onLevel: (level: string) => void}} callbacks
 */
export function askView(root, { onRead, onExample, onModel, onLevel }) {
  const fields = { before: field('before'), after: field('after') };
  const model = /** @type {HTMLSelectElement} */ (
    h('select', { 'aria-label': 'Model', onchange: () => onModel(model.value) })
  );
  const level = segmented(
    'Level',
    [
      ['token', 'Tokens'],
      ['word', 'Words'],
    ],
    onLevel,
  );
  const button = h(
    'button',
    { type: 'button', class: 'button button-primary', onclick: read },
    'Read',
  );
  root.replaceChildren(
    h('div', { class: 'pairs-texts' }, fields.before.element, fields.after.element),
    h(
      'div',
      { class: 'pairs-bar' },
      h('label', { class: 'field' }, h('span', { class: 'field-label' }, 'Model'), model),
      level.element,
      h('span', { class: 'spring' }),
      button,
    ),
    h(
      'ul',
      { class: 'examples pairs-examples', 'aria-label': 'Examples' },
      ...EXAMPLES.map(example),
    ),
  );
  let shown = { before: '', after: '' };

  function field(side) {
    const behind = h('div', { class: 'pairs-behind', dir: 'auto', 'aria-hidden': 'true' });
    const box = /** @type {HTMLTextAreaElement} */ (
      h('textarea', {
        class: 'composer-text',
        rows: 2,
        dir: 'auto',
        'aria-label': NAMES[side],
        placeholder: side === 'before' ? 'A sentence' : 'The same but for one place',
        spellcheck: 'false',
        autocomplete: 'off',
        oninput: dirty,
        onscroll: () => (behind.scrollTop = box.scrollTop),
        onkeydown: (event) => {
          if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          read();
        },
      })
    );
    const name = h('span', { class: 'pairs-name', 'aria-hidden': 'true' }, NAMES[side]);
    const stack = h('div', { class: 'pairs-stack' }, behind, box);
    const element = h('div', { class: `composer-box pairs-text is-${side}` }, name, stack);
    return { element, box, behind };
  }

  function example({ label, about, state }) {
    const props = { type: 'button', class: 'example-button', title: about };
    const say = h('button', { ...props, onclick: () => onExample(state) }, label);
    return h('li', { class: 'example' }, say);
  }

  function dirty() {
    const changed = SIDES.some((side) => fields[side].box.value !== shown[side]);
    button.classList.toggle('is-calling', changed);
    mark();
  }

  /** Behind each box stand its own characters, unseen, and a mark wherever the other differs. */
  function mark() {
    const [text, other] = SIDES.map((side) => fields[side].box.value);
    const places = text.trim() && other.trim() ? changedPlaces(text, other) : [];
    for (const side of SIDES) {
      const { box, behind } = fields[side];
      const parts = [];
      let at = 0;
      for (const [start, end] of places.map((place) => place[side])) {
        parts.push(box.value.slice(at, start));
        if (end > start) parts.push(h('mark', {}, box.value.slice(start, end)));
        at = end;
      }
      behind.replaceChildren(...parts, box.value.slice(at));
      box.lang = language(box.value) ?? 'en';
    }
  }

  function read() {
    onRead({ text: fields.before.box.value, other: fields.after.box.value });
  }

  function fillModels(models, current) {
    const listed = models.some(({ name }) => name === current)
      ? models
      : [{ name: current, title: current }, ...models];
    const signature = listed.map((one) => `${one.name} ${one.state}`).join('|');
    if (model.dataset.listed !== signature) {
      model.dataset.listed = signature;
      model.replaceChildren(
        ...listed.map((one) =>
          h('option', { value: one.name, disabled: one.state === 'unavailable' }, one.title),
        ),
      );
    }
    model.value = current;
  }

  return {
    /** @param {{text: string, other: string, models: any[], model: string, level: string}} next */
    update({ text, other, models, model: current, level: chosen }) {
      const next = { before: text, after: other };
      for (const side of SIDES) {
        if (next[side] !== shown[side]) fields[side].box.value = next[side];
      }
      shown = next;
      dirty();
      fillModels(models, current);
      level.set(chosen);
    },
    focus: () => fields.before.box.focus(),
  };
}
