// How the text is cut: one chip a token, pieces of a word joined, ids on hover.

import { afterFrame } from '../../../core/dom.js';
import { build, classes, html, nothing, render, when } from '../../../core/template.js';
import { visible } from '../../../figures/axis.js';
import { t } from '../../../language/messages.js';
import { createTooltip, facts } from '../../../parts/tooltip.js';

/** Characters of a token that may not fit in a line: it has its whole text as its title. */
const LONG = 24;

/** More chips than any model listed reads; beyond, the count says it. */
const MOST_CHIPS = 600;

export function tokenChips() {
  const tooltip = createTooltip();
  const element = build(
    html`<div class="chips-frame"><ol class="chips" aria-label=${t('Tokens')} tabindex="0"></ol></div>`,
  );
  const list = /** @type {HTMLElement} */ (element.firstElementChild);
  let drawn = null;
  /** @type {{token: any, pos: number}[]} */
  let shown = [];

  const show = (event) => {
    const chip = event.target.closest?.('.chip');
    if (!chip) return tooltip.hide();
    const place = shown[Number(chip.dataset.at)];
    if (!place) return tooltip.hide();
    tooltip.show(about(place), chip.getBoundingClientRect());
  };
  list.addEventListener('pointerover', show);
  list.addEventListener('pointerleave', () => tooltip.hide());
  /** Lines that are not in view show as an edge that fades. */
  const hint = () => {
    const below = list.scrollHeight - list.clientHeight - list.scrollTop;
    list.classList.toggle('is-cut', below > 1);
  };
  list.addEventListener('scroll', hint, { passive: true });
  new ResizeObserver(hint).observe(list);

  return {
    element,
    /** @param {{tokens: any[], target_tokens: any[]|null, limit: number}|null} cut */
    update(cut) {
      if (cut === drawn) return;
      drawn = cut;
      const texts = cut ? [cut.tokens, cut.target_tokens ?? []] : [];
      shown = texts.flatMap((tokens) => tokens.map((token, pos) => ({ token, pos })));
      const [first = [], second = []] = texts;
      const chips = shown
        .slice(0, MOST_CHIPS)
        .map(({ token, pos }, at) =>
          chip(token, { at, before: pos ? shown[at - 1].token : null, over: pos >= cut.limit }),
        );
      if (second.length > 0) chips.splice(first.length, 0, SEAM);
      const rest = shown.length - MOST_CHIPS;
      const more = when(
        rest > 0,
        () => html`<li class="chip is-special">${t('and {rest} more', { rest })}</li>`,
      );
      render(html`${chips}${more}`, list);
      afterFrame(hint);
    },
  };
}

function chip(token, { at, before, over }) {
  const text = visible(token.text || token.piece);
  const inner = before && !token.special && before.word === token.word;
  const kinds = [token.special && 'is-special', inner && 'is-inner', over && 'is-over'];
  return html`<li class=${classes('chip', ...kinds)} data-at=${at}
    title=${text.length > LONG ? text : nothing}>${text}</li>`;
}

/** Where a text ends and the one that the decoder reads begins. */
const SEAM = html`<li class="chips-seam" aria-hidden="true">${t('Second text')}</li>`;

const about = ({ token: { id, piece }, pos }) =>
  facts('', [
    [t('position'), pos],
    ['id', id],
    [t('piece'), piece],
  ]);
