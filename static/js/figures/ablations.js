// What each head does alone, in numbers and in words. Pure.

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
      ? '1 − cosine of it before and after'
      : 'how far the logit moves, up or down';
  return (
    `Measured: ${unit}. A head taken at random: ${numberText(median, 2)} in the middle, ` +
    `${numberText(low, 2)} to ${numberText(high, 2)} nine times in ten.`
  );
}

/** The head that does most, in one sentence. @param {any[]} heads @param {{high: number}} chance */
export function mostText(heads, { high }) {
  const best = heads.reduce((a, b) => (Math.abs(b.effect) > Math.abs(a.effect) ? b : a));
  const size = Math.abs(best.effect);
  const times =
    high > 0 && size > high ? `, ${numberText(size / high, 2)} times the 95th percentile` : '';
  return `Head ${best.layer}-${best.head} does most: ${effectText(best.effect)}${times}.`;
}

/** @param {number} effect a distance, or a change of a logit with its sign */
export const effectText = (effect) => numberText(effect, 3);
