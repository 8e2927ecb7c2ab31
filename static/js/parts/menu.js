// A button that opens a menu of what can be taken away; the menu says what was done.

import { freshId } from '../core/dom.js';
import { build, find, html, nothing, render } from '../core/template.js';
import { roving } from './roving.js';

/**
 * @param {object} options
 * @param {string} options.label its accessible name
 * @param {any} options.face what stands on the button
 * @param {string} [options.look] classes of the button
 * @param {() => readonly {name: string, label: string, about?: string}[]} options.items
 * @param {(name: string) => Promise<string>} options.onChoose the promise tells what was done
 */
export function actionMenu({ label, face, look = 'button', items, onChoose }) {
  const id = freshId('menu');
  const element = build(html`<div class="action-menu"></div>`);
  let said = '';

  function draw() {
    render(
      html`<button type="button" class=${look} popovertarget=${id} aria-haspopup="menu"
        aria-label=${label} title=${look === 'button' ? nothing : label}>${face}</button>
        <div class="popover menu" popover="auto" id=${id} @toggle=${opened}>
          <div role="menu" aria-label=${label}>${items().map(item)}</div>
          <p class="menu-said" role="status">${said}</p></div>`,
      element,
    );
  }

  /** @param {{name: string, label: string, about?: string}} each */
  const item = ({ name, label: text, about }) =>
    html`<button type="button" role="menuitem" class="menu-item" tabindex="-1"
      @click=${() => run(name)}><span>${text}</span>${about ? html`<small>${about}</small>` : ''}</button>`;

  function opened({ target: menu, newState }) {
    if (newState !== 'open') return;
    tell('');
    const box = find(element, 'button').getBoundingClientRect();
    menu.style.left = `${Math.max(8, Math.min(box.right - menu.offsetWidth, innerWidth - menu.offsetWidth - 8))}px`;
    menu.style.top = `${Math.max(8, Math.min(box.bottom + 6, innerHeight - menu.offsetHeight - 8))}px`;
    find(menu, 'button').focus();
  }

  function tell(text) {
    said = text;
    draw();
  }

  async function run(name) {
    tell('…');
    tell(await onChoose(name).catch(({ message }) => message));
  }

  draw();
  const menu = find(element, '[role=menu]');
  roving(menu, { items: () => [...menu.children], turns: true });
  return element;
}
