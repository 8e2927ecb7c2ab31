// Score functions and normalisers: models that were trained alike but for one choice.

import { count, oneOf } from '../../../core/address.js';
import { inspectorAt } from '../../../core/addresses/inspector.js';
import { lessonAddress, pair, SENTENCE, sentence } from '../../../core/addresses/lesson.js';
import { html } from '../../../core/template.js';
import { tokenName, upTo } from '../../../figures/axis.js';
import * as figure from '../../../figures/lessons/scores.js';
import * as twins from '../../../figures/lessons/twins.js';
import { t } from '../../../language/messages.js';
import { numberSelect } from '../../../parts/fields.js';
import { dataTable, tableFrame } from '../../../parts/tables.js';
import { matrixRow } from '../matrices.js';
import { lessonReader } from '../reader.js';

export const address = lessonAddress(4, {
  text: sentence,
  layer: count(1, (layer) => layer < twins.LAYERS),
  head: count(0, (head) => head < 4),
  cell: pair,
  twin: oneOf(figure.OPENED, 'base'),
});

/** @param {Parameters<import('../lessons.js').LessonModule['createLesson']>[0]} page @returns {import('../lessons.js').Lesson} */
export function createLesson({ queries, store, ask: numbers }) {
  const set = (patch) => store.open(patch);
  const reader = lessonReader((text) => set({ text, cell: null }));
  const matrices = matrixRow({
    onCell: (key, { row, col }) => set({ cell: [row, col], twin: key }),
    text: (key, cell) => {
      const answer = queries.get('twins').value;
      const { scores, pattern } = twins.twinIn(answer, key);
      return twins.cellText(answer, { scores: scores[0], pattern: pattern[0] }, t('weight'), cell);
    },
  });

  function ask({ text, layer, head }) {
    numbers('twins', { text, twins: figure.OPENED, layer, head }, 'twins');
    // What the card says is the same of every text: it is asked for once.
    numbers('table', { text: SENTENCE, twins: figure.ALL, layer: 0, head: 0 }, 'twins');
  }

  const controls = ({ state }) => {
    reader.update(state.text);
    return html`${reader.element}
      ${numberSelect(t('Layer'), upTo(twins.LAYERS), state.layer, (layer) => set({ layer }))}
      ${numberSelect(t('Head'), upTo(4), state.head, (head) => set({ head }))}`;
  };

  const table = (name, { heads, rows }) => tableFrame(name, dataTable(name, heads, rows));

  /** A step that shows some of them side by side. */
  function beside(names, named, step) {
    const cellOf = (props) => twins.cellIn(props.answer('twins'), props.state.cell);
    return {
      needs: ['twins', 'table'],
      controls,
      picture: (props) => {
        const answer = props.answer('twins');
        const { tokens } = answer;
        const cell = cellOf(props);
        const name = t('{query} to {key}, in each', {
          query: tokenName(tokens, cell.row),
          key: tokenName(tokens, cell.col),
        });
        const rows = figure.cellRows(answer, names, props.state, named);
        return html`<div class="lesson-stack">${matrices(twins.patternsOf(answer, names, named), tokens, cell, props)}
          ${table(name, { heads: [name, t('score'), t('weight')], rows })}${step.more?.(props)}</div>`;
      },
      entry: (props) => {
        const open = names.includes(props.state.twin) ? props.state.twin : names[0];
        const entry = twins.scoreEntry(twins.twinIn(props.answer('twins'), open), cellOf(props));
        const note = entry.note && t('{model}: {note}', { model: named[open], note: entry.note });
        return { ...entry, note: note || named[open] };
      },
      ...step,
    };
  }

  return {
    model: t('the twins'),
    ask,
    // Where the same is switched in a model that was trained without it.
    inspect: ({ text }) => inspectorAt({ text, model: 'small', tab: 'what-if' }),
    mistakes: figure.MISTAKES,
    steps: [
      beside(figure.SCORE_TWINS, twins.TWINS, {
        short: t('score'),
        title: t('Three ways to compare a query with a key'),
        formula: () => [figure.FORMULAS.scaled, figure.FORMULAS.additive],
        prose: ({ state }) =>
          t(
            'Three small models, trained alike but for their score function, and in each head {layer}-{head} on your sentence. Head 1-0 was taught to look at the syntactic parent. Press a cell to open it in all of them.',
            { layer: state.layer, head: state.head },
          ),
        prediction: {
          question: t('Which of the three looks most evenly at all keys, in layer 0?'),
          options: [
            t('The scaled dot product.'),
            t('The dot product that is not scaled.'),
            t('The additive score.'),
          ],
          right: 2,
          change: { layer: 0 },
          explanation: (props) => figure.evenText(props.answer('table')),
        },
      }),
      beside(figure.NORMALISER_TWINS, figure.SOFTMAX, {
        short: t('normaliser'),
        title: t('Softmax, or ReLU over the row’s sum'),
        formula: () => [figure.FORMULAS.softmax, figure.FORMULAS.relu],
        prose: () =>
          t(
            'A normaliser makes shares of scores. ReLU keeps what is above 0 and divides by its sum; a row without a score above 0 takes nothing home. Both models were trained with theirs.',
          ),
        prediction: {
          question: t('To what share of the keys does ReLU give exactly nothing?'),
          options: [t('Hardly any.'), t('About a tenth.'), t('A quarter and more.')],
          right: 2,
          change: {},
          explanation: (props) => figure.zerosText(props.answer('table')),
        },
      }),
      beside(figure.TIED_TWINS, figure.MATRICES, {
        short: t('matrices'),
        title: t('Why q, k and v?'),
        formula: () => [figure.FORMULAS.tied],
        prose: () =>
          t(
            'Texts give each word three vectors and seldom say what is lost with fewer. Here W_q and W_k are one matrix, or W_k and W_v, or all three, from the first step of the training on.',
          ),
        more: (props) =>
          table(
            t('What is lost'),
            twins.twinTable(
              twins.onlyOf(props.answer('twins'), figure.TIED_TWINS),
              ['parameters', 'tags', 'parents', 'antisymmetric'],
              figure.MATRICES,
            ),
          ),
        prediction: {
          question: t('Which of them finds the fewest parents?'),
          options: [t('W_q = W_k'), t('W_k = W_v'), t('All three one.')],
          right: 2,
          change: {},
          pictureLast: true,
          explanation: (props) => figure.tiedText(props.answer('table')),
        },
      }),
      {
        short: t('cost'),
        title: t('What each costs and what it finds'),
        needs: ['table'],
        formula: () => [],
        prose: () =>
          t(
            'Every one was trained on the same batches in the same order, from one seed. Tags and parents are of EWT’s dev part; entropy is a share of the most that it can be. A softmax gives 0 only where the number is too small for 32 bits. To switch a score or a normaliser in a model that was trained without it is another thing: the inspector does that, under What if.',
          ),
        picture: (props) =>
          table(
            t('Models that differ in one choice'),
            twins.twinTable(props.answer('table'), [
              'parameters',
              'seconds',
              'tags',
              'parents',
              'entropy',
              'zeros',
            ]),
          ),
        prediction: {
          question: t('Which takes longest to train?'),
          options: [
            t('One head of 128 numbers.'),
            t('Additive scores.'),
            t('ReLU over the row’s sum.'),
          ],
          right: 1,
          change: {},
          pictureLast: true,
          explanation: (props) => figure.costText(props.answer('table')),
        },
      },
    ],
  };
}
