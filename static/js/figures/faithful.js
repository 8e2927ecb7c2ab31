// Whether a picture ranks links as their effects do: what a scatter of ranks shows. Pure.

import { plural, t } from '../language/messages.js';
import { numberText, tokenName } from './axis.js';

/**
 * Ranks from 1; equal values share the mean of the ranks that they take up.
 * @param {readonly number[]} values
 */
export function ranks(values) {
  const order = values.map((_, i) => i).sort((a, b) => values[a] - values[b]);
  const found = new Array(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && values[order[to]] === values[order[from]]) to += 1;
    for (let at = from; at < to; at += 1) found[order[at]] = (from + 1 + to) / 2;
    from = to;
  }
  return found;
}

/**
 * A dot for each link that was cut: how its weight ranks, across, and its effect, upwards.
 * @param {{effects: (number|null)[][]}} answer
 * @param {{data: Float32Array, cols: number}} weights of the pattern
 * @returns {{query_pos: number, key_pos: number, weight: number, effect: number, x: number, y: number}[]}
 *   x and y from 0, the lowest rank there can be, to 1
 */
export function rankDots({ effects }, weights) {
  const dots = effects.flatMap((row, query_pos) =>
    row.flatMap((effect, key_pos) =>
      effect === null
        ? []
        : [
            {
              query_pos,
              key_pos,
              effect,
              weight: weights.data[query_pos * weights.cols + key_pos],
            },
          ],
    ),
  );
  const place = (rank) => (dots.length > 1 ? (rank - 1) / (dots.length - 1) : 0.5);
  const across = ranks(dots.map(({ weight }) => weight));
  const up = ranks(dots.map(({ effect }) => effect));
  return dots.map((dot, i) => ({ ...dot, x: place(across[i]), y: place(up[i]) }));
}

/** The dot nearest to a place, if it is within reach. @returns {any|null} */
export function dotAt(dots, x, y, reach) {
  let found = null;
  let nearest = reach;
  for (const dot of dots) {
    const distance = Math.hypot(dot.x - x, dot.y - y);
    if (distance <= nearest) [found, nearest] = [dot, distance];
  }
  return found;
}

/** The links, and what was measured, in words. */
export function measuredText({ links, query_pos, query_tokens, renormalise }, output) {
  const which =
    query_pos === null
      ? plural('its one link', 'each of {count} links', links)
      : plural('the one link of {token}', 'each of {count} links of {token}', links, {
          token: tokenName(query_tokens, query_pos),
        });
  return renormalise
    ? t(
        'Rank correlation with the effect on {output} of cutting {which} alone, the rest of its row sharing what it had.',
        { output, which },
      )
    : t('Rank correlation with the effect on {output} of cutting {which} alone.', {
        output,
        which,
      });
}

/** A correlation as it is read: two decimals, a true minus; "undefined" where it is. */
export function correlationText(value) {
  return value === null ? t('undefined') : value.toFixed(2).replace('-', '−');
}

/** What a note beside the pointer says of a link. */
export function dotText({ query_pos, key_pos, weight, effect }, { query_tokens, key_tokens }) {
  return {
    title: `${tokenName(query_tokens, query_pos)} → ${tokenName(key_tokens, key_pos)}`,
    value: numberText(weight),
    rows: [[t('effect'), numberText(effect, 3)]],
  };
}
