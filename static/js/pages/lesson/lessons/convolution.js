// A convolution is a special case: nine heads, each of which looks at one offset.

import { count } from '../../../core/address.js';
import { inspectorAt } from '../../../core/addresses/inspector.js';
import { lessonAddress, SENTENCE } from '../../../core/addresses/lesson.js';
import { html, when } from '../../../core/template.js';
import { columnText, scientificText, upTo } from '../../../figures/axis.js';
import { SIZE } from '../../../figures/digit.js';
import * as figure from '../../../figures/lessons/convolution.js';
import { t } from '../../../language/messages.js';
import { exact } from '../../../parts/exact.js';
import { numberSelect, segmented } from '../../../parts/fields.js';
import { numberTable } from '../../../parts/number-table.js';
import { shareMatrix } from '../../../parts/share-matrix.js';
import { asSent, digitFields, digitPicker } from '../digit-picker.js';

const CHANNELS = 8;

export const address = lessonAddress(2, {
  ...digitFields,
  channel: count(0, (channel) => channel < CHANNELS),
  head: count(0, (head) => head < figure.HEADS.length),
  pixel: count(27, (pixel) => pixel < SIZE * SIZE),
});

/** @param {Parameters<import('../lessons.js').LessonModule['createLesson']>[0]} page @returns {import('../lessons.js').Lesson} */
export function createLesson({ queries, store, ask: numbers }) {
  const set = (patch) => store.open(patch);
  const picker = digitPicker((patch) => store.adjust(patch));
  const matrix = shareMatrix({
    name: t('The pattern of the head: rows are pixels that look, columns those that are looked at'),
    keys: t('Arrow keys move, Enter chooses the row.'),
    onCell: ({ row }) => set({ pixel: row }),
    text: (cell) => figure.patternText(queries.get('image').value, cell),
  });

  const ask = ({ channel, head, ...state }) =>
    numbers('image', { ...asSent(state), channel, head });

  const sides = upTo(SIZE).map(String);
  const map = (name, values, theme) =>
    html`<figure class="digit-map"><figcaption>${name}</figcaption>${numberTable(
      {
        name,
        rows: values.length === SIZE ? sides : ['↑', '·', '↓'],
        cols: values.length === SIZE ? sides : ['←', '·', '→'],
        values,
        write: columnText,
      },
      theme,
    )}</figure>`;

  const controls = ({ state }) =>
    html`${picker.controls(state)}
      ${numberSelect(t('Channel'), upTo(CHANNELS), state.channel, (channel) => set({ channel }))}`;
  const heads = ({ state }) =>
    segmented(t('Head'), figure.HEADS, String(state.head), (head) => set({ head: Number(head) }));
  const image = (props) => (props.paper ? '' : picker.picture(props.answer('image').pixels));

  return {
    model: t('the convolutional network'),
    ask,
    inspect: () => inspectorAt({ text: SENTENCE, model: 'small', layer: 2, head: 1 }),
    mistakes: figure.MISTAKES,
    steps: [
      {
        short: t('offsets'),
        title: t('One head for each offset'),
        needs: ['image'],
        formula: () => [figure.FORMULAS.place],
        prose: ({ state }) =>
          t(
            'Queries and keys are of the positions alone: the query of a pixel is the key of the one that stands at the offset of the head, times 100. From every pixel this head looks at the pixel {offset}, whatever the picture holds. Beyond the edge stands a key of its own, whose value is 0.',
            { offset: figure.DIRECTIONS[state.head] },
          ),
        controls: (props) => html`${picker.controls(props.state)}${heads(props)}`,
        picture: (props) => {
          const { pattern, offsets } = props.answer('image');
          const { pixel, head } = props.state;
          matrix.update({ values: pattern, chosen: pixel });
          const target = figure.targetOf(pixel, offsets[head]);
          return html`<div class="digit-row">${image(props)}${when(!props.paper, () => html`<figure class="digit-pattern"><figcaption>${t('down: pixels that look; across: those that are looked at, the last beyond the edge')}</figcaption>${matrix.element}</figure>`)}</div>
            ${exact([
              [t('from'), figure.pixelName(pixel)],
              [t('it looks at'), figure.pixelName(target)],
              [t('weight'), pattern[pixel][target ?? SIZE * SIZE].toFixed(6)],
              [
                t('all others together'),
                scientificText(figure.elsewhere(pattern[pixel], target ?? SIZE * SIZE)),
              ],
            ])}`;
        },
        prediction: {
          question: t('Another picture is read. What becomes of the pattern of such a head?'),
          options: [
            t('It stays: it depends on the positions alone.'),
            t('It follows the ink.'),
            t('It becomes more even.'),
          ],
          right: 0,
          change: ({ state }) => ({ digit: (state.digit + 1) % 360, pixels: null }),
          explanation: () =>
            t(
              'Nothing of the picture is in its queries and keys. What a pixel holds is in its value alone, as in a convolution.',
            ),
        },
      },
      {
        short: t('sum'),
        title: t('Nine heads are a convolution'),
        needs: ['image'],
        formula: () => [figure.FORMULAS.convolution, figure.FORMULAS.attention],
        prose: () =>
          t(
            'The kernel is one of eight that a small network has learned for these pictures. Its weight at an offset is the W_o of the head that looks there; the heads are added up, with the bias.',
          ),
        controls,
        picture: (props) => {
          const { kernel, by_convolution, by_heads, difference } = props.answer('image');
          const { theme } = props;
          return html`<div class="digit-row">${image(props)}${map(t('kernel'), kernel, theme)}</div>
            <div class="digit-row">${map(t('by the convolution'), by_convolution, theme)}${map(t('by nine heads'), by_heads, theme)}</div>
            ${exact([[t('largest difference, over all channels'), scientificText(difference)]])}`;
        },
        entry: ({ state, answer }) => figure.pixelEntry(answer('image'), state.pixel),
        prediction: {
          question: t(
            'The outputs of nine heads are added up. How far is that from what the convolution gives?',
          ),
          options: [
            t('About alike.'),
            t('The same, but for the edge of the picture.'),
            t('The same everywhere, but for rounding.'),
          ],
          right: 2,
          change: {},
          pictureLast: true,
          explanation: (props) =>
            `${figure.differenceText(props.answer('image').difference)} ${t('Attention can be a convolution; whether it becomes one is for training to say.')}`,
        },
      },
    ],
  };
}
