/** One entry, worked out in full: the formula, its numbers, every term. */

import { h } from '../../../core/dom.js';
import { numberText, scientificText, termText } from '../../../figures/axis.js';
import { colorAt, cssColor, inkOn } from '../../../figures/color.js';
import { math } from '../../../parts/mathml.js';

/** Terms that stand in the line itself; the others are in the table below it. */
const IN_LINE = 3;

/** One of them reads on any colour. */
const BLACK_OR_WHITE = [
  [0, 0, 0],
  [255, 255, 255],
];

/** @param {HTMLElement} root */
export function entryView(root) {
  let mine = null;

  /**
   * @param {import('../../../figures/walk/entries.js').Entry} entry
   * @param {any} theme
   * @param {{from: number, to: number}|null} own the terms of this head, among those of others
   */
  function update(entry, theme, own) {
    mine = own;
    root.replaceChildren(
      h('h3', { class: 'entry-title' }, 'One entry, worked out'),
      h('p', { class: 'entry-line' }, ...line(entry)),
      ...residual(entry),
      ...(entry.note ? [h('p', { class: 'entry-note' }, entry.note)] : []),
      ...(entry.terms.length > 2 ? [termsTable(entry, theme)] : []),
    );
  }

  function termsTable(entry, theme) {
    const name = 'Every term of the entry';
    const [label, ...columns] = entry.heads;
    const most = Math.max(...entry.terms.map(({ value }) => Math.abs(value))) || 1;
    const head = row('products-card products-head', [label, ...columns], 'columnheader');
    const cards = entry.terms.map(({ label: of, numbers, value }, n) => {
      const own = mine && n >= mine.from && n < mine.to;
      const kind = entry.chosen === n ? ' is-chosen' : own ? ' is-own' : '';
      const card = row(
        `products-card${kind}`,
        [of, ...numbers.map(decimals), decimals(value)],
        'cell',
      );
      const share = value / most;
      const back =
        entry.kind === 'share'
          ? colorAt(theme.ramp, Math.sqrt(value))
          : colorAt(theme.diverging, 0.5 + 0.5 * share);
      card.style.setProperty('--product', cssColor(back));
      card.style.setProperty('--product-ink', cssColor(inkOn(back, BLACK_OR_WHITE)));
      return card;
    });
    return h(
      'div',
      { class: 'entry-terms', tabindex: '0', role: 'group', 'aria-label': name },
      h('div', { class: 'products', role: 'table', 'aria-label': name }, head, ...cards),
    );
  }

  return { update };
}

function line(entry) {
  const value = h('b', { class: 'entry-value' }, numberText(entry.value, 5));
  const start = [math([...entry.name, ['mo', '=']]), ' '];
  if (entry.kind === 'same' || entry.kind === 'hidden') return [...start, value];
  return [...start, math(entry.rule), sign('='), ...numbers(entry), sign('='), value];
}

function numbers(entry) {
  if (entry.kind === 'share') {
    const {
      numbers: [, weight],
    } = entry.terms[entry.chosen];
    return [term(`${numberText(weight)} / ${numberText(entry.total)}`)];
  }
  if (entry.kind === 'quotient') return [term(entry.terms[0].numbers.map(signed).join(' / '))];
  if (entry.kind === 'norm') return normNumbers(entry.parts);
  const { terms } = entry;
  const many = terms.length > IN_LINE + 1;
  const shown = many ? [...terms.slice(0, IN_LINE - 1), null, terms.at(-1)] : terms;
  return shown.flatMap((one, n) => [
    ...(n ? [sign('+')] : []),
    one === null
      ? h('span', { class: 'entry-more' }, `… ${terms.length - IN_LINE} more …`)
      : term(one.numbers.length ? one.numbers.map(signed).join(' × ') : bracketed(one, entry)),
  ]);
}

function normNumbers({ x, mean, sd, gain, bias }) {
  return [
    term(`(${numberText(x)} − ${signed(mean)})`),
    sign('/'),
    term(numberText(sd)),
    sign('×'),
    term(signed(gain)),
    sign('+'),
    term(signed(bias)),
  ];
}

const inBrackets = (value, shown) => (value < 0 ? `(${shown})` : shown);
const signed = (value) => inBrackets(value, numberText(value));
const bracketed = ({ value }, { value: sum }) => inBrackets(value, termText(value, sum));
const term = (text) => h('span', { class: 'entry-term' }, text);
const sign = (text) => h('span', { class: 'entry-sign' }, ` ${text} `);

function residual({ value, own, kind }) {
  if (own === null || kind === 'same' || kind === 'hidden') return [];
  const off = Math.abs(value - own);
  const told =
    off === 0
      ? ['The model’s own number, exactly.']
      : [
          `The model’s own number is ${numberText(own, 5)}; this one differs by `,
          h('span', { class: 'cell-number' }, `${scientificText(off)}.`),
        ];
  return [h('p', { class: 'cell-residual' }, ...told)];
}

/** Numbers that line up in a table. */
function decimals(value) {
  if (!Number.isFinite(value)) return numberText(value);
  return Math.abs(value) < 5e-4 && value !== 0
    ? scientificText(value, 1).replace(' × 10', 'e')
    : value.toFixed(3).replace('-', '−');
}

function row(className, cells, role) {
  const last = cells.length - 1;
  return h(
    'div',
    { class: className, role: 'row' },
    ...cells.map((text, n) =>
      h(
        'span',
        { class: n === 0 ? 'products-d' : n === last ? 'products-product' : '', role },
        text,
      ),
    ),
  );
}
