// Word order: what attention knows of it, what tells it, and who needs it.

import { inspectorAt } from '../../../core/addresses/inspector.js';
import { lessonAddress, sentence } from '../../../core/addresses/lesson.js';
import { html } from '../../../core/template.js';
import * as figure from '../../../figures/lessons/order.js';
import { twinTable } from '../../../figures/lessons/twins.js';
import { t } from '../../../language/messages.js';
import { lessonLink } from '../../../parts/lesson-link.js';
import { numberTable } from '../../../parts/number-table.js';
import { dataTable, tableFrame } from '../../../parts/tables.js';
import { lessonReader } from '../reader.js';

const BITES = t('Dog bites man');

/** Which word comes at each place. @type {import('../../../core/address.js').Field} */
const places = {
  otherwise: null,
  read: (said) =>
    /^\d{1,2}(,\d{1,2}){0,47}$/.test(said) ? said.split(',').map(Number) : undefined,
  write: (order) => order.join(','),
};

export const address = lessonAddress(4, {
  text: { ...sentence, otherwise: BITES },
  order: places,
});

/** @param {Parameters<import('../lessons.js').LessonModule['createLesson']>[0]} page @returns {import('../lessons.js').Lesson} */
export function createLesson({ queries, store, ask: numbers }) {
  const set = (patch) => store.open(patch);
  const reader = lessonReader((text) => set({ text, order: null }));
  const ask = ({ text, order }) => numbers('order', order ? { text, order } : { text });

  /** Draws another order than the one on screen, where there is one. */
  function shuffle() {
    const { order } = queries.get('order').value;
    const drawn = order
      .map((word) => ({ word, key: Math.random() }))
      .sort((a, b) => a.key - b.key)
      .map(({ word }) => word);
    const same = drawn.every((word, n) => word === order[n]);
    set({ order: same ? drawn.reverse() : drawn });
  }

  const controls = ({ state }) => {
    reader.update(state.text);
    return html`${reader.element}
      <button type="button" class="button" @click=${shuffle}>${t('Shuffle')}</button>
      <button type="button" class="button" @click=${() => set({ order: null })}>${t('From last to first')}</button>`;
  };

  const orders = (props) => {
    const [own, other] = figure.sentences(props.answer('order'));
    const line = (name, words) =>
      html`<div><dt>${name}</dt><dd>${words.map((word) => html`<span class="order-word">${word}</span>`)}</dd></div>`;
    return html`<dl class="orders">${line(t('as typed'), own)}${line(t('in another order'), other)}</dl>`;
  };

  /** A step that reads the sentence twice. */
  const twice = (names, step) => ({
    needs: ['order'],
    controls,
    picture: (props) =>
      html`<div class="lesson-stack">${orders(props)}${numberTable(figure.differenceTable(props.answer('order'), names), props.theme)}</div>`,
    ...step,
  });

  return {
    model: t('the twins'),
    ask,
    inspect: ({ text }) => inspectorAt({ text, model: 'small' }),
    mistakes: figure.MISTAKES,
    steps: [
      twice(figure.POSITIONED, {
        short: t('shuffle'),
        title: t('The same words in another order'),
        formula: () => [figure.FORMULAS.shuffle, figure.FORMULAS.positions],
        prose: () =>
          t(
            'Each model reads your sentence twice, as typed and with its words in another order. Then every word’s last vector is compared with its own: the length of the difference beside that of the vector.',
          ),
        prediction: {
          question: t('Without positions: how far does a word’s vector move?'),
          options: [t('As far as with them.'), t('A little way.'), t('Not at all.')],
          right: 2,
          change: {},
          pictureLast: true,
          explanation: (props) => figure.nothingText(props.answer('order')),
        },
      }),
      twice(figure.MASKED, {
        short: t('causal'),
        title: t('A causal mask tells order, too'),
        formula: () => [figure.FORMULAS.shuffle],
        prose: () =>
          t(
            'A causal mask lets each word see itself and those before it. One of these models has that mask and no positions: nothing tells it where a word stands but what it can see.',
          ),
        prediction: {
          question: t('A causal mask and no positions: do the vectors move?'),
          options: [t('No: there are no positions.'), t('Yes.'), t('Only that of the last word.')],
          right: 1,
          change: {},
          pictureLast: true,
          explanation: (props) => figure.causalText(props.answer('order')),
        },
      }),
      {
        short: t('sines'),
        title: t('Positions as waves'),
        needs: ['order'],
        formula: () => [figure.FORMULAS.sine, figure.FORMULAS.cosine],
        prose: () =>
          t(
            'Pairs of numbers turn as the position grows, the first fast, the last so slowly that 10,000 positions are hardly enough for one turn. The models add five times these to the vectors of the tokens, since at their own size little is learned of them.',
          ),
        picture: (props) => {
          const answer = props.answer('order');
          return html`<div class="lesson-stack">${numberTable(figure.waveTable(answer), props.theme)}${numberTable(figure.productTable(answer), props.theme)}</div>`;
        },
        prediction: {
          question: t('The product of two positions, as they stand further apart:'),
          options: [
            t('It falls to 0.'),
            t('It falls, and stays well above 0.'),
            t('It stays: all are equally long.'),
          ],
          right: 1,
          change: {},
          pictureLast: true,
          explanation: (props) => figure.productText(props.answer('order')),
        },
      },
      {
        short: t('need'),
        title: t('Who needs order?'),
        needs: ['order'],
        formula: () => [],
        prose: () =>
          t(
            'Models that were trained alike, but for what tells them the order. Asked is EWT’s dev part: the part of speech of each word, and its syntactic parent, by where head 1-0 looks most.',
          ),
        controls: () => lessonLink('positions.none'),
        picture: (props) => {
          const { heads, rows } = twinTable(
            props.answer('order'),
            ['tags', 'parents'],
            figure.NAMES,
          );
          const name = t('Right, by what tells the order');
          return tableFrame(name, dataTable(name, heads, rows));
        },
        prediction: {
          question: t('Without positions, what suffers more?'),
          options: [t('Parts of speech.'), t('Parents.'), t('Both alike.')],
          right: 1,
          change: {},
          pictureLast: true,
          explanation: (props) => figure.needText(props.answer('order')),
        },
      },
    ],
  };
}
