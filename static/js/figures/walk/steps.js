/**
 * The ten steps of a walk: what each is called, says and shows. Pure.
 *
 * @typedef {object} Picture
 * @property {string} id
 * @property {any[]} symbol a formula
 * @property {string} title
 * @property {import('./run.js').Matrix} matrix
 * @property {"token"|"dimension"|"vector"} rowKind vector: its only row is the vector itself
 * @property {"token"|"dimension"} colKind
 * @property {boolean} [share] weights from 0 to 1, else numbers around 0
 * @property {Uint8Array|null} [mask] 0: that cell is hidden
 * @property {number|null} row of the entry; null: none
 * @property {number|null} col
 * @property {{from: number, to: number}|null} [part] columns of this head
 * @property {{from: number, to: number}|null} [rows] rows of this head
 * @property {(row: number, col: number) => object} pick the change of state that a cell means
 *
 * @typedef {{before?: string, picture: Picture}} Placed `before`: the sign in front of it
 */

import { numberText, shareText, tokenLabel } from '../axis.js';
import { isolated } from '../bidi.js';
import { mi, msub, word } from './formulas.js';
import { at, dividesByRoot, row, spreadOf } from './run.js';

export const STEPS = Object.freeze([
  { short: 'x', title: 'What the block reads' },
  { short: 'norm', title: 'Bring every token to one scale' },
  { short: 'q, k, v', title: 'Three cards for every token' },
  { short: 'q · k', title: 'Compare what is sought with what is offered' },
  { short: 'scale', title: 'Keep the numbers moderate' },
  { short: 'mask', title: 'Hide what may not be seen' },
  { short: 'softmax', title: 'Share out the attention' },
  { short: 'mix', title: 'Take home a mixture of the values' },
  { short: 'heads', title: 'All heads side by side' },
  { short: 'add', title: 'Add it to what was there' },
]);

export const CARDS = Object.freeze([
  { name: 'q', vector: 'query', title: 'What I look for' },
  { name: 'k', vector: 'key', title: 'What I offer' },
  { name: 'v', vector: 'value', title: 'What I hand over' },
]);

/** A token as a sentence names it: “its” (9). */
export function named(run, pos) {
  return `“${isolated(tokenLabel(run.tokens[pos], 24))}” (${pos})`;
}

/** What a step means, for the token that is followed. */
export function meaningOf(run, { step, i, j }) {
  const [me, other] = [named(run, i), named(run, j)];
  const size = run.x.cols;
  const width = run.q.cols;
  const a = at(run.pattern, i, j);
  switch (step) {
    case 1:
      return run.token
        ? `${me} enters as ${size} numbers: those of the token, the same wherever it stands, ` +
            `plus those of position ${i}, the same whatever stands there.`
        : `${me} arrives as the ${size} numbers that block ${run.layer - 1} handed on: the token, ` +
            'with all that it has taken home so far.';
    case 2:
      return normMeaning(run, i);
    case 3:
      return (
        `Three matrices of this head turn the ${size} numbers of every token, normed, into three ` +
        `cards of ${width}: the query says what ${me} looks for, the key what it offers to be ` +
        'found by, the value what it hands over.'
      );
    case 4:
      return run.v_a
        ? `The query of ${me} meets the key of every token, here ${other}: added, squashed by ` +
            'tanh, and weighed by v. The larger the sum, the better the match.'
        : `The query of ${me} meets the key of every token, here ${other}. Where both have the ` +
            'same sign the product is positive; their sum says how well the two match.';
    case 5:
      return scaleMeaning(run, width);
    case 6:
      return run.mask
        ? `A query sees only what the mask lets it see. Of ${run.tokens.length} tokens, ${me} ` +
            `sees ${row({ data: run.mask, rows: run.tokens.length, cols: run.tokens.length }, i).reduce((n, on) => n + on, 0)}.`
        : 'Nothing is hidden in this model: every token may look at every token, before and after ' +
            'it. The scores pass as they are.';
    case 7:
      return shareMeaning(run, i, j, a);
    case 8:
      return (
        `${me} takes ${shareText(a)} of what ${other} hands over, and so on down the row. ` +
        'Added up, that is z: what it takes home from this head.'
      );
    case 9:
      return (
        `Every head of the layer has worked like this one. Their ${run.heads} results stand side ` +
        `by side, ${run.heads} × ${width} = ${run.beside.cols} numbers, and W_o turns ` +
        `them into ${size} again.`
      );
    default:
      return (
        `What the heads found is added to what ${me} was before: nothing is overwritten, and the ` +
        'sum is not normed. A copy of it is: the feed-forward layer reads that, and what it makes ' +
        'of it is added too' +
        (run.layer + 1 < run.layers ? `: that is the x of block ${run.layer + 1}.` : '.')
      );
  }
}

function normMeaning(run, i) {
  const { mean, sd } = spreadOf(run, i);
  return (
    `The ${run.x.cols} numbers of ${named(run, i)} lie around ${numberText(mean)}, about ` +
    `${numberText(sd)} from it. The heads read them moved to 0 and divided by that, each dimension ` +
    'with a gain and a bias that were learned. x itself passes the heads by, unchanged.'
  );
}

function scaleMeaning(run, width) {
  if (run.v_a) return 'Additive scores are not scaled: tanh keeps every term between −1 and 1.';
  if (run.scale === 1) return 'This model does not scale its scores: it was trained that way.';
  return dividesByRoot(run)
    ? `A sum of ${width} products varies about √${width} times as much as one of them. Divided by ` +
        'that, large scores do not drown all others in the softmax.'
    : `Scores are multiplied by ${numberText(run.scale)} here.`;
}

function scaleSign(run) {
  if (run.scale === 1) return '=';
  return dividesByRoot(run) ? `÷ √${run.q.cols} =` : `× ${numberText(run.scale)} =`;
}

function shareMeaning(run, i, j, a) {
  const sum = row(run.pattern, i).reduce((all, value) => all + value, 0);
  const told =
    `${named(run, i)} gives ${shareText(a)} to ${named(run, j)}. Its row adds up to ` +
    `${sum.toFixed(6)}`;
  return run.normaliser === 'relu'
    ? `Negative scores count as 0; the others are divided by their sum. ${told}.`
    : `Each score becomes a power of e, so that all are positive, and each row is divided by its ` +
        `sum. ${told}: it spends exactly one.`;
}

/** The pictures of a step, in the order of its formula. @returns {Placed[]} */
export function picturesOf(run, place) {
  const { step, i, j, d, m } = place;
  const stream = (id, symbol, title, matrix = run[id]) => ({
    ...shown(id, symbol, title, matrix, 'token', 'dimension', i, m),
    pick: (r, c) => ({ query_pos: r, m: c }),
  });
  const grid = (id, symbol, title, more = {}) => ({
    ...shown(id, symbol, title, run[id], 'token', 'token', i, j),
    pick: (r, c) => ({ query_pos: r, key_pos: c }),
    ...more,
  });
  const vectors = (id, symbol, title, pos, pick, col = d) => ({
    ...shown(id, symbol, title, run[id], 'token', 'dimension', pos, col),
    pick,
  });
  const query = (r, c) => ({ query_pos: r, d: c });
  const key = (r, c) => ({ key_pos: r, d: c });
  const x = stream('x', [mi('x')], 'what the block reads');
  const normed = stream('normed', [mi('n')], 'what the heads read');
  const vector = (id, title) => ({
    ...shown(id, [word(id)], title, run[id], 'vector', 'dimension', 0, m),
    pick: (_r, c) => ({ m: c }),
  });
  const scores = (title, more) => grid('scores', [mi('s')], title, more);
  switch (step) {
    case 1:
      return run.token
        ? [
            { picture: stream('token', [word('token')], 'the same wherever it stands') },
            {
              before: '+',
              picture: stream('position', [word('position')], 'the same for any token'),
            },
            { before: '=', picture: x },
          ]
        : [{ picture: stream('x', [mi('x')], `handed on by block ${run.layer - 1}`) }];
    case 2:
      return [
        { picture: x },
        { before: '− mean ÷ sd ×', picture: vector('gain', 'a factor for each dimension') },
        { before: '+', picture: vector('bias', 'and what is added to it') },
        { before: '=', picture: normed },
      ];
    case 3:
      return [
        { picture: { ...normed, col: null, pick: (r) => ({ query_pos: r }) } },
        ...cards(run, place),
      ];
    case 4:
      return [
        { picture: vectors('q', [mi('q')], 'what each looks for', i, query, null) },
        {
          before: run.v_a ? '+' : '·',
          picture: vectors('k', [mi('k')], 'what each offers', j, key, null),
        },
        {
          before: '=',
          picture: grid('dot', [run.v_a ? mi('s') : word('q · k')], 'queries down, keys across'),
        },
      ];
    case 5:
      return [
        { picture: grid('dot', [word('q · k')], 'before') },
        {
          before: scaleSign(run),
          picture: scores('after'),
        },
      ];
    case 6:
      return [{ picture: scores('what may be seen', { mask: run.mask }) }];
    case 7:
      return [
        { picture: scores('what may be seen', { mask: run.mask }) },
        {
          before: '→',
          picture: grid('pattern', [mi('a')], 'each row adds up to 1', {
            share: true,
            mask: run.mask,
          }),
        },
      ];
    case 8:
      return [
        {
          picture: {
            ...grid('pattern', [mi('a')], 'who looks at whom', { share: true, mask: run.mask }),
            col: null,
          },
        },
        { before: '·', picture: { ...vectors('v', [mi('v')], 'what each hands over', null, key) } },
        {
          before: '=',
          picture: {
            ...vectors('z', [mi('z')], 'what each takes home', i, query),
            matrix: run.z[run.head],
          },
        },
      ];
    case 9:
      return [
        { picture: besideOf(run, place) },
        {
          before: '·',
          picture: {
            ...shown(
              'w_o',
              [msub(mi('W'), mi('o'))],
              'this head’s part is framed',
              run.w_o,
              'dimension',
              'dimension',
              null,
              m,
            ),
            rows: partOf(run),
            pick: (_r, c) => ({ m: c }),
          },
        },
        {
          before: '=',
          picture: stream('output', [word('output')], run.b_o ? 'with its bias' : 'of all heads'),
        },
      ];
    default:
      return [
        { picture: stream('x', [mi('x')], 'what was there') },
        { before: '+', picture: stream('output', [word('output')], 'what the heads found') },
        { before: '=', picture: stream('sum', [word('sum')], 'the stream after the heads') },
        {
          before: '→',
          picture: stream('residual', [word(nextName(run))], 'handed on, x′'),
        },
      ];
  }
}

const nextName = (run) =>
  run.layer + 1 < run.layers ? `x of block ${run.layer + 1}` : 'the last x';

function shown(id, symbol, title, matrix, rowKind, colKind, r, c) {
  return { id, symbol, title, matrix, rowKind, colKind, row: r, col: c };
}

const partOf = (run) => ({ from: run.head * run.q.cols, to: (run.head + 1) * run.q.cols });

function besideOf(run, { i, d }) {
  const width = run.q.cols;
  return {
    ...shown(
      'beside',
      [mi('z')],
      `heads 0 to ${run.heads - 1}; this one is framed`,
      run.beside,
      'token',
      'dimension',
      i,
      null,
    ),
    part: partOf(run),
    pick: (r, c) => ({ query_pos: r, d: Math.floor(c / width) === run.head ? c % width : d }),
  };
}

/** W and the vectors that it makes, for each of the three cards. */
function cards(run, { card, i, d }) {
  return CARDS.flatMap(({ name }) => {
    const col = card === name ? d : null;
    const w = [msub(mi('W'), mi(name))];
    return [
      {
        picture: {
          ...shown(
            `w_${name}`,
            w,
            `${run.x.cols} × ${run.q.cols} weights`,
            run[`w_${name}`],
            'dimension',
            'dimension',
            null,
            col,
          ),
          pick: (_r, c) => ({ d: c, card: name }),
        },
      },
      {
        picture: {
          ...shown(name, [mi(name)], 'of every token', run[name], 'token', 'dimension', i, col),
          pick: (r, c) => ({ query_pos: r, d: c, card: name }),
        },
      },
    ];
  });
}
