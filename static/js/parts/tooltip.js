// The page's one tooltip: below what is focused, beside the pointer; it never takes the pointer.
// What it says is in a picture's live text too.

import { build, html, nothing, render } from '../core/template.js';

const MARGIN = 8;
const AWAY = 14;

/** @type {HTMLElement|null} */
let box = null;
/** Who shows something in it. @type {object|null} */
let owner = null;

function element() {
  if (!box) {
    box = build(html`<div class="tooltip" role="tooltip" hidden></div>`);
    // Inside the page's main landmark, as everything that is said should be.
    (document.querySelector('main') ?? document.body).append(box);
  }
  return box;
}

/** @param {{title: string, value: string, rows: string[][], color?: string}} text of a cell */
const textOf = ({ title, value, rows, color }) =>
  html`<div class="tooltip-head" style=${color ? `--swatch: ${color}` : nothing}>${title}</div>
    <div class="tooltip-value">${value}</div>${rows.map(
      ([name, text]) =>
        html`<div class="tooltip-row"><span
          class="tooltip-name">${name}</span><span>${text}</span></div>`,
    )}`;

/** Terms and what they are, beside a title. @param {string} title @param {readonly (readonly any[])[]} rows */
export const facts = (title, rows, ...said) => html`<div>
  ${title && html`<p class="tooltip-title">${title}</p>`}
  ${said.filter(Boolean).map((each) => html`<p class="tooltip-link">${each}</p>`)}
  <dl class="facts">${rows.map(([term, value]) => html`<dt>${term}</dt><dd>${value}</dd>`)}</dl>
</div>`;

/** Where it goes: below a box and centred on it, or beside a point; inside the window. */
function placeAt(at, { width, height }) {
  if (at instanceof DOMRect) {
    const below = at.bottom + MARGIN;
    const x = at.left + at.width / 2 - width / 2;
    const y = below + height > innerHeight ? at.top - height - MARGIN : below;
    return [Math.min(x, innerWidth - width - MARGIN), y];
  }
  const beside = (from, size, room) =>
    from + AWAY + size > room - MARGIN ? from - AWAY - size : from + AWAY;
  return [beside(at.x, width, innerWidth), beside(at.y, height, innerHeight)];
}

/** A view's hold on the tooltip: it hides only what it has shown itself. */
export function createTooltip() {
  const mine = {};
  return {
    /**
     * @param {any} content a template, or a cell's {title, value, rows, color}
     * @param {DOMRect|{x: number, y: number}} at what it is about, or the pointer, in the window
     */
    show(content, at) {
      const note = element();
      owner = mine;
      render('rows' in content ? textOf(content) : content, note);
      note.hidden = false;
      const [x, y] = placeAt(at, note.getBoundingClientRect());
      note.style.transform = `translate(${Math.max(MARGIN, x)}px, ${Math.max(MARGIN, y)}px)`;
    },
    hide() {
      if (box && owner === mine) box.hidden = true;
    },
  };
}
