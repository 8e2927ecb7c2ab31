// The open head's name and statistics, the heads beside it, and the controls of its pictures.

import { h, icon, setText } from '../../../core/dom.js';
import { layersOf } from '../../../core/selection.js';
import { walkOf } from '../../../core/walk-address.js';
import { formatStatistic, STATISTICS, statistic } from '../../../figures/overview.js';
import { dragHead } from '../../../parts/drag.js';
import { segmented, slider } from '../../../parts/fields.js';

const HINT =
  'Shift-click other heads, or switch on Compare above, to lay up to 8 over one another.';

/**
 * @param {HTMLElement} root
 * @param {{onOpen: (name: any, options: {add: boolean}) => void, onRemove: (name: any) => void, onAdjust: (patch: any) => void, onLevel: (level: string) => void, onSwitchOff: (name: any) => void, onCutting: (on: boolean) => void}} callbacks
 * @param {HTMLElement} exports the export menu's button
 */
export function headbarView(root, callbacks, exports) {
  const { onOpen, onRemove, onAdjust, onLevel, onSwitchOff, onCutting } = callbacks;
  let props = null;
  const title = h(
    'h2',
    {
      class: 'head-title',
      id: 'head-title',
      draggable: 'true',
      ondragstart: (event) => dragHead(event, props.open[0]),
    },
    'A head',
  );
  const add = h(
    'button',
    {
      type: 'button',
      class: 'button',
      title: 'Switch this head off under What if, below',
      onclick: () => onSwitchOff(props.open[0]),
    },
    icon('plus'),
    'Add to what if',
  );
  const badge = h('span', { class: 'head-supervised', hidden: true });
  const walk = h('a', { class: 'quiet-link', hidden: true }, 'Walk through this head');
  const step = (by, name, label) =>
    h(
      'button',
      { type: 'button', class: 'icon-button', 'aria-label': label, onclick: () => go(by) },
      icon(name),
    );
  const number = (label, change) => {
    const select = h('select', { onchange: () => change(Number(select.value)) });
    return {
      select,
      element: h('label', { class: 'field' }, h('span', { class: 'field-label' }, label), select),
    };
  };
  const layer = number('Layer', (value) =>
    onOpen({ ...props.open[0], layer: value }, { add: false }),
  );
  const head = number('Head', (value) => onOpen({ ...props.open[0], head: value }, { add: false }));
  const stats = h('dl', { class: 'head-stats' });
  const chips = h('ul', { class: 'head-chips', 'aria-label': 'Heads in the link picture' });

  const level = segmented(
    'Level',
    [
      ['token', 'Tokens'],
      ['word', 'Words'],
    ],
    onLevel,
  );
  const scale = segmented(
    'Colour scale',
    [
      ['sqrt', '√'],
      ['linear', 'linear'],
      ['log', 'log'],
    ],
    (value) => onAdjust({ scale: value }),
  );
  const special = h('input', {
    type: 'checkbox',
    role: 'switch',
    onchange: () => onAdjust({ hide_special: special.checked }),
  });
  const cutting = h('input', {
    type: 'checkbox',
    role: 'switch',
    onchange: () => onCutting(cutting.checked),
  });
  const threshold = slider(
    'Threshold',
    { min: 0, max: 1, step: 0.01 },
    (value) => value.toFixed(2),
    (value) => onAdjust({ threshold: value }),
  );
  const top = slider('Links a token', { min: 1, max: 12, step: 1 }, String, (value) =>
    onAdjust({ top_k: value }),
  );

  root.replaceChildren(
    h(
      'div',
      { class: 'head-top' },
      h(
        'div',
        { class: 'head-name' },
        title,
        h(
          'span',
          { class: 'head-steps' },
          step(-1, 'left', 'Previous head'),
          step(1, 'right', 'Next head'),
        ),
        badge,
        walk,
        add,
      ),
      layer.element,
      head.element,
      h('span', { class: 'spring' }),
      exports,
    ),
    stats,
    h(
      'div',
      { class: 'toolbar', role: 'group', 'aria-label': 'How the pictures are drawn' },
      level.element,
      h('label', { class: 'switch' }, special, h('span', {}, 'Hide special tokens')),
      threshold.element,
      top.element,
      scale.element,
      h(
        'label',
        { class: 'switch', title: 'A click on a link or a cell then cuts it, or mends it' },
        cutting,
        h('span', {}, 'Cut links'),
      ),
    ),
    chips,
  );

  function go(by) {
    const [{ kind, layer: l, head: n }] = props.open;
    const { heads } = props.shape;
    const layers = layersOf(props.shape);
    const all = layers.length * heads;
    const at = (layers.indexOf(l) * heads + n + by + all) % all;
    onOpen({ kind, layer: layers[Math.floor(at / heads)], head: at % heads }, { add: false });
  }

  return {
    /**
     * @param {{open: {kind: string, layer: number, head: number, color: string}[], shape: {layers: number, heads: number}, several: boolean, facts: any|null, model: string, supervised: ReturnType<typeof import('../../../core/supervision.js').supervisionOf>, state: import('../../../core/inspector-address.js').State, cutting: boolean}} next
     */
    update(next) {
      props = next;
      const {
        open: [first],
        shape,
        state,
        facts,
      } = next;
      setText(
        title,
        `Layer ${first.layer}, head ${first.head}${next.several ? ` · ${first.kind}` : ''}`,
      );
      badge.hidden = !next.supervised;
      badge.classList.toggle('is-supervised', Boolean(next.supervised?.supervised));
      setText(badge, next.supervised?.text ?? '');
      badge.title = next.supervised?.about ?? '';
      walk.hidden = !next.supervised;
      walk.href = `/walk#${walkOf(state, { ...first, model: next.model })}`;
      fillNumbers(layer.select, layersOf(shape), first.layer);
      fillNumbers(head.select, [...Array(shape.heads).keys()], first.head);
      level.set(state.level);
      scale.set(state.scale);
      special.checked = state.hide_special;
      cutting.checked = next.cutting;
      threshold.set(state.threshold);
      top.set(state.top_k);
      stats.replaceChildren(
        ...(facts ? STATISTICS : []).flatMap(({ name, label, about }) => {
          const value = statistic(facts, name);
          return value === null
            ? []
            : [
                h(
                  'div',
                  { title: about },
                  h('dt', {}, label),
                  h('dd', {}, formatStatistic(value, name)),
                ),
              ];
        }),
      );
      chips.replaceChildren(
        ...next.open.map((one) => chip(one, next)),
        ...(next.open.length > 1 ? [] : [h('li', { class: 'head-hint' }, HINT)]),
      );
    },
    destroy: () => root.replaceChildren(),
  };

  function chip(one, { open, several }) {
    const dot = h('span', { class: 'dot', 'aria-hidden': 'true' });
    dot.style.setProperty('--color', one.color);
    const name = `${one.layer}-${one.head}${several ? ` ${one.kind}` : ''}`;
    return h(
      'li',
      {
        class: 'head-chip',
        draggable: 'true',
        ondragstart: (event) => dragHead(event, one),
      },
      dot,
      h(
        'button',
        {
          type: 'button',
          class: 'head-chip-name',
          'aria-label': `Open head ${name}`,
          onclick: () => onOpen(one, { add: false }),
        },
        name,
      ),
      open.length > 1 &&
        h(
          'button',
          {
            type: 'button',
            class: 'head-chip-remove',
            'aria-label': `Remove head ${name}`,
            onclick: () => onRemove(one),
          },
          icon('close'),
        ),
    );
  }
}

function fillNumbers(select, numbers, value) {
  const there = [...select.options].map((option) => Number(option.value));
  if (String(there) !== String(numbers)) {
    select.replaceChildren(...numbers.map((each) => h('option', { value: each }, String(each))));
  }
  select.value = String(value);
}
