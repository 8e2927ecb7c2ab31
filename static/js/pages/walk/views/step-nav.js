/** The way: ten steps to go to, back and next, which head and which token to follow. */

import { build, classes, find, html, icon, nothing, render } from '../../../core/template.js';
import { tokenLabel, tokenSpoken } from '../../../figures/axis.js';
import { isolated } from '../../../figures/bidi.js';
import { STEPS } from '../../../figures/walk/steps.js';
import { t } from '../../../language/messages.js';
import { numberSelect } from '../../../parts/fields.js';
import { roving } from '../../../parts/roving.js';

const TASKS = {
  parent: t('Taught to point from a word to its parent in the sentence.'),
  antecedent: t('Taught to point from a pronoun to what it refers to.'),
};

/**
 * @param {{steps: HTMLElement, head: HTMLElement, tokens: HTMLElement}} roots
 * @param {{onStep: (step: number) => void, onHead: (name: {layer?: number, head?: number}) => void, onToken: (pos: number) => void}} callbacks
 */
export function stepNav(roots, { onStep, onHead, onToken }) {
  const chips = build(
    html`<div class="walk-tokens" role="group" aria-label=${t('Token to follow')}></div>`,
  );
  // A pointer leaves the focus where it is, so that the arrow keys still turn the steps.
  chips.addEventListener('mousedown', (event) => event.preventDefault());
  const { stop } = roving(chips, { items: () => /** @type {any} */ ([...chips.children]) });
  render(html`<span class="field-label">${t('Follow')}</span>${chips}`, roots.tokens);
  let shown = 0;

  function drawSteps({ step }, onward) {
    const turn = (by, end, keys, content) => html`<button type="button" class="button step-nav-turn"
      aria-keyshortcuts=${keys} ?disabled=${step === end}
        @click=${() => onStep(step + by)}>${content}</button>`;
    const item = (
      { short, title },
      n,
    ) => html`<li><button type="button" class="step-nav-step" title=${title}
      aria-current=${n + 1 === step ? 'step' : nothing} @click=${() => onStep(n + 1)}><span
      class="step-nav-number">${n + 1}</span><span
        class="step-nav-name">${short}</span></button></li>`;
    const way = (href) =>
      html`<a class="button button-primary step-nav-turn" href=${href}>${t('Explore it')}${icon('arrow')}</a>`;
    const turned = shown !== 0 && shown !== step;
    const said = t('Step {step} of {count}: {title}', {
      step,
      count: STEPS.length,
      title: STEPS[step - 1].title,
    });
    render(
      html`${turn(-1, 1, 'ArrowLeft', html`${icon('left')}${t('Back')}`)}<ol
        class="step-nav">${STEPS.map(item)}</ol>
        ${step < STEPS.length ? turn(1, 0, 'ArrowRight', html`${t('Next')}${icon('right')}`) : way(onward)}
        <p class="visually-hidden" role="status">${turned || told ? said : ''}</p>`,
      roots.steps,
    );
    told ||= turned;
    shown = step;
    if (turned) showCurrent();
  }
  /** Whether a step was turned to: the first is not read out. */
  let told = false;

  function showCurrent() {
    const list = find(roots.steps, '.step-nav');
    const current = find(list, '[aria-current]');
    const left = current.offsetLeft - (list.clientWidth - current.offsetWidth) / 2;
    if (list.scrollWidth > list.clientWidth) list.scrollTo({ left });
  }

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
    /** @param {{state: import('../../../core/addresses/walk.js').WalkState, run: any, place: any, dir: string, onward: string}} next `onward`: where the last step leads */
    update({ state, run, place, dir, onward }) {
      drawSteps(state, onward);
      drawHead(state, run);
      if (run) drawTokens(run, place, dir);
    },
  };
}
