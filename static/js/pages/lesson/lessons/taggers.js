// I saw a saw: what a word needs to see of its sentence, by taggers that see more and more of it.

import { count } from '../../../core/address.js';
import { inspectorAt } from '../../../core/addresses/inspector.js';
import { lessonAddress, sentence } from '../../../core/addresses/lesson.js';
import { html } from '../../../core/template.js';
import * as figure from '../../../figures/lessons/taggers.js';
import { t } from '../../../language/messages.js';
import { toggle } from '../../../parts/fields.js';
import { numberTable } from '../../../parts/number-table.js';
import { dataTable, tableFrame } from '../../../parts/tables.js';
import { tagTable } from '../../../parts/tag-table.js';
import { lessonReader } from '../reader.js';

const SAW = 'I saw a saw .';
const STOP = / ?\.$/;

export const address = lessonAddress(
  5,
  {
    text: { ...sentence, otherwise: SAW },
    place: { ...count(null), name: 'word' },
  },
  { asksAboutItsOwn: true },
);

/** @param {Parameters<import('../lessons.js').LessonModule['createLesson']>[0]} page @returns {import('../lessons.js').Lesson} */
export function createLesson({ store, ask: numbers }) {
  const set = (patch) => store.open(patch);
  const reader = lessonReader((text) => set({ text, place: null }));

  const ask = ({ text }) => numbers('text', { text });

  const stopped = (text) => STOP.test(text);
  const controls = ({ state }) => {
    reader.update(state.text);
    return html`${reader.element}${toggle(t('with its full stop'), stopped(state.text), (on) =>
      set({ text: on ? `${state.text} .` : state.text.replace(STOP, '') }),
    )}`;
  };

  const chosenIn = ({ state, answer }) => figure.placeOf(answer('text').words, state.place);

  const tags = (names, props) => {
    const answer = props.answer('text');
    return tagTable({
      name: t('What each tagger says of every word'),
      words: answer.words,
      rows: figure.tagRows(answer, names),
      place: chosenIn(props),
      meaning: (tag) => figure.TAGS[tag],
      onChoose: (chosen) => set({ place: chosen }),
    });
  };

  const shares = (names, props) =>
    numberTable(figure.shareTable(props.answer('text'), names, chosenIn(props)), props.theme);

  /** A step about some of the taggers. */
  const about = (names, step) => ({
    needs: ['text'],
    controls,
    picture: (props) =>
      html`<div class="lesson-stack">${tags(names, props)}${shares(names, props)}</div>`,
    ...step,
  });

  return {
    model: t('the taggers'),
    ask,
    inspect: ({ text }) => inspectorAt({ text, model: 'small', tab: 'outputs' }),
    mistakes: figure.MISTAKES,
    steps: [
      about(['frequent', 'token'], {
        short: t('one word'),
        title: t('The same word, the same vector'),
        formula: () => [figure.FORMULAS.vector, figure.FORMULAS.token],
        prose: () =>
          t(
            'A word becomes a vector by its spelling alone. In “I saw a saw” the first is a verb and the second a noun; both are the same vector, number by number, and whoever reads it alone must say the same of both.',
          ),
        picture: (props) =>
          html`<div class="lesson-stack">${tags(['frequent', 'token'], props)}${numberTable(figure.vectorTable(props.answer('text')), props.theme)}</div>`,
        prediction: {
          question: t('What does a tagger that sees each word alone say of both saws?'),
          options: [
            t('Verb and noun, if it was trained well.'),
            t('The same of both.'),
            t('Noun of both, or verb, by chance.'),
          ],
          right: 1,
          change: {},
          pictureLast: true,
          explanation: () =>
            t(
              'One vector has one answer. In training saw was nearly always a verb, so it says verb twice. No amount of training can change that it says one thing twice.',
            ),
        },
      }),
      about(['token', 'window_1', 'window_2', 'window_4'], {
        short: t('window'),
        title: t('The neighbours tell'),
        formula: () => [figure.FORMULAS.window],
        prose: () =>
          t(
            'These see a word and one, two or four to either side, put side by side into one long vector. After “a” comes a noun, and a window of one knows it. Take the full stop away, and see what becomes of it.',
          ),
        prediction: {
          question: t('The full stop is taken away. What do the windows say of the last saw?'),
          options: [
            t('Noun, as before: “a” stands before it.'),
            t('Verb, all three.'),
            t('Only the widest says noun.'),
          ],
          right: 1,
          change: ({ state }) => ({ text: state.text.replace(STOP, '') }),
          explanation: (props) => figure.stopText(props.answer('text')),
        },
      }),
      about(['rnn', 'gru', 'lstm', 'rnn_both', 'gru_both', 'lstm_both'], {
        short: t('order'),
        title: t('From left to right, and both ways'),
        formula: () => [figure.FORMULAS.recurrent],
        prose: () =>
          t(
            'Recurrent networks read word by word and carry a state along. One that reads from left to right has seen “a” when it comes to the last word, and not what follows; two of them, one from each end, have seen everything.',
          ),
        prediction: {
          question: t(
            'Over all words of the corpora: how much better are those that read both ways than those that read from left to right?',
          ),
          options: [
            t('No better: the past is enough.'),
            t('Clearly better.'),
            t('Worse: twice as much to learn.'),
          ],
          right: 1,
          change: {},
          explanation: (props) => figure.bothText(props.answer('text')),
        },
      }),
      about(['attention', 'attention_positions'], {
        short: t('attention'),
        title: t('Self-attention, with positions and without'),
        formula: () => [figure.FORMULAS.attention],
        prose: () =>
          t(
            'Two layers of self-attention look at the whole sentence at once. One model adds sines of the position to each vector, five times as loud as usual; the other adds nothing.',
          ),
        prediction: {
          question: t('Without positions, what does self-attention say of both saws?'),
          options: [
            t('Verb and noun: it sees the whole sentence.'),
            t('The same of both, in every sentence.'),
            t('It depends on the sentence.'),
          ],
          right: 1,
          change: {},
          pictureLast: true,
          explanation: () =>
            t(
              'Both begin as one vector, ask with one query, see the same keys and take the same values home: they end as one vector. It knows which words stand in the sentence, and not where.',
            ),
        },
      }),
      about([], {
        short: t('corpora'),
        title: t('Who is right how often?'),
        formula: () => [],
        prose: () =>
          t(
            'All taggers read the same word vectors and learned from the same sentences; asked are two corpora that were kept from training. Ambiguous are words whose form has a second tag a tenth of the time or more. A pair is a form with two tags in one sentence, right if both are.',
          ),
        controls: undefined,
        picture: (props) => {
          const { heads, rows } = figure.scoreRows(props.answer('text'));
          const name = t('Right, of sentences that were kept from training');
          return tableFrame(
            name,
            dataTable(
              name,
              heads,
              rows.map((row) => [row.name, row.parameters, ...row.values]),
            ),
          );
        },
        prediction: {
          question: t('Which tagger is right most often?'),
          options: [
            t('Self-attention: it sees everything at once.'),
            t('The widest window.'),
            t('A recurrent network that reads both ways.'),
          ],
          right: 2,
          change: {},
          pictureLast: true,
          explanation: (props) => figure.bestText(props.answer('text')),
        },
      }),
    ],
  };
}
