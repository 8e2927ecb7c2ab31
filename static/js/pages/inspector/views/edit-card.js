// One edit: where, what, and how much of it.

import { freshId } from '../../../core/dom.js';
import { EDIT_KINDS, editKind, NORMALISERS } from '../../../core/edit-kinds.js';
import * as words from '../../../core/edits.js';
import { layersOf, pictureOf } from '../../../core/selection.js';
import {
  build,
  classes,
  find,
  html,
  icon,
  live,
  nothing,
  render,
  when,
} from '../../../core/template.js';
import { capitalized, numberText, tokenName } from '../../../figures/axis.js';
import { kindText } from '../../../figures/head-names.js';
import { prose, t } from '../../../language/messages.js';
import { dropZone } from '../../../parts/drag.js';
import { options, select, slider, toggle } from '../../../parts/fields.js';
import { lessonLink } from '../../../parts/lesson-link.js';

const MOST_NAMED = 4;
const DOES = EDIT_KINDS.map(({ name, label }) => /** @type {const} */ ([name, label]));
const BYS = /** @type {[string, string][]} */ (Object.entries(NORMALISERS));

/** Sliders of a temperature count its decimal logarithm: 0.1 to 10. */
const warmth = (place) => Number((10 ** place).toPrecision(2));
const placeOf = (value) => Math.min(1, Math.max(-1, Math.log10(Math.max(value, 0.01))));

/** How numbers are read and written: "4, 9-11". @param {string} format what is told of another */
const numbers = (format, empty = 'all') => ({
  read: words.parseNumbers,
  write: (list) => (list === null ? '' : words.numbersText(list)),
  empty,
  format,
});
const POSITIONS = t('Positions such as 4, 9-11.');
const FIELDS = {
  heads: numbers(t('Heads: numbers such as 1, 4-6, or all.')),
  query_pos: numbers(POSITIONS),
  key_pos: numbers(POSITIONS, 'none'),
  edges: {
    read: words.parseEdges,
    write: words.edgesText,
    empty: t('query-key, such as 4-2, 5-3'),
    format: t('Links: query-key, such as 4-2, 5-3.'),
    wide: true,
  },
  text: {
    read: (typed) => typed,
    write: (value) => value,
    empty: t('as many tokens as the one above'),
    format: '',
    wide: true,
  },
};

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
  /** What is typed and not taken yet; with a problem: it is not understood, and stays. */
  let draft = null;
  const problemId = freshId('problem');
  const element = build(html`<li class="card"></li>`);
  const edit = () => props.edit;
  const put = (patch, how) => onChange({ ...edit(), ...patch }, how);
  const slide = (patch) => put(patch, { slide: true });
  const kindsOf = () => props.data?.kinds.map((one) => one.kind) ?? [];
  dropZone(element, onDropInto, (name) => {
    const [first] = kindsOf();
    const same = (name.kind ?? first) === (edit().kind ?? first);
    return same && name.layer === edit().layer && edit().heads !== null;
  });

  /** A field that is taken on Enter, or when it is left. */
  function typed(label, name) {
    const { read, write, empty, format, wide = false } = FIELDS[name];
    const none = name === 'query_pos' && 'key_pos' in edit() ? t('none') : empty;
    const take = ({ target }) => {
      const value = read(target.value);
      if (value === undefined) {
        draft = {
          name,
          text: target.value,
          problem: prose(t('“{value}” is not understood.', { value: target.value }), format),
        };
        draw();
      } else {
        draft = null;
        put({ [name]: value });
      }
    };
    return html`<label class="field"><span class="field-label">${label}</span><input type="text"
      class=${classes('card-text', wide && 'is-wide')} placeholder=${none} autocomplete="off"
        spellcheck="false"
      aria-describedby=${problemId} aria-invalid=${isFaulty(name) ? 'true' : nothing}
      .value=${live(draft?.name === name ? draft.text : write(edit()[name]))} @change=${take}
      @input=${({ target }) => (draft = { name, text: target.value, problem: '' })}
        @blur=${leave}></label>`;
  }

  const leave = () => {
    if (!draft?.problem) draft = null;
  };
  const isFaulty = (name) => (draft?.problem ? draft.name : props.fault?.field) === name;

  const linkFields = () => html`${typed(t('Tokens looked at'), 'key_pos')}
    ${toggle(t('Renormalise the rest'), edit().renormalise, (on) => put({ renormalise: on }), {
      title: t('The rest of the row then shares what is left of 1'),
    })}`;
  const row = (content) => html`<div class="card-row">${content}</div>`;

  const OWN = {
    temperature: ({ value }) =>
      slider(
        t('Temperature'),
        { min: -1, max: 1, step: 0.02 },
        // What is stated is told as it is, be it between two places of the slider.
        (at) => (at === placeOf(value) ? String(value) : numberText(warmth(at), 2)),
        placeOf(value),
        (at) => slide({ value: warmth(at) }),
      ),
    renormalise: ({ by }) => select(t('Normaliser'), BYS, by, (chosen) => put({ by: chosen })),
    window: ({ width }) =>
      slider(t('Width'), { min: 0, max: 16, step: 1 }, String, width, (to) => slide({ width: to })),
    only_along: () =>
      row(html`${typed(t('Links'), 'edges')}<button type="button" class="button"
        aria-pressed=${props.picking}
        @click=${onPick}>${props.picking ? t('Done picking') : t('Pick in the pictures')}</button>`),
    cut: () => row(linkFields()),
    set_pattern: ({ weight }) => {
      const range = { min: 0, max: 1, step: 0.01 };
      const told = (value) => value.toFixed(2);
      return row(
        html`${slider(t('Weight'), range, told, weight, (to) => slide({ weight: to }))}${linkFields()}`,
      );
    },
    activation_patch: () => row(typed(t('Text'), 'text')),
  };

  /** The tokens meant, by name: positions alone are hard to check. */
  function namedTokens() {
    const { data } = props;
    const { kind, query_pos, key_pos } = edit();
    if (!data) return '';
    const { query, key } = pictureOf(data, kind);
    const name = (tokens, positions) => {
      const known = positions.filter((pos) => tokens[pos]);
      const rest = known.length - MOST_NAMED;
      const named = known
        .slice(0, MOST_NAMED)
        .map((pos) => tokenName(tokens, pos))
        .join(t(', '));
      return rest > 0 ? t('{named} and {rest} more', { named, rest }) : named;
    };
    const ends = [query_pos && name(query.tokens, query_pos), key_pos && name(key.tokens, key_pos)];
    return ends.filter(Boolean).join(' → ');
  }

  function place() {
    const { data } = props;
    const { kind, layer } = edit();
    const all = kindsOf();
    const names = kind && !all.includes(kind) ? [...all, kind] : all;
    const chosen = (name) => put({ kind: name === all[0] ? null : name });
    const named = names.map((name) => /** @type {const} */ ([name, kindText(name)]));
    const most = data ? Math.max(...layersOf(pictureOf(data, kind))) : 0;
    const take = ({ target }) =>
      /^\d{1,4}$/.test(target.value) && put({ layer: Number(target.value) });
    return html`<div class="card-place">
      ${when(all.length > 1 || kind !== null, () => select(t('Kind'), named, kind ?? all[0], chosen))}
      <label class="field"><span class="field-label">${t('Layer')}</span><input type="number" min="0"
        max=${most}
        class="card-layer" aria-invalid=${isFaulty('layer') ? 'true' : nothing}
          .value=${live(String(layer))}
        @change=${take}></label>
      ${typed(t('Heads'), 'heads')}${typed(t('Tokens that look'), 'query_pos')}</div>`;
  }

  const button = (name, label, onClick, { disabled = false, hidden = false } = {}) =>
    html`<button type="button" class="icon-button" aria-label=${label} ?disabled=${disabled}
      ?hidden=${hidden}
      @click=${onClick}>${icon(name)}</button>`;

  function draw() {
    const { at, count, fault } = props;
    const now = edit();
    const lacking = words.lacks(now);
    const problem = draft?.problem || fault?.text || '';
    const alone = { hidden: count === 1 };
    element.setAttribute(
      'aria-label',
      t('Edit {number}: {edit}, {place}', {
        number: at + 1,
        edit: words.editText(now),
        place: words.placeText(now),
      }),
    );
    element.classList.toggle('is-idle', !now.on);
    element.classList.toggle('is-faulty', problem !== '');
    render(
      html`<div class="card-head"><span class="card-number" aria-hidden="true">${at + 1}</span>
          <label class="field card-what"><span
            class="field-label visually-hidden">${t('What')}</span><select
            @change=${({ target }) => onChange(words.withDo(edit(), target.value))}>${options(DOES, now.do)}</select></label>
          <span class="spring"></span>${toggle(t('Applied'), now.on, (on) => put({ on }), { hidden: true })}
          <span class="card-buttons">${button('up', t('Move up'), () => onMove(-1), { ...alone, disabled: at === 0 })}
            ${button('down', t('Move down'), () => onMove(1), { ...alone, disabled: at === count - 1 })}
            ${button('close', t('Remove'), onRemove)}</span></div>
        ${place()}<div class="card-own">${OWN[now.do]?.(now)}</div>
        <p class=${classes('card-about', lacking !== null && 'is-lacking')}>${[lacking ?? editKind(now.do).about, namedTokens()].filter(Boolean).join('\n')}</p>${lessonLink(`edit.${now.do}`)}
        <p class="card-problem" role="alert" id=${problemId}
          ?hidden=${problem === ''}>${capitalized(problem)}</p>`,
      element,
    );
  }

  const focus = (label) => find(element, `button[aria-label="${label}"]:not(:disabled)`)?.focus();

  return {
    element,
    /** After a move the button that was pressed is on another card. @param {-1|1} by */
    focusMove(by) {
      const [wanted, other] =
        by < 0 ? [t('Move up'), t('Move down')] : [t('Move down'), t('Move up')];
      focus(wanted);
      if (!element.contains(document.activeElement)) focus(other);
    },
    focusRemove: () => focus(t('Remove')),

    /**
     * @param {{edit: words.Edit, at: number, count: number, data: any|null, picking: boolean, fault: {field: string|null, text: string}|null}} next
     */
    update(next) {
      const changed = props && JSON.stringify(props.edit) !== JSON.stringify(next.edit);
      if (changed && draft?.problem) draft = null;
      props = next;
      draw();
    },
  };
}
