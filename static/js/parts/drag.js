// Heads that are dragged from where they are shown to where something is done with them. Never
// the only way: a button does the same.

import { build, html } from '../core/template.js';
import { headPhrase, shortName } from '../figures/head-names.js';

const TYPE = 'application/x-headlight-head';

/** While something is dragged a page may not read what it is: it is remembered here. */
let carried = null;

/**
 * @param {DragEvent} event dragstart
 * @param {{kind: string|null, layer: number, head: number}} name
 */
export function dragHead(event, name) {
  const { dataTransfer } = event;
  if (!dataTransfer) return;
  carried = name;
  dataTransfer.setData(TYPE, JSON.stringify(name));
  dataTransfer.setData('text/plain', headPhrase(name));
  dataTransfer.effectAllowed = 'copy';
  const picture = build(html`<div class="carried" aria-hidden="true">${shortName(name)}</div>`);
  document.body.append(picture);
  dataTransfer.setDragImage(picture, 12, 12);
  setTimeout(() => picture.remove());
}

/**
 * Calls back when a head begins to be dragged, and when that ends.
 * @param {(name: {kind: string|null, layer: number, head: number}|null) => void} onCarry
 */
export function watchDragging(onCarry) {
  document.addEventListener('dragstart', () => carried && onCarry(carried));
  document.addEventListener('dragend', () => {
    if (!carried) return;
    carried = null;
    onCarry(null);
  });
}

/**
 * A place for heads.
 * @param {HTMLElement} element
 * @param {(name: any) => void} onDrop
 * @param {(name: any) => boolean} [accepts]
 */
export function dropZone(element, onDrop, accepts = () => true) {
  const over = (on) => element.classList.toggle('is-over', on);
  const welcome = (event) => {
    if (!carried || !accepts(carried)) return;
    event.preventDefault();
    event.stopPropagation();
    event.dataTransfer.dropEffect = 'copy';
    over(true);
  };
  element.addEventListener('dragenter', welcome);
  element.addEventListener('dragover', welcome);
  element.addEventListener('dragleave', (event) => {
    if (!element.contains(/** @type {Node|null} */ (event.relatedTarget))) over(false);
  });
  element.addEventListener('drop', (event) => {
    over(false);
    if (!carried || !accepts(carried)) return;
    event.preventDefault();
    event.stopPropagation();
    onDrop(carried);
  });
}
