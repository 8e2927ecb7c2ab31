/** Texts to be read: typed, pasted, or an example. */

import { EXAMPLES } from '../core/examples.js';
import { language } from '../core/language.js';
import { build, classes, html, nothing, render, when } from '../core/template.js';
import { t } from '../language/messages.js';

/**
 * Where a text is typed.
 * @param {object} props
 * @param {string} props.label its accessible name @param {string} props.placeholder
 * @param {number} props.rows @param {string} [props.name]
 * @param {(event: any) => void} props.onInput @param {(event: any) => void} props.onKey
 * @param {(event: any) => void} [props.onPaste] @param {(event: any) => void} [props.onScroll]
 * @returns {HTMLTextAreaElement}
 */
export const textArea = ({ label, placeholder, rows, name, onInput, onKey, onPaste, onScroll }) =>
  /** @type {any} */ (
    build(html`<textarea class="composer-text" dir="auto" spellcheck="false" autocomplete="off"
      name=${name ?? nothing} rows=${rows} aria-label=${label} placeholder=${placeholder}
      @input=${onInput} @keydown=${onKey} @paste=${onPaste} @scroll=${onScroll}></textarea>`)
  );

/** Enter reads; with Shift, or while a sign is composed, it is typed. @param {() => void} read */
export const onEnter = (read) => (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  read();
};

/** @param {string} label @param {() => void} onClick @param {{name?: string, title?: string}} [how] */
export const exampleButton = (label, onClick, { name, title } = {}) =>
  html`<button type="button" class="example-button" aria-label=${name ?? nothing}
    title=${title ?? nothing} @click=${onClick}>${label}</button>`;

/** @param {any[]} buttons */
export const examples = (buttons) =>
  html`<ul class="examples" data-title=${t('Try')} aria-label=${t('Examples')}>${buttons.map(
    (button) => html`<li class="example">${button}</li>`,
  )}</ul>`;

const NAMED = 40;

/**
 * What is on screen is of another text than the box holds: it stands back, and is named.
 * @param {HTMLElement} root of the box; what follows it is of its text
 * @param {boolean} draft @param {string} text that is read
 */
export function draftNotice(root, draft, text) {
  root.classList.toggle('has-draft', draft);
  const whole = text.trim();
  const begins = whole.length > NAMED ? whole.slice(0, NAMED).replace(/\s\S*$/u, '') : whole;
  const name = begins === whole ? whole : `${begins}…`;
  const said = t('Still shown: “{name}”. Enter reads what stands in the box.', { name });
  return html`<p class="draft-notice" role="status">${draft && begins ? said : ''}</p>`;
}

/** The button that reads. @param {boolean} calls what stands in the box is not read yet */
export const readButton = (calls, onClick) =>
  html`<button type="button" class=${classes('button button-primary', calls && 'is-calling')}
    aria-keyshortcuts="Enter" @click=${onClick}>${t('Read')}</button>`;

/**
 * @param {HTMLElement} root
 * @param {{onRead: (asked: {text: string, query: string|null, key: string|null}) => void, samples?: boolean}} callbacks
 *   an example brings the link that it is an example of; `samples`: they stand below
 */
export function textBox(root, { onRead, samples = true }) {
  const read = () => onRead({ text: box.value, query: null, key: null });
  const box = textArea({
    name: 'text',
    rows: 1,
    label: t('Text'),
    placeholder: t('Paste or type a sentence'),
    onInput: draw,
    onKey: onEnter(read),
  });
  let shown = '';

  function draw() {
    const draft = box.value !== shown;
    render(
      html`<div class="composer-box reader-box">${box}${readButton(draft, read)}</div>
        ${draftNotice(root, draft, shown)}
        ${when(samples, () =>
          examples(
            singleTexts().map(({ label, text, query = null, key = null }) =>
              exampleButton(label, () => onRead({ text, query, key })),
            ),
          ),
        )}`,
      root,
    );
  }

  return {
    element: root,
    /** @param {string} text that is read */
    update(text) {
      if (text !== shown) {
        shown = text;
        box.value = text;
      }
      root.lang = language(text) ?? 'en';
      draw();
    },
    focus: () => box.focus(),
  };
}

/** Every example that is one text, by what its button says. */
function singleTexts() {
  return EXAMPLES.flatMap(({ label, choices, states }) =>
    states.flatMap((state, i) =>
      state.text_pair ? [] : [{ label: choices ? `${label} ${choices[i]}` : label, ...state }],
    ),
  );
}
