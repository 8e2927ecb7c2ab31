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

import { t } from '../../language/messages.js';
import { numberText, shareText, tokenLabel } from '../axis.js';
import { isolated } from '../bidi.js';
import { mi, msub, word } from '../math.js';
import { at, dividesByRoot, row, spreadOf } from './run.js';

export const STEPS = Object.freeze([
  { short: 'x', title: t('What the block reads') },
  { short: t('norm'), title: t('Bring every token to one scale') },
  { short: 'q, k, v', title: t('Three cards for every token') },
  { short: 'q · k', title: t('Compare what is sought with what is offered') },
  { short: t('scale'), title: t('Keep the numbers moderate') },
  { short: t('mask'), title: t('Hide what may not be seen') },
  { short: 'softmax', title: t('Share out the attention') },
  { short: t('mix'), title: t('Take home a mixture of the values') },
  { short: t('heads'), title: t('All heads side by side') },
  { short: t('add'), title: t('Add it to what was there') },
]);

export const CARDS = Object.freeze([
  { name: 'q', vector: t('the query'), title: t('What I look for') },
  { name: 'k', vector: t('the key'), title: t('What I offer') },
  { name: 'v', vector: t('the value'), title: t('What I hand over') },
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
        ? t(
            '{me} enters as {size} numbers: those of the token, the same wherever it stands, plus those of position {i}, the same whatever stands there.',
            { me, size, i },
          )
        : t(
            '{me} arrives as the {size} numbers that block {layer} handed on: the token, with all that it has taken home so far.',
            { me, size, layer: run.layer - 1 },
          );
    case 2:
      return normMeaning(run, i);
    case 3:
      return t(
        'Three matrices of this head turn the {size} numbers of every token, normed, into three cards of {width}: the query says what {me} looks for, the key what it offers to be found by, the value what it hands over.',
        { size, width, me },
      );
    case 4:
      return run.v_a
        ? t(
            'The query of {me} meets the key of every token, here {other}: added, squashed by tanh, and weighed by v. The larger the sum, the better the match.',
            { me, other },
          )
        : t(
            'The query of {me} meets the key of every token, here {other}. Where both have the same sign the product is positive; their sum says how well the two match.',
            { me, other },
          );
    case 5:
      return scaleMeaning(run, width);
    case 6:
      return run.mask
        ? t('A query sees only what the mask lets it see. Of {count} tokens, {me} sees {seen}.', {
            count: run.tokens.length,
            me,
            seen: row(
              { data: run.mask, rows: run.tokens.length, cols: run.tokens.length },
              i,
            ).reduce((n, on) => n + on, 0),
          })
        : t(
            'Nothing is hidden in this model: every token may look at every token, before and after it. The scores pass as they are.',
          );
    case 7:
      return shareMeaning(run, i, j, a);
    case 8:
      return t(
        '{me} takes {a} of what {other} hands over, and so on down the row. Added up, that is z: what it takes home from this head.',
        { me, a: shareText(a), other },
      );
    case 9:
      return t(
        'Every head of the layer has worked like this one. Their {heads} results stand side by side, {heads} × {width} = {cols} numbers, and W_o turns them into {size} again.',
        { heads: run.heads, width, cols: run.beside.cols, size },
      );
    default:
      return run.layer + 1 < run.layers
        ? t(
            'What the heads found is added to what {me} was before: nothing is overwritten, and the sum is not normed. A copy of it is: the feed-forward layer reads that, and what it makes of it is added too: that is the x of block {next}.',
            { me, next: run.layer + 1 },
          )
        : t(
            'What the heads found is added to what {me} was before: nothing is overwritten, and the sum is not normed. A copy of it is: the feed-forward layer reads that, and what it makes of it is added too.',
            { me },
          );
  }
}

function normMeaning(run, i) {
  const { mean, sd } = spreadOf(run, i);
  return t(
    'The {cols} numbers of {token} lie around {mean}, about {sd} from it. The heads read them moved to 0 and divided by that, each dimension with a gain and a bias that were learned. x itself passes the heads by, unchanged.',
    { cols: run.x.cols, token: named(run, i), mean: numberText(mean), sd: numberText(sd) },
  );
}

function scaleMeaning(run, width) {
  if (run.v_a) return t('Additive scores are not scaled: tanh keeps every term between −1 and 1.');
  if (run.scale === 1) return t('This model does not scale its scores: it was trained that way.');
  return dividesByRoot(run)
    ? t(
        'A sum of {width} products varies about √{width} times as much as one of them. Divided by that, large scores do not drown all others in the softmax.',
        { width },
      )
    : t('Scores are multiplied by {scale} here.', { scale: numberText(run.scale) });
}

function scaleSign(run) {
  if (run.scale === 1) return '=';
  return dividesByRoot(run) ? `÷ √${run.q.cols} =` : `× ${numberText(run.scale)} =`;
}

function shareMeaning(run, i, j, a) {
  const sum = row(run.pattern, i).reduce((all, value) => all + value, 0);
  const said = { from: named(run, i), share: shareText(a), to: named(run, j), sum: sum.toFixed(6) };
  return run.normaliser === 'relu'
    ? t(
        'Negative scores count as 0; the others are divided by their sum. {from} gives {share} to {to}. Its row adds up to {sum}.',
        said,
      )
    : t(
        'Each score becomes a power of e, so that all are positive, and each row is divided by its sum. {from} gives {share} to {to}. Its row adds up to {sum}: it spends exactly one.',
        said,
      );
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
  const x = stream('x', [mi('x')], t('what the block reads'));
  const normed = stream('normed', [mi('n')], t('what the heads read'));
  const vector = (id, title) => ({
    ...shown(
      id,
      [word(id === 'gain' ? t('gain') : t('bias'))],
      title,
      run[id],
      'vector',
      'dimension',
      0,
      m,
    ),
    pick: (_r, c) => ({ m: c }),
  });
  const scores = (title, more) => grid('scores', [mi('s')], title, more);
  switch (step) {
    case 1:
      return run.token
        ? [
            { picture: stream('token', [word(t('token'))], t('the same wherever it stands')) },
            {
              before: '+',
              picture: stream('position', [word(t('position'))], t('the same for any token')),
            },
            { before: '=', picture: x },
          ]
        : [
            {
              picture: stream(
                'x',
                [mi('x')],
                t('handed on by block {layer}', { layer: run.layer - 1 }),
              ),
            },
          ];
    case 2:
      return [
        { picture: x },
        { before: t('− mean ÷ sd ×'), picture: vector('gain', t('a factor for each dimension')) },
        { before: '+', picture: vector('bias', t('and what is added to it')) },
        { before: '=', picture: normed },
      ];
    case 3:
      return [
        { picture: { ...normed, col: null, pick: (r) => ({ query_pos: r }) } },
        ...cards(run, place),
      ];
    case 4:
      return [
        { picture: vectors('q', [mi('q')], t('what each looks for'), i, query, null) },
        {
          before: run.v_a ? '+' : '·',
          picture: vectors('k', [mi('k')], t('what each offers'), j, key, null),
        },
        {
          before: '=',
          picture: grid('dot', [run.v_a ? mi('s') : word('q · k')], t('queries down, keys across')),
        },
      ];
    case 5:
      return [
        { picture: grid('dot', [word('q · k')], t('before')) },
        {
          before: scaleSign(run),
          picture: scores(t('after')),
        },
      ];
    case 6:
      return [{ picture: scores(t('what may be seen'), { mask: run.mask }) }];
    case 7:
      return [
        { picture: scores(t('what may be seen'), { mask: run.mask }) },
        {
          before: '→',
          picture: grid('pattern', [mi('a')], t('each row adds up to 1'), {
            share: true,
            mask: run.mask,
          }),
        },
      ];
    case 8:
      return [
        {
          picture: {
            ...grid('pattern', [mi('a')], t('who looks at whom'), { share: true, mask: run.mask }),
            col: null,
          },
        },
        {
          before: '·',
          picture: { ...vectors('v', [mi('v')], t('what each hands over'), null, key) },
        },
        {
          before: '=',
          picture: {
            ...vectors('z', [mi('z')], t('what each takes home'), i, query),
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
              t('this head’s part is framed'),
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
          picture: stream(
            'output',
            [word(t('output'))],
            run.b_o ? t('with its bias') : t('of all heads'),
          ),
        },
      ];
    default:
      return [
        { picture: stream('x', [mi('x')], t('what was there')) },
        { before: '+', picture: stream('output', [word(t('output'))], t('what the heads found')) },
        { before: '=', picture: stream('sum', [word(t('sum'))], t('the stream after the heads')) },
        {
          before: '→',
          picture: stream('residual', [word(nextName(run))], t('handed on, x′')),
        },
      ];
  }
}

const nextName = (run) =>
  run.layer + 1 < run.layers ? t('x of block {layer}', { layer: run.layer + 1 }) : t('the last x');

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
      t('heads 0 to {heads}; this one is framed', { heads: run.heads - 1 }),
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
            t('{rows} × {cols} weights', { rows: run.x.cols, cols: run.q.cols }),
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
          ...shown(name, [mi(name)], t('of every token'), run[name], 'token', 'dimension', i, col),
          pick: (r, c) => ({ query_pos: r, d: c, card: name }),
        },
      },
    ];
  });
}
