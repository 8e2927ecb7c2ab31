// The text, its optional second text, the model, and how the text is cut, live.

import { debounce, h, icon, setText } from '../../../core/dom.js';
import { worded } from '../../../core/errors.js';
import { EXAMPLES } from '../../../core/examples.js';
import { language } from '../../../core/language.js';
import { direction } from '../../../figures/bidi.js';
import { modelPicker } from '../../../parts/model-picker.js';
import { errorNotice } from '../../../parts/notice.js';
import { exampleButton, examples, textArea } from '../../../parts/text-box.js';
import { tokenChips } from './tokens.js';

/**
 * @param {HTMLElement} root
 * @param {{onRead: (patch: any) => void, onDraft: (draft: {text: string, text_pair: string|null}) => void, onModel: (name: string) => void, onModels: () => void, onRetry: () => void}} callbacks
 */
export function composerView(root, { onRead, onDraft, onModel, onModels, onRetry }) {
  const draft = debounce(() => onDraft(current()), 220);
  const area = (label, name) =>
    textArea({
      name,
      rows: 2,
      'aria-label': label,
      placeholder:
        label === 'Text'
          ? 'Paste or type a sentence'
          : 'A second text, read together with the first',
      oninput: () => {
        dirty();
        draft();
      },
      onpaste: (event) => {
        // A pasted sentence is read at once, unless it lands in the middle of one.
        const whole =
          event.target.selectionStart === 0 &&
          event.target.selectionEnd === event.target.value.length;
        if (whole) setTimeout(read);
      },
      onkeydown: (event) => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) read();
      },
    });
  const first = area('Text', 'text');
  const second = area('Second text', 'text_pair');
  const secondRow = h('div', { class: 'composer-second', hidden: true }, second);

  const pairToggle = h(
    'button',
    { type: 'button', class: 'button button-quiet', 'aria-pressed': 'false', onclick: togglePair },
    icon('plus'),
    h('span', {}, 'Second text'),
  );
  const readButton = h(
    'button',
    {
      type: 'button',
      class: 'button button-primary',
      onclick: read,
      'aria-keyshortcuts': 'Control+Enter Meta+Enter',
    },
    'Read',
  );
  const count = h('span', { class: 'composer-count', role: 'status' });
  const picker = modelPicker({ onModel, onOpen: onModels });
  const problems = h('div', { class: 'composer-problems' });
  const chips = tokenChips();

  const ready = EXAMPLES.map(({ label, choices, states }) => {
    if (!choices) return exampleButton(label, () => load(states[0]));
    const said = choices.flatMap((choice, i) => {
      const named = { 'aria-label': `${label} ${choice}` };
      const button = exampleButton(choice, () => load(states[i]), named);
      return i ? [h('span', { class: 'example-or' }, '/'), button] : [button];
    });
    const all = document.createDocumentFragment();
    all.append(h('span', { class: 'example-stem' }, label), ...said);
    return all;
  });

  root.replaceChildren(
    h(
      'div',
      { class: 'composer-box' },
      h('div', { class: 'composer-first' }, first),
      secondRow,
      h(
        'div',
        { class: 'composer-bar' },
        picker.element,
        pairToggle,
        h('div', { class: 'composer-go' }, count, readButton),
      ),
    ),
    problems,
    h('div', { class: 'composer-under' }, examples(ready), chips.element),
  );

  function current() {
    return {
      text: first.value,
      text_pair: secondRow.hidden || !second.value.trim() ? null : second.value,
    };
  }

  function read() {
    draft.cancel();
    onDraft(current());
    onRead(current());
  }

  function load(state) {
    write({ text_pair: null, ...state });
    draft.cancel();
    onDraft(current());
    onRead({ text_pair: null, query: null, key: null, ...state });
  }

  let shown = { text: '', text_pair: null };
  function write({ text, text_pair }) {
    first.value = text;
    second.value = text_pair ?? '';
    setPair(text_pair !== null);
    dirty();
  }

  function dirty() {
    const now = current();
    const changed = now.text !== shown.text || now.text_pair !== shown.text_pair;
    readButton.classList.toggle('is-calling', changed);
  }

  function togglePair() {
    setPair(secondRow.hidden);
    if (!secondRow.hidden) second.focus();
    dirty();
    draft();
  }

  let told = null;
  /** @param {Error|null} error the same one is told once */
  function tell(error) {
    if (error === told) return;
    told = error;
    if (!error) {
      problems.replaceChildren();
      return;
    }
    const said = worded(error);
    const label = 'Remove the second text';
    const remedy = said.remedy === 'one_text' ? { label, onClick: removePair } : null;
    problems.replaceChildren(errorNotice(said, onRetry, remedy));
  }

  function removePair() {
    second.value = '';
    setPair(false);
    read();
    first.focus();
  }

  function setPair(open) {
    secondRow.hidden = !open;
    pairToggle.setAttribute('aria-pressed', String(open));
    setText(pairToggle.querySelector('span'), open ? 'Remove second text' : 'Second text');
    pairToggle.querySelector('svg').replaceWith(icon(open ? 'close' : 'plus'));
  }

  return {
    /**
     * @param {{text: string, text_pair: string|null, models: any[], model: string, tokens: import('../../../core/queries.js').Slot, problem: Error|null}} props
     *   `problem`: why the text that was read has no picture
     */
    update({ text, text_pair, models, model, tokens, problem }) {
      if (text !== shown.text || text_pair !== shown.text_pair) {
        shown = { text, text_pair };
        write(shown);
      }
      root.lang = language(text) ?? 'en';
      chips.element.dir = direction(text);
      dirty();
      picker.update({ models, model });
      const cut = tokens.value;
      const over = cut && !cut.fits;
      setText(count, cut ? `${cut.count} / ${cut.limit} tokens` : '');
      count.classList.toggle('is-over', Boolean(over));
      chips.update(cut);
      const error = problem ?? (tokens.status === 'error' ? tokens.error : null);
      tell(error);
    },
    draft: current,
    destroy() {
      draft.cancel();
      root.replaceChildren();
    },
  };
}
