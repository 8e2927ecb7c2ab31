import { plural, t } from '../language/messages.js';
import { shortName } from './head-names.js';

/**
 * One measured claim as a dot with its interval on a line, beside what it is held against.
 *
 * @typedef {{kind: string, layer: number, head: number}} HeadName
 * @typedef {{value: number, low: number, high: number, threshold: number, at_least: boolean,
 *   clear: boolean, head: HeadName, passing: number, heads: number, counted: number,
 *   unit: string, baselines: {name: string, value: number}[],
 *   supervised: (HeadName & {task: string, value: number})|null, detail: string|null,
 *   example: any}} Measured
 * @typedef {{id: string, agrees: boolean|null, reason: string|null, measured: Measured|null,
 *   scale: "share"|"ratio", paper: {value: number|null, baseline: number|null}}} Claim
 */

const VERDICTS = {
  true: { name: 'agrees', icon: 'check', text: t('Agrees') },
  false: { name: 'disagrees', icon: 'close', text: t('Disagrees') },
  null: { name: 'unasked', icon: 'minus', text: t('Cannot be asked') },
};
const NARROW = t('narrowly: the interval crosses the line');

/** @param {Claim} claim @returns {{name: string, icon: string, text: string, aside: string|null}} */
export function verdictOf({ agrees, measured }) {
  return { ...VERDICTS[String(agrees)], aside: measured && !measured.clear ? NARROW : null };
}

/** "84.8 %", or "1.77" of a ratio. @param {number} value @param {"share"|"ratio"} scale */
export function valueText(value, scale) {
  return scale === 'ratio' ? value.toFixed(2) : `${(100 * value).toFixed(1)} %`;
}

/** "77.3 to 91.6 %" @param {{low: number, high: number}} measured */
export function intervalText({ low, high }, scale) {
  const ends = [low, high].map((end) => valueText(end, scale).replace(' %', ''));
  const [from, to] = ends;
  return scale === 'ratio'
    ? t('{from} to {to}', { from, to })
    : t('{from} to {to} %', { from, to });
}

/** @param {HeadName} head */
export const headText = (head) => shortName(head, head.kind !== 'encoder');

/** The first round number at which the line can end: 1 for shares. */
export function lineEnd({ value, high, threshold, baselines }) {
  return Math.ceil(Math.max(1, value, high, threshold, ...baselines.map((one) => one.value)));
}

/**
 * Everything that stands on the line, at 0..1 of its length, with its row in the key below it.
 * What is measured comes first; then what it is held against, the rule's line, and the paper.
 * @param {Claim} claim
 */
export function claimMarks(claim) {
  const { measured, scale, paper } = claim;
  if (!measured) throw new Error(`nothing was measured: ${claim.id}`);
  const end = lineEnd(measured);
  const mark = (kind, name, value) => ({
    kind,
    name,
    value,
    at: value / end,
    text: valueText(value, scale),
  });
  const rule = measured.at_least ? t('asked: at least') : t('asked: at most');
  const marks = [
    { ...mark('value', t('here'), measured.value), text: valueText(measured.value, scale) },
    mark('threshold', rule, measured.threshold),
    ...measured.baselines.map(({ name, value }) => mark('baseline', name, value)),
  ];
  if (measured.supervised) {
    const { task, value } = measured.supervised;
    marks.push(
      mark(
        'supervised',
        t('head {head}, supervised: {task}', { head: headText(measured.supervised), task }),
        value,
      ),
    );
  }
  if (paper.value !== null) marks.push(mark('paper', t('the paper’s model'), paper.value));
  return {
    end,
    interval: { from: measured.low / end, to: measured.high / end },
    marks,
    ticks: [0, 0.5, 1].map((at) => ({
      at,
      text: valueText(at * end, scale).replace('.0 %', ' %'),
    })),
  };
}

/** The picture in words. @param {Claim} claim */
export function claimName(claim) {
  const { measured, scale } = claim;
  if (!measured) return '';
  const { marks } = claimMarks(claim);
  const others = marks.slice(1).map(({ name, text }) => `${name} ${text}`);
  const here = valueText(measured.value, scale);
  return t('Here {here}, 95 % interval {interval}; {others}.', {
    here,
    interval: intervalText(measured, scale),
    others: others.join(t('; ')),
  });
}

/** "Head 2-8, the best of 72; 4 of them keep the rule." @param {Claim} claim */
export function headsText({ id, measured }) {
  if (!measured) return '';
  const { head, heads, passing } = measured;
  const which = {
    separator: t('All {heads} heads of those layers together', { heads }),
    norms: t('All {heads} heads of those layers together', { heads }),
    broad: t('Head {head}, the broadest of {heads}', { head: headText(head), heads }),
  };
  const said = {
    which: which[id] ?? t('Head {head}, the best of {heads}', { head: headText(head), heads }),
  };
  if (id === 'separator' || id === 'norms') {
    if (passing === 0) return t('{which}; none keeps the rule by itself.', said);
    return plural(
      '{which}; {count} keeps the rule by itself.',
      '{which}; {count} keep the rule by itself.',
      passing,
      said,
    );
  }
  if (passing === 0) return t('{which}; none keeps the rule.', said);
  return plural(
    '{which}; {count} keeps the rule.',
    '{which}; {count} keep the rule.',
    passing,
    said,
  );
}

/** "9 statements: 6 agree, 2 disagree, 1 cannot be asked" @param {Claim[]} claims */
export function summaryText(claims) {
  const count = (wanted) => claims.filter(({ agrees }) => agrees === wanted).length;
  const [yes, no, unasked] = [count(true), count(false), count(null)];
  const parts = [
    yes && plural('{count} agrees', '{count} agree', yes),
    no && plural('{count} disagrees', '{count} disagree', no),
    unasked && t('{count} cannot be asked', { count: unasked }),
  ].filter(Boolean);
  return t('Of {count} statements, {parts}.', { count: claims.length, parts: parts.join(t(', ')) });
}
