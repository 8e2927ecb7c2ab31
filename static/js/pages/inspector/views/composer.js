// The sentence that is read, and the box in its place while it is written: its second text, the
// model, the examples, and how the text is cut, live.

import { debounce, targetOf } from '../../../core/dom.js';
import { worded } from '../../../core/errors.js';
import { EXAMPLES } from '../../../core/examples.js';
import { language } from '../../../core/language.js';
import { modelTitle } from '../../../core/models.js';
import { classes, find, html, icon, render, when } from '../../../core/template.js';
import { direction } from '../../../figures/bidi.js';
import { unknownText } from '../../../figures/unknown.js';
import { t } from '../../../language/messages.js';
import { modelPicker } from '../../../parts/model-picker.js';
import { errorNotice } from '../../../parts/notice.js';
import {
  draftNotice,
  exampleButton,
  examples,
  onEnter,
  readButton,
  textArea,
} from '../../../parts/text-box.js';
import { tokenChips } from './tokens.js';

/**
 * @param {HTMLElement} root
 * @param {HTMLElement} sentence that is read, as it stands while nothing is written
 * @param {{onRead: (patch: any) => void, onDraft: (draft: {text: string, text_pair: string|null}) => void, onModel: (name: string) => void, onModels: () => void, onRetry: () => void}} callbacks
 */
export function composerView(root, sentence, { onRead, onDraft, onModel, onModels, onRetry }) {
  const draft = debounce(() => onDraft(current()), 220);
  const area = (name, label, placeholder) =>
    textArea({
      name,
      label,
      placeholder,
      rows: 2,
      onInput() {
        draw();
        draft();
      },
      onPaste({ target }) {
        // A pasted sentence is read at once, unless it lands in the middle of one.
        if (target.selectionStart === 0 && target.selectionEnd === target.value.length) {
          setTimeout(read);
        }
      },
      onKey(event) {
        if (event.key === 'Escape' && !event.isComposing) {
          event.preventDefault();
          write(shown);
          close();
        } else onEnter(read)(event);
      },
    });
  const first = area('text', t('Text'), t('Paste or type a sentence'));
  const second = area(
    'text_pair',
    t('Second text'),
    t('A second text, read together with the first'),
  );
  const picker = modelPicker({ onModel, onOpen: onModels });
  const chips = tokenChips();
  let paired = false;
  /** Whether the box stands in the place of the sentence. */
  let writing = false;
  let shown = { text: '', text_pair: null };
  /** @type {any} */
  let props = { tokens: { value: null, status: 'idle' }, problem: null, models: [], model: '' };

  const ready = EXAMPLES.map(({ label, choices, states }) => {
    if (!choices) return exampleButton(label, () => load(states[0]));
    const buttons = choices.map((choice, i) => {
      const button = exampleButton(choice, () => load(states[i]), { name: `${label} ${choice}` });
      return html`${when(i, () => html`<span class="example-or">/</span>`)}${button}`;
    });
    return html`<span class="example-stem">${label}</span>${buttons}`;
  });

  function current() {
    const pair = paired && second.value.trim() ? second.value : null;
    return { text: first.value, text_pair: pair };
  }

  function read() {
    draft.cancel();
    onDraft(current());
    onRead(current());
    if (!changed()) close();
  }

  /** The box, with the text in it chosen: what is typed or pasted takes its place. */
  function edit() {
    writing = true;
    draw();
    first.focus();
    first.select();
  }

  /** The sentence again. */
  function close() {
    const inside = root.contains(document.activeElement);
    writing = false;
    draw();
    if (inside) find(root, '.composer-edit')?.focus();
  }

  function changed() {
    const now = current();
    return now.text !== shown.text || now.text_pair !== shown.text_pair;
  }

  // A sentence that is pasted anywhere is to be read.
  document.addEventListener('paste', (event) => {
    const text = event.clipboardData?.getData('text/plain') ?? '';
    if (targetOf(event).closest?.('input, textarea, dialog') || !text.trim()) return;
    event.preventDefault();
    writing = true;
    write({ text, text_pair: null });
    read();
  });

  function load(state) {
    write({ text_pair: null, ...state });
    draft.cancel();
    onDraft(current());
    onRead({ text_pair: null, query: null, key: null, ...state });
  }

  function write({ text, text_pair }) {
    first.value = text;
    second.value = text_pair ?? '';
    paired = text_pair !== null;
    draw();
  }

  function togglePair() {
    paired = !paired;
    writing = true;
    draw();
    if (paired) second.focus();
    draft();
  }

  function removePair() {
    second.value = '';
    paired = false;
    read();
  }

  /** A text that the model does not know says so, and offers those that were trained to read it. */
  function unknownNotice(cut) {
    const { models, model } = props;
    const told = unknownText(cut, modelTitle(models, model));
    if (told === null) return '';
    const wanted = language(first.value);
    const others = models.filter(
      ({ name, languages, state }) =>
        name !== model && state !== 'unavailable' && wanted && languages?.includes(wanted),
    );
    return html`<div class="notice" role="status"><p>${told}</p>${others.map(
      ({ name, title }) =>
        html`<button type="button" class="button" @click=${() => onModel(name)}>${t('Read it with {title}', { title })}</button>`,
    )}</div>`;
  }

  function problem() {
    const { tokens } = props;
    const error = props.problem ?? (tokens.status === 'error' ? tokens.error : null);
    if (!error) return tokens.value ? unknownNotice(tokens.value) : '';
    const said = worded(error);
    const remedy = { label: t('Remove the second text'), onClick: removePair };
    return errorNotice(said, onRetry, said.remedy === 'one_text' ? remedy : null);
  }

  function draw() {
    const cut = props.tokens.value;
    const ahead = changed();
    const open = writing || ahead || shown.text.trim() === '';
    const bar = html`<div class="composer-bar">${picker.element}
      ${when(
        !open,
        () =>
          html`<button type="button" class="button composer-edit" @click=${edit}>${icon('pencil')}${t('Your own sentence')}</button>`,
      )}
      <button type="button" class="button button-quiet" aria-pressed=${paired}
        @click=${togglePair}>${icon(
          paired ? 'close' : 'plus',
        )}<span>${paired ? t('Remove second text') : t('Second text')}</span></button>
      ${examples(ready)}
      <div class="composer-go"><span
        class=${classes('composer-count', cut && !cut.fits && 'is-over')}
        role="status">${cut ? t('{count} / {limit} tokens', { count: cut.count, limit: cut.limit }) : ''}</span>${when(open, () => readButton(ahead, read))}</div></div>`;
    sentence.hidden = open;
    render(
      html`<div class=${classes('composer-box', open && 'is-written')}>${sentence}
          <div class="composer-first" ?hidden=${!open}>${first}</div>
          <div class="composer-second" ?hidden=${!open || !paired}>${second}</div>
          <div ?hidden=${!open}>${chips.element}</div>
          ${bar}</div>
        ${draftNotice(root, ahead, shown.text)}
        <div class="composer-problems">${problem()}</div>`,
      root,
    );
  }

  return {
    /**
     * @param {{text: string, text_pair: string|null, models: any[], model: string, tokens: import('../../../core/queries.js').Slot, problem: Error|null}} next
     *   `problem`: why the text that was read has no picture
     */
    update(next) {
      const { text, text_pair, models, model, tokens } = next;
      props = next;
      if (text !== shown.text || text_pair !== shown.text_pair) {
        shown = { text, text_pair };
        writing = false;
        write(shown);
      }
      root.lang = language(text) ?? 'en';
      chips.element.dir = direction(text);
      picker.update({ models, model });
      chips.update(tokens.value);
      draw();
    },
    draft: current,
    edit,
  };
}
