// What the model here does about one statement: the verdict, the numbers, a head to open.

import { find, html, icon, render, when } from '../../../core/template.js';
import { headsText, headText, verdictOf } from '../../../figures/claim.js';
import { t } from '../../../language/messages.js';
import { pictureMenu } from '../../../parts/picture-menu.js';
import { claimPicture } from './picture.js';

/**
 * @param {HTMLElement} root the statement's place for it; what stands there keeps its room
 * @param {{href: (claim: import('../../../figures/claim.js').Claim) => string}} parts
 */
export function claimView(root, { href }) {
  const menu = pictureMenu(
    t('Save the line'),
    'claim',
    () => find(root, '.claim-picture'),
    () => find(root.closest('.claim'), '.claim-title').textContent,
  );
  return {
    /** @param {{claim: import('../../../figures/claim.js').Claim|null, waiting: boolean}} next */
    update({ claim, waiting }) {
      root.classList.toggle('is-waiting', waiting);
      render(claim ? content(claim, href, menu) : '', root);
    },
  };
}

function content(claim, href, menu) {
  const { name, icon: sign, text, aside } = verdictOf(claim);
  const { measured, reason } = claim;
  const verdict = html`<p
    class=${`claim-verdict is-${name}`}>${icon(sign)}<strong>${text}</strong>${when(
      aside,
      () => html`<span class="claim-aside">, ${aside}</span>`,
    )}</p>`;
  if (!measured) return html`${verdict}<p class="claim-reason">${reason}</p>`;
  return html`${verdict}${claimPicture(claim)}${menu}<p class="claim-heads">${headsText(claim)}</p>
    ${when(measured.detail, () => html`<p class="claim-heads">${measured.detail}</p>`)}
    <p><a class="claim-open"
      href=${href(claim)}>${t('Open head {head} on an example', { head: headText(measured.head) })}${icon('arrow')}</a></p>`;
}
