/**
 * Why one query looks at one key as much as it does: its q, the k of the strongest keys of
 * the row, their products dimension by dimension, the score, and its share after the softmax.
 */

import { h } from '../../../core/dom.js';
import { numberText, shareText, tokenLabel, tokenName } from '../../../figures/axis.js';
import { cellExplanation } from '../../../figures/strips.js';
import { vectorStrips } from '../../../parts/vectors.js';

const LISTED = 10;

/**
 * @param {HTMLElement} root
 * @returns {{update(props: any, theme: any): void}} props and theme of the strips
 */
export function explanationView(root) {
  const vectors = vectorStrips(root, 16);

  function update(props, theme) {
    vectors.clear();
    const { cell, queryTokens, keyTokens } = props;
    if (!cell) {
      const hint =
        'Choose a cell of the pattern to see how its weight comes about: ' +
        'query, key, product, score, softmax.';
      root.replaceChildren(h('p', { class: 'explanation-hint' }, hint));
      return;
    }
    const explanation = cellExplanation(props, LISTED);
    const query = tokenName(queryTokens, cell.query_pos);
    const title = h('h4', { class: 'explanation-title' }, 'Why ');
    title.append(token(queryTokens, cell.query_pos), ' looks at ');
    title.append(token(keyTokens, cell.key_pos), ' as much as it does');
    const names = [
      'token',
      'vector',
      'q × k, by dimension',
      props.scores ? 'score' : 'q · k',
      'softmax',
    ];
    const table = h(
      'div',
      {
        class: 'explanation-table',
        role: 'table',
        'aria-label': `q of ${query} against the strongest keys of its row`,
      },
      row('explanation-head', ...names.map((name) => h('div', { role: 'columnheader' }, name))),
      row(
        'explanation-query',
        heading('q', query),
        strip(`q of ${query}`, explanation.query, explanation.qkRange),
        ...['', '', ''].map(() => h('div', { role: 'cell' })),
      ),
      ...explanation.keys.map((key) =>
        keyRow(key, key.key_pos === cell.key_pos, explanation, keyTokens),
      ),
    );
    root.replaceChildren(title, table);
    if (explanation.rest > 0) root.append(h('p', { class: 'figure-note' }, restText(explanation)));
    vectors.paint(theme);
  }

  function keyRow(key, chosen, { qkRange, productRange }, keyTokens) {
    const name = tokenName(keyTokens, key.key_pos);
    const weight = h('div', { class: 'explanation-weight', role: 'cell' }, weightText(key.weight));
    if (key.weight > 0) weight.style.setProperty('--share', key.weight);
    return row(
      chosen ? 'explanation-chosen' : '',
      heading('k', name),
      strip(`k of ${name}`, key.k, qkRange),
      strip(`q × k of ${name}`, key.products, productRange),
      h('div', { class: 'explanation-number', role: 'cell' }, numberText(key.score ?? key.dot)),
      weight,
    );
  }

  function strip(name, data, range) {
    const canvas = vectors.strip({ name, data, range }, `${name}, ${data.length} dimensions`);
    return h('div', { class: 'explanation-strip', role: 'cell' }, canvas);
  }

  return { update };
}

function restText({ rest, restWeight }) {
  const held =
    restWeight === null ? '' : `; together they hold ${shareText(restWeight)} of the row`;
  return `${rest} weaker keys are not listed${held}.`;
}

/** Null where no pattern was given. */
function weightText(weight) {
  if (weight === null) return '';
  return Number.isNaN(weight) ? 'masked' : numberText(weight);
}

function row(className, ...cells) {
  return h('div', { class: `explanation-row ${className}`.trim(), role: 'row' }, ...cells);
}

function heading(symbol, name) {
  return h('div', { role: 'rowheader' }, h('var', { class: 'strip-symbol' }, symbol), ` ${name}`);
}

function token(tokens, pos) {
  return h(
    'b',
    {},
    h('bdi', {}, tokenLabel(tokens[pos], 24)),
    h('span', { class: 'explanation-pos' }, ` ${pos}`),
  );
}
