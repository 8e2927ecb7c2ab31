/** What the lesson on graphs shows: a drawing of nodes and edges, and rows of it. Pure. */

import { t } from '../../language/messages.js';
import { numberText, shareText } from '../axis.js';
import { tex } from '../math.js';
import { softmaxEntry } from '../softmax-entry.js';
import { strongest } from '../walk/run.js';
import { figureOf, rangeText } from './card.js';
import { toggle } from './flips.js';

export const FORMULAS = {
  mask: tex`m_{i j} = 1 ${`\u00a0${t('where there is an edge, and for')}\u00a0`} i = j`,
  row: tex`a_{i j} = \frac{e^{s_{i j}}}{\sum_{j′ ${t('open')}} e^{s_{i j′}}}`,
  complete: tex`m_{i j} = 1 ${`\u00a0${t('for all')}\u00a0`} i, j`,
  uniform: tex`a_{i j} = \frac{1}{d_i + 1} ${`\u00a0${t('where all')}\u00a0`} s_{i j} = 0`,
};

/** @type {[string, string][]} */
export const GRAPHS = [
  ['karate', t('Karate club')],
  ['southern', t('Southern women')],
];

/** @type {[string, string][]} */
export const VARIANTS = [
  ['free', t('q and k apart')],
  ['tied', t('k = q')],
];

export const MISTAKES = [
  {
    claim: t('“A network for graphs is another thing than a Transformer.”'),
    answer: t(
      'It is the same attention under a mask: with every pair of nodes joined it is a Transformer without positions.',
    ),
  },
  {
    claim: t('“The weights show which neighbours matter.”'),
    answer: t(
      'Not here: the model is right about nearly every node while all neighbours get the same weight. The mask does the work. Look before you read a meaning into weights.',
    ),
  },
  {
    claim: t('“Nodes need an order to be read.”'),
    answer: t(
      'No. The edges say who is near; names and order of the nodes may be changed, and the answers change places with them.',
    ),
  },
];

const SIZE = 400;
const EDGE = 22;

/** A short name: a first name, a number. @param {string} name */
export const shortName = (name) => name.split(' ')[0];

/** Edges with one of them cut, or added where there was none. @param {readonly (readonly number[])[]} flips */
export const toggleEdge = (flips, a, b) => toggle(flips, Math.min(a, b), Math.max(a, b));

/**
 * The drawing: nodes with the group that the model gives them, edges as they are now.
 * @param {any} answer of POST /learn/graphs @param {number} chosen a node
 * @param {readonly (readonly number[])[]} flips
 */
export function drawing({ axis, edges, places, groups, leaders, shares, pattern }, chosen, flips) {
  const at = places.map(([x, y]) => ({
    x: EDGE + x * (SIZE - 2 * EDGE),
    y: EDGE + y * (SIZE - 2 * EDGE),
  }));
  const turned = (a, b) => flips.some(([low, high]) => low === a && high === b);
  const known = edges.map(([a, b]) => ({ a, b, state: turned(a, b) ? 'cut' : 'kept' }));
  const there = new Set(edges.map(([a, b]) => `${a} ${b}`));
  const added = flips.filter(([a, b]) => a !== b && !there.has(`${a} ${b}`));
  const lines = [...known, ...added.map(([a, b]) => ({ a, b, state: 'added' }))].map((line) => ({
    ...line,
    from: at[line.a],
    to: at[line.b],
    weight:
      line.state === 'cut'
        ? 0
        : line.a === chosen
          ? pattern[chosen][line.b]
          : line.b === chosen
            ? pattern[chosen][line.a]
            : null,
  }));
  const nodes = at.map((place, node) => {
    const share = shares[node][1];
    const group = share > 0.5 ? 1 : 0;
    return {
      ...place,
      node,
      name: axis.labels[node],
      group,
      share: Math.max(share, 1 - share),
      wrong: groups[node] !== null && groups[node] !== group,
      told: leaders.includes(node),
      chosen: node === chosen,
    };
  });
  return { size: SIZE, nodes, lines };
}

/** What a node says of itself. @param {any} answer */
export function nodeText({ names, groups, shares, leaders }, { node, name, group }) {
  const parts = [
    t('Node {name}', { name }),
    t('the model says {group}, {share}', {
      group: names[group],
      share: numberText(shares[node][group], 3),
    }),
  ];
  if (groups[node] !== null && groups[node] !== group)
    parts.push(t('it was {group}', { group: names[groups[node]] }));
  if (leaders.includes(node)) parts.push(t('told in training'));
  return parts.join('; ');
}

/** What a cell of the mask says of itself. @param {any} answer */
export function cellText({ axis, mask, pattern }, { row, col }) {
  return {
    title: t('weight'),
    value: mask[row][col] ? numberText(pattern[row][col], 4) : t('closed'),
    rows: [
      [t('query'), axis.labels[row]],
      [t('key'), axis.labels[col]],
    ],
  };
}

/** The nodes that one may look at. @param {any} answer */
export const openKeys = ({ mask }, node) => mask[node].flatMap((is, key) => (is ? [key] : []));

/** The largest weight of a node's row, worked out. @param {any} answer */
export function rowEntry(answer, node) {
  const { axis, scores, pattern } = answer;
  const open = openKeys(answer, node);
  const best = strongest(open.map((key) => pattern[node][key]));
  return softmaxEntry({
    scores: open.map((key) => scores[node][key]),
    labels: open.map((key) => axis.labels[key]),
    chosen: best,
    number: open[best],
    note: t('{count} of {all} nodes stand in the sum of {name}: its neighbours, and itself.', {
      count: open.length,
      all: axis.labels.length,
      name: axis.labels[node],
    }),
  });
}

/** One figure of a graph's models. @param {any} answer */
export const cardOf = ({ figures, graph }, variant, measure) =>
  figureOf(figures, `${graph}.${variant}`, measure);

/** How many are right, with the mask and without. @param {any} masked @param {any} [complete] answers */
export function rightPairs(masked, complete) {
  /** @type {[string, string][]} */
  const pairs = [[t('right, of those that were not told'), shareText(masked.accuracy)]];
  if (complete) pairs.push([t('without the mask'), shareText(complete.accuracy)]);
  return pairs;
}

/** What can be measured of the weights: in this model, and over several trainings. @param {any} answer */
export function weightPairs(answer, variant) {
  const over = (figure) => rangeText(figure, (value) => numberText(value, 3));
  const entropy = cardOf(answer, variant, 'entropy');
  const own = cardOf(answer, variant, 'own_group');
  /** @type {[string, string][]} */
  const pairs = [
    [t('entropy of the rows, 1 is all alike'), numberText(answer.entropy, 3)],
    [t('over {seeds} trainings', { seeds: entropy.seeds }), over(entropy)],
  ];
  if (own) {
    pairs.push(
      [t('share of the own group, of neighbours'), numberText(answer.own_group, 3)],
      [t('over {seeds} trainings', { seeds: own.seeds }), over(own)],
      [t('were all alike'), numberText(own.baselines.uniform, 3)],
    );
  }
  return pairs;
}
