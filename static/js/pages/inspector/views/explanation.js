/**
 * Why one query looks at one key as much as it does: its q, the k of the strongest keys of
 * the row, their products dimension by dimension, the score, and its share after the softmax.
 */

import { classes, html, nothing, render, when } from '../../../core/template.js';
import { numberText, shareText, tokenLabel, tokenName } from '../../../figures/axis.js';
import { cellExplanation } from '../../../figures/strips.js';
import { plural, rich, t } from '../../../language/messages.js';
import { vectorStrips } from '../../../parts/vectors.js';

const LISTED = 10;
const HINT = t(
  'Choose a cell of the pattern to see how its weight comes about: query, key, product, score, softmax.',
);

/**
 * @param {HTMLElement} root
 * @returns {{update(props: any, theme: any): void}} props and theme of the strips
 */
export function explanationView(root) {
  const vectors = vectorStrips(root, 16);

  function update(props, theme) {
    vectors.clear();
    render(props.cell ? content(props) : html`<p class="explanation-hint">${HINT}</p>`, root);
    vectors.paint(theme);
  }

  function content(props) {
    const { cell, queryTokens, keyTokens, scores } = props;
    const explanation = cellExplanation(props, LISTED);
    const { query: q, keys, qkRange, rest } = explanation;
    const query = tokenName(queryTokens, cell.query_pos);
    const names = [
      t('token'),
      t('vector'),
      t('q × k, by dimension'),
      scores ? t('score') : 'q · k',
      'softmax',
    ];
    return html`<h4 class="explanation-title">${rich('Why {query} looks at {key} as much as it does', { query: token(queryTokens, cell.query_pos), key: token(keyTokens, cell.key_pos) })}</h4>
      <div class="explanation-table" role="table"
        aria-label=${t('q of {query} against the strongest keys of its row', { query })}>
        ${row(
          'explanation-head',
          names.map((name) => html`<div role="columnheader">${name}</div>`),
        )}
        ${row('explanation-query', [
          heading('q', query),
          strip(t('q of {query}', { query }), q, qkRange),
          ...[1, 2, 3].map(() => html`<div role="cell"></div>`),
        ])}
        ${keys.map((key) => keyRow(key, key.key_pos === cell.key_pos, explanation, keyTokens))}</div>
      ${when(rest > 0, () => html`<p class="figure-note">${restText(explanation)}</p>`)}`;
  }

  function keyRow(key, chosen, { qkRange, productRange }, keyTokens) {
    const name = tokenName(keyTokens, key.key_pos);
    const share = key.weight > 0 ? `--share: ${key.weight}` : nothing;
    return row(classes(chosen && 'explanation-chosen'), [
      heading('k', name),
      strip(t('k of {name}', { name }), key.k, qkRange),
      strip(t('q × k of {name}', { name }), key.products, productRange),
      html`<div class="explanation-number" role="cell">${numberText(key.score ?? key.dot)}</div>`,
      html`<div class="explanation-weight" role="cell"
        style=${share}>${weightText(key.weight)}</div>`,
    ]);
  }

  function strip(name, data, range) {
    const canvas = vectors.strip(
      { name, data, range },
      t('{name}, {count} dimensions', { name, count: data.length }),
    );
    return html`<div class="explanation-strip" role="cell">${canvas}</div>`;
  }

  return { update };
}

function restText({ rest, restWeight }) {
  return restWeight === null
    ? plural('{count} weaker key is not listed.', '{count} weaker keys are not listed.', rest)
    : plural(
        '{count} weaker key is not listed; it holds {share} of the row.',
        '{count} weaker keys are not listed; together they hold {share} of the row.',
        rest,
        { share: shareText(restWeight) },
      );
}

/** Null where no pattern was given. */
function weightText(weight) {
  if (weight === null) return '';
  return Number.isNaN(weight) ? t('masked') : numberText(weight);
}

const row = (name, cells) =>
  html`<div class=${classes('explanation-row', name)} role="row">${cells}</div>`;

const heading = (symbol, name) =>
  html`<div role="rowheader"><var class="strip-symbol">${symbol}</var> ${name}</div>`;

const token = (tokens, pos) =>
  html`<b><bdi>${tokenLabel(tokens[pos], 24)}</bdi><span
    class="explanation-pos"> ${pos}</span></b>`;
