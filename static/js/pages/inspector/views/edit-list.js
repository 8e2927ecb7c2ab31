// The list of edits: a card each, what they change, and a drop target that says so wherever the page is.

import { afterFrame } from '../../../core/dom.js';
import { orderText } from '../../../core/edits.js';
import { build, html, icon, render, when } from '../../../core/template.js';
import { numberText } from '../../../figures/axis.js';
import { verdict } from '../../../figures/effects.js';
import { outcomeShort } from '../../../figures/predictions.js';
import { plural, t } from '../../../language/messages.js';
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
 * @param {() => void} callbacks.onShow the list comes into sight
 * @param {(name: any) => void} callbacks.onOpen
 * @param {() => void} callbacks.onRetry
 * @param {(what: "curl"|"python") => Promise<string>} callbacks.onCopy
 */
export function editListView({ root, tools, dropTarget, section }, callbacks) {
  let props = null;
  /** @type {ReturnType<typeof editCard>[]} */
  const cards = [];
  const title = /** @type {HTMLElement} */ (section.querySelector('h2'));
  const results = build(html`<div class="edits-results"></div>`);
  const effects = effectsView(results, callbacks);
  /** What became of a copy. */
  let said = '';
  let inSight = true;

  async function copy(what) {
    said = await callbacks.onCopy(what).catch(({ message }) => message);
    drawTools();
  }

  function drawTools() {
    const button = (what, label) =>
      html`<button type="button" class="text-button" @click=${() => copy(what)}>${label}</button>`;
    const reset = () => {
      title.focus();
      callbacks.onEdits([]);
    };
    render(
      html`<span class="edits-copied" role="status">${said}</span>
        <span class="edits-copies"
          ?hidden=${props.key === null}>${button('curl', t('Copy as curl'))}${button('python', t('Copy as Python'))}</span>
        <button type="button" class="button" @click=${reset}>${t('Reset')}</button>`,
      tools,
    );
  }

  dropZone(dropTarget, callbacks.onDrop);
  new IntersectionObserver(
    ([entry]) => {
      inSight = entry.isIntersecting;
      if (props) drawDropTarget();
    },
    { rootMargin: '0px 0px -48px 0px' },
  ).observe(section);

  function drawDropTarget() {
    const { carried, edits } = props;
    const show = () => {
      callbacks.onShow();
      afterFrame(() => {
        section.scrollIntoView({ block: 'start' });
        title.focus({ preventScroll: true });
      });
    };
    const many = plural('1 edit', '{count} edits', edits.length);
    const text = carried
      ? t('Drop here to switch off layer {layer}, head {head}', {
          layer: carried.layer,
          head: carried.head,
        })
      : `${t('What if: {edits}', { edits: many })}${shortResult()}`;
    dropTarget.classList.toggle('is-target', carried !== null);
    dropTarget.hidden = !(carried || edits.length > 0) || inSight;
    render(
      html`<span class="drop-target-text">${text}</span><button type="button" class="button"
        ?hidden=${carried !== null} @click=${show}>${t('Show')}</button>`,
      dropTarget,
    );
  }

  function shortResult() {
    const { slot, key } = props;
    if (key === null) return '';
    if (slot.status === 'error' && slot.key === key) return ` · ${t('not computed')}`;
    if (slot.value?.key !== key) return ' · …';
    const { change, controls } = slot.value;
    const { special } = verdict(change.sentence_cosine_distance, controls.band, controls.heads);
    const outcome = outcomeShort(slot.value.predictions ?? []);
    const turn = { turn: numberText(change.sentence_cosine_distance, 3) };
    const turns =
      controls.band.length === 0
        ? t('the sentence turns by {turn}', turn)
        : special
          ? t('the sentence turns by {turn}, more than chance', turn)
          : t('the sentence turns by {turn}, no more than chance', turn);
    return `${outcome && ` · ${outcome}`} · ${turns}`;
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
      cards.push(
        editCard({
          onChange: replace(i),
          onMove: (by) => move(i, by),
          onRemove: () => remove(i),
          onPick: () => callbacks.onPick(i),
          onDropInto: (name) => callbacks.onDropInto(i, name),
        }),
      );
    }
    cards.length = edits.length;
    for (const [at, card] of cards.entries()) {
      const own = fault?.at === at ? fault : null;
      card.update({
        edit: edits[at],
        at,
        count: edits.length,
        data,
        picking: picked === at,
        fault: own,
      });
    }
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

  function notices({ dropped, notice, slot }, failed) {
    const left = dropped.map((each) => each.slice(0, 80)).join(', ');
    const unread =
      () => html`<div class="notice" role="alert"><p>${plural('One edit in the link cannot be read and was left out:', '{count} edits in the link cannot be read and were left out:', dropped.length)} <code>${left}</code></p><button
      type="button" class="icon-button" aria-label=${t('Dismiss')}
        @click=${callbacks.onForget}>${icon('close')}</button></div>`;
    const waits = slot.status === 'loading' && slot.wait;
    return html`${when(dropped.length, unread)}
      ${when(notice, () => html`<div class="notice" role="alert"><p>${notice}</p></div>`)}
      ${when(failed, () => errorNotice(slot.error, callbacks.onRetry))}
      ${when(waits, () => waitNotice(t('The server is busy; this is next in line.'), null))}`;
  }

  return {
    update(next) {
      props = next;
      const { edits, slot, key, carried, dropped, notice } = next;
      const fault = faultOf(next);
      const failed = slot.status === 'error' && slot.key === key;
      section.classList.toggle('is-awaiting', carried !== null);
      root.hidden = edits.length === 0 && dropped.length === 0 && notice === null;
      tools.hidden = edits.length === 0;
      results.hidden = edits.length === 0;
      drawCards(fault);
      drawTools();
      render(
        html`<div>${notices(next, failed && !fault)}</div>
          <div class="edits-columns"><div class="edits-side">
            <ol class="edits-cards" aria-label=${t('Edits')}>${cards.map(({ element }) => element)}</ol>
            <p class="figure-note">${orderText(edits)}</p></div>${results}</div>`,
        root,
      );
      effects.update({ ...next, failed, fault: fault?.at ?? null });
      drawDropTarget();
    },
  };
}
