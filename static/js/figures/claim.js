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
  true: { name: 'agrees', icon: 'check', text: 'Agrees' },
  false: { name: 'disagrees', icon: 'close', text: 'Disagrees' },
  null: { name: 'unasked', icon: 'minus', text: 'Cannot be asked' },
};
const NARROW = 'narrowly: the interval crosses the line';

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
  return `${ends[0]} to ${ends[1]}${scale === 'ratio' ? '' : ' %'}`;
}

/** @param {HeadName} name */
export const headText = ({ kind, layer, head }) =>
  `${kind === 'encoder' ? '' : `${kind} `}${layer}-${head}`;

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
  const rule = measured.at_least ? 'asked: at least' : 'asked: at most';
  const marks = [
    { ...mark('value', 'here', measured.value), text: valueText(measured.value, scale) },
    mark('threshold', rule, measured.threshold),
    ...measured.baselines.map(({ name, value }) => mark('baseline', name, value)),
  ];
  if (measured.supervised) {
    const { task, value } = measured.supervised;
    marks.push(
      mark('supervised', `head ${headText(measured.supervised)}, supervised: ${task}`, value),
    );
  }
  if (paper.value !== null) marks.push(mark('paper', 'the paper’s model', paper.value));
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
  return `Here ${here}, 95 % interval ${intervalText(measured, scale)}; ${others.join('; ')}.`;
}

/** "Head 2-8, the best of 72; 4 of them keep the rule." @param {Claim} claim */
export function headsText({ id, measured }) {
  if (!measured) return '';
  const { head, heads, passing } = measured;
  const kept = passing === 0 ? 'none keeps' : passing === 1 ? '1 keeps' : `${passing} keep`;
  const which = {
    separator: `All ${heads} heads of those layers together`,
    norms: `All ${heads} heads of those layers together`,
    broad: `Head ${headText(head)}, the broadest of ${heads}`,
  };
  const alone = id === 'separator' || id === 'norms' ? ' by itself' : '';
  return `${which[id] ?? `Head ${headText(head)}, the best of ${heads}`}; ${kept} the rule${alone}.`;
}

/** "9 statements: 6 agree, 2 disagree, 1 cannot be asked" @param {Claim[]} claims */
export function summaryText(claims) {
  const count = (wanted) => claims.filter(({ agrees }) => agrees === wanted).length;
  const [yes, no, unasked] = [count(true), count(false), count(null)];
  const parts = [
    yes && `${yes} ${yes === 1 ? 'agrees' : 'agree'}`,
    no && `${no} ${no === 1 ? 'disagrees' : 'disagree'}`,
    unasked && `${unasked} cannot be asked`,
  ].filter(Boolean);
  return `Of ${claims.length} statements, ${parts.join(', ')}.`;
}
