// The two texts, each with what the other has not marked in it; the model; the examples.

import { language } from '../../../core/language.js';
import { EXAMPLES } from '../../../core/pair-examples.js';
import { build, html, render } from '../../../core/template.js';
import { changedPlaces, SIDES } from '../../../figures/pair.js';
import { t } from '../../../language/messages.js';
import { levelField, modelSelect } from '../../../parts/fields.js';
import {
  draftNotice,
  exampleButton,
  examples,
  onEnter,
  readButton,
  textArea,
} from '../../../parts/text-box.js';

const NAMES = { before: t('First text'), after: t('Second text') };

/**
 * @param {HTMLElement} root
 * @param {{onRead: (texts: {text: string, other: string}) => void, onExample: (state: any) => void, onModel: (name: string) => void, onLevel: (level: string) => void}} callbacks
 */
export function askView(root, { onRead, onExample, onModel, onLevel }) {
  const fields = { before: field('before'), after: field('after') };
  let shown = { before: '', after: '' };
  let props = null;

  function field(side) {
    const behind = build(html`<div class="pairs-behind" dir="auto" aria-hidden="true"></div>`);
    const box = textArea({
      rows: 2,
      label: NAMES[side],
      placeholder: side === 'before' ? t('A sentence') : t('The same but for one place'),
      onInput: draw,
      onScroll: () => (behind.scrollTop = box.scrollTop),
      onKey: onEnter(read),
    });
    return { box, behind };
  }

  const fieldBox = (
    side,
  ) => html`<div class=${`composer-box pairs-text is-${side}`}><span class="pairs-name"
    aria-hidden="true">${NAMES[side]}</span><div
      class="pairs-stack">${fields[side].behind}${fields[side].box}</div></div>`;

  function draw() {
    const changed = SIDES.some((side) => fields[side].box.value !== shown[side]);
    const { models, model, level } = props;
    render(
      html`<div class="pairs-texts">${SIDES.map(fieldBox)}</div>
        <div class="pairs-bar"><label class="field"><span
          class="field-label">${t('Model')}</span>${modelSelect(t('Model'), models, model, onModel)}</label>
          ${levelField(level, onLevel)}<span
            class="spring"></span>${readButton(changed, read)}</div>
        ${draftNotice(root, changed, shown.before)}
        ${examples(
          EXAMPLES.map(({ label, about, state }) =>
            exampleButton(label, () => onExample(state), { title: about }),
          ),
        )}`,
      root,
    );
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
        if (end > start) parts.push(html`<mark>${box.value.slice(start, end)}</mark>`);
        at = end;
      }
      render([...parts, box.value.slice(at)], behind);
      box.lang = language(box.value) ?? 'en';
    }
  }

  function read() {
    onRead({ text: fields.before.box.value, other: fields.after.box.value });
  }

  return {
    /** @param {{text: string, other: string, models: any[], model: string, level: string}} next */
    update(next) {
      props = next;
      const texts = { before: next.text, after: next.other };
      for (const side of SIDES) {
        if (texts[side] !== shown[side]) fields[side].box.value = texts[side];
      }
      shown = texts;
      draw();
    },
    focus: () => fields.before.box.focus(),
  };
}
