// Heads in an order, the first few of them until more are wanted; a row opens its head.

import { h, setText } from '../core/dom.js';
import { sameHead } from '../core/selection.js';
import { supervisionOf } from '../core/supervision.js';

const SHOWN = 8;

/**
 * @param {object} options
 * @param {string} options.label of the region that scrolls
 * @param {string} options.caption
 * @param {readonly (readonly [string, string|null])[]} options.columns name and explanation, the
 *   head's own aside
 * @param {string} options.note
 * @param {(head: any) => {share: number, text: string, rest: string[]}} options.cells of a head: what
 *   its bar shows, and the columns after it
 * @param {(head: any, how: {add: boolean}) => void} options.onOpen
 */
export function headTable({ label, caption, columns, note, cells, onOpen }) {
  let props = null;
  let all = false;
  const headings = h('tr', {});
  const body = h('tbody');
  const table = h(
    'table',
    { class: 'search-table' },
    h('caption', { class: 'visually-hidden' }, caption),
    h('thead', {}, headings),
    body,
  );
  const region = { role: 'region', 'aria-label': label, tabindex: '0' };
  const more = h('button', { type: 'button', class: 'text-button', onclick: toggle });
  setColumns(columns);

  /** @param {readonly (readonly [string, string|null])[]} named */
  function setColumns(named) {
    const wanted = [['Head', null], ...named];
    headings.replaceChildren(
      ...wanted.map(([text, title]) => h('th', { scope: 'col', title }, text)),
    );
  }

  function toggle() {
    all = !all;
    draw();
  }

  function draw() {
    const { heads } = props;
    const several = new Set(heads.map(({ kind }) => kind)).size > 1;
    body.replaceChildren(...(all ? heads : heads.slice(0, SHOWN)).map((one) => row(one, several)));
    more.hidden = heads.length <= SHOWN;
    setText(more, all ? `Show the first ${SHOWN}` : `Show all ${heads.length} heads`);
  }

  function row(head, several) {
    const { share, text, rest } = cells(head);
    const bar = h('span', { class: 'bar', 'aria-hidden': 'true' });
    bar.style.setProperty('--share', String(share));
    const supervised = supervisionOf(head, props.heads);
    const marked = { class: supervised?.supervised && 'is-supervised', title: supervised?.about };
    const button = h(
      'button',
      { type: 'button', class: 'head-button' },
      h('span', { class: 'visually-hidden' }, 'Open head '),
      `${head.layer}-${head.head}`,
      several && h('small', {}, ` ${head.kind}`),
      supervised && h('small', marked, ` ${supervised.text}`),
    );
    const open = props.open.some((other) => sameHead(other, head));
    return h(
      'tr',
      { class: open ? 'is-open' : '', onclick: (event) => onOpen(head, { add: event.shiftKey }) },
      h('th', { scope: 'row' }, button),
      h('td', { class: 'weight' }, bar, h('span', {}, text)),
      ...rest.map((each) => h('td', {}, each)),
    );
  }

  return {
    elements: [
      h('div', { class: 'search-results', ...region }, table),
      h('p', { class: 'search-note' }, note),
      h('p', { class: 'search-more' }, more),
    ],
    setColumns,
    /** @param {{heads: any[], open: any[]}} next */
    update(next) {
      if (props && next.heads === props.heads && next.open === props.open) return;
      if (next.heads !== props?.heads) all = false;
      props = next;
      draw();
    },
  };
}
