// Why divide by √d: what random queries and keys do, and what the heads of a model do.

import { count, name, oneOf } from '../../../core/address.js';
import { inspectorAt } from '../../../core/addresses/inspector.js';
import { lessonAddress, sentence } from '../../../core/addresses/lesson.js';
import { modelsOf, modelTitle } from '../../../core/models.js';
import { html, svg } from '../../../core/template.js';
import { numberText } from '../../../figures/axis.js';
import * as figure from '../../../figures/lessons/scale.js';
import { t } from '../../../language/messages.js';
import { bars } from '../../../parts/bars.js';
import { curve, plotAxes, plotSize } from '../../../parts/curve.js';
import { exact } from '../../../parts/exact.js';
import { modelSelect, slider } from '../../../parts/fields.js';
import { lessonReader } from '../reader.js';
import { twinsStep } from '../twins-step.js';

const COLORS = { unscaled: 'var(--head-1)', scaled: 'var(--head-2)' };
const NAMES = { unscaled: 'q · k', scaled: 'q · k / √d' };

export const address = lessonAddress(5, {
  d: oneOf(figure.SIZES, 64),
  seed: count(0),
  text: sentence,
  model: { ...name, otherwise: 'small' },
});

/** @param {Parameters<import('../lessons.js').LessonModule['createLesson']>[0]} page @returns {import('../lessons.js').Lesson} */
export function createLesson({ queries, store, ask: numbers }) {
  const models = modelsOf(document);
  const set = (patch) => store.open(patch);
  const reader = lessonReader((text) => set({ text }));

  function ask({ d, seed, text, model }) {
    numbers('sample', { d, seed });
    numbers('sweep', { d: 1, seed, sweep: figure.SIZES });
    numbers('heads', { model, text }, 'scale/heads');
    trained.ask(numbers, text);
  }

  const controls = ({ state }) =>
    html`${slider(
      'd',
      { min: 0, max: figure.SIZES.length - 1, step: 1 },
      (power) => String(2 ** power),
      Math.log2(state.d),
      (power) => store.adjust({ d: 2 ** power }),
    )}<button type="button" class="button" @click=${() => set({ seed: state.seed + 1 })}>${t('Draw again')}</button>`;

  /** A measure over all sizes, of both kinds of rows. */
  const swept = (props, measure, most, said, axis) => {
    const { sweep } = props.answer('sweep');
    const lines = Object.keys(NAMES).map((kind) => ({
      name: NAMES[kind],
      color: COLORS[kind],
      values: sweep.map((one) => one[kind][measure]),
    }));
    return curve(said, { x: figure.SIZES, lines, most, at: props.state.d }, { x: 'd', y: axis });
  };

  const trained = twinsStep(
    {
      names: ['wide', 'wide_dot'],
      layer: 0,
      columns: ['start', 'entropy', 'tags', 'parents'],
      named: { wide: t('with the scale'), wide_dot: t('without the scale') },
      table: t('Trained with the scale and without it'),
      queries,
    },
    (slot) => ({
      short: t('training'),
      title: t('Trained with the scale, and without'),
      formula: () => [figure.FORMULAS.weights],
      prose: () =>
        t(
          'Two small models of one head of 128 numbers a layer, trained alike; the scores of one are divided by √128, those of the other are not. These are their first layers on your sentence.',
        ),
      controls: ({ state }) => {
        reader.update(state.text);
        return reader.element;
      },
      prediction: {
        question: t('Without the scale: does the first layer learn to look more evenly?'),
        options: [
          t('Yes: training makes up for it.'),
          t('No: it stays as narrow as it began, or becomes narrower.'),
          t('It looks at everything alike.'),
        ],
        right: 1,
        change: {},
        pictureLast: true,
        explanation: (props) => figure.trainedText(props.answer(slot)),
      },
    }),
  );

  const headAddress = ({ text, model }, { kind, layer, head }) =>
    inspectorAt({ text, model, kind, layer, head });

  function dots(props) {
    const { heads } = props.answer('heads');
    const frame = figure.scatter(heads, plotSize());
    const { dots, root, box } = frame;
    const said = ({ layer, head, spread, entropy }) =>
      t('Head {name}: spread {spread}, entropy {entropy}', {
        name: `${layer}-${head}`,
        spread: numberText(spread, 3),
        entropy: entropy.toFixed(2),
      });
    const dot = ({ head, x, y }) =>
      svg`<a href=${headAddress(props.state, head)} aria-label=${said(head)}><circle class="scatter-dot" cx=${x} cy=${y} r="7"><title>${said(head)}</title></circle></a>`;
    return html`<figure class="curve scatter"><svg viewBox="0 0 ${frame.width} ${frame.height}" role="group"
      aria-label=${t('One dot per head: how far its scores spread, and how evenly it looks')}>
      ${plotAxes(frame, t('spread of q · k'))}
      <line class="scatter-root" x1=${root.at} x2=${root.at} y1=${box.top} y2=${box.bottom}></line>
      <text class="curve-axis" x=${root.at + 6} y=${box.top + 12}>√d = ${numberText(root.value, 3)}</text>
      ${dots.map(dot)}</svg>
      <figcaption class="curve-caption"><span>${t('up: entropy of the rows; 1 looks at everything alike')}</span></figcaption></figure>`;
  }

  return {
    get model() {
      return modelTitle(models, store.get().model);
    },
    ask,
    inspect: ({ text, model }) => inspectorAt({ text, model }),
    mistakes: figure.MISTAKES,
    steps: [
      {
        short: t('spread'),
        title: t('The longer the vectors, the further the scores spread'),
        needs: ['sample'],
        formula: () => [figure.FORMULAS.variance, figure.FORMULAS.scaled],
        prose: ({ state, answer }) => {
          const { unscaled, scaled, rows, keys } = answer('sample');
          return t(
            'Queries and keys of {d} random numbers each, mean 0 and variance 1: {rows} queries, {keys} keys for each. A score is a sum of {d} products, and its variance comes out at {variance}. Divided by √{d} it is {scaled}.',
            {
              d: state.d,
              rows,
              keys,
              variance: numberText(unscaled.variance, 3),
              scaled: numberText(scaled.variance, 3),
            },
          );
        },
        controls,
        picture: (props) => {
          const { histogram, unscaled, scaled } = props.answer('sample');
          const limit = numberText(histogram.limit, 3);
          const series = Object.keys(NAMES).map((kind) => ({
            values: figure.heights(histogram[kind]),
            color: COLORS[kind],
          }));
          const name = t('How often a score falls where: bars q · k, the line q · k / √d');
          return html`${bars(name, series, { title: name, ends: [`−${limit}`, '0', limit] })}
            ${exact([
              ['Var(q · k)', numberText(unscaled.variance, 4)],
              ['d', props.state.d],
              ['Var(q · k / √d)', numberText(scaled.variance, 4)],
            ])}`;
        },
        entry: (props) => figure.dotEntry(props.answer('sample')),
        prediction: {
          question: t('From d = 64 to d = 256: what becomes of the variance of q · k?'),
          options: [t('It stays.'), t('It doubles.'), t('It becomes four times as large.')],
          right: 2,
          change: { d: 256 },
          explanation: () =>
            t(
              'Each product adds its own variance of 1, so that the variance is d itself. Scores typically stand √d from 0: twice as far.',
            ),
        },
      },
      {
        short: 'softmax',
        title: t('What softmax makes of it'),
        needs: ['sample', 'sweep'],
        formula: () => [figure.FORMULAS.weights],
        prose: ({ state, answer }) => {
          const { unscaled, scaled } = answer('sample');
          return t(
            'With d = {d} and no scale the largest of 32 keys takes {largest} of the weight on average, with the scale {scaled}. Nothing was learned yet: the vectors are random.',
            {
              d: state.d,
              largest: numberText(unscaled.largest, 2),
              scaled: numberText(scaled.largest, 2),
            },
          );
        },
        controls,
        picture: (props) => {
          const { first, unscaled, scaled } = props.answer('sample');
          const row = (kind) =>
            bars(
              t('Weights of the first query, {kind}', { kind: NAMES[kind] }),
              [{ values: first[kind], color: COLORS[kind] }],
              { title: `softmax(${NAMES[kind]})` },
            );
          return html`<div class="lesson-rows">${row('unscaled')}${row('scaled')}</div>
            ${swept(props, 'entropy', 1, t('Entropy of the weights as d grows, as a share of the most'), t('entropy, 1 is all alike'))}
            ${exact([
              [t('entropy, unscaled'), numberText(unscaled.entropy, 4)],
              [t('entropy, scaled'), numberText(scaled.entropy, 4)],
            ])}`;
        },
        prediction: {
          question: t('d = 512, random vectors, no scale: what does the largest of 32 keys take?'),
          options: [t('About 1/32.'), t('About half.'), t('Over 0.9.')],
          right: 2,
          change: { d: 512 },
          explanation: () =>
            t(
              'Scores stand about √512 = 22.6 from 0, and softmax looks at differences: the largest is far ahead, by chance alone. A head that begins so sure has nothing left to choose.',
            ),
        },
      },
      {
        short: t('gradient'),
        title: t('What becomes of its gradient'),
        needs: ['sample', 'sweep'],
        formula: () => [figure.FORMULAS.norm],
        prose: ({ state, answer }) => {
          const { unscaled, scaled } = answer('sample');
          return t(
            'How far the weights can move at all is told by the norm of softmax’s Jacobian, mean over the rows. At d = {d} it is {unscaled} without the scale and {scaled} with it.',
            {
              d: state.d,
              unscaled: numberText(unscaled.gradient, 3),
              scaled: numberText(scaled.gradient, 3),
            },
          );
        },
        controls,
        picture: (props) =>
          swept(
            props,
            'gradient',
            0.4,
            t('Norm of the Jacobian of softmax as d grows'),
            t('norm of the Jacobian'),
          ),
        prediction: {
          question: t(
            'Without the scale, d goes from 1 to 8. What does the norm of the Jacobian do?',
          ),
          options: [t('It falls: that is why there is a scale.'), t('It rises.'), t('It stays.')],
          right: 1,
          change: { d: 8 },
          pictureLast: true,
          explanation: () =>
            t(
              'Texts say that without the scale the gradient of softmax vanishes. Measured, it first grows, up to d of about 8: with a little spread the large weights can move far. Only when one key has nearly everything does the gradient go.',
            ),
        },
      },
      {
        short: t('heads'),
        title: t('What trained heads do with it'),
        needs: ['heads'],
        formula: () => [figure.FORMULAS.heads],
        prose: ({ answer }) => {
          const { heads } = answer('heads');
          return t(
            'One dot per head of the model on this text: across, how far its q · k spread before the scale; up, how evenly it looks. Random vectors would put all heads at the line, √d = {root}.',
            {
              root: numberText(Math.sqrt(heads[0].d_head), 3),
            },
          );
        },
        controls: ({ state }) => {
          reader.update(state.text);
          return html`${reader.element}<label class="field"><span class="field-label">${t('Model')}</span>${modelSelect(t('Model'), models, state.model, (model) => set({ model }))}</label>`;
        },
        picture: dots,
        prediction: {
          question: t(
            'The scale keeps random scores near a spread of 1. Where do trained heads end up?',
          ),
          options: [
            t('Near it: that is what the scale is for.'),
            t('Most of them beyond it.'),
            t('Most of them below it.'),
          ],
          right: 1,
          change: {},
          pictureLast: true,
          explanation: ({ answer }) =>
            t(
              'Of {all} heads {count} spread further than random vectors would, and those that spread far look at little. The scale is for the start of training, where everything is random; after that W_q and W_k are free to undo it.',
              {
                count: figure.beyond(answer('heads').heads),
                all: answer('heads').heads.length,
              },
            ),
        },
      },
      trained.step,
    ],
  };
}
