// How the text is cut: one chip a token, pieces of a word joined, ids on hover.

import { h } from '../controls/dom.js';
import { createTooltip } from '../controls/tooltip.js';

/** Characters of a token that may not fit in a line: it has its whole text as its title. */
const LONG = 24;

/** More chips than any model listed reads; beyond, the count says it. */
const MOST_CHIPS = 600;

export function tokenChips() {
  const tooltip = createTooltip();
  const list = h('ol', { class: 'chips', 'aria-label': 'Tokens', tabindex: '0' });
  let drawn = null;
  let tokens = [];

  const show = (event) => {
    const chip = event.target.closest?.('.chip');
    if (!chip) return tooltip.hide();
    const token = tokens[Number(chip.dataset.pos)];
    tooltip.show(chip.getBoundingClientRect(), about(token, Number(chip.dataset.pos)));
  };
  list.addEventListener('pointerover', show);
  list.addEventListener('pointerleave', () => tooltip.hide());

  return {
    element: h('div', { class: 'chips-frame' }, list),
    /** @param {{tokens: any[], target_tokens: any[]|null, limit: number}|null} cut */
    update(cut) {
      if (cut === drawn) return;
      drawn = cut;
      tokens = cut ? [...cut.tokens, ...(cut.target_tokens ?? [])] : [];
      list.replaceChildren(
        ...tokens.slice(0, MOST_CHIPS).map((token, pos) => {
          const shown = token.text || token.piece;
          const inner = pos > 0 && !token.special && tokens[pos - 1].word === token.word;
          const classes = [
            'chip',
            token.special && 'is-special',
            inner && 'is-inner',
            cut && pos >= cut.limit && 'is-over',
          ];
          return h(
            'li',
            {
              class: classes.filter(Boolean).join(' '),
              data: { pos },
              title: shown.length > LONG ? shown : null,
            },
            shown,
          );
        }),
        ...(tokens.length > MOST_CHIPS
          ? [h('li', { class: 'chip is-special' }, `and ${tokens.length - MOST_CHIPS} more`)]
          : []),
      );
    },
  };
}

function about(token, pos) {
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
