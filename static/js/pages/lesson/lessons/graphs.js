// A graph is a mask: attention along edges, what it can tell, and what its weights say.

import { count, list, oneOf } from '../../../core/address.js';
import { inspectorAt } from '../../../core/addresses/inspector.js';
import { lessonAddress, pair, SENTENCE } from '../../../core/addresses/lesson.js';
import { html, when } from '../../../core/template.js';
import { shareText } from '../../../figures/axis.js';
import { FLIP_KEYS } from '../../../figures/lessons/flips.js';
import * as figure from '../../../figures/lessons/graphs.js';
import { t } from '../../../language/messages.js';
import { exact } from '../../../parts/exact.js';
import { segmented, select } from '../../../parts/fields.js';
import { nodeLink } from '../../../parts/node-link.js';
import { numberTable } from '../../../parts/number-table.js';
import { patternMatrix } from '../../../parts/pattern-matrix.js';

export const address = lessonAddress(3, {
  graph: oneOf(['karate', 'southern'], 'karate'),
  variant: oneOf(['free', 'tied'], 'tied'),
  node: count(8),
  flips: list(pair, 256),
});

/** @param {Parameters<import('../lessons.js').LessonModule['createLesson']>[0]} page @returns {import('../lessons.js').Lesson} */
export function createLesson({ queries, store, ask: numbers }) {
  const set = (patch) => store.open(patch);
  const turn = (a, b) => {
    if (a !== b) set({ flips: figure.toggleEdge(store.get().flips, a, b), node: a });
  };
  const matrixName = t('Who may look at whom, and how much they do');
  const matrix = patternMatrix({
    keys: FLIP_KEYS,
    most: 18,
    onCell: ({ row, col }) => turn(row, col),
    text: (cell) => figure.cellText(queries.get('graph').value, cell),
  });

  function ask({ step, graph, variant, flips }) {
    // The second layer reads what the first has gathered.
    numbers('graph', { graph, variant: step === 3 ? variant : 'free', layer: 1, head: 0, flips });
    numbers('complete', { graph, variant: 'complete', layer: 1, head: 0, flips });
  }

  const nodeOf = ({ state, answer }) =>
    Math.min(state.node, answer('graph').axis.labels.length - 1);

  const controls = (props) => {
    const { axis } = props.answer('graph') ?? { axis: { labels: [] } };
    return html`${segmented(t('Graph'), figure.GRAPHS, props.state.graph, (graph) => set({ graph, flips: [], node: graph === 'karate' ? 8 : 15 }))}
      ${when(axis.labels.length, () =>
        select(
          t('Seen from'),
          axis.labels.map((name, node) => [String(node), name]),
          String(nodeOf(props)),
          (node) => set({ node: Number(node) }),
        ),
      )}
      ${when(props.state.flips.length, () => html`<button type="button" class="button" @click=${() => set({ flips: [] })}>${t('Undo what was changed')}</button>`)}`;
  };

  const pictures = (props, slot = 'graph') => {
    const answer = props.answer(slot);
    const drawn = figure.drawing(answer, nodeOf(props), props.state.flips);
    const name = t('Nodes in the colour of the group that the model gives them');
    const labels = answer.axis.labels.map(figure.shortName);
    const { mask, pattern } = answer;
    matrix.update({ name: matrixName, labels, mask, values: pattern });
    return html`<div class="graph-pair">${nodeLink(name, drawn, {
      say: (node) => figure.nodeText(answer, node),
      short: figure.shortName,
      onChoose: (node) => set({ node }),
    })}${when(!props.paper, () => matrix.element)}</div>
      <p class="graph-key"><span class="graph-swatch graph-group-0"></span>${answer.names[0]}
        <span class="graph-swatch graph-group-1"></span>${answer.names[1]}
        <span>${t('thick ring: told in training; dashed ring: wrong')}</span></p>`;
  };

  const row = (props) => {
    const answer = props.answer('graph');
    const node = nodeOf(props);
    const open = figure.openKeys(answer, node);
    return numberTable(
      {
        name: t('What {name} gives its neighbours and itself', { name: answer.axis.labels[node] }),
        rows: [t('weight')],
        cols: open.map((key) => answer.axis.labels[key]),
        values: [open.map((key) => answer.pattern[node][key])],
        kind: 'share',
        write: (value) => value.toFixed(3),
      },
      props.theme,
    );
  };

  return {
    model: t('the model of the graph'),
    ask,
    inspect: () => inspectorAt({ text: SENTENCE, model: 'small', layer: 2, head: 1 }),
    mistakes: figure.MISTAKES,
    steps: [
      {
        short: t('edges'),
        title: t('Look along the edges'),
        needs: ['graph'],
        formula: () => [figure.FORMULAS.mask, figure.FORMULAS.row],
        prose: (props) => {
          const { axis, names } = props.answer('graph');
          return t(
            'A model of two layers reads {count} nodes, each of which may look at its neighbours and at itself. Training told it the group of two nodes, one of {first} and one of {second}; what it says of the others has come along the edges. Press a cell of the mask to cut an edge or to add one, and see who changes sides.',
            { count: axis.labels.length, first: names[0], second: names[1] },
          );
        },
        controls,
        picture: (props) =>
          html`${pictures(props)}${exact(figure.rightPairs(props.answer('graph')))}${row(props)}`,
        entry: (props) => figure.rowEntry(props.answer('graph'), nodeOf(props)),
        prediction: {
          question: t(
            'The model was told two nodes of the graph. How many of the others are right?',
          ),
          options: [t('About half, by chance.'), t('About three quarters.'), t('Nearly all.')],
          right: 2,
          change: {},
          pictureLast: true,
          explanation: (props) =>
            t(
              '{accuracy} of them: what was told spreads along the edges, and in both graphs friends are mostly of one group. Taking the mean of neighbours again and again, with nothing learned, gives {baseline}.',
              {
                accuracy: shareText(props.answer('graph').accuracy),
                baseline: shareText(
                  figure.cardOf(props.answer('graph'), 'free', 'accuracy').baselines
                    .label_propagation,
                ),
              },
            ),
        },
      },
      {
        short: t('no mask'),
        title: t('Take the mask off'),
        needs: ['graph', 'complete'],
        formula: () => [figure.FORMULAS.complete],
        prose: () =>
          t(
            'The same model, trained with every node open to every other: attention as in a Transformer. Nothing tells it any more which node is near which.',
          ),
        controls,
        picture: (props) =>
          html`${pictures(props, 'complete')}${exact(figure.rightPairs(props.answer('graph'), props.answer('complete')))}`,
        prediction: {
          question: t('Without the mask every node sees all others. What becomes of its answers?'),
          options: [
            t('They stay.'),
            t('They get better: it sees more.'),
            t('They are no better than chance.'),
          ],
          right: 2,
          change: {},
          pictureLast: true,
          explanation: () =>
            t(
              'Every node gathers the same, so that nothing tells one from another but itself. Who may look at whom is all that the graph had to say, and the mask was where it said it.',
            ),
        },
      },
      {
        short: t('weights'),
        title: t('What do the weights say?'),
        needs: ['graph'],
        formula: () => [figure.FORMULAS.uniform],
        prose: () =>
          t(
            'Each row of the pattern is what one node gives those it may look at. Where all of them get the same, the model has learned nothing about whom to look at. With k = q a node looks at those like it; with queries and keys of its own it may learn whatever helps.',
          ),
        controls: (props) =>
          html`${segmented(t('Model'), figure.VARIANTS, props.state.variant, (variant) => set({ variant }))}${controls(props)}`,
        picture: (props) => {
          const answer = props.answer('graph');
          const pairs = figure.weightPairs(answer, props.state.variant);
          return html`${pictures(props)}${exact(pairs)}${row(props)}`;
        },
        prediction: {
          question: t(
            'With queries and keys of its own, does a node come to look more at its own group?',
          ),
          options: [t('Yes, clearly.'), t('A little.'), t('No: at all neighbours alike.')],
          right: 2,
          change: { variant: 'free' },
          pictureLast: true,
          explanation: () =>
            t(
              'The scores stay at nearly 0: the mask alone makes the answers right, and nothing asks the weights to choose. Where keys are the queries, a node looks at those like it; yet how much of that is its own group depends on the training.',
            ),
        },
      },
    ],
  };
}
