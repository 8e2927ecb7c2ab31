// Who may look at whom: a mask over a real head, how far it reaches over layers, what it costs.

import { count, list, oneOf } from '../../../core/address.js';
import { inspectorAt } from '../../../core/addresses/inspector.js';
import { lessonAddress, pair, sentence } from '../../../core/addresses/lesson.js';
import { html, when } from '../../../core/template.js';
import { numbered, tokenName, tokenNames, upTo } from '../../../figures/axis.js';
import { FLIP_KEYS, toggle } from '../../../figures/lessons/flips.js';
import * as figure from '../../../figures/lessons/masks.js';
import { shortLabel } from '../../../figures/walk/matrix.js';
import { plural, t } from '../../../language/messages.js';
import { exact } from '../../../parts/exact.js';
import { numberSelect, segmented, select, slider } from '../../../parts/fields.js';
import { lessonLink } from '../../../parts/lesson-link.js';
import { numberTable } from '../../../parts/number-table.js';
import { patternMatrix } from '../../../parts/pattern-matrix.js';
import { dataTable, tableFrame } from '../../../parts/tables.js';
import { lessonReader } from '../reader.js';
import { twinsStep } from '../twins-step.js';

/** Our own model, which reads both languages. */
const MODEL = 'small';
const LAYERS = 4;
export const address = lessonAddress(4, {
  text: sentence,
  layer: count(2),
  head: count(1),
  mask: oneOf(
    figure.KINDS.map(([kind]) => kind),
    'all',
  ),
  width: count(2),
  flips: list(pair, 256),
  query_pos: { ...count(2), name: 'pos' },
});

/** @param {Parameters<import('../lessons.js').LessonModule['createLesson']>[0]} page @returns {import('../lessons.js').Lesson} */
export function createLesson({ queries, store, ask: numbers }) {
  const set = (patch) => store.open(patch);
  const reader = lessonReader((text) => set({ text, flips: [], query_pos: 1 }));
  const matrixName = t('The head’s pattern under the mask');
  const matrix = patternMatrix({
    keys: FLIP_KEYS,
    onCell: ({ row, col }) => {
      const { flips } = store.get();
      set({ flips: toggle(flips, row, col), query_pos: row });
    },
    text: (cell) => figure.cellText(queries.get('head').value, cell),
  });

  function ask({ text, layer, head, mask, width, flips }) {
    const sent = { model: MODEL, text, layer, head, mask, width, flips, layers: LAYERS };
    numbers('head', sent);
    trained.ask(numbers, text);
  }

  const trained = twinsStep(
    {
      names: ['base', 'window', 'causal'],
      layer: 1,
      columns: ['tags', 'parents', 'parameters'],
      named: { base: t('everything'), window: t('window of 3'), causal: t('causal mask') },
      table: t('Trained under each mask'),
      queries,
    },
    (slot) => ({
      short: t('training'),
      title: t('Trained under a mask'),
      formula: () => [figure.FORMULAS.mask],
      prose: () =>
        t(
          'Three small models, trained alike but for their mask: one may see everything, one a window of 3 on either side, one nothing that follows. Here is head 1-0 of each, which was taught to look at the syntactic parent.',
        ),
      controls: ({ state }) => {
        reader.update(state.text);
        return reader.element;
      },
      prediction: {
        question: t('Who tells the parts of speech best?'),
        options: [
          t('Who sees everything.'),
          t('Who sees 3 on either side.'),
          t('Who sees what came before.'),
        ],
        right: 1,
        change: {},
        pictureLast: true,
        explanation: (props) => figure.trainedText(props.answer(slot)),
      },
    }),
  );

  const rowOf = ({ state, answer }) => Math.min(state.query_pos, answer('head').tokens.length - 1);

  const masks = ({ state }) =>
    html`${segmented(t('Mask'), figure.KINDS, state.mask, (mask) => set({ mask, flips: [] }))}
      ${when(figure.WIDTHS[state.mask], () =>
        slider(
          figure.WIDTHS[state.mask],
          { min: 0, max: 8, step: 1 },
          String,
          state.width,
          (width) => store.adjust({ width }),
        ),
      )}${lessonLink(`mask.${state.mask}`)}`;

  const seenFrom = (props) =>
    select(
      t('Seen from'),
      numbered(props.answer('head').tokens).map((name, pos) => [String(pos), name]),
      String(rowOf(props)),
      (pos) => set({ query_pos: Number(pos) }),
    );

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
        short: t('mask'),
        title: t('Paint a mask'),
        needs: ['head'],
        formula: () => [figure.FORMULAS.mask, figure.FORMULAS.rest],
        prose: (props) => {
          const { layer, head } = props.state;
          return t(
            'This is head {layer}-{head} of the model on your sentence: a row for each query. Press a cell to close it, and once more to open it: its score becomes minus infinity, and the other keys of the row share its weight at once.',
            { layer, head },
          );
        },
        controls: (props) => {
          const { state } = props;
          reader.update(state.text);
          return html`${reader.element}${masks(props)}
            ${numberSelect(t('Layer'), upTo(LAYERS), state.layer, (layer) => set({ layer }))}
            ${numberSelect(t('Head'), upTo(4), state.head, (head) => set({ head }))}
            ${when(state.flips.length, () => html`<button type="button" class="button" @click=${() => set({ flips: [] })}>${t('Undo what was painted')}</button>`)}`;
        },
        picture: (props) => {
          const { tokens, mask, pattern, masked_pattern } = props.answer('head');
          const row = rowOf(props);
          const names = tokenNames(tokens);
          matrix.update({
            name: matrixName,
            labels: tokens.map(shortLabel),
            mask,
            values: masked_pattern,
          });
          const table = {
            name: t('The row of {query}, without and with the mask', {
              query: tokenName(tokens, row),
            }),
            rows: [t('without the mask'), t('with the mask')],
            cols: names,
            values: [pattern[row], masked_pattern[row]],
            kind: /** @type {const} */ ('share'),
            write: (value) => value.toFixed(3),
          };
          const whole = {
            ...table,
            name: matrixName,
            rows: names,
            values: masked_pattern,
          };
          const shown = props.paper ? numberTable(whole, props.theme) : matrix.element;
          return html`${shown}${numberTable(table, props.theme)}`;
        },
        entry: (props) => figure.rowEntry(props.answer('head'), rowOf(props)),
        prediction: {
          question: t(
            'One cell of a row is closed. What becomes of the other weights of that row?',
          ),
          options: [
            t('They stay, and the row adds up to less than 1.'),
            t('All grow by the same factor.'),
            t('The nearest key takes what was free.'),
          ],
          right: 1,
          change: (props) => figure.closeStrongest(props.answer('head'), rowOf(props), props.state),
          explanation: () =>
            t(
              'The strongest key of the row is closed now. Every other e to the power of s stays as it was, and their sum is smaller: all are divided by that, and grow by one factor.',
            ),
        },
      },
      {
        short: t('reach'),
        title: t('How far does it reach?'),
        needs: ['head'],
        formula: () => [figure.FORMULAS.reach],
        prose: (props) => {
          const { tokens } = props.answer('head');
          const [first, , , last] = figure.reachCounts(props.answer('head'), rowOf(props));
          return t(
            'What can have come into {query}: after one layer of this mask from {first} of {all} positions, after four from {last}. Each layer reads what the one before has gathered.',
            {
              query: tokenName(tokens, rowOf(props)),
              first,
              last,
              all: tokens.length,
            },
          );
        },
        controls: (props) => html`${masks(props)}${seenFrom(props)}`,
        picture: (props) => {
          const { tokens, reach } = props.answer('head');
          const table = {
            name: t('What reaches {query}, layer by layer', {
              query: tokenName(tokens, rowOf(props)),
            }),
            rows: reach.map((_, n) => plural('after {count} layer', 'after {count} layers', n + 1)),
            cols: tokenNames(tokens),
            values: reach.map((layer) => layer[rowOf(props)].map(Number)),
            kind: /** @type {const} */ ('share'),
            marked: (n) => n === rowOf(props),
            write: (value) => (value ? '●' : ''),
          };
          return numberTable(table, props.theme);
        },
        prediction: {
          question: t(
            'A window of 1 on either side: from how many positions away can something come after four layers?',
          ),
          options: [t('From 1.'), t('From 4.'), t('From anywhere.')],
          right: 1,
          change: { mask: 'window', width: 1, flips: [] },
          pictureLast: true,
          explanation: () =>
            t(
              'Each layer moves everything by one position more: four layers, four positions. A deep model with small windows sees a long way, step by step.',
            ),
        },
      },
      {
        short: t('cost'),
        title: t('What does it save?'),
        needs: ['head'],
        formula: () => [figure.FORMULAS.cost],
        prose: (props) => {
          const { tokens, n_scores } = props.answer('head');
          const all = tokens.length ** 2;
          return t(
            'On your sentence this mask leaves {pairs} of {all} scores to compute, for every head and layer. Whole attention grows with the square of the length, a window with the length.',
            { pairs: n_scores, all },
          );
        },
        controls: masks,
        picture: (props) => {
          const { width } = props.state;
          const { tokens, n_scores } = props.answer('head');
          const lengths = [tokens.length, ...figure.LENGTHS];
          const rows = lengths.map((n) =>
            [n, ...figure.KINDS.map(([kind]) => figure.scoresOf[kind](n, width))].map(
              figure.countText,
            ),
          );
          const name = t('Scores to compute in one head, by the length of the text');
          return html`${tableFrame(name, dataTable(name, [t('positions'), ...figure.KINDS.map(([, label]) => label)], rows))}
            ${exact([
              [t('open'), n_scores],
              [t('of'), tokens.length ** 2],
              [t('parameters'), t('the same')],
            ])}`;
        },
        prediction: {
          question: t(
            'A window of 2 instead of whole attention: how many parameters does the head lose?',
          ),
          options: [t('Nearly all.'), t('As many as scores.'), t('None.')],
          right: 2,
          change: { mask: 'window', width: 2, flips: [] },
          explanation: () =>
            t(
              'W_q, W_k, W_v and W_o are as they were: what is saved are scores, and the time and memory that they take. Some texts count it as parameters; it is not.',
            ),
        },
      },
      trained.step,
    ],
  };
}
