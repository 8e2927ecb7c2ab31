/** The way: ten steps to go to, back and next, which head and which token to follow. */

import { h, icon, setText } from '../../../core/dom.js';
import { tokenLabel } from '../../../figures/axis.js';
import { isolated } from '../../../figures/bidi.js';
import { STEPS } from '../../../figures/walk/steps.js';
import { roving } from '../../../parts/roving.js';

const TASKS = {
  parent: 'from a word to its parent in the sentence',
  antecedent: 'from a pronoun to what it refers to',
};

/**
 * @param {{steps: HTMLElement, head: HTMLElement, tokens: HTMLElement}} roots
 * @param {{onStep: (step: number) => void, onHead: (name: {layer: number, head: number}) => void, onToken: (pos: number) => void}} callbacks
 */
export function stepNav(roots, { onStep, onHead, onToken }) {
  let state = null;
  let drawn = null;
  const steps = STEPS.map(({ short, title }, n) =>
    h(
      'button',
      { type: 'button', class: 'step-nav-step', title, onclick: () => onStep(n + 1) },
      h('span', { class: 'step-nav-number' }, n + 1),
      h('span', { class: 'step-nav-name' }, short),
    ),
  );
  const turn = (by, label, name, keys) =>
    h(
      'button',
      {
        type: 'button',
        class: 'button step-nav-turn',
        'aria-keyshortcuts': keys,
        onclick: () => onStep(state.step + by),
      },
      ...(by < 0 ? [icon(name), label] : [label, icon(name)]),
    );
  const back = turn(-1, 'Back', 'left', 'ArrowLeft');
  const next = turn(1, 'Next', 'right', 'ArrowRight');
  const said = h('p', { class: 'visually-hidden', role: 'status' });
  const list = h('ol', { class: 'step-nav' }, ...steps.map((step) => h('li', {}, step)));
  roots.steps.replaceChildren(back, list, next, said);

  const number = (label, name) => {
    const select = h('select', {
      onchange: () =>
        onHead({ layer: state.layer, head: state.head, [name]: Number(select.value) }),
    });
    const field = h(
      'label',
      { class: 'field' },
      h('span', { class: 'field-label' }, label),
      select,
    );
    return { select, field };
  };
  const layer = number('Layer', 'layer');
  const head = number('Head', 'head');
  const task = h('p', { class: 'walk-task' });
  const supervised = h('div', {
    class: 'walk-supervised',
    role: 'group',
    'aria-label': 'Heads that were taught',
  });
  roots.head.replaceChildren(layer.field, head.field, task, supervised);

  const chips = h('div', { class: 'walk-tokens', role: 'group', 'aria-label': 'Token to follow' });
  roots.tokens.replaceChildren(h('span', { class: 'field-label' }, 'Follow'), chips);
  // A pointer leaves the focus where it is, so that the arrow keys still turn the steps.
  chips.addEventListener('mousedown', (event) => event.preventDefault());
  const { stop } = roving(chips, { items: () => /** @type {any} */ ([...chips.children]) });

  return {
    /** @param {{state: import('../../../core/walk-address.js').WalkState, run: any, place: any, dir: string}} shown */
    update(shown) {
      const before = state;
      state = shown.state;
      const { run, place } = shown;
      steps.forEach((step, n) => {
        if (n + 1 === state.step) step.setAttribute('aria-current', 'step');
        else step.removeAttribute('aria-current');
      });
      back.disabled = state.step === 1;
      next.disabled = state.step === STEPS.length;
      if (before && before.step !== state.step) {
        setText(said, `Step ${state.step} of ${STEPS.length}: ${STEPS[state.step - 1].title}`);
        showCurrent();
      }
      fill(layer.select, run?.layers ?? state.layer + 1, state.layer);
      fill(head.select, run?.heads ?? state.head + 1, state.head);
      if (!run) return;
      drawTaught(run);
      drawTokens(run, place, shown.dir);
    },
  };

  function showCurrent() {
    const current = steps[state.step - 1];
    const left = current.offsetLeft - (list.clientWidth - current.offsetWidth) / 2;
    if (list.scrollWidth > list.clientWidth) list.scrollTo({ left });
  }

  function drawTaught(run) {
    const here = run.supervised.find((one) => one.layer === run.layer && one.head === run.head);
    setText(
      task,
      here ? `Taught to point ${TASKS[here.task]}.` : 'Free: nobody told this head what to do.',
    );
    supervised.replaceChildren(
      ...run.supervised
        .filter((one) => one !== here)
        .map((one) =>
          h(
            'button',
            {
              type: 'button',
              class: 'text-button',
              onclick: () => onHead({ layer: one.layer, head: one.head }),
            },
            `${one.task === 'parent' ? 'Parent' : 'Antecedent'}: layer ${one.layer}, head ${one.head}`,
          ),
        ),
    );
  }

  function drawTokens(run, place, dir) {
    if (drawn !== run.tokens) {
      drawn = run.tokens;
      chips.dir = dir;
      chips.replaceChildren(
        ...run.tokens.map((token, pos) =>
          h(
            'button',
            {
              type: 'button',
              class: `walk-token${token.special ? ' is-special' : ''}`,
              'aria-label': `${isolated(tokenLabel(token, 24))}, ${pos}`,
              onclick: () => onToken(pos),
            },
            tokenLabel(token, 24),
          ),
        ),
      );
    }
    [...chips.children].forEach((chip, pos) => {
      chip.setAttribute('aria-pressed', String(pos === place.i));
      chip.classList.toggle('is-key', pos === place.j && place.step >= 4 && place.step <= 8);
    });
    if (!chips.contains(document.activeElement)) stop(/** @type {any} */ (chips.children[place.i]));
  }
}

function fill(select, count, value) {
  if (select.options.length !== count) {
    select.replaceChildren(
      ...Array.from({ length: count }, (_, n) => h('option', { value: n }, String(n))),
    );
  }
  select.value = String(value);
}
