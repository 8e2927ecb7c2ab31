/** The formulas of the walk's steps. Pure. */

import { t } from '../../language/messages.js';
import { mfrac, mi, mn, mo, mrow, msqrt, msub, msubsup, msup, sum, text, word } from '../math.js';
import { dividesByRoot } from './run.js';

const of = (name, ...index) => msub(mi(name), mrow(...index.map(mi)));
const w = (name) => msub(mi('W'), mi(name));

/** The formulas of a step, side by side. @param {import('./run.js').Run} run @returns {any[][]} */
export function formulasOf(run, step) {
  if (step === 2) return norm();
  if (step === 3) {
    return ['q', 'k', 'v'].map((name) => [of(name, 'i'), mo('='), of('n', 'i'), w(name)]);
  }
  if (step === 5) return dividedBy(run);
  if (step === 10) return added();
  return [formulaOf(run, step)];
}

function formulaOf(run, step) {
  const additive = run.v_a !== null;
  const relu = run.normaliser === 'relu';
  switch (step) {
    case 1:
      return run.token
        ? [
            of('x', 'i'),
            mo('='),
            msub(word(t('token')), mi('i')),
            mo('+'),
            msub(word(t('position')), mi('i')),
          ]
        : [
            of('x', 'i'),
            mo('='),
            text(t('what block {layer} handed on', { layer: run.layer - 1 })),
          ];
    case 4:
      return additive
        ? [
            of('s', 'i', 'j'),
            mo('='),
            sum('d'),
            of('v', 'd'),
            mi('tanh'),
            mo('('),
            of('q', 'i', 'd'),
            mo('+'),
            of('k', 'j', 'd'),
            mo(')'),
          ]
        : [
            of('q', 'i'),
            mo('·'),
            of('k', 'j'),
            mo('='),
            sum('d'),
            of('q', 'i', 'd'),
            of('k', 'j', 'd'),
          ];
    case 6:
      return run.mask
        ? [of('s', 'i', 'j'), mo('='), mo('−'), mn('∞'), text(t('where hidden'))]
        : [of('s', 'i', 'j'), text(t('stays as it is'))];
    case 7: {
      const up = (j) =>
        relu
          ? mrow(mi('max'), mo('('), of('s', 'i', j), mo(','), mn(0), mo(')'))
          : msup(mi('e'), of('s', 'i', j));
      return [of('a', 'i', 'j'), mo('='), mfrac(up('j'), mrow(sum('j′'), up('j′')))];
    }
    case 8:
      return [of('z', 'i'), mo('='), sum('j'), of('a', 'i', 'j'), of('v', 'j')];
    default:
      return [
        msub(word(t('output')), mi('i')),
        mo('='),
        mo('['),
        ...heads(run),
        mo(']'),
        w('o'),
        ...(run.b_o ? [mo('+'), of('b', 'o')] : []),
      ];
  }
}

function norm() {
  const [mean, sd] = [msub(word(t('mean')), mi('i')), msub(word(t('sd')), mi('i'))];
  const from = mrow(of('x', 'i', 'm'), mo('−'), mean);
  const count = msub(mi('d'), word('model'));
  return [
    [
      of('n', 'i'),
      mo('='),
      mfrac(mrow(of('x', 'i'), mo('−'), mean), sd),
      mo('×'),
      word(t('gain')),
      mo('+'),
      word(t('bias')),
    ],
    [mean, mo('='), mfrac(mrow(sum('m'), of('x', 'i', 'm')), count)],
    [
      sd,
      mo('='),
      msqrt(
        mrow(
          mfrac(mrow(sum('m'), msup(mrow(mo('('), from, mo(')')), mn(2))), count),
          mo('+'),
          mi('ε'),
        ),
      ),
    ],
  ];
}

function added() {
  const [sumOf, output] = [msub(word(t('sum')), mi('i')), msub(word(t('output')), mi('i'))];
  const fed = [word(t('feedforward')), mo('('), word(t('norm')), mo('('), sumOf, mo(')'), mo(')')];
  return [
    [sumOf, mo('='), of('x', 'i'), mo('+'), output],
    [of('x′', 'i'), mo('='), sumOf, mo('+'), ...fed],
  ];
}

function dividedBy(run) {
  if (run.scale === 1) return [[of('s', 'i', 'j'), text(t('stays as it is'))]];
  const dot = mrow(of('q', 'i'), mo('·'), of('k', 'j'));
  return dividesByRoot(run)
    ? [
        [of('s', 'i', 'j'), mo('='), mfrac(dot, msqrt(msub(mi('d'), word('head'))))],
        [msqrt(mn(run.q.cols)), mo('='), mn((run.q.cols ** 0.5).toFixed(3))],
      ]
    : [[of('s', 'i', 'j'), mo('='), dot, mo('×'), mn(run.scale.toPrecision(4))]];
}

/** z of head 0; z of head 1; and so on, the last one where there are many. */
function heads({ heads: count }) {
  const z = (n) => msubsup(mi('z'), mi('i'), mn(n));
  const shown = count <= 4 ? Array.from({ length: count }, (_, n) => n) : [0, 1, null, count - 1];
  return shown.flatMap((n, at) => [...(at ? [mo(';')] : []), n === null ? mo('…') : z(n)]);
}
