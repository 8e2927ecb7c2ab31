// The list of edits: a card each, what they change, and a dropTarget that says so wherever the page is.

import { h, icon, setText } from '../../../core/dom.js';
import { orderText } from '../../../core/edits.js';
import { numberText } from '../../../figures/axis.js';
import { verdict } from '../../../figures/effects.js';
import { outcomeShort } from '../../../figures/predictions.js';
import { dropZone } from '../../../parts/drag.js';
import { errorNotice, waitNotice } from '../../../parts/notice.js';
import { editCard } from './edit-card.js';
import { effectsView } from './effects.js';

/**
 * @param {{root: HTMLElement, tools: HTMLElement, dropTarget: HTMLElement, section: HTMLElement}} places
 * @param {object} callbacks
 * @param {(edits: import('../../../core/edits.js').Edit[]) => void} callbacks.onEdits
 * @param {(edits: import('../../../core/edits.js').Edit[]) => void} callbacks.onSlide a slider is on its way
 * @param {(name: any) => void} callbacks.onDrop a head for a new edit
 * @param {(index: number, name: any) => void} callbacks.onDropInto a head for an edit
 * @param {(index: number) => void} callbacks.onPick links of an edit are picked in the pictures
 * @param {(view: string) => void} callbacks.onView
 * @param {() => void} callbacks.onForget the notice of what was dropped has been read
 * @param {(name: any) => void} callbacks.onOpen
 * @param {() => void} callbacks.onRetry
 * @param {(what: "curl"|"python") => Promise<string>} callbacks.onCopy
 */
export function editListView({ root, tools, dropTarget, section }, callbacks) {
  let props = null;
  /** @type {ReturnType<typeof editCard>[]} */
  const cards = [];
  const title = /** @type {HTMLElement} */ (section.querySelector('h2'));

  const said = h('span', { class: 'edits-copied', role: 'status' });
  const copy = (what, label) =>
    h(
      'button',
      {
        type: 'button',
        class: 'text-button',
        onclick: async () => {
          try {
            setText(said, await callbacks.onCopy(what));
          } catch (error) {
            setText(said, error.message);
          }
        },
      },
      label,
    );
  const copies = h(
    'span',
    { class: 'edits-copies' },
    copy('curl', 'Copy as curl'),
    copy('python', 'Copy as Python'),
  );
  const reset = h(
    'button',
    {
      type: 'button',
      class: 'button',
      onclick: () => {
        title.focus();
        callbacks.onEdits([]);
      },
    },
    'Reset',
  );
  tools.replaceChildren(said, copies, reset);

  const notices = h('div', {});
  const list = h('ol', { class: 'edits-cards', 'aria-label': 'Edits' });
  const order = h('p', { class: 'figure-note' });
  const results = h('div', { class: 'edits-results' });
  root.replaceChildren(
    notices,
    h('div', { class: 'edits-columns' }, h('div', { class: 'edits-side' }, list, order), results),
  );
  const effects = effectsView(results, callbacks);

  const targetText = h('span', { class: 'drop-target-text' });
  const targetShow = h(
    'button',
    {
      type: 'button',
      class: 'button',
      onclick: () => {
        section.scrollIntoView({ block: 'start' });
        title.focus({ preventScroll: true });
      },
    },
    'Show',
  );
  dropTarget.replaceChildren(targetText, targetShow);
  dropZone(dropTarget, callbacks.onDrop);
  let inSight = true;
  new IntersectionObserver(
    ([entry]) => {
      inSight = entry.isIntersecting;
      if (props) drawDropTarget();
    },
    { rootMargin: '0px 0px -48px 0px' },
  ).observe(section);

  function drawDropTarget() {
    const { carried, edits } = props;
    dropTarget.classList.toggle('is-target', carried !== null);
    dropTarget.hidden = !(carried || edits.length > 0) || inSight;
    targetShow.hidden = carried !== null;
    if (carried) {
      setText(targetText, `Drop here to switch off layer ${carried.layer}, head ${carried.head}`);
      return;
    }
    const many = edits.length === 1 ? '1 edit' : `${edits.length} edits`;
    setText(targetText, `What if: ${many}${shortResult()}`);
  }

  function shortResult() {
    const { slot, key } = props;
    if (key === null) return '';
    if (slot.status === 'error' && slot.key === key) return ' · not computed';
    if (slot.value?.key !== key) return ' · …';
    const { change, controls } = slot.value;
    const { special } = verdict(change.sentence_cosine_distance, controls.band, controls.heads);
    const outcome = outcomeShort(slot.value.predictions ?? []);
    const beside =
      controls.band.length === 0 ? '' : special ? ', more than chance' : ', no more than chance';
    return `${outcome && ` · ${outcome}`} · the sentence turns by ${numberText(change.sentence_cosine_distance, 3)}${beside}`;
  }

  /** The server's error as the card at fault should say it; null: not about one card. */
  function faultOf({ slot, key, index }) {
    if (slot.status !== 'error' || slot.key !== key) return null;
    const found = /^edits\.(\d+)(?:\.|$)/.exec(slot.error.field ?? '');
    const at = found && index[Number(found[1])];
    if (at === null || at === undefined) return null;
    const text = slot.error.message
      .replace(/^edit \d+: /, '')
      .replace(/^'edits\.\d+\.(\w+)'/, '$1');
    return { at, field: slot.error.field.split('.')[2] ?? null, text };
  }

  function drawCards(fault) {
    const { edits, data, picked } = props;
    const replace =
      (i) =>
      (edit, { slide = false } = {}) =>
        (slide ? callbacks.onSlide : callbacks.onEdits)(props.edits.with(i, edit));
    while (cards.length < edits.length) {
      const i = cards.length;
      const card = editCard({
        onChange: replace(i),
        onMove: (by) => move(i, by),
        onRemove: () => remove(i),
        onPick: () => callbacks.onPick(i),
        onDropInto: (name) => callbacks.onDropInto(i, name),
      });
      cards.push(card);
      list.append(card.element);
    }
    for (const card of cards.splice(edits.length)) card.element.remove();
    for (const [i, card] of cards.entries()) {
      card.update({
        edit: edits[i],
        at: i,
        count: edits.length,
        data,
        picking: picked === i,
        fault: fault?.at === i ? fault : null,
      });
    }
    setText(order, orderText(edits));
  }

  function move(i, by) {
    const edits = [...props.edits];
    const [edit] = edits.splice(i, 1);
    edits.splice(i + by, 0, edit);
    callbacks.onEdits(edits);
    cards[i + by]?.focusMove(by);
  }

  function remove(i) {
    const { edits } = props;
    callbacks.onEdits(edits.filter((_, at) => at !== i));
    if (edits.length > 1) cards[Math.min(i, edits.length - 2)].focusRemove();
    else title.focus();
  }

  function drawNotices(fault) {
    const { dropped, notice, slot, key } = props;
    const failed = slot.status === 'error' && slot.key === key;
    const many = dropped.length === 1 ? 'One edit' : `${dropped.length} edits`;
    const made = [
      dropped.length > 0 &&
        h(
          'div',
          { class: 'notice', role: 'alert' },
          h(
            'p',
            {},
            `${many} in the link cannot be read and ${dropped.length === 1 ? 'was' : 'were'} left out: `,
            h('code', {}, dropped.map((one) => one.slice(0, 80)).join(', ')),
          ),
          h(
            'button',
            {
              type: 'button',
              class: 'icon-button',
              'aria-label': 'Dismiss',
              onclick: callbacks.onForget,
            },
            icon('close'),
          ),
        ),
      notice && h('div', { class: 'notice', role: 'alert' }, h('p', {}, notice)),
      failed && !fault && errorNotice(slot.error, callbacks.onRetry),
      slot.status === 'loading' &&
        slot.wait &&
        waitNotice('The server is busy; this is next in line.', null),
    ];
    const signature = JSON.stringify([
      dropped,
      notice,
      failed && !fault && slot.error.message,
      slot.wait?.code,
    ]);
    if (signature === noticed) return;
    noticed = signature;
    notices.replaceChildren(...made.filter(Boolean));
  }
  let noticed = '';

  return {
    update(next) {
      props = next;
      const { edits, slot, key, carried } = next;
      section.classList.toggle('is-awaiting', carried !== null);
      root.hidden = edits.length === 0 && next.dropped.length === 0 && next.notice === null;
      tools.hidden = edits.length === 0;
      copies.hidden = key === null;
      const fault = faultOf(next);
      drawNotices(fault);
      drawCards(fault);
      const failed = slot.status === 'error' && slot.key === key;
      results.hidden = edits.length === 0;
      effects.update({ ...next, failed, fault: fault?.at ?? null });
      drawDropTarget();
    },
  };
}
