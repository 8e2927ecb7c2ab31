/**
 * The arithmetic of one cell, as steps to read: from q and k to what the head adds.
 *
 * A formula is a list of parts: a string is plain text, {v: 'q', sub: 'i'} a variable with an
 * optional index, {n: number} a number, {sup: part} raised.
 *
 * @typedef {{id: string, title: string, formulas: any[][], meaning: string,
 *   vectors: {name: string, data: number[], range: number, sub?: string}[],
 *   residual: {of: string, value: number}|null, result: number|null}} Step
 */

import { t } from '../language/messages.js';
import { numberText, scientificText, tokenLabel } from './axis.js';
import { isolated } from './bidi.js';
import { symmetricRange } from './color.js';
import { headPlace } from './head-names.js';

const NEEDED = ['q', 'k', 'products', 'v', 'weighted_v', 'z'];

/**
 * @param {any} cell the answer of POST /cell
 * @returns {Step[]} in the order of the computation
 */
export function cellSteps(cell) {
  for (const name of NEEDED) {
    if (!Array.isArray(cell[name])) throw new Error(`invalid cell: ${name} is ${cell[name]}`);
  }
  const steps = [productStep(cell), sumStep(cell), scaleStep(cell)];
  if (cell.softcap !== null && cell.softcap !== undefined) steps.push(softcapStep(cell));
  steps.push(logitStep(cell), softmaxStep(cell), valueStep(cell), resultStep(cell));
  if (cell.contribution) steps.push(contributionStep(cell));
  return steps;
}

/**
 * Every dimension's product, for the table.
 * @returns {{d: number, q: number, k: number, product: number, share: number}[]} `share` is the
 *   product over the largest one's size, -1 to 1
 */
export function productRows({ q, k, products }) {
  const most = Math.max(...products.map(Math.abs)) || 1;
  return products.map((product, d) => ({ d, q: q[d], k: k[d], product, share: product / most }));
}

/** The panel's heading. */
export function cellTitle(cell) {
  const name = (token, pos) => `${isolated(tokenLabel(token, 24))} (${pos})`;
  return {
    query: name(cell.query_token, cell.query_pos),
    key: name(cell.key_token, cell.key_pos),
    where: headPlace(cell),
  };
}

/** How far this arithmetic lies from what the model itself computed in float32. */
export function residualText({ of, value }) {
  return value === 0
    ? t('Equal to the model’s own {of}.', { of })
    : t('Differs from the model’s own {of} by {value}.', {
        of,
        value: scientificText(Math.abs(value)),
      });
}

function productStep({ q, k, products, query_token: query, key_token: key }) {
  const range = symmetricRange(Float32Array.from([...q, ...k]), 1);
  const by = products
    .map((product, d) => [product, d])
    .sort(([a], [b]) => Math.abs(b) - Math.abs(a));
  const [[first, d], [second, e]] = [by[0], by[1] ?? by[0]];
  const largest =
    by.length > 1
      ? t('Dimensions {d} ({first}) and {e} ({second}) count most.', {
          d,
          first: numberText(first),
          e,
          second: numberText(second),
        })
      : '';
  return {
    id: 'products',
    title: t('Compare query and key, dimension by dimension'),
    formulas: [
      [v('q', 'd'), ' × ', v('k', 'd'), `  ${t('for d = 0 … {last}', { last: q.length - 1 })}`],
    ],
    meaning: t(
      'Where the query of “{query}” and the key of “{key}” have the same sign, the product is positive and draws them together. {largest}',
      { query: isolated(tokenLabel(query)), key: isolated(tokenLabel(key)), largest },
    ),
    vectors: [
      { name: 'q', data: q, range },
      { name: 'k', data: k, range },
      { name: 'q × k', data: products, range: symmetricRange(products, 1) },
    ],
    residual: null,
    result: null,
  };
}

function sumStep({ products, dot }) {
  return step('dot', t('Add the products up'), dot, {
    formulas: [[v('q'), ' · ', v('k'), ' = ∑ ', v('q', 'd'), v('k', 'd'), ' = ', n(dot)]],
    meaning: t('One number says how well the two match: the sum of the {count} products.', {
      count: products.length,
    }),
  });
}

function scaleStep({ q, dot, scale, score, residual }) {
  const usual = Math.abs(scale - q.length ** -0.5) < 1e-6;
  const why = usual
    ? t('Dividing by the square root of d_head, √{count}, keeps the softmax from saturating.', {
        count: q.length,
      })
    : scale === 1
      ? t('This model does not scale: its weights were trained that way.')
      : t("This model's own scale, not 1/√{count}.", { count: q.length });
  return step('score', t('Scale it to the score'), score, {
    formulas: [[n(dot), ' × ', n(scale), ...(usual ? [` (1/√${q.length})`] : []), ' = ', n(score)]],
    meaning: why,
    residual: { of: 'score', value: residual.score },
  });
}

function softcapStep({ score, softcap, capped }) {
  return step('softcap', t('Cap it softly'), capped, {
    formulas: [[n(softcap), ' × tanh(', n(score), ' / ', n(softcap), ') = ', n(capped)]],
    meaning: t('No score may leave −{softcap} to {softcap} in this model.', {
      softcap: numberText(softcap),
    }),
  });
}

function logitStep({ score, softcap, capped, bias, masked, logit }) {
  const start = softcap === null || softcap === undefined ? score : capped;
  if (masked) {
    return step('logit', t('Add the bias, apply the mask'), null, {
      formulas: [[n(start), ' + ', n(bias ?? 0), ` → ${t('masked')}`]],
      meaning: t(
        'This query may not look at this key: the mask sets the logit to −∞ before the softmax.',
      ),
    });
  }
  return step('logit', t('Add the bias, apply the mask'), logit, {
    formulas: [[n(start), ' + ', n(bias ?? 0), ' = ', n(logit)]],
    meaning: bias
      ? t('The bias depends on how far apart the two stand. The mask lets this key be seen.')
      : t('There is no bias here, and the mask lets this key be seen: the logit is the score.'),
  });
}

function softmaxStep({ masked, logit, row_max: max, exp, denominator, pattern, residual }) {
  const nowhere = masked && pattern > 0;
  const formulas = masked
    ? [
        nowhere
          ? ['1 / ', n(denominator), ' = ', n(pattern)]
          : ['exp(−∞) / ', n(denominator), ' = 0'],
      ]
    : [
        ['exp(', n(logit), ' − ', n(max), ') = ', n(exp)],
        [n(exp), ' / ', n(denominator), ' = ', n(pattern)],
      ];
  return step('pattern', t('Share out the attention: softmax'), pattern, {
    formulas,
    meaning: masked
      ? nowhere
        ? t('This query may look nowhere at all; the model then shares its row out evenly.')
        : t('A masked key takes no part of the row.')
      : t(
          '{max} is the row’s largest logit; subtracting it changes nothing but keeps exp in range. The denominator adds exp over all keys of the row, so that the row spends exactly one: this key gets {pattern} %.',
          { max: numberText(max), pattern: numberText(100 * pattern, 3) },
        ),
    residual: { of: 'pattern', value: residual.pattern },
  });
}

function valueStep({ v: value, weighted_v: weighted, pattern, key_token: key }) {
  const range = symmetricRange(value, 1);
  return step('value', t('Take that much of the value'), null, {
    formulas: [[v('α'), v('v', 'j'), ' = ', n(pattern), ' × ', v('v', 'j')]],
    meaning: t('The value is what “{key}” hands over; both strips share one scale of colour.', {
      key: isolated(tokenLabel(key)),
    }),
    vectors: [
      { name: 'v', sub: 'j', data: value, range },
      { name: 'αv', sub: 'j', data: weighted, range },
    ],
  });
}

function resultStep({ z, residual }) {
  return step('z', t('Sum over all keys'), null, {
    formulas: [[v('z', 'i'), ' = ∑', { sub: 'j' }, ' ', v('α', 'ij'), v('v', 'j')]],
    meaning: t(
      'The same for every key of the row, added up: what the query takes home from this head.',
    ),
    vectors: [{ name: 'z', sub: 'i', data: z, range: symmetricRange(z, 1) }],
    residual: { of: 'z', value: residual.z },
  });
}

function contributionStep({ contribution, contribution_norm: norm, residual }) {
  const residuals =
    residual.output === null || residual.output === undefined
      ? null
      : { of: t('block output (all heads and the bias summed)'), value: residual.output };
  return step('contribution', t('Carry it through the output projection'), norm, {
    formulas: [[`${t('length of')} `, v('α'), v('v', 'j'), ' ', v('W', 'o'), ' = ', n(norm)]],
    meaning: t(
      'The head’s part of W_o turns the weighted value into {count} numbers, added to the stream of the query’s token. Their length says how far this one cell moves it.',
      { count: contribution.length },
    ),
    vectors: [{ name: 'αvW', sub: 'o', data: contribution, range: symmetricRange(contribution) }],
    residual: residuals,
  });
}

function step(id, title, result, { formulas, meaning, vectors = [], residual = null }) {
  return { id, title, formulas, meaning, vectors, residual, result };
}

function v(name, sub) {
  return sub === undefined ? { v: name } : { v: name, sub };
}

function n(value) {
  return { n: value };
}
