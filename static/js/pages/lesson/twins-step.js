/** A step that puts models that differ in one choice side by side: one head of each on the sentence,
 * and what the card says of them. */

import { html } from '../../core/template.js';
import * as twins from '../../figures/lessons/twins.js';
import { t } from '../../language/messages.js';
import { dataTable, tableFrame } from '../../parts/tables.js';
import { matrixRow } from './matrices.js';

/**
 * @param {object} options
 * @param {readonly string[]} options.names which of them
 * @param {number} options.layer
 * @param {readonly string[]} options.columns what the card says of each
 * @param {Readonly<Record<string, string>>} [options.named] what they are called here
 * @param {string} options.table what that is called
 * @param {any} options.queries of the page
 * @param {any} step what it says
 * @returns {{ask: (numbers: any, text: string) => void, step: import('./lessons.js').Step}}
 */
export function twinsStep({ names, layer, columns, named = twins.TWINS, table, queries }, step) {
  const slot = 'trained';
  const matrices = matrixRow({
    text: (key, cell) => {
      const answer = queries.get(slot).value;
      const { scores, pattern } = twins.twinIn(answer, key);
      return twins.cellText(answer, { scores: scores[0], pattern: pattern[0] }, t('weight'), cell);
    },
  });
  return {
    ask: (numbers, text) => numbers(slot, { text, twins: names, layer, head: 0 }, 'twins'),
    step: {
      needs: [slot],
      picture: (props) => {
        const answer = props.answer(slot);
        const { heads, rows } = twins.twinTable(answer, columns, named);
        return html`<div class="lesson-stack">${matrices(twins.patternsOf(answer, names, named), answer.tokens, null, props)}
          ${tableFrame(table, dataTable(table, heads, rows))}</div>`;
      },
      ...step(slot),
    },
  };
}
