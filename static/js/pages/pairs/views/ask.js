// The two texts, each with what the other has not marked in it; the model; the examples.

import { h } from '../../../core/dom.js';
import { language } from '../../../core/language.js';
import { changedPlaces, SIDES } from '../../../figures/pair.js';
import { modelSelect, segmented } from '../../../parts/fields.js';
import { exampleButton, examples, onEnter, textArea } from '../../../parts/text-box.js';
import { EXAMPLES } from '../examples.js';

const NAMES = { before: 'First text', after: 'Second text' };

/**
 * @param {HTMLElement} root
 * @param {{onRead: (texts: {text: string, other: string}) => void, onExample: (state: any) => void, onModel: (name: string) => void, onLevel: (level: string) => void}} callbacks
 */
export function askView(root, { onRead, onExample, onModel, onLevel }) {
  const fields = { before: field('before'), after: field('after') };
  const model = modelSelect('Model', onModel);
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
      h('label', { class: 'field' }, h('span', { class: 'field-label' }, 'Model'), model.element),
      level.element,
      h('span', { class: 'spring' }),
      button,
    ),
    examples(
      EXAMPLES.map(({ label, about, state }) =>
        exampleButton(label, () => onExample(state), { title: about }),
      ),
    ),
  );
  let shown = { before: '', after: '' };

  function field(side) {
    const behind = h('div', { class: 'pairs-behind', dir: 'auto', 'aria-hidden': 'true' });
    const box = textArea({
      rows: 2,
      'aria-label': NAMES[side],
      placeholder: side === 'before' ? 'A sentence' : 'The same but for one place',
      oninput: dirty,
      onscroll: () => (behind.scrollTop = box.scrollTop),
      onkeydown: onEnter(read),
    });
    const name = h('span', { class: 'pairs-name', 'aria-hidden': 'true' }, NAMES[side]);
    const stack = h('div', { class: 'pairs-stack' }, behind, box);
    const element = h('div', { class: `composer-box pairs-text is-${side}` }, name, stack);
    return { element, box, behind };
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

  return {
    /** @param {{text: string, other: string, models: any[], model: string, level: string}} next */
    update({ text, other, models, model: current, level: chosen }) {
      const next = { before: text, after: other };
      for (const side of SIDES) {
        if (next[side] !== shown[side]) fields[side].box.value = next[side];
      }
      shown = next;
      dirty();
      model.update(models, current);
      level.set(chosen);
    },
    focus: () => fields.before.box.focus(),
  };
}
