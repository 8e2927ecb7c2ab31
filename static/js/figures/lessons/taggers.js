/** What the lesson on taggers shows: who says what of each word, and how good they are. Pure. */

import { t } from '../../language/messages.js';
import { numberText, sizeText } from '../axis.js';
import { tex } from '../math.js';
import { figureOf, rangeText } from './card.js';

const shareOf = (value) => value.toFixed(3);

export const FORMULAS = {
  vector: tex`x_i = E_{${t('word')}} + E_{${t('last 3')}} + E_{${t('last 2')}} + E_{${t('first 3')}} + E_{${t('shape')}}`,
  token: tex`${t('tag')}_i = f (x_i)`,
  window: tex`${t('tag')}_i = f (x_{i - n}, \ldots, x_{i + n})`,
  recurrent: tex`h_i = g (h_{i - 1}, x_i)`,
  attention: tex`z_i = \sum_{j} a_{i j} v_j`,
};

/** @type {Readonly<Record<string, string>>} */
export const TAGGERS = {
  frequent: t('most frequent tag'),
  token: t('the word alone'),
  window_1: t('1 to either side'),
  window_2: t('2 to either side'),
  window_4: t('4 to either side'),
  rnn: t('RNN, left to right'),
  gru: t('GRU, left to right'),
  lstm: t('LSTM, left to right'),
  rnn_both: t('RNN, both ways'),
  gru_both: t('GRU, both ways'),
  lstm_both: t('LSTM, both ways'),
  attention: t('self-attention, no positions'),
  attention_positions: t('self-attention, positions'),
};

/** The parts of speech, as a reader calls them. */
export const TAGS = {
  ADJ: t('adjective'),
  ADP: t('preposition'),
  ADV: t('adverb'),
  AUX: t('auxiliary'),
  CCONJ: t('coordinating conjunction'),
  DET: t('determiner'),
  INTJ: t('interjection'),
  NOUN: t('noun'),
  NUM: t('numeral'),
  PART: t('particle'),
  PRON: t('pronoun'),
  PROPN: t('proper noun'),
  PUNCT: t('punctuation'),
  SCONJ: t('subordinating conjunction'),
  SYM: t('symbol'),
  VERB: t('verb'),
  X: t('other'),
};

export const MISTAKES = [
  {
    claim: t('“A tagger of single words only needs more training.”'),
    answer: t(
      'It cannot: the same spelling is the same vector, and one vector has one answer. Of words that have two tags in one sentence it gets none right, however long it learns.',
    ),
  },
  {
    claim: t('“Self-attention sees the whole sentence, so it must win.”'),
    answer: t(
      'Not here. For parts of speech the neighbours are nearly everything: a window of one to either side is as good as attention, and learns it sooner.',
    ),
  },
  {
    claim: t('“Without positions attention still sees the context.”'),
    answer: t(
      'It sees which words there are, and not where. Both saws of a sentence get the same vectors to mix and the same answer: no pair is right.',
    ),
  },
];

/** Places of words that stand in the sentence more than once, in one spelling. */
export const repeated = (words) =>
  words.flatMap((word, n) => (words.indexOf(word) !== words.lastIndexOf(word) ? [n] : []));

/** The word that is shown on opening: the last one that is repeated, or the first. */
export const placeOf = (words, place) =>
  place !== null && place < words.length ? place : (repeated(words).at(-1) ?? 0);

/** A word with its place, where it is repeated. */
export const wordName = (words, n) =>
  repeated(words).includes(n) ? `${words[n]} (${n})` : words[n];

/** What some taggers say of every word. @param {any} answer of POST /learn/taggers */
export function tagRows({ words, taggers }, names) {
  const twice = repeated(words);
  return taggers
    .filter(({ tagger }) => names.includes(tagger))
    .map(({ tagger, tags, shares }) => ({
      name: TAGGERS[tagger],
      cells: tags.map((tag, n) => ({
        tag,
        share: shares ? Math.max(...shares[n]) : null,
        marked: twice.includes(n),
      })),
    }));
}

/** The first numbers of the vectors of words of one spelling. @param {any} answer */
export function vectorTable({ words, vectors }) {
  const twice = repeated(words);
  const shown = twice.length ? twice : words.map((_, n) => n);
  return {
    name: t('The first 8 of 64 numbers of their vectors'),
    titled: true,
    rows: shown.map((n) => wordName(words, n)),
    cols: [...Array(8).keys()].map(String),
    values: shown.map((n) => vectors[n].slice(0, 8)),
    write: (value) => numberText(value, 3),
  };
}

/** What some taggers give a word: the tags that one of them gives at least 5 per cent. */
export function shareTable({ words, tags, taggers }, names, place) {
  const rows = taggers.filter(({ tagger, shares }) => shares && names.includes(tagger));
  const kept = tags
    .map((_, tag) => tag)
    .filter((tag) => rows.some(({ shares }) => shares[place][tag] >= 0.05));
  return {
    name: t('What each gives {word}', { word: wordName(words, place) }),
    titled: true,
    rows: rows.map(({ tagger }) => TAGGERS[tagger]),
    cols: kept.map((tag) => tags[tag]),
    values: rows.map(({ shares }) => kept.map((tag) => shares[place][tag])),
    kind: /** @type {const} */ ('share'),
    write: (value) => value.toFixed(2),
  };
}

const meanText = (figures, tagger, measure) => shareOf(figureOf(figures, tagger, measure).mean);

const MEASURES = [
  ['ewt-dev.accuracy', t('all words')],
  ['ewt-dev.ambiguous', t('ambiguous words')],
  ['ewt-dev.pairs', t('pairs')],
  ['gum-dev.accuracy', t('all words, GUM')],
  ['gum-dev.pairs', t('pairs, GUM')],
];

/** Every tagger over the corpora that were kept from training. @param {any} answer */
export function scoreRows({ taggers, figures }) {
  return {
    heads: [t('tagger'), t('parameters'), ...MEASURES.map(([, name]) => name)],
    rows: taggers.map(({ tagger, parameters }) => ({
      name: TAGGERS[tagger],
      parameters: sizeText(parameters),
      values: MEASURES.map(([measure]) => rangeText(figureOf(figures, tagger, measure), shareOf)),
    })),
  };
}

const noun = ({ tags, taggers }, tagger, place) =>
  taggers.find((one) => one.tagger === tagger).shares[place][tags.indexOf('NOUN')];

/** What the windows give the last word, as a noun. @param {any} answer */
export function stopText(answer) {
  const place = placeOf(answer.words, null);
  const [one, two, four] = ['window_1', 'window_2', 'window_4'].map((tagger) =>
    noun(answer, tagger, place).toFixed(2),
  );
  return t(
    'As a noun it gets {one} from a window of one, {two} of two, {four} of four. Hardly a sentence of training ends in “a” and one word: they have not seen the like, and fall back on what the word mostly is.',
    { one, two, four },
  );
}

/** Both ways against one. @param {any} answer */
export const bothText = ({ figures }) =>
  t(
    'GRU: {one} of all words and {one_pairs} of the pairs from left to right, {both} and {both_pairs} both ways. Reading back adds what follows a word.',
    {
      one: meanText(figures, 'gru', 'ewt-dev.accuracy'),
      one_pairs: meanText(figures, 'gru', 'ewt-dev.pairs'),
      both: meanText(figures, 'gru_both', 'ewt-dev.accuracy'),
      both_pairs: meanText(figures, 'gru_both', 'ewt-dev.pairs'),
    },
  );

/** The best one, and who is near it. @param {any} answer */
export const bestText = ({ figures }) =>
  t(
    'GRU both ways: {gru}. A window of one to either side has {window}, with less than half as many numbers as attention; self-attention with positions {attention}, and without {unplaced}. For parts of speech the neighbours are nearly everything.',
    {
      gru: meanText(figures, 'gru_both', 'ewt-dev.accuracy'),
      window: meanText(figures, 'window_1', 'ewt-dev.accuracy'),
      attention: meanText(figures, 'attention_positions', 'ewt-dev.accuracy'),
      unplaced: meanText(figures, 'attention', 'ewt-dev.accuracy'),
    },
  );
