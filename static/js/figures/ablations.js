// What each head does alone, in numbers and in words. Pure.

import { t } from '../language/messages.js';
import { numberText } from './axis.js';

/**
 * An overview whose heads carry what switching them off does: `ablation`, its size, 0 or more.
 * @template {{id?: any, heads: any[]}} O
 * @param {O} overview
 * @param {{heads: {kind: string, layer: number, head: number, effect: number}[]}} answer
 * @returns {O}
 */
export function withEffects(overview, { heads }) {
  const name = ({ kind, layer, head }) => `${kind} ${layer} ${head}`;
  const sizes = new Map(heads.map((one) => [name(one), Math.abs(one.effect)]));
  return {
    ...overview,
    heads: overview.heads.map((head) => ({ ...head, ablation: sizes.get(name(head)) ?? null })),
  };
}

/**
 * What is measured, and what the colours mean.
 * @param {{of: string}} output @param {{low: number, median: number, high: number}} chance
 */
export function chanceText({ of }, { low, median, high }) {
  const unit =
    of === 'sentence' || of === 'vector'
      ? t('1 − cosine of it before and after')
      : t('how far the logit moves, up or down');
  return t(
    'Measured: {unit}. A head taken at random: {median} in the middle, {low} to {high} nine times in ten.',
    { unit, median: numberText(median, 2), low: numberText(low, 2), high: numberText(high, 2) },
  );
}

/** The head that does most, in one sentence. @param {any[]} heads @param {{high: number}} chance */
export function mostText(heads, { high }) {
  const best = heads.reduce((a, b) => (Math.abs(b.effect) > Math.abs(a.effect) ? b : a));
  const size = Math.abs(best.effect);
  const said = { layer: best.layer, head: best.head, effect: effectText(best.effect) };
  return high > 0 && size > high
    ? t('Head {layer}-{head} does most: {effect}, {times} times the 95th percentile.', {
        ...said,
        times: numberText(size / high, 2),
      })
    : t('Head {layer}-{head} does most: {effect}.', said);
}

/** @param {number} effect a distance, or a change of a logit with its sign */
export const effectText = (effect) => numberText(effect, 3);
