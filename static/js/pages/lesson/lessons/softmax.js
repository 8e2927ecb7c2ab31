// Softmax and its gradient: a row of a real head, how it saturates, what is left to learn from.

import { count, list, number } from '../../../core/address.js';
import { inspectorAt } from '../../../core/addresses/inspector.js';
import { lessonAddress, SENTENCE, sentence } from '../../../core/addresses/lesson.js';
import { html, when } from '../../../core/template.js';
import {
  numbered,
  numberText,
  shareText,
  tokenName,
  tokenNames,
  upTo,
} from '../../../figures/axis.js';
import { logSpaced } from '../../../figures/curve.js';
import * as figure from '../../../figures/lessons/softmax.js';
import { softmaxEntry } from '../../../figures/softmax-entry.js';
import { language, t } from '../../../language/messages.js';
import { curve } from '../../../parts/curve.js';
import { exact } from '../../../parts/exact.js';
import { numberSelect, select, slider } from '../../../parts/fields.js';
import { numberTable } from '../../../parts/number-table.js';
import { scoreRows } from '../../../parts/score-rows.js';
import { lessonReader } from '../reader.js';

/** Our own model, which reads both languages. */
const MODEL = 'small';
const GROWTH = logSpaced(0.1, 100, 181);
const VARIABLES = ['x₁', 'x₂', 'x₃'];
const MOST_DRAGGED = 64;

/** The story that texts tell of one word, and the sentence that they tell it of. */
const STORY = {
  text: SENTENCE,
  query_pos: /^zh\b/.test(language) ? 1 : 2,
  words: [t('apples'), t('tasty'), t('three'), t('I')],
};

export const address = lessonAddress(5, {
  text: sentence,
  layer: count(2),
  head: count(1),
  query_pos: { ...count(STORY.query_pos), name: 'pos' },
  key_pos: { ...count(null), name: 'key' },
  scores: list(number(-1000, 1000, 0), MOST_DRAGGED),
  a: number(0.1, 100, 1),
  divisor: number(0.25, 16, 1),
});

/** @param {Parameters<import('../lessons.js').LessonModule['createLesson']>[0]} page @returns {import('../lessons.js').Lesson} */
export function createLesson({ api, queries, store }) {
  const reader = lessonReader((text) => set({ text, query_pos: 1, key_pos: null, scores: [] }));
  const set = (patch) => store.open(patch);
  const adjust = (patch) => store.adjust(patch);

  function ask(state) {
    const body = { model: MODEL, text: state.text };
    const numbers = (name, sent) =>
      queries.ask(name, sent && JSON.stringify(['softmax', sent]), (options) =>
        api.lesson('softmax', sent, options),
      );
    // What was read comes with its numbers: they are of one text at any time.
    const run = (name, include, more) => {
      const sent = { ...body, include, ...more };
      const load = async (options) => {
        const [read, arrays] = await Promise.all([
          api.tokens(body, options),
          api.arrays(sent, options),
        ]);
        return { ...read, arrays };
      };
      queries.ask(name, JSON.stringify(sent), load, { keep: true });
    };
    const { layer, head } = state;
    run('head', ['scores', 'pattern'], { layers: [layer], heads: [head] });
    run('words', ['pattern'], { level: 'word' });
    const row = rowOf({ state, answer: (name) => queries.get(name).value });
    // Weights of another text are no weights of this one's keys.
    const kept = queries.get('row').value;
    if (kept && kept.weights.length !== row?.scores.length) numbers('row', null);
    numbers('row', row && { scores: row.scores });
    numbers('growth', { scores: [state.a, state.a, 2 * state.a] });
    numbers('curve', { scores: [1, 1, 2], factors: GROWTH });
    numbers('division', { scores: figure.STATED.scores, divisor: state.divisor });
  }

  /** The scores on screen, with the head's own and what the model made of them. */
  function rowOf({ state, answer }) {
    const read = answer('head');
    return read && figure.rowOf(read.tokens, read.arrays, state);
  }

  const growth = ({ state }) =>
    html`${slider(
      'a',
      { min: -1, max: 2, step: 0.01 },
      (power) => numberText(10 ** power, 3),
      Math.log10(state.a),
      (power) => adjust({ a: Number((10 ** power).toPrecision(4)) }),
    )}<div class="lesson-stops" role="group" aria-label=${t('Values of a')}>${[0.1, 1, 10, 100].map(
      (a) => html`<button type="button" class="button" aria-pressed=${state.a === a}
        @click=${() => set({ a })}>a = ${a}</button>`,
    )}</div>`;

  const growthCurve = (props, kind) => {
    const { weights, gradient } = props.answer('curve').curve;
    const of = (rows, n) => rows.map((row) => row[n]);
    const lines =
      kind === 'weights'
        ? [
            { name: 'y₃', values: of(weights, 2), color: 'var(--head-1)' },
            { name: 'y₁ = y₂', values: of(weights, 0), color: 'var(--head-2)' },
          ]
        : [{ name: '∂y₃/∂x₃', values: of(gradient, 2), color: 'var(--head-3)' }];
    const said =
      kind === 'weights'
        ? t('The weights of [a, a, 2a] as a grows from 0.1 to 100')
        : t('How much y₃ follows x₃ as a grows from 0.1 to 100');
    const plot = { x: GROWTH, lines, most: kind === 'weights' ? 1 : 0.25, at: props.state.a };
    return curve(said, plot, { x: 'a', y: kind === 'weights' ? t('weight') : t('gradient') });
  };

  return {
    model: MODEL,
    ask,
    inspect: ({ text, layer, head, query_pos, key_pos }) => {
      const cell = key_pos === null ? null : { query_pos, key_pos };
      const pin = { side: /** @type {const} */ ('query'), pos: query_pos };
      return inspectorAt({ text, model: MODEL, layer, head, cell, pin });
    },
    mistakes: figure.MISTAKES,
    steps: [
      {
        short: t('shares'),
        title: t('Scores become shares'),
        needs: ['head', 'row'],
        formula: () => [figure.FORMULAS.softmax],
        prose: (props) => {
          const { tokens, query: at, edited } = rowOf(props);
          const { layer, head } = props.state;
          const query = tokenName(tokens, at);
          return edited
            ? t(
                'These scores are yours. Softmax raises e to each of them, so that all are positive, and divides by the sum: the shares add up to 1 whatever you do.',
              )
            : t(
                'The scores that head {layer}-{head} of the model gave, seen from {query}. Softmax raises e to each of them, so that all are positive, and divides by their sum. Drag one: every share moves, because they add up to 1.',
                { layer, head, query },
              );
        },
        controls: (props) => {
          const { state } = props;
          const row = rowOf(props);
          const [layers, heads] = props.answer('words')?.arrays.pattern.shape ?? [
            state.layer + 1,
            state.head + 1,
          ];
          reader.update(state.text);
          const own = (patch) => set({ ...patch, scores: [], key_pos: null });
          return html`${reader.element}
            ${numberSelect(t('Layer'), upTo(layers), state.layer, (layer) => own({ layer }))}
            ${numberSelect(t('Head'), upTo(heads), state.head, (head) => own({ head }))}
            ${when(row, () =>
              select(
                t('Seen from'),
                numbered(row.tokens).map((name, pos) => [String(pos), name]),
                String(row.query),
                (pos) => own({ query_pos: Number(pos) }),
              ),
            )}
            ${when(row?.edited, () => html`<button type="button" class="button" @click=${() => set({ scores: [] })}>${t('The head’s own scores')}</button>`)}`;
        },
        picture: (props) => {
          const row = rowOf(props);
          const { weights } = props.answer('row');
          return scoreRows({
            name: t('Scores and weights'),
            keys: tokenNames(row.tokens),
            scores: row.scores,
            weights,
            range: row.range,
            chosen: figure.chosenOf(row, weights, props.state),
            onScore:
              row.tokens.length > MOST_DRAGGED
                ? null
                : (key, score) =>
                    adjust({ scores: figure.withScore(row.scores, key, score), key_pos: key }),
            onChoose: (key_pos) => adjust({ key_pos }),
          });
        },
        entry: (props) => figure.shareEntry(rowOf(props), props.answer('row').weights, props.state),
        prediction: {
          question: t('Add 3 to every score. What happens to the shares?'),
          options: [
            t('All of them grow.'),
            t('The largest takes more from the others.'),
            t('Nothing: every share stays as it is.'),
          ],
          right: 2,
          change: (props) => ({ scores: figure.shifted(rowOf(props), 3) }),
          explanation: () =>
            t(
              'e to the power of (x + 3) is e³ times e to the power of x. The factor e³ stands above the line and below it, and goes: only differences between scores count.',
            ),
        },
      },
      {
        short: '[a, a, 2a]',
        title: t('The winner takes all: [a, a, 2a]'),
        needs: ['growth', 'curve'],
        formula: () => [figure.FORMULAS.growth],
        prose: ({ state, answer }) =>
          t(
            'Three scores, the third twice the others. At a = {a} it takes {third}, and each of the others {first}. What counts is the difference, and that is a itself.',
            {
              a: numberText(state.a, 3),
              third: shareText(answer('growth').weights[2]),
              first: shareText(answer('growth').weights[0]),
            },
          ),
        controls: growth,
        picture: (props) => {
          const { weights } = props.answer('growth');
          const [first, , third] = weights;
          return html`${growthCurve(props, 'weights')}
            ${exact([
              ['y₃', figure.exactText(third)],
              ['y₁ = y₂', figure.exactText(first)],
            ])}`;
        },
        entry: ({ answer }) =>
          softmaxEntry({ ...answer('growth'), labels: VARIABLES, chosen: 2, number: 3 }),
        prediction: {
          question: t('At a = 1 the third score takes 0.58. What does it take at a = 10?'),
          options: [t('Half: it is still 2a of 4a.'), t('About 0.9.'), t('0.9999.')],
          right: 2,
          change: { a: 10 },
          explanation: () =>
            t(
              'The shares follow e¹⁰ to e²⁰, not 10 to 20. Softmax looks at differences, and scores that grow together grow apart: this is called saturation.',
            ),
        },
      },
      {
        short: t('gradient'),
        title: t('What the gradient is left with'),
        needs: ['growth', 'curve'],
        formula: () => [figure.FORMULAS.jacobian],
        prose: ({ state, answer }) => {
          const { weights, jacobian } = answer('growth');
          const said = { a: numberText(state.a, 3), slope: numberText(jacobian[2][2], 3) };
          return weights[2] === 1
            ? t(
                'At a = {a} the last share is 1 to every digit that 64 bits hold, and 1 − y₃ would be 0. It is {slope}: y₃ times what the others have, y₁ + y₂, which is added up and not subtracted. Nothing is learned from so small a number.',
                said,
              )
            : t(
                'Each number says how much a share moves when a score moves a little. At a = {a} the last one is {slope}. Each row and each column adds up to 0: what one share wins the others lose, and the same added to every score changes nothing.',
                said,
              );
        },
        controls: growth,
        picture: (props) => {
          const { jacobian, row_sums, column_sums } = props.answer('growth');
          const table = {
            name: t('The Jacobian of softmax at [a, a, 2a]'),
            rows: ['y₁', 'y₂', 'y₃'],
            cols: VARIABLES,
            values: jacobian,
            rowSums: row_sums,
            colSums: column_sums,
            sum: t('sum'),
          };
          return html`<div class="lesson-pair">${numberTable(table, props.theme)}${growthCurve(props, 'gradient')}</div>`;
        },
        entry: ({ answer }) => figure.gradientEntry(answer('growth')),
        prediction: {
          question: t(
            'From a = 1 to a = 10 the share y₃ grows from 0.58 to 0.9999. What becomes of its gradient, 0.24?',
          ),
          options: [
            t('It grows: larger scores, larger gradient.'),
            t('It stays about the same.'),
            t('It falls by a factor of about 2,700.'),
          ],
          right: 2,
          change: { a: 10 },
          explanation: () =>
            t(
              '0.2442 becomes 0.0000908. Where softmax is sure, moving a score moves nothing: the output is right, and the score cannot be taught any more.',
            ),
        },
      },
      {
        short: '8, 5, 1, 3',
        title: t('Can a divisor make 60, 25 and 2 per cent?'),
        needs: ['division'],
        formula: () => [figure.FORMULAS.division],
        prose: ({ state, answer }) =>
          t(
            'Texts like to say that scores of 8, 5, 1 and 3 become 60, 25 and 2 per cent for the first three. Divided by {divisor} they become {shares}.',
            {
              divisor: numberText(state.divisor, 3),
              shares: figure.percents(answer('division').weights),
            },
          ),
        controls: ({ state }) =>
          slider(
            t('Divided by'),
            { min: -2, max: 4, step: 0.01 },
            (power) => numberText(2 ** power, 3),
            Math.log2(state.divisor),
            (power) => adjust({ divisor: Number((2 ** power).toPrecision(4)) }),
          ),
        picture: ({ answer }) =>
          scoreRows({
            name: t('Scores, divided, and weights'),
            keys: figure.STATED.scores.map(String),
            scores: answer('division').scores,
            weights: answer('division').weights,
            range: { min: 0, max: 8 },
            claims: figure.STATED.weights,
          }),
        entry: ({ answer }) =>
          softmaxEntry({
            ...answer('division'),
            labels: figure.STATED.scores.map(String),
            chosen: 0,
            number: 1,
          }),
        prediction: {
          question: t('Is there a divisor that makes 60, 25 and 2 per cent of 8, 5 and 1?'),
          options: [
            t('Yes, a small one, below 2.'),
            t('Yes, a large one, above 3.'),
            t('No, none.'),
          ],
          right: 2,
          change: { divisor: 3.427 },
          explanation: () =>
            t(
              '60 to 25 needs a divisor of 3 / ln(60/25) = 3.43; the third then has 7.3 per cent, not 2. 25 to 2 needs 4 / ln(25/2) = 1.58. One number cannot be both. Undivided, the shares are 94.6, 4.7, 0.1 and 0.6 per cent.',
            ),
        },
      },
      {
        short: t('heads'),
        title: t('The same word, every head'),
        needs: ['words'],
        formula: () => [figure.FORMULAS.row],
        prose: (props) => figure.storyText(figure.headRows(props, STORY)),
        picture: (props) => {
          const { names, keys, values, told } = figure.headRows(props, STORY);
          const table = {
            name: t('What every head gives each word'),
            rows: names,
            cols: keys,
            values,
            corner: t('head'),
            kind: /** @type {const} */ ('share'),
            marked: (n) => told.includes(n),
            write: (value) => value.toFixed(2),
          };
          return numberTable(table, props.theme);
        },
      },
    ],
  };
}
