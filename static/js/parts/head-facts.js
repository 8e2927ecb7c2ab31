// What is known of heads, in words and numbers: beside the pointer, and as a table.

import { strongestWords } from '../core/selection.js';
import { supervisionOf } from '../core/supervision.js';
import { classes, html, when } from '../core/template.js';
import { isolated } from '../figures/bidi.js';
import { headTitle } from '../figures/head-names.js';
import { formatStatistic, STATISTICS, statistic } from '../figures/overview.js';
import { t } from '../language/messages.js';
import { dataTable } from './tables.js';
import { facts } from './tooltip.js';

/** @param {import('../core/api.js').OverviewHead} head @param {import('../core/api.js').Overview} overview */
export function headFacts(head, overview) {
  const rows = STATISTICS.flatMap(({ name, label }) => {
    const value = statistic(head, name);
    return value === null ? [] : [[label, formatStatistic(value, name)]];
  });
  const supervised = supervisionOf(head, overview.heads);
  return facts(headTitle(head), rows, supervised?.text, linkText(head, overview));
}

/** @param {import('../core/api.js').OverviewHead[]} heads @param {import('../core/api.js').Overview} overview */
export function factsTable(heads, overview) {
  const supervised = supervisionOf(overview.heads[0], overview.heads) ? [t('Supervised')] : [];
  const names = knownOf(overview).map(({ label }) => label);
  const columns = [t('Layer'), t('Head'), ...supervised, ...names, t('Between')];
  const rows = heads.map((head) => row(head, overview));
  return dataTable(t('Statistics of all heads, means over all positions'), columns, rows);
}

/** What was measured of these heads. @param {import('../core/api.js').Overview} overview */
const knownOf = ({ heads }) =>
  STATISTICS.filter(
    ({ name }) => name !== 'ablation' || heads.some((head) => statistic(head, name) !== null),
  );

/** What a head was taught, beside its name. @param {ReturnType<typeof supervisionOf>} supervision */
export const supervisionBadge = (supervision) =>
  when(
    supervision,
    () =>
      html`<span class=${classes('head-supervised', supervision.supervised && 'is-supervised')}
        title=${supervision.about}>${supervision.text}</span>`,
  );

function row(head, overview) {
  const supervised = supervisionOf(head, overview.heads);
  return [
    head.layer,
    head.head,
    ...(supervised ? [supervised.task] : []),
    ...knownOf(overview).map(({ name }) => formatStatistic(statistic(head, name), name)),
    linkText(head, overview) ?? '',
  ];
}

function linkText(head, overview) {
  const link = strongestWords(overview, head);
  return link && `${isolated(link.query.text)} → ${isolated(link.key.text)}`;
}
