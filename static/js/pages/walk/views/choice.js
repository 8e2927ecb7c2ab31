/** Which head, and which of its tokens to follow. */

import { build, classes, html, nothing, render } from '../../../core/template.js';
import { tokenLabel, tokenSpoken } from '../../../figures/axis.js';
import { isolated } from '../../../figures/bidi.js';
import { t } from '../../../language/messages.js';
import { numberSelect } from '../../../parts/fields.js';
import { roving } from '../../../parts/roving.js';

const TASKS = {
  parent: t('Taught to point from a word to its parent in the sentence.'),
  antecedent: t('Taught to point from a pronoun to what it refers to.'),
};

/**
 * @param {{head: HTMLElement, tokens: HTMLElement}} roots
 * @param {{onHead: (name: {layer?: number, head?: number}) => void, onToken: (pos: number) => void}} callbacks
 */
export function choice(roots, { onHead, onToken }) {
  const chips = build(
    html`<div class="walk-tokens" role="group" aria-label=${t('Token to follow')}></div>`,
  );
  // A pointer leaves the focus where it is, so that the arrow keys still turn the steps.
  chips.addEventListener('mousedown', (event) => event.preventDefault());
  const { stop } = roving(chips, { items: () => /** @type {any} */ ([...chips.children]) });
  render(html`<span class="field-label">${t('Follow')}</span>${chips}`, roots.tokens);

  function drawHead({ layer, head }, run) {
    const upTo = (count) => Array.from({ length: count }, (_, n) => n);
    const layers = upTo(run?.layers ?? layer + 1);
    const heads = upTo(run?.heads ?? head + 1);
    render(
      html`${numberSelect(t('Layer'), layers, layer, (to) => onHead({ layer: to }))}
        ${numberSelect(t('Head'), heads, head, (to) => onHead({ head: to }))}${run ? task(run) : nothing}`,
      roots.head,
    );
  }

  function task({ layer, head, supervised }) {
    const here = supervised.find((one) => one.layer === layer && one.head === head);
    const said = here ? TASKS[here.task] : t('Free: nobody told this head what to do.');
    const other = (one) => html`<button type="button" class="text-button"
      @click=${() => onHead({ layer: one.layer, head: one.head })}>${one.task === 'parent' ? t('Parent: layer {layer}, head {head}', one) : t('Antecedent: layer {layer}, head {head}', one)}</button>`;
    return html`<p class="walk-task">${said}</p><div class="walk-supervised" role="group"
      aria-label=${t('Heads that were taught')}>${supervised.filter((one) => one !== here).map(other)}</div>`;
  }

  function drawTokens({ tokens }, place, dir) {
    const isKey = (pos) => pos === place.j && place.step >= 4 && place.step <= 8;
    const chip = (
      token,
      pos,
    ) => html`<button type="button" tabindex="-1" aria-pressed=${pos === place.i}
      class=${classes('walk-token', token.special && 'is-special', isKey(pos) && 'is-key')}
      aria-label="${isolated(tokenSpoken(token))}, ${pos}"
        @click=${() => onToken(pos)}>${tokenLabel(token, 24)}</button>`;
    chips.dir = dir;
    render(tokens.map(chip), chips);
    if (!chips.contains(document.activeElement)) stop(/** @type {any} */ (chips.children[place.i]));
  }

  return {
    /** @param {{state: import('../../../core/addresses/walk.js').WalkState, run: any, place: any, dir: string}} next */
    update({ state, run, place, dir }) {
      drawHead(state, run);
      if (run) drawTokens(run, place, dir);
    },
  };
}
