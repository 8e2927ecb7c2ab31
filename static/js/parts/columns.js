// The tokens of a links picture: queries in one column, keys in the other, one tab stop in both.

import { build, classes, html, render } from '../core/template.js';
import { tokenLabel, tokenSpoken } from '../figures/axis.js';
import { t } from '../language/messages.js';

/**
 * @typedef {{side: "query"|"key", pos: number}} Place
 */

export function tokenColumns() {
  const query = column('query', t('Query tokens'));
  const key = column('key', t('Key tokens'));
  let stop = null;
  let on = null;
  let pressed = null;

  /** @param {Place} token */
  const button = ({ side, pos }) => (side === 'query' ? query : key).children[pos];

  function makeStop(next) {
    stop?.setAttribute('tabindex', '-1');
    stop = next;
    stop?.setAttribute('tabindex', '0');
  }

  return {
    elements: [query, key],

    /** @param {any[]} queryTokens @param {any[]} keyTokens */
    lay(queryTokens, keyTokens) {
      const buttons = (tokens, side) => tokens.map((token, pos) => tokenButton(token, side, pos));
      render(buttons(queryTokens, 'query'), query);
      render(buttons(keyTokens, 'key'), key);
      on?.classList.remove('links-token-on');
      pressed?.setAttribute('aria-pressed', 'false');
      [on, pressed] = [null, null];
      makeStop(query.firstElementChild);
    },

    /**
     * Shows which token is in focus, and which one is pinned.
     * @param {Place|null} shown @param {Place|null|undefined} pinned
     */
    mark(shown, pinned) {
      on?.classList.remove('links-token-on');
      pressed?.setAttribute('aria-pressed', 'false');
      on = shown && button(shown);
      pressed = pinned && button(pinned);
      on?.classList.add('links-token-on');
      pressed?.setAttribute('aria-pressed', 'true');
    },

    /** Makes one token the only tab stop. @param {Place} token @param {boolean} move the focus too */
    rove(token, move) {
      makeStop(button(token));
      if (move) stop.focus();
    },
  };
}

/** The token that an event is about. @returns {Place|null} */
export function tokenOf(target) {
  const made =
    target instanceof Element
      ? /** @type {HTMLElement|null} */ (target.closest('.links-token'))
      : null;
  return made
    ? { side: /** @type {'query'|'key'} */ (made.dataset.side), pos: Number(made.dataset.pos) }
    : null;
}

/** @param {Place|null|undefined} a @param {Place|null|undefined} b */
export function sameToken(a, b) {
  return a?.side === b?.side && a?.pos === b?.pos;
}

const column = (side, name) =>
  build(html`<div class=${`links-column links-${side}`} role="group" aria-label=${name}></div>`);

function tokenButton(token, side, pos) {
  return html`<button type="button"
    class=${classes('links-token', token.special && 'links-token-special')}
    data-side=${side} data-pos=${pos} tabindex="-1" aria-pressed="false"
    aria-label=${side === 'query' ? t('{token}, query {pos}', { token: tokenSpoken(token), pos }) : t('{token}, key {pos}', { token: tokenSpoken(token), pos })}><bdi>${tokenLabel(token, 24)}</bdi></button>`;
}
