/** What the lesson on several heads says. Pure. */

import { t } from '../../language/messages.js';
import { numberText, tokenName, upTo } from '../axis.js';
import { tex } from '../math.js';
import { strongest } from '../walk/run.js';
import { meanOf } from './twins.js';

export const FORMULAS = {
  heads: tex`z_h = softmax(\frac{q_h k_h}{\sqrt{d / h}}) v_h`,
  output: tex`${t('output')} = [z_0; z_1; \ldots] W_o = \sum_h z_h W_{o h}`,
};

/** How many heads, and the twin that has them. */
export const HEADS = /** @type {const} */ ([
  ['heads_1', '1'],
  ['heads_2', '2'],
  ['base', '4'],
  ['heads_8', '8'],
]);
export const NAMES = {
  heads_1: t('1 head'),
  heads_2: t('2 heads'),
  base: t('4 heads'),
  heads_8: t('8 heads'),
};
const SHOWN = 8; // dimensions of the output in the table

export const MISTAKES = [
  {
    claim: t('“Eight heads cost eight times as much as one.”'),
    answer: t(
      'They share the dimensions: each of eight heads has an eighth of them. W_q, W_k, W_v and W_o are as large as those of one wide head. Only the patterns are more.',
    ),
  },
  {
    claim: t('“More heads are always better.”'),
    answer: t(
      'A head of few dimensions can compare little. In these trainings two heads of 32 numbers found the most parents, and eight heads of 8 the fewest.',
    ),
  },
  {
    claim: t('“The heads are averaged.”'),
    answer: t(
      'They are put side by side and multiplied by W_o: each head has rows of its own there, and writes into the whole vector. It is a sum, in which heads can work against each other.',
    ),
  },
];

/** The pattern of every head of a twin. @param {any} twin of POST /learn/twins */
export const patternsOf = ({ heads, pattern }) =>
  heads.map((head, n) => ({
    key: String(head),
    title: t('Head {head}', { head }),
    values: pattern[n],
  }));

const lengthOf = (vector) => Math.hypot(...vector);

/** What each head writes at a token, the first dimensions of it. @param {any} answer */
export function contributionTable({ tokens, twins: [twin] }, pos) {
  const rows = twin.contributions.map((one) => one[pos]);
  const sum = upTo(SHOWN).map((m) => rows.reduce((all, row) => all + row[m], 0));
  return {
    name: t('What each head writes at {query}, the first {count} dimensions', {
      query: tokenName(tokens, pos),
      count: SHOWN,
    }),
    titled: true,
    rows: [...twin.heads.map((head) => t('Head {head}', { head })), t('sum'), t('output')],
    cols: upTo(SHOWN).map(String),
    values: [...rows.map((row) => row.slice(0, SHOWN)), sum, twin.output[pos].slice(0, SHOWN)],
    write: (value) => numberText(value, 3),
  };
}

/** How long each head's part is. @param {any} answer */
export const lengths = ({ twins: [twin] }, pos) =>
  twin.heads.map((head, n) => [
    t('Head {head}', { head }),
    numberText(lengthOf(twin.contributions[n][pos]), 3),
  ]);

/** One dimension of the output, as the sum of what the heads write. @param {any} answer */
export function outputEntry({ twins: [twin] }, pos) {
  const output = twin.output[pos];
  const m = strongest(output.map(Math.abs));
  const terms = twin.contributions.map((one, n) => ({
    label: t('Head {head}', { head: twin.heads[n] }),
    numbers: [],
    value: one[pos][m],
  }));
  return {
    name: tex`${t('output')}_{${pos}, ${m}}`,
    rule: tex`\sum_h (z_h W_{o h})_{${pos}, ${m}}`,
    kind: /** @type {const} */ ('sum'),
    terms,
    heads: [t('head'), t('number')],
    value: terms.reduce((all, { value }) => all + value, 0),
    own: output[m],
    note: t('The dimension in which the output is largest here.'),
  };
}

export const bestText = (answer) =>
  t(
    'Parents right: {one} with one head, {two} with two, {four} with four, {eight} with eight. Tags right: {tags_one}, {tags_two}, {tags_four}, {tags_eight}. The numbers of parameters are the same.',
    {
      one: meanOf(answer, 'heads_1', 'parents'),
      two: meanOf(answer, 'heads_2', 'parents'),
      four: meanOf(answer, 'base', 'parents'),
      eight: meanOf(answer, 'heads_8', 'parents'),
      tags_one: meanOf(answer, 'heads_1', 'tags'),
      tags_two: meanOf(answer, 'heads_2', 'tags'),
      tags_four: meanOf(answer, 'base', 'tags'),
      tags_eight: meanOf(answer, 'heads_8', 'tags'),
    },
  );

/** @param {any} answer */
export function lengthText({ twins: [twin] }, pos) {
  const parts = twin.contributions.map((one) => lengthOf(one[pos]));
  return t(
    'Here the parts are {sum} long together, and the output is {output}. Vectors add up by their directions: what one head writes another may take away.',
    {
      sum: numberText(
        parts.reduce((all, one) => all + one, 0),
        3,
      ),
      output: numberText(lengthOf(twin.output[pos]), 3),
    },
  );
}
