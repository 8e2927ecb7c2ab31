/** One entry, worked out in full: the formula, its numbers, every term. */

import { classes, html, render, when } from '../core/template.js';
import { columnText, numberText, scientificText, termText } from '../figures/axis.js';
import { cellColors } from '../figures/color.js';
import { rich, t } from '../language/messages.js';
import { math } from './mathml.js';

/** Terms that stand in the line itself; the others are in the table below it. */
const IN_LINE = 3;

/** @param {HTMLElement} root */
export function entryView(root) {
  return {
    /**
     * @param {import('../figures/walk/entries.js').Entry} entry
     * @param {any} theme
     * @param {{from: number, to: number}|null} own the terms of this head, among those of others
     */
    update(entry, theme, own) {
      render(
        html`<h3 class="entry-title">${t('One entry, worked out')}</h3><p
          class="entry-line">${line(entry)}</p>${residual(entry)}
          ${when(entry.note, () => html`<p class="entry-note">${entry.note}</p>`)}
          ${when(entry.terms.length > 2, () => termsTable(entry, theme, own))}`,
        root,
      );
    },
  };
}

function termsTable(entry, theme, own) {
  const { heads, terms, chosen, kind } = entry;
  const name = t('Every term of the entry');
  const most = Math.max(...terms.map(({ value }) => Math.abs(value))) || 1;
  const card = ({ label, numbers: all, value }, n) => {
    const isOwn = own && n >= own.from && n < own.to;
    const { background, ink } = cellColors(value, { kind, most }, theme);
    const look = `--product: ${background}; --product-ink: ${ink}`;
    const mark = chosen === n ? 'is-chosen' : isOwn && 'is-own';
    return row(mark, [label, ...all.map(columnText), columnText(value)], 'cell', look);
  };
  return html`<div class="entry-terms" tabindex="0" role="group" aria-label=${name}>
    <div class="products" role="table"
      aria-label=${name}>${row('products-head', heads, 'columnheader')}${terms.map(card)}</div></div>`;
}

function line(entry) {
  const value = html`<b class="entry-value">${numberText(entry.value, 5)}</b>`;
  const start = html`${math([...entry.name, ['mo', '=']])} `;
  if (entry.kind === 'same' || entry.kind === 'hidden') return html`${start}${value}`;
  return html`${start}${math(entry.rule)}${sign('=')}${numbers(entry)}${sign('=')}${value}`;
}

function numbers(entry) {
  const { kind, terms } = entry;
  if (kind === 'share') {
    const [, weight] = terms[entry.chosen].numbers;
    return term(`${numberText(weight)} / ${numberText(entry.total)}`);
  }
  if (kind === 'quotient') return term(terms[0].numbers.map(signed).join(' / '));
  if (kind === 'norm') return normNumbers(entry.parts);
  const many = terms.length > IN_LINE + 1;
  const shown = many ? [...terms.slice(0, IN_LINE - 1), null, terms.at(-1)] : terms;
  const more = html`<span class="entry-more">${t('… {count} more …', { count: terms.length - IN_LINE })}</span>`;
  const written = (one) =>
    term(one.numbers.length ? one.numbers.map(signed).join(' × ') : bracketed(one, entry));
  return shown.map((one, n) => html`${when(n, () => sign('+'))}${one ? written(one) : more}`);
}

const normNumbers = ({ x, mean, sd, gain, bias }) => [
  term(`(${numberText(x)} − ${signed(mean)})`),
  sign('/'),
  term(numberText(sd)),
  sign('×'),
  term(signed(gain)),
  sign('+'),
  term(signed(bias)),
];

const inBrackets = (value, shown) => (value < 0 ? `(${shown})` : shown);
const signed = (value) => inBrackets(value, numberText(value));
const bracketed = ({ value }, { value: sum }) => inBrackets(value, termText(value, sum));
const term = (text) => html`<span class="entry-term">${text}</span>`;
const sign = (text) => html`<span class="entry-sign"> ${text} </span>`;

function residual({ value, own, kind }) {
  if (own === null || kind === 'same' || kind === 'hidden') return '';
  const off = Math.abs(value - own);
  const differs = () =>
    rich('The model’s own number is {own}; this one differs by {off}.', {
      own: numberText(own, 5),
      off: html`<span class="cell-number">${scientificText(off)}</span>`,
    });
  return html`<p class="cell-residual">${off === 0 ? t('The model’s own number, exactly.') : differs()}</p>`;
}

function row(name, cells, role, style = '') {
  const last = cells.length - 1;
  const kinds = (n) => classes(n === 0 ? 'products-d' : n === last && 'products-product');
  return html`<div class=${classes('products-card', name)} role="row" style=${style}>${cells.map(
    (text, n) => html`<span class=${kinds(n)} role=${role}>${text}</span>`,
  )}</div>`;
}
