// One edit: where, what, and how much of it.

import { freshId, h, icon, setText } from '../../../core/dom.js';
import { EDIT_KINDS, editKind, NORMALISERS } from '../../../core/edit-kinds.js';
import * as words from '../../../core/edits.js';
import { layersOf, pictureOf } from '../../../core/selection.js';
import { capitalized, numberText, tokenName } from '../../../figures/axis.js';
import { dropZone } from '../../../parts/drag.js';
import { select, slider } from '../../../parts/fields.js';

const MOST_NAMED = 4;

/** Sliders of a temperature count its decimal logarithm: 0.1 to 10. */
const warmth = (place) => Number((10 ** place).toPrecision(2));

/**
 * @param {object} callbacks
 * @param {(edit: words.Edit, options?: {slide?: boolean}) => void} callbacks.onChange
 * @param {(by: -1|1) => void} callbacks.onMove
 * @param {() => void} callbacks.onRemove
 * @param {() => void} callbacks.onPick links are to be clicked in the pictures, or no longer
 * @param {(name: any) => void} callbacks.onDropInto
 */
export function editCard({ onChange, onMove, onRemove, onPick, onDropInto }) {
  let props = null;
  let drawn = null;
  /** @type {{element: HTMLElement, set: (edit: any) => void}[]} */
  let fields = [];
  const edit = () => props.edit;
  const put = (patch, options) => onChange({ ...edit(), ...patch }, options);

  const does = EDIT_KINDS.map(({ name, label }) => [name, label]);
  const what = select('What', does, (name) => onChange(words.withDo(edit(), name)));
  what.element.classList.add('card-what');
  what.element.querySelector('.field-label').classList.add('visually-hidden');
  const number = h('span', { class: 'card-number', 'aria-hidden': 'true' });
  const on = h('input', {
    type: 'checkbox',
    role: 'switch',
    onchange: () => put({ on: on.checked }),
  });
  const button = (name, label, onclick) =>
    h('button', { type: 'button', class: 'icon-button', 'aria-label': label, onclick }, icon(name));
  const up = button('up', 'Move up', () => onMove(-1));
  const down = button('down', 'Move down', () => onMove(1));
  const away = button('close', 'Remove', () => onRemove());
  const own = h('div', { class: 'card-own' });
  const about = h('p', { class: 'card-about' });
  const problem = h('p', {
    class: 'card-problem',
    role: 'alert',
    id: freshId('problem'),
    hidden: true,
  });

  const layer = h('input', {
    type: 'number',
    min: 0,
    class: 'card-layer',
    onchange: () => /^\d{1,4}$/.test(layer.value) && put({ layer: Number(layer.value) }),
  });
  const kind = select('Kind', [], (name) => put({ kind: name === kindsOf()[0] ? null : name }));
  const heads = listField('Heads', 'heads', 'all', 'Heads: numbers such as 1, 4-6, or all.');
  const queries = listField('Tokens that look', 'query_pos', 'all', 'Positions such as 4, 9-11.');
  const place = h(
    'div',
    { class: 'card-place' },
    kind.element,
    h('label', { class: 'field' }, h('span', { class: 'field-label' }, 'Layer'), layer),
    heads.element,
    queries.element,
  );
  const element = h(
    'li',
    { class: 'card' },
    h(
      'div',
      { class: 'card-head' },
      number,
      what.element,
      h('span', { class: 'spring' }),
      h('label', { class: 'switch' }, on, h('span', { class: 'visually-hidden' }, 'Applied')),
      h('span', { class: 'card-buttons' }, up, down, away),
    ),
    place,
    own,
    about,
    problem,
  );
  dropZone(
    element,
    (name) => onDropInto(name),
    (name) => {
      const [first] = kindsOf();
      const same = (name.kind ?? first) === (edit().kind ?? first);
      return same && name.layer === edit().layer && edit().heads !== null;
    },
  );

  const kindsOf = () => props.data?.kinds.map((one) => one.kind) ?? [];

  /** What a person typed is not understood: it stays, and the card says so. */
  let mistyped = null;

  /** A field of numbers: what is typed is taken on Enter, or when it is left. */
  function listField(label, name, empty, format) {
    return textField(label, {
      read: words.parseNumbers,
      write: (numbers) => (numbers === null ? '' : words.numbersText(numbers)),
      get: () => edit()[name],
      put: (numbers) => put({ [name]: numbers }),
      empty,
      format,
    });
  }

  function textField(label, { read, write, get, put: tell, empty, format, wide = false }) {
    const input = h('input', {
      type: 'text',
      class: wide ? 'card-text is-wide' : 'card-text',
      placeholder: empty,
      autocomplete: 'off',
      spellcheck: 'false',
      'aria-describedby': problem.id,
      onchange: () => {
        const value = read(input.value);
        mistyped =
          value === undefined
            ? { input, text: `“${input.value}” is not understood. ${format}` }
            : null;
        if (value === undefined) drawProblem();
        else tell(value);
      },
    });
    return {
      element: h('label', { class: 'field' }, h('span', { class: 'field-label' }, label), input),
      input,
      set() {
        if (document.activeElement === input && input.value !== '' && mistyped?.input === input)
          return;
        const text = write(get());
        if (input.value !== text) input.value = text;
      },
    };
  }

  const OWN = {
    temperature: () => {
      const range = { min: -1, max: 1, step: 0.02 };
      const made = slider(
        'Temperature',
        range,
        (at) => numberText(warmth(at), 2),
        (at) => put({ value: warmth(at) }, { slide: true }),
      );
      const input = made.element.querySelector('input');
      return {
        element: made.element,
        set({ value }) {
          const at = Math.log10(Math.max(value, 0.01));
          if (warmth(Number(input.value)) !== value) made.set(Math.min(1, Math.max(-1, at)));
          const text = String(value);
          setText(made.element.querySelector('output'), text);
          input.setAttribute('aria-valuetext', text);
        },
      };
    },
    renormalise: () => {
      const made = select('Normaliser', Object.entries(NORMALISERS), (by) => put({ by }));
      return { element: made.element, set: ({ by }) => made.set(by) };
    },
    window: () => {
      const made = slider('Width', { min: 0, max: 16, step: 1 }, String, (width) =>
        put({ width }, { slide: true }),
      );
      const output = made.element.querySelector('output');
      return {
        element: made.element,
        set({ width }) {
          made.set(width);
          setText(output, String(width));
        },
      };
    },
    only_along: () => {
      const links = textField('Links', {
        read: words.parseEdges,
        write: words.edgesText,
        get: () => edit().edges,
        put: (edges) => put({ edges }),
        empty: 'query-key, such as 4-2, 5-3',
        format: 'Links: query-key, such as 4-2, 5-3.',
        wide: true,
      });
      const picker = h('button', { type: 'button', class: 'button', onclick: () => onPick() });
      return {
        element: h('div', { class: 'card-row' }, links.element, picker),
        set() {
          links.set();
          setText(picker, props.picking ? 'Done picking' : 'Pick in the pictures');
          picker.setAttribute('aria-pressed', String(props.picking));
        },
      };
    },
    cut: () => linkFields(),
    set_pattern: () => {
      const links = linkFields();
      const weight = slider(
        'Weight',
        { min: 0, max: 1, step: 0.01 },
        (value) => value.toFixed(2),
        (value) => put({ weight: value }, { slide: true }),
      );
      links.element.prepend(weight.element);
      return {
        element: links.element,
        set(now) {
          links.set();
          weight.set(now.weight);
        },
      };
    },
    activation_patch: () => {
      const text = textField('Text', {
        read: (typed) => typed,
        write: (value) => value,
        get: () => edit().text,
        put: (value) => put({ text: value }),
        empty: 'as many tokens as the one above',
        format: '',
        wide: true,
      });
      return { element: h('div', { class: 'card-row' }, text.element), set: text.set };
    },
  };

  function linkFields() {
    const keys = listField('Tokens looked at', 'key_pos', 'none', 'Positions such as 4, 9-11.');
    const rest = h('input', {
      type: 'checkbox',
      role: 'switch',
      onchange: () => put({ renormalise: rest.checked }),
    });
    return {
      element: h(
        'div',
        { class: 'card-row' },
        keys.element,
        h(
          'label',
          { class: 'switch', title: 'The rest of the row then shares what is left of 1' },
          rest,
          h('span', {}, 'Renormalise the rest'),
        ),
      ),
      set() {
        keys.set();
        rest.checked = edit().renormalise;
      },
    };
  }

  /** The tokens meant, by name: positions alone are hard to check. */
  function namedTokens() {
    const { data } = props;
    const { kind: of, query_pos: from, key_pos: to } = edit();
    if (!data) return '';
    const { query, key } = pictureOf(data, of);
    const name = (tokens) => (positions) => {
      const known = positions.filter((pos) => tokens[pos]);
      const rest = known.length > MOST_NAMED ? ` and ${known.length - MOST_NAMED} more` : '';
      return (
        known
          .slice(0, MOST_NAMED)
          .map((pos) => tokenName(tokens, pos))
          .join(', ') + rest
      );
    };
    const ends = [from && name(query.tokens)(from), to && name(key.tokens)(to)];
    return ends.filter(Boolean).join(' → ');
  }

  function drawProblem() {
    const { fault } = props;
    const text = mistyped?.text ?? fault?.text ?? '';
    problem.hidden = text === '';
    setText(problem, capitalized(text));
    element.classList.toggle('is-faulty', text !== '');
    const at = { layer, heads: heads.input, query_pos: queries.input }[fault?.field] ?? null;
    for (const input of element.querySelectorAll('input:not([role])')) {
      const bad = input === at || input === mistyped?.input;
      if (bad) input.setAttribute('aria-invalid', 'true');
      else input.removeAttribute('aria-invalid');
    }
  }

  return {
    element,
    /** After a move the button that was pressed is on another card. @param {-1|1} by */
    focusMove(by) {
      const wanted = by < 0 ? up : down;
      (wanted.disabled ? (by < 0 ? down : up) : wanted).focus();
    },
    focusRemove: () => away.focus(),

    /**
     * @param {{edit: words.Edit, at: number, count: number, data: any|null, picking: boolean, fault: {field: string|null, text: string}|null}} next
     */
    update(next) {
      if (props && JSON.stringify(props.edit) !== JSON.stringify(next.edit)) mistyped = null;
      props = next;
      const { edit: now, at, count, data } = next;
      element.setAttribute(
        'aria-label',
        `Edit ${at + 1}: ${words.editText(now)}, ${words.placeText(now)}`,
      );
      element.classList.toggle('is-idle', !now.on);
      setText(number, String(at + 1));
      what.set(now.do);
      on.checked = now.on;
      up.disabled = at === 0;
      down.disabled = at === count - 1;
      up.hidden = down.hidden = count === 1;
      drawKinds(now);
      const shape = data ? pictureOf(data, now.kind) : null;
      layer.max = String(shape ? Math.max(...layersOf(shape)) : 0);
      layer.value = String(now.layer);
      heads.set();
      queries.set();
      queries.input.placeholder = 'key_pos' in now ? 'none' : 'all';
      if (drawn !== now.do) {
        drawn = now.do;
        fields = OWN[now.do] ? [OWN[now.do]()] : [];
        own.replaceChildren(...fields.map((field) => field.element));
      }
      for (const field of fields) field.set(now);
      const lacking = words.lacks(now);
      setText(about, [lacking ?? editKind(now.do).about, namedTokens()].filter(Boolean).join('\n'));
      about.classList.toggle('is-lacking', lacking !== null);
      drawProblem();
    },
  };

  function drawKinds(now) {
    const all = kindsOf();
    kind.element.hidden = all.length < 2 && now.kind === null;
    if (kind.element.hidden) return;
    const names = now.kind && !all.includes(now.kind) ? [...all, now.kind] : all;
    const box = kind.element.querySelector('select');
    if (box.options.length !== names.length) {
      box.replaceChildren(...names.map((name) => h('option', { value: name }, name)));
    }
    kind.set(now.kind ?? all[0]);
  }
}
