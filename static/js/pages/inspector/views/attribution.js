// Integrated gradients: what each token adds to the output, or takes from it.

import { h, setText } from '../../../core/dom.js';
import { STEPS } from '../../../core/inspector-address.js';
import * as figure from '../../../figures/attribution.js';
import { numberText, tokenLabel } from '../../../figures/axis.js';
import { segmented } from '../../../parts/fields.js';
import { outputText } from '../measures.js';

const ABOUT =
  'The gradient of the output, summed over small steps from a baseline to the text ' +
  '(Sundararajan et al. 2017). Orange adds to the output, blue takes away. Each step runs the ' +
  'model once.';

/**
 * @param {HTMLElement} root
 * @param {{onSteps: (steps: number) => void}} callbacks
 */
export function attributionView(root, { onSteps }) {
  const steps = segmented(
    'Steps',
    STEPS.map((count) => [String(count), String(count)]),
    (value) => onSteps(Number(value)),
  );
  const wait = h('p', { class: 'attribution-wait', role: 'status' });
  const problem = h('div');
  const list = h('ol', { class: 'attribution-tokens', 'aria-label': 'What each token adds' });
  const sum = h('p', { class: 'attribution-sum', role: 'status' });
  root.replaceChildren(
    h('div', { class: 'attribution-head' }, steps.element, h('p', { class: 'figure-note' }, ABOUT)),
    wait,
    problem,
    list,
    sum,
  );
  let drawn = null;

  function draw({ integrated_gradients: found, tokens, output }, speaking) {
    const bars = figure.tokenBars(found.values);
    list.replaceChildren(
      ...bars.map(({ value, share }, pos) => {
        const bar = h('span', { class: 'attribution-bar', 'aria-hidden': 'true' });
        bar.style.setProperty('--share', String(Math.abs(share)));
        const side = value < 0 ? ' is-negative' : '';
        return h(
          'li',
          { class: `attribution-token${tokens[pos].special ? ' is-special' : ''}${side}` },
          h('bdi', { title: `token ${pos}` }, tokenLabel(tokens[pos])),
          bar,
          h('span', { class: 'attribution-number' }, value === 0 ? '0' : signed(value)),
        );
      }),
    );
    setText(sum, `Of ${outputText(output, speaking)}. ${figure.completenessText(found)}`);
  }

  return {
    /**
     * @param {{slot: import('../../../core/queries.js').Slot, problem: Node|null, steps: number|null, speaking: any[]}} next
     */
    update({ slot, problem: told, steps: count, speaking }) {
      if (count === null) return;
      steps.set(String(count));
      const loading = slot.status === 'loading';
      root.classList.toggle('is-busy', loading);
      setText(wait, loading ? `Running the model ${count} times…` : '');
      problem.replaceChildren(...(told ? [told] : []));
      list.hidden = slot.status === 'error';
      sum.hidden = slot.status === 'error';
      const answer = slot.status === 'ready' ? slot.value : null;
      if (!answer || answer === drawn) return;
      drawn = answer;
      draw(answer, speaking);
    },
  };
}

const signed = (value) => `${value > 0 ? '+' : ''}${numberText(value, 3)}`;
