// The page's one tooltip: below what is focused, beside the pointer; it never takes the pointer.
// What it says is in a picture's live text too.

import { h } from '../core/dom.js';

const MARGIN = 8;
const AWAY = 14;

/** @type {HTMLElement|null} */
let box = null;
/** Who shows something in it. @type {object|null} */
let owner = null;

function element() {
  if (!box) {
    box = h('div', { class: 'tooltip', role: 'tooltip', hidden: true });
    // Inside the page's main landmark, as everything that is said should be.
    (document.querySelector('main') ?? document.body).append(box);
  }
  return box;
}

/** @param {{title: string, value: string, rows: string[][], color?: string}} text of a cell */
function textOf({ title, value, rows, color }) {
  const heading = h('div', { class: 'tooltip-head' }, title);
  if (color) heading.style.setProperty('--swatch', color);
  return [
    heading,
    h('div', { class: 'tooltip-value' }, value),
    ...rows.map(([name, text]) => {
      const label = h('span', { class: 'tooltip-name' }, name);
      return h('div', { class: 'tooltip-row' }, label, h('span', {}, text));
    }),
  ];
}

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
     * @param {Node|{title: string, value: string, rows: string[][], color?: string}} content
     * @param {DOMRect|{x: number, y: number}} at what it is about, or the pointer, in the window
     */
    show(content, at) {
      const note = element();
      owner = mine;
      note.replaceChildren(...(content instanceof Node ? [content] : textOf(content)));
      note.hidden = false;
      const [x, y] = placeAt(at, note.getBoundingClientRect());
      note.style.transform = `translate(${Math.max(MARGIN, x)}px, ${Math.max(MARGIN, y)}px)`;
    },
    hide() {
      if (box && owner === mine) box.hidden = true;
    },
  };
}
