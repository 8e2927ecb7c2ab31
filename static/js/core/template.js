// Markup as templates (lit-html): a view says what stands there, and only what differs is written,
// so that what has the focus keeps it and what is live is read out once.

import * as lit from '../../vendor/lit-html.js';

export const { guard, live, nothing, render } = lit;

/** Templates without their indentation, by the strings that they were written as. */
const plain = new WeakMap();

/**
 * Lines of a template as JSX reads them: what ends in a line break or begins after one holds no
 * blank there, so that how markup is laid out in the source shows nowhere.
 * @param {TemplateStringsArray} strings
 */
function lines(strings) {
  if (!plain.has(strings)) {
    let inTag = false;
    const parts = strings.map((part) =>
      part.replace(/[<>]|[^<>]+/g, (piece) => {
        if (piece === '<' || piece === '>') inTag = piece === '<';
        else if (!inTag) return piece.replace(/^\s*\n\s*|\s*\n\s*$/g, '').replace(/\s*\n\s*/g, ' ');
        return piece;
      }),
    );
    plain.set(strings, Object.assign(parts, { raw: parts }));
  }
  return plain.get(strings);
}

/**
 * @param {TemplateStringsArray} strings @param {...any} values
 * @returns {{_$litType$: any, strings: TemplateStringsArray, values: any[]}}
 */
export const html = (strings, ...values) => lit.html(lines(strings), ...values);

/** A part of an svg element. @param {TemplateStringsArray} strings @param {...any} values */
export const svg = (strings, ...values) => lit.svg(lines(strings), ...values);

/** A part of a template that is there where that holds. @param {any} holds @param {() => any} make */
export const when = (holds, make) => (holds ? make() : nothing);

/** The names that hold, as a class attribute. @param {...(string|false|null|undefined)} names */
export const classes = (...names) => names.filter(Boolean).join(' ');

/**
 * The element of a template that is written once: a stage that its owner goes on to paint.
 * @returns {HTMLElement}
 */
export function build(template) {
  const place = document.createDocumentFragment();
  render(template, place);
  return /** @type {HTMLElement} */ (place.firstElementChild);
}

/** @returns {any} what a selector names in an element */
export const find = (element, selector) => element.querySelector(selector);

const PATHS = {
  plus: 'M8 3.5v9M3.5 8h9',
  close: 'M4.5 4.5l7 7M11.5 4.5l-7 7',
  left: 'M9.5 3.5 5 8l4.5 4.5',
  right: 'M6.5 3.5 11 8l-4.5 4.5',
  down: 'M3.5 6 8 10.5 12.5 6',
  up: 'M3.5 10 8 5.5 12.5 10',
  arrow: 'M2.5 8h10.5M9 4l4 4-4 4',
  save: 'M8 2.5v7.5M4.5 7 8 10.5 11.5 7M3 13.5h10',
  check: 'M3.5 8.5l3 3 6-7',
  minus: 'M3.5 8h9',
  pencil: 'M3 13l.6-2.8 7.5-7.5 2.2 2.2-7.5 7.5zM9.6 4.2l2.2 2.2',
};

/** A named line icon, 16 x 16, drawn with the text's colour. @param {string} name */
export const icon = (name) =>
  html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path
    d=${PATHS[name]}></path></svg>`;
