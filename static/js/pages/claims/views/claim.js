// What the model here does about one statement: the verdict, the numbers, a head to open.

import { h, icon } from '../../../core/dom.js';
import { headsText, headText, verdictOf } from '../../../figures/claim.js';
import { claimPicture } from './picture.js';

/**
 * @param {HTMLElement} root the statement's place for it; what stands there keeps its room
 * @param {{href: (claim: import('../../../figures/claim.js').Claim) => string}} parts
 */
export function claimView(root, { href }) {
  let drawn = null;
  return {
    /** @param {{claim: import('../../../figures/claim.js').Claim|null, waiting: boolean}} next */
    update({ claim, waiting }) {
      root.classList.toggle('is-waiting', waiting);
      if (claim === drawn) return;
      drawn = claim;
      root.replaceChildren(...(claim ? content(claim, href) : []));
    },
  };
}

function content(claim, href) {
  const { name, icon: sign, text, aside } = verdictOf(claim);
  const verdict = h(
    'p',
    { class: `claim-verdict is-${name}` },
    icon(sign),
    h('strong', {}, text),
    aside && h('span', { class: 'claim-aside' }, `, ${aside}`),
  );
  const { measured } = claim;
  if (!measured) return [verdict, h('p', { class: 'claim-reason' }, claim.reason)];
  const open = h(
    'a',
    { class: 'claim-open', href: href(claim) },
    `Open head ${headText(measured.head)} on an example`,
    icon('arrow'),
  );
  return [
    verdict,
    claimPicture(claim),
    h('p', { class: 'claim-heads' }, headsText(claim)),
    measured.detail && h('p', { class: 'claim-heads' }, measured.detail),
    h('p', {}, open),
  ].filter(Boolean);
}
