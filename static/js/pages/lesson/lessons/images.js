// An image is a sequence of patches: what attention reads in it, and what it needs to know of positions.

import { count, oneOf } from '../../../core/address.js';
import { inspectorAt } from '../../../core/addresses/inspector.js';
import { lessonAddress, SENTENCE } from '../../../core/addresses/lesson.js';
import { html, when } from '../../../core/template.js';
import { numberText, scientificText } from '../../../figures/axis.js';
import { INK, pixelText, SIZE } from '../../../figures/digit.js';
import * as figure from '../../../figures/lessons/images.js';
import { t } from '../../../language/messages.js';
import { exact } from '../../../parts/exact.js';
import { segmented, select } from '../../../parts/fields.js';
import { numberTable } from '../../../parts/number-table.js';
import { pixelMap } from '../../../parts/pixel-map.js';
import { asSent, digitFields, digitPicker } from '../digit-picker.js';

/** The last position of each model. */
const LAST = { patches: 16, pixels: 64 };

export const address = lessonAddress(4, {
  ...digitFields,
  model: oneOf(['patches', 'pixels'], 'patches'),
  layer: count(1, (layer) => layer < 2),
  head: count(0, (head) => head < 2),
  query_pos: { ...count(0, (position) => position <= 64), name: 'pos' },
  shuffle: count(1),
  occlusion: oneOf(
    figure.OCCLUSIONS.map(([occlusion]) => occlusion),
    'most',
  ),
});

/** @param {Parameters<import('../lessons.js').LessonModule['createLesson']>[0]} page @returns {import('../lessons.js').Lesson} */
export function createLesson({ queries, store, ask: numbers }) {
  const set = (patch) => store.open(patch);
  const picker = digitPicker((patch) => store.adjust(patch));
  const shuffled = pixelMap({
    keys: t('Arrow keys move.'),
    onCell: () => {},
    text: (cell) => pixelText(queries.get('shuffled').value.pixels, cell),
  });
  /** One for each head, by its name. @type {Map<string, ReturnType<typeof pixelMap>>} */
  const maps = new Map();

  function ask({ step, model, query_pos, shuffle, occlusion, ...state }) {
    const image = asSent(state);
    const looked = step === 2 ? { model, query_pos: Math.min(query_pos, LAST[model]) } : {};
    numbers('image', { ...image, ...looked });
    numbers('shuffled', { ...image, shuffle });
    numbers('occluded', { ...image, occlusion });
  }

  /** The maps of all heads of an answer; pressing a patch looks from it. */
  function heads(props, slot, onHead) {
    const made = figure.headMaps(props.answer(slot));
    if (props.paper)
      return made.map(({ name, map }) => numberTable(figure.mapTable(name, map), props.theme));
    return html`<div class="head-maps">${made.map(({ layer, head, name, map, toCls }) => {
      const key = `${slot} ${layer}-${head}`;
      if (!maps.has(key))
        maps.set(
          key,
          pixelMap({
            keys: t('Arrow keys move, Enter looks from that patch.'),
            onCell: ({ row, col }) => {
              const { axis } = queries.get(slot).value;
              onHead({ layer, head, query_pos: 1 + row * Math.sqrt(axis.labels.length - 1) + col });
            },
            text: ({ row, col }) => {
              const answer = queries.get(slot).value;
              return figure.patchText(
                answer,
                { layer, head },
                row * Math.sqrt(answer.axis.labels.length - 1) + col,
              );
            },
          }),
        );
      const one = maps.get(key);
      one.update({ name, ...map });
      return html`<figure class="head-map-one"><figcaption>${name}<span>${t('to CLS {weight}', { weight: numberText(toCls, 2) })}</span></figcaption>${one.element}</figure>`;
    })}</div>`;
  }

  const image = (props) => {
    const { pixels } = props.answer('image');
    return props.paper ? numberTable(figure.inkTable(pixels), props.theme) : picker.picture(pixels);
  };

  return {
    model: t('the model of images'),
    ask,
    inspect: () => inspectorAt({ text: SENTENCE, model: 'small', layer: 2, head: 1 }),
    mistakes: figure.MISTAKES,
    steps: [
      {
        short: t('patches'),
        title: t('A picture is a sequence of patches'),
        needs: ['image'],
        formula: () => [figure.FORMULAS.place],
        prose: () =>
          t(
            'A picture of 8 × 8 pixels is cut into 16 patches of 2 × 2. Each patch becomes a vector, as a word does, and a vector for its position is added. CLS stands before them and gathers what the model says. Draw a digit, press pixels, or take one of 360 pictures that were kept from training.',
          ),
        controls: ({ state }) => picker.controls(state),
        picture: (props) => {
          const answer = props.answer('image');
          return html`<div class="digit-row">${image(props)}${numberTable(figure.classifiersTable(answer.classifiers), props.theme)}</div>
            ${exact(figure.saidPairs(answer))}${numberTable(figure.accuracyTable(answer.figures), props.theme)}`;
        },
        prediction: {
          question: t(
            'How many of the 360 pictures does attention over 16 patches get right, in a model of 18,218 numbers?',
          ),
          options: [t('About six in ten.'), t('About eight in ten.'), t('More than nine in ten.')],
          right: 2,
          change: {},
          pictureLast: true,
          explanation: (props) => {
            const { figures } = props.answer('image');
            return t(
              '{accuracy} of them. A small convolutional network has {convolution}, one linear map of the pixels {logistic}, and looking up the nearest known picture {nearest}: on these pictures nothing has to be clever.',
              {
                accuracy: figure.accuracyOf(figures, 'patches'),
                convolution: figure.accuracyOf(figures, 'convolution'),
                logistic: figure.accuracyOf(figures, 'logistic'),
                nearest: figure.nearestOf(figures),
              },
            );
          },
        },
      },
      {
        short: t('pattern'),
        title: t('What does each head look at?'),
        needs: ['image'],
        formula: () => [figure.FORMULAS.row],
        prose: (props) => {
          const { axis, query_pos } = props.answer('image');
          return t(
            'The weights that {query} gives the patches, for each head of both layers: the darker the square, the more. Press a patch to look from it.',
            { query: figure.positionText(axis.labels[query_pos]) },
          );
        },
        controls: ({ state }) =>
          html`${picker.controls(state)}
            ${segmented(t('A patch'), figure.ATTENTION, state.model, (model) => set({ model, query_pos: 0 }))}
            ${when(state.query_pos, () => html`<button type="button" class="button" @click=${() => set({ query_pos: 0 })}>${t('Look from CLS')}</button>`)}`,
        picture: (props) =>
          html`${heads(props, 'image', set)}${exact(figure.inkPairs(props.answer('image').figures))}`,
        entry: (props) => figure.rowEntry(props.answer('image'), props.state),
        prediction: {
          question: t('Does CLS, in the last layer, look where the ink is?'),
          options: [
            t('Yes, at hardly anything else.'),
            t('At ink only somewhat more than at blank paper.'),
            t('No, at blank paper.'),
          ],
          right: 1,
          change: { query_pos: 0, model: 'patches' },
          pictureLast: true,
          explanation: () =>
            t(
              'The weights go with the ink only weakly. What a head looks at is not what a person would point at; whether it counts, the step after next measures.',
            ),
        },
      },
      {
        short: t('positions'),
        title: t('Without positions, a bag of patches'),
        needs: ['image', 'shuffled'],
        formula: () => [figure.FORMULAS.patch, figure.FORMULAS.place],
        prose: () =>
          t(
            'The same picture, its patches put in another order. One model adds a vector for each position; another was trained without.',
          ),
        controls: ({ state }) =>
          html`${picker.controls(state)}<button type="button" class="button" @click=${() => set({ shuffle: state.shuffle + 1 })}>${t('Shuffle again')}</button>`,
        picture: (props) => {
          const [before, after] = [props.answer('image'), props.answer('shuffled')];
          const name = t('The patches in another order');
          shuffled.update({ name, pixels: after.pixels, ink: INK, cells: SIZE });
          const other = props.paper
            ? numberTable(figure.inkTable(after.pixels, name), props.theme)
            : html`<div class="digit-shuffled">${shuffled.element}</div>`;
          return html`<div class="digit-row">${image(props)}${other}</div>${numberTable(figure.orderTable(before, after), props.theme)}
            ${exact([
              [
                t('largest change, with positions'),
                numberText(figure.apart(before, after, 'patches'), 3),
              ],
              [t('without positions'), scientificText(figure.apart(before, after, 'no_positions'))],
            ])}`;
        },
        prediction: {
          question: t(
            'The patches are shuffled. What does the model without positions say of the picture now?',
          ),
          options: [
            t('Any digit, by chance.'),
            t('Exactly what it said before.'),
            t('The same digit, but less surely.'),
          ],
          right: 1,
          change: {},
          pictureLast: true,
          explanation: (props) =>
            t(
              'Each vector meets the same vectors as before, in another order, and a sum does not know its order. It has read a bag of patches all along, and even so {without} of the pictures come out right; with positions it is {patches}.',
              {
                without: figure.accuracyOf(props.answer('image').figures, 'no_positions'),
                patches: figure.accuracyOf(props.answer('image').figures, 'patches'),
              },
            ),
        },
      },
      {
        short: t('occlusion'),
        title: t('Cover what it looks at'),
        needs: ['image', 'occluded'],
        formula: () => [figure.FORMULAS.occlusion],
        prose: () =>
          t(
            'Four of the 16 patches are covered: a mask closes them to everyone, in both layers. Whether weights tell what counts can be measured like that, over all 360 pictures.',
          ),
        controls: ({ state }) =>
          html`${picker.controls(state)}${select(t('Cover'), figure.OCCLUSIONS, state.occlusion, (occlusion) => set({ occlusion }))}`,
        picture: (props) => {
          const [before, after] = [props.answer('image'), props.answer('occluded')];
          return html`${heads(props, 'occluded', set)}${exact(figure.occlusionPairs(before, after))}
            ${numberTable(figure.occlusionTable(before.figures), props.theme)}`;
        },
        prediction: {
          question: t(
            'Four patches are covered. Which four make the model fail most often: those that CLS looks at most, those with the most ink, or random ones?',
          ),
          options: [
            t('Those that CLS looks at most.'),
            t('Those with the most ink.'),
            t('Random ones.'),
          ],
          right: 0,
          change: { occlusion: 'most' },
          pictureLast: true,
          explanation: (props) => {
            const { figures } = props.answer('image');
            return t(
              'Right are {most} with those covered, {ink} with the most ink covered, {random} with random ones. Here the weights do tell what the answer hangs on.',
              {
                most: figure.occludedOf(figures, 'most'),
                ink: figure.occludedOf(figures, 'ink'),
                random: figure.occludedOf(figures, 'random'),
              },
            );
          },
        },
      },
    ],
  };
}
