// Integrated gradients: what each token adds to the output, or takes from it.

import { STEPS } from '../../../core/addresses/inspector.js';
import { classes, find, guard, html, render } from '../../../core/template.js';
import * as figure from '../../../figures/attribution.js';
import { numberText, tokenLabel } from '../../../figures/axis.js';
import { prose, t } from '../../../language/messages.js';
import { segmented } from '../../../parts/fields.js';
import { pictureMenu } from '../../../parts/picture-menu.js';
import { outputText } from '../measures.js';

const ABOUT = t(
  'The gradient of the output, summed over small steps from a baseline to the text (Sundararajan et al. 2017). Orange adds to the output, blue takes away. Each step runs the model once.',
);
const COUNTS = STEPS.map((count) => /** @type {const} */ ([String(count), String(count)]));

/**
 * @param {HTMLElement} root
 * @param {{onSteps: (steps: number) => void}} callbacks
 */
export function attributionView(root, { onSteps }) {
  const menu = pictureMenu(
    t('Save the bars'),
    'attribution',
    () => find(root, '.attribution-tokens'),
    () => t('What each token adds'),
  );
  let drawn = null;

  const bars = ({ integrated_gradients: found, tokens }) =>
    figure.tokenBars(found.values).map(({ value, share }, pos) => {
      const kinds = [tokens[pos].special && 'is-special', value < 0 && 'is-negative'];
      return html`<li class=${classes('attribution-token', ...kinds)}>
        <bdi title=${t('token {pos}', { pos })}>${tokenLabel(tokens[pos])}</bdi>
        <span class="attribution-bar" aria-hidden="true" style="--share: ${Math.abs(share)}"></span>
        <span class="attribution-number">${value === 0 ? '0' : signed(value)}</span></li>`;
    });

  return {
    /**
     * @param {{slot: import('../../../core/queries.js').Slot, problem: any, steps: number|null, speaking: any[]}} next
     */
    update({ slot, problem, steps, speaking }) {
      if (steps === null) return;
      const loading = slot.status === 'loading';
      const failed = slot.status === 'error';
      root.classList.toggle('is-busy', loading);
      if (slot.status === 'ready' && slot.value) drawn = slot.value;
      const sum = () =>
        prose(
          t('Of {output}.', { output: outputText(drawn.output, speaking) }),
          figure.completenessText(drawn.integrated_gradients),
        );
      render(
        html`<div class="attribution-head">${segmented(t('Steps'), COUNTS, String(steps), (value) => onSteps(Number(value)))}
            <p class="figure-note">${ABOUT}</p></div>
          <p class="attribution-wait"
            role="status">${loading ? t('Running the model {steps} times…', { steps }) : ''}</p>
          <div>${problem}</div>
          <ol class="attribution-tokens" aria-label=${t('What each token adds')}
            ?hidden=${failed}>${guard([drawn], () => (drawn ? bars(drawn) : ''))}</ol>
          ${drawn && !failed ? menu : ''}
          <p class="attribution-sum" role="status" ?hidden=${failed}>${drawn ? sum() : ''}</p>`,
        root,
      );
    },
  };
}

const signed = (value) => `${value > 0 ? '+' : ''}${numberText(value, 3)}`;
