// What is known of heads, in words and numbers: beside the pointer, and as a table.

import { h } from '../core/dom.js';
import { strongestWords } from '../core/selection.js';
import { supervisionOf } from '../core/supervision.js';
import { isolated } from '../figures/bidi.js';
import { formatStatistic, STATISTICS, statistic } from '../figures/overview.js';

/** @param {import('../core/api.js').OverviewHead} head @param {import('../core/api.js').Overview} overview */
export function headFacts(head, overview) {
  const rows = STATISTICS.flatMap(({ name, label }) => {
    const value = statistic(head, name);
    return value === null ? [] : [h('dt', {}, label), h('dd', {}, formatStatistic(value, name))];
  });
  const link = linkText(head, overview);
  const supervised = supervisionOf(head, overview.heads);
  return h(
    'div',
    {},
    h('p', { class: 'tooltip-title' }, `Layer ${head.layer}, head ${head.head}`),
    supervised && h('p', { class: 'tooltip-link' }, supervised.text),
    link && h('p', { class: 'tooltip-link' }, link),
    h('dl', { class: 'facts' }, ...rows),
  );
}

/** @param {import('../core/api.js').OverviewHead[]} heads @param {import('../core/api.js').Overview} overview */
export function factsTable(heads, overview) {
  const supervised = supervisionOf(overview.heads[0], overview.heads) ? ['Supervised'] : [];
  const columns = [
    'Layer',
    'Head',
    ...supervised,
    ...STATISTICS.map(({ label }) => label),
    'Between',
  ];
  return h(
    'table',
    { class: 'data-table' },
    h('caption', { class: 'visually-hidden' }, 'Statistics of all heads, means over all positions'),
    h('thead', {}, h('tr', {}, ...columns.map((label) => h('th', { scope: 'col' }, label)))),
    h('tbody', {}, ...heads.map((head) => row(head, overview))),
  );
}

function row(head, overview) {
  const supervised = supervisionOf(head, overview.heads);
  const cells = [
    head.layer,
    head.head,
    ...(supervised ? [head.supervised ?? supervised.text] : []),
    ...STATISTICS.map(({ name }) => formatStatistic(statistic(head, name), name)),
    linkText(head, overview) ?? '',
  ];
  return h('tr', {}, ...cells.map((text) => h('td', {}, String(text))));
}

function linkText(head, overview) {
  const link = strongestWords(overview, head);
  return link && `${isolated(link.query.text)} → ${isolated(link.key.text)}`;
}
