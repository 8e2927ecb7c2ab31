// Heads in an order, the first few of them until more are wanted; a row opens its head.

import { sameHead } from '../core/selection.js';
import { supervisionOf } from '../core/supervision.js';
import { classes, guard, html, nothing, render, when } from '../core/template.js';
import { shortName } from '../figures/head-names.js';
import { t } from '../language/messages.js';

const SHOWN = 8;

/**
 * @param {HTMLElement} root
 * @param {object} options
 * @param {string} options.label of the region that scrolls
 * @param {string} options.caption
 * @param {string} options.note
 * @param {(head: any) => {share: number, text: string, rest: string[]}} options.cells of a head: what
 *   its bar shows, and the columns after it
 * @param {(head: any, how: {add: boolean}) => void} options.onOpen
 */
export function headTable(root, { label, caption, note, cells, onOpen }) {
  let props = null;
  let all = false;

  function toggle() {
    all = !all;
    draw();
  }

  function draw() {
    const { heads, open, columns } = props;
    const several = new Set(heads.map(({ kind }) => kind)).size > 1;
    const rows = () => (all ? heads : heads.slice(0, SHOWN)).map((head) => row(head, several));
    const more = all
      ? t('Show the first {count}', { count: SHOWN })
      : t('Show all {count} heads', { count: heads.length });
    render(
      html`<div class="search-results" role="region" aria-label=${label} tabindex="0">
        <table class="search-table"><caption class="visually-hidden">${caption}</caption>
          <thead><tr>${[[t('Head'), null], ...columns].map(
            ([name, title]) => html`<th scope="col" title=${title ?? nothing}>${name}</th>`,
          )}</tr></thead>
          <tbody>${guard([heads, open, all], rows)}</tbody></table></div>
        <p class="search-note">${note}</p>
        <p class="search-more"><button type="button" class="text-button"
          ?hidden=${heads.length <= SHOWN}
          @click=${toggle}>${more}</button></p>`,
      root,
    );
  }

  function row(head, several) {
    const { share, text, rest } = cells(head);
    const supervised = supervisionOf(head, props.heads);
    const open = props.open.some((other) => sameHead(other, head));
    const mark =
      supervised &&
      html`<small class=${classes(supervised.supervised && 'is-supervised')}
        title=${supervised.about}> ${supervised.text}</small>`;
    return html`<tr class=${classes(open && 'is-open')}
      @click=${(event) => onOpen(head, { add: event.shiftKey })}>
      <th scope="row"><button type="button" class="head-button"><span
        class="visually-hidden">${t('Open head')} </span>${shortName(head)}${when(
          several,
          () => html`<small> ${head.kind}</small>`,
        )}${mark}</button></th>
      <td class="weight"><span class="bar" aria-hidden="true"
        style="--share: ${share}"></span><span>${text}</span></td>
      ${rest.map((each) => html`<td>${each}</td>`)}</tr>`;
  }

  return {
    /**
     * @param {{heads: any[], open: any[], columns: readonly (readonly [string, string|null])[]}} next
     *   columns: name and explanation, the head's own aside
     */
    update(next) {
      if (next.heads !== props?.heads) all = false;
      props = next;
      draw();
    },
  };
}
