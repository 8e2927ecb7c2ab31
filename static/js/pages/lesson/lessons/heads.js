// Several heads: what each sees, what they write together, what they cost.

import { count, oneOf } from '../../../core/address.js';
import { inspectorAt } from '../../../core/addresses/inspector.js';
import { lessonAddress, pair, SENTENCE, sentence } from '../../../core/addresses/lesson.js';
import { html } from '../../../core/template.js';
import { numbered, upTo } from '../../../figures/axis.js';
import * as figure from '../../../figures/lessons/heads.js';
import * as twins from '../../../figures/lessons/twins.js';
import { t } from '../../../language/messages.js';
import { exact } from '../../../parts/exact.js';
import { numberSelect, segmented, select } from '../../../parts/fields.js';
import { numberTable } from '../../../parts/number-table.js';
import { dataTable, tableFrame } from '../../../parts/tables.js';
import { matrixRow } from '../matrices.js';
import { lessonReader } from '../reader.js';

const NAMES = figure.HEADS.map(([name]) => name);

export const address = lessonAddress(3, {
  text: sentence,
  layer: count(1, (layer) => layer < twins.LAYERS),
  twin: oneOf(NAMES, 'base'),
  cell: pair,
});

/** @param {Parameters<import('../lessons.js').LessonModule['createLesson']>[0]} page @returns {import('../lessons.js').Lesson} */
export function createLesson({ queries, store, ask: numbers }) {
  const set = (patch) => store.open(patch);
  const reader = lessonReader((text) => set({ text, cell: null }));
  const matrices = matrixRow({
    onCell: (_, { row, col }) => set({ cell: [row, col] }),
    text: (key, cell) => {
      const answer = queries.get('heads').value;
      const [{ scores, pattern }] = answer.twins;
      const head = Number(key);
      return twins.cellText(
        answer,
        { scores: scores[head], pattern: pattern[head] },
        t('weight'),
        cell,
      );
    },
  });

  function ask({ text, layer, twin }) {
    numbers('heads', { text, twins: [twin], layer }, 'twins');
    // What the card says is the same of every text: it is asked for once.
    numbers('table', { text: SENTENCE, twins: NAMES, layer: 0, head: 0 }, 'twins');
  }

  const cellOf = (props) => twins.cellIn(props.answer('heads'), props.state.cell);

  const controls = ({ state }) => {
    reader.update(state.text);
    return html`${reader.element}
      ${segmented(t('Heads'), figure.HEADS, state.twin, (twin) => set({ twin }))}
      ${numberSelect(t('Layer'), upTo(twins.LAYERS), state.layer, (layer) => set({ layer }))}`;
  };

  return {
    model: t('the twins'),
    ask,
    inspect: ({ text }) => inspectorAt({ text, model: 'small' }),
    mistakes: figure.MISTAKES,
    steps: [
      {
        short: t('patterns'),
        title: t('What does each head see?'),
        needs: ['heads', 'table'],
        formula: () => [figure.FORMULAS.heads],
        prose: (props) => {
          const [{ n_heads, d_head }] = props.answer('heads').twins;
          return t(
            'The same vectors of 64 numbers, cut into {heads} of {size}: each head compares its own part and has a pattern of its own. Head 1-0 was taught to look at the syntactic parent; the others are free.',
            { heads: n_heads, size: d_head },
          );
        },
        controls,
        picture: (props) => {
          const answer = props.answer('heads');
          return matrices(figure.patternsOf(answer.twins[0]), answer.tokens, cellOf(props), props);
        },
        entry: (props) => {
          const [twin] = props.answer('heads').twins;
          return twins.scoreEntry(twin, cellOf(props));
        },
        prediction: {
          question: t('Eight heads instead of one: how many parameters does attention have then?'),
          options: [t('Eight times as many.'), t('As many as before.'), t('An eighth.')],
          right: 1,
          change: { twin: 'heads_8' },
          explanation: (props) => {
            const { attention_parameters: one } = twins.twinIn(props.answer('table'), 'heads_1');
            const { attention_parameters: eight } = twins.twinIn(props.answer('table'), 'heads_8');
            return t(
              '{one} with one head, {eight} with eight: W_q, W_k, W_v and W_o are matrices of 64 times 64 in both. A head is a part of their columns.',
              { one, eight },
            );
          },
        },
      },
      {
        short: t('output'),
        title: t('Side by side, times W_o'),
        needs: ['heads'],
        formula: () => [figure.FORMULAS.output],
        prose: () =>
          t(
            'What the heads take home is put side by side and multiplied by W_o. Each head meets rows of its own there, so that the product is a sum: every head writes into all 64 numbers.',
          ),
        controls: (props) =>
          html`${controls(props)}${select(
            t('Seen from'),
            numbered(props.answer('heads')?.tokens ?? []).map((name, pos) => [String(pos), name]),
            String(props.answer('heads') ? cellOf(props).row : 0),
            (pos) => set({ cell: [Number(pos), cellOf(props).col] }),
          )}`,
        picture: (props) => {
          const answer = props.answer('heads');
          const { row } = cellOf(props);
          return html`<div class="lesson-stack">${numberTable(figure.contributionTable(answer, row), props.theme)}
            <div><p class="number-title">${t('Length of what each writes')}</p>${exact(figure.lengths(answer, row))}</div></div>`;
        },
        entry: (props) => figure.outputEntry(props.answer('heads'), cellOf(props).row),
        prediction: {
          question: t('Is the output as long as the parts of the heads together?'),
          options: [
            t('Yes: lengths add up.'),
            t('Shorter: the parts point in different directions.'),
            t('Longer.'),
          ],
          right: 1,
          change: {},
          pictureLast: true,
          explanation: (props) => figure.lengthText(props.answer('heads'), cellOf(props).row),
        },
      },
      {
        short: t('accuracy'),
        title: t('How many heads are best?'),
        needs: ['table'],
        formula: () => [],
        prose: () =>
          t(
            'Four models, trained on the same batches in the same order, that differ in the number of heads alone. There is one training of each: a hundredth more or less may be chance.',
          ),
        picture: (props) => {
          const { heads, rows } = twins.twinTable(
            props.answer('table'),
            ['parameters', 'tags', 'parents', 'entropy'],
            figure.NAMES,
          );
          const name = t('Models of 1, 2, 4 and 8 heads');
          return tableFrame(name, dataTable(name, heads, rows));
        },
        prediction: {
          question: t('Which finds the most parents?'),
          options: [t('One head of 64 numbers.'), t('Two heads of 32.'), t('Eight heads of 8.')],
          right: 1,
          change: {},
          pictureLast: true,
          explanation: (props) => figure.bestText(props.answer('table')),
        },
      },
    ],
  };
}
