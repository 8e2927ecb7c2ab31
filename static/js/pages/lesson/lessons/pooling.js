// Many vectors, one vector: a mean, and a query.

import { count, number } from '../../../core/address.js';
import { inspectorAt } from '../../../core/addresses/inspector.js';
import { lessonAddress, sentence } from '../../../core/addresses/lesson.js';
import { html } from '../../../core/template.js';
import { numbered, numberText, upTo } from '../../../figures/axis.js';
import * as figure from '../../../figures/lessons/pooling.js';
import { t } from '../../../language/messages.js';
import { numberSelect, select, slider } from '../../../parts/fields.js';
import { numberTable } from '../../../parts/number-table.js';
import { dataTable, tableFrame } from '../../../parts/tables.js';
import { lessonReader } from '../reader.js';

/** Our own model, which reads both languages and tags words. */
const MODEL = 'small';

export const address = lessonAddress(3, {
  text: sentence,
  layer: count(2, (layer) => layer < 4),
  head: count(1, (head) => head < 4),
  query_pos: { ...count(2), name: 'pos' },
  sharpness: number(0, 4, 1),
});

/** @param {Parameters<import('../lessons.js').LessonModule['createLesson']>[0]} page @returns {import('../lessons.js').Lesson} */
export function createLesson({ store, ask: numbers }) {
  const set = (patch) => store.open(patch);
  const reader = lessonReader((text) => set({ text, query_pos: 1 }));
  const ask = ({ text, layer, head, sharpness }) =>
    numbers('pooling', { model: MODEL, text, layer, head, sharpness });
  const queryOf = (props) => figure.queryIn(props.answer('pooling'), props.state.query_pos);

  const sentenceField = ({ state }) => {
    reader.update(state.text);
    return reader.element;
  };

  const controls = (props) => {
    const { state } = props;
    const { tokens } = props.answer('pooling') ?? { tokens: [] };
    return html`${sentenceField(props)}
      ${slider(
        'b',
        { min: 0, max: 4, step: 0.05 },
        (value) => numberText(value, 3),
        state.sharpness,
        (sharpness) => store.adjust({ sharpness }),
      )}
      ${select(
        t('Query'),
        numbered(tokens).map((name, pos) => [String(pos), name]),
        String(tokens.length ? queryOf(props) : 0),
        (pos) => set({ query_pos: Number(pos) }),
      )}
      ${numberSelect(t('Layer'), upTo(4), state.layer, (layer) => set({ layer }))}
      ${numberSelect(t('Head'), upTo(4), state.head, (head) => set({ head }))}`;
  };

  return {
    model: MODEL,
    ask,
    inspect: ({ text, layer, head, query_pos }) => {
      const pin = { side: /** @type {const} */ ('query'), pos: query_pos };
      return inspectorAt({ text, model: MODEL, layer, head, pin });
    },
    mistakes: figure.MISTAKES,
    steps: [
      {
        short: t('kinds'),
        title: t('Many vectors: what is to become of them?'),
        needs: ['pooling'],
        formula: () => [figure.FORMULAS.many],
        prose: () =>
          t(
            'A sentence is as many vectors as it has tokens. Some tasks want one answer for each of them, some one for all, some a sequence of another length. Here is what the model makes of yours.',
          ),
        controls: sentenceField,
        picture: (props) => {
          const name = t('What may become of many vectors');
          const rows = figure.kindRows(props.answer('pooling'));
          const heads = [t('kind'), t('for example'), t('on your sentence')];
          return html`<div class="words-table">${tableFrame(name, dataTable(name, heads, rows))}</div>`;
        },
        prediction: {
          question: t(
            'The sentence becomes twice as long. How many numbers has its one vector then?',
          ),
          options: [t('Twice as many.'), t('As many as before.'), t('It depends on the words.')],
          right: 1,
          change: {},
          explanation: (props) =>
            t(
              'Always {d}. Whatever a longer sentence says more has to find room in the same {d} numbers: that is what a mean is bad at, and what a query is for.',
              { d: props.answer('pooling').mean.length },
            ),
        },
      },
      {
        short: t('cue'),
        title: t('A fixed cue, or a query'),
        needs: ['pooling'],
        formula: () => [figure.FORMULAS.mean, figure.FORMULAS.pooling],
        prose: ({ state }) =>
          t(
            'Both add up the values of head {layer}-{head}. The mean gives each the same weight; a query gives each what its score is worth. b says how sharply the scores are taken: 1 is what the head does.',
            { layer: state.layer, head: state.head },
          ),
        controls,
        picture: (props) => {
          const answer = props.answer('pooling');
          const pos = queryOf(props);
          return html`<div class="lesson-stack">${numberTable(figure.weightTable(answer, pos), props.theme)}${numberTable(figure.resultTable(answer, pos), props.theme)}</div>`;
        },
        entry: (props) => figure.pooledEntry(props.answer('pooling'), queryOf(props)),
        prediction: {
          question: t('b = 0: what does the query take home then?'),
          options: [t('Nothing.'), t('The mean.'), t('The value of the strongest key.')],
          right: 1,
          change: { sharpness: 0 },
          explanation: (props) => figure.meanText(props.answer('pooling'), queryOf(props)),
        },
      },
      {
        short: t('queries'),
        title: t('One sentence, a vector for each who asks'),
        needs: ['pooling'],
        formula: () => [figure.FORMULAS.pooling],
        prose: () =>
          t(
            'The mean is one vector, whoever wants it. A query of each word gives each word a vector of its own, of the same values: many become many again. That is self-attention.',
          ),
        controls,
        picture: (props) => numberTable(figure.everyTable(props.answer('pooling')), props.theme),
        prediction: {
          question: t(
            'All queries ask the same sentence with b = 0. How many different vectors do they take home?',
          ),
          options: [t('One.'), t('One a query.'), t('None at all.')],
          right: 0,
          change: { sharpness: 0 },
          explanation: () =>
            t(
              'Without scores nobody is told from anybody: all rows are the mean. Take b back to 1, and each row is another.',
            ),
        },
      },
    ],
  };
}
