// How the text is cut: one chip a token, pieces of a word joined, ids on hover.

import { afterFrame, h } from '../../../core/dom.js';
import { createTooltip } from '../../../parts/tooltip.js';

/** Characters of a token that may not fit in a line: it has its whole text as its title. */
const LONG = 24;

/** More chips than any model listed reads; beyond, the count says it. */
const MOST_CHIPS = 600;

export function tokenChips() {
  const tooltip = createTooltip();
  const list = h('ol', { class: 'chips', 'aria-label': 'Tokens', tabindex: '0' });
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
    element: h('div', { class: 'chips-frame' }, list),
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
      if (second.length > 0) chips.splice(first.length, 0, seam());
      if (shown.length > MOST_CHIPS) {
        chips.push(h('li', { class: 'chip is-special' }, `and ${shown.length - MOST_CHIPS} more`));
      }
      list.replaceChildren(...chips);
      afterFrame(hint);
    },
  };
}

function chip(token, { at, before, over }) {
  const classes = [
    'chip',
    token.special && 'is-special',
    before && !token.special && before.word === token.word && 'is-inner',
    over && 'is-over',
  ];
  const text = token.text || token.piece;
  const title = text.length > LONG ? text : null;
  return h('li', { class: classes.filter(Boolean).join(' '), data: { at }, title }, text);
}

/** Where a text ends and the one that the decoder reads begins. */
function seam() {
  return h('li', { class: 'chips-seam', 'aria-hidden': 'true' }, 'Second text');
}

function about({ token, pos }) {
  const rows = [
    ['position', pos],
    ['id', token.id],
    ['piece', token.piece],
  ];
  return h(
    'dl',
    { class: 'facts' },
    ...rows.flatMap(([term, value]) => [h('dt', {}, term), h('dd', {}, value)]),
  );
}
