// The sentence itself, with the arcs of the open head over its words: point at a word and its links
// stand out; a click takes it, the next one takes what it may look at.

import { targetOf } from '../../../core/dom.js';
import { layersOf } from '../../../core/selection.js';
import { build, classes, find, html, render, svg, when } from '../../../core/template.js';
import * as figure from '../../../figures/arcs.js';
import { sameTexts, tokenLabel, visible, weightText } from '../../../figures/axis.js';
import { rich, space, t } from '../../../language/messages.js';
import { slider } from '../../../parts/fields.js';
import { pictureMenu } from '../../../parts/picture-menu.js';
import { roving } from '../../../parts/roving.js';
import { createTooltip, facts } from '../../../parts/tooltip.js';

/** Units that stand whole; a longer text scrolls, two lines of it in sight. */
const WHOLE = 40;
/** Letters of a unit that may not fit in a line: it has its whole text as its title. */
const LONG = 24;
/** What a printed page has room for, in pixels. */
const PAPER = 680;
/** What a weight under a word takes of the line, in pixels. */
const NUMBER = 30;
const ABOUT = t(
  'An attention head lets each word gather from the others. Its weights say how much from which: for each word they add up to 1.',
);

/**
 * @param {{onPick: (side: 'query'|'key', pos: number) => void, onFocus: (focus: {side: 'query', pos: number}|null) => void, onLayer: (layer: number) => void}} callbacks
 */
export function heroView({ onPick, onFocus, onLayer }) {
  const tooltip = createTooltip();
  const words = (side, label) =>
    build(
      html`<div class=${`hero-words hero-${side}`} role="toolbar" data-side=${side} aria-label=${label}></div>`,
    );
  const rows = {
    key: words('key', t('Words that are looked at')),
    query: words('query', t('Words of the text')),
  };
  const menu = pictureMenu(t('Save the sentence'), 'sentence', () => scroll);
  const element = build(html`<div class="hero">
    <div class="hero-scroll"><div class="hero-lines"><svg class="hero-arcs"
      aria-hidden="true"><g class="hero-base"></g><g class="hero-focus"></g></svg>${rows.key}${rows.query}</div></div>
    <div class="hero-said"><p class="hero-caption"></p><div class="hero-layer"></div></div>${menu}
    <p class="hero-about"><span>${ABOUT}</span> <button type="button" class="text-button"
      data-opens="glossary">${t('Glossary')}</button></p></div>`);
  const [scroll, lines, caption, layer] = [
    '.hero-scroll',
    '.hero-lines',
    '.hero-caption',
    '.hero-layer',
  ].map((name) => find(element, name));
  const [arcs, base, focused] = ['.hero-arcs', '.hero-base', '.hero-focus'].map((name) =>
    find(element, name),
  );
  const stops = Object.values(rows).map((row) =>
    roving(row, { items: () => [...row.querySelectorAll('button')] }),
  );
  /** @type {any} */
  let props = null;
  let focus = null;
  /** Where the words are. @type {{query: any[], key: any[], room: number, width: number}|null} */
  let places = null;
  /** Words that are tinted. @type {HTMLElement[]} */
  let tinted = [];
  let shownAt = null;

  const across = () => props.keyUnits !== props.queryUnits;
  const unitsOf = (side) => (side === 'key' ? props.keyUnits : props.queryUnits);
  const row = (side) => (side === 'key' && !across() ? rows.query : rows[side]);
  const button = (side, pos) => /** @type {HTMLElement} */ (row(side).children[pos]);
  const hidden = (key_pos) => props.hideSpecial && props.keyUnits[key_pos].special;

  /** The unit that an event is about. */
  function unitOf(event) {
    const found = targetOf(event).closest?.('.hero-word');
    if (!(found instanceof HTMLElement) || !props) return null;
    const side = found.closest('.hero-key') ? 'key' : 'query';
    return { side, pos: Number(found.dataset.at), found };
  }

  function point(event) {
    const at = unitOf(event);
    if (!at) return leave();
    const { id, piece } = unitsOf(at.side)[at.pos];
    if (id !== undefined && event.type === 'pointerover') {
      const told = facts('', [
        [t('position'), at.pos],
        ['id', id],
        [t('piece'), piece],
      ]);
      tooltip.show(told, at.found.getBoundingClientRect());
    }
    if (at.side === 'query') tell({ side: 'query', pos: at.pos });
    return null;
  }
  function leave() {
    tooltip.hide();
    tell(null);
  }
  function tell(next) {
    if (next?.pos === focus?.pos) return;
    focus = next;
    drawFocus();
    onFocus(next);
  }
  lines.addEventListener('pointerover', point);
  lines.addEventListener('pointerleave', leave);
  lines.addEventListener('focusin', (event) => {
    if (targetOf(event).matches(':focus-visible')) point(event);
  });
  lines.addEventListener('focusout', leave);
  lines.addEventListener('click', (event) => {
    const at = unitOf(event);
    if (!at || !props.known) return;
    tooltip.hide();
    onPick(/** @type {'query'|'key'} */ (at.side), at.pos);
  });
  const resized = new ResizeObserver(() => {
    if (!places || lines.clientWidth === places.width) return;
    measure();
    draw();
  });
  resized.observe(lines);

  function layWords() {
    const side = (name) =>
      render(
        unitsOf(name).map((unit, pos, units) => wordButton(unit, pos, units[pos - 1])),
        rows[name],
      );
    rows.key.hidden = !across();
    if (across()) side('key');
    side('query');
    scroll.classList.toggle('is-long', props.queryUnits.length > WHOLE);
    lines.classList.toggle('is-across', across());
    lines.dir = props.dir;
    for (const [i, one] of Object.values(rows).entries()) {
      if (!find(one, '[tabindex="0"]') && one.firstElementChild)
        stops[i].stop(one.firstElementChild);
    }
  }

  /** Which words are asked about: the one that looks, and the one looked at. */
  function markTaken() {
    const same = !across();
    for (const side of same ? ['query'] : ['query', 'key']) {
      [...row(side).children].forEach((one, pos) => {
        const asks = (same || side === 'query') && props.taken.query.includes(pos);
        const gives = (same || side === 'key') && props.taken.key.includes(pos);
        one.classList.toggle('is-query', asks);
        one.classList.toggle('is-key', gives);
        one.setAttribute('aria-pressed', String(asks || gives));
      });
    }
  }

  /** Reads where the words stand, all at once. */
  function measure() {
    const box = lines.getBoundingClientRect();
    const read = (name) => {
      let [line, last] = [-1, -Infinity];
      return [...row(name).children].map((one) => {
        const { left, right, top, bottom } = one.getBoundingClientRect();
        if (top > last + 4) line += 1;
        last = Math.max(last, top);
        return {
          x: (left + right) / 2 - box.left,
          top: top - box.top,
          bottom: bottom - box.top,
          line,
        };
      });
    };
    const query = read('query');
    const first = query[0]?.top ?? 0;
    const pitch = query.find(({ line }) => line === 1)?.top - first;
    // A curve rises to three quarters of where it is drawn to.
    const room = Math.max(24, Math.min(first, pitch || first) - 8) / 0.75;
    places = { query, key: across() ? read('key') : query, room, width: lines.clientWidth };
    // Paper keeps the words where they stand, so that the arcs still meet them.
    const word = row('query').firstElementChild;
    const size = word ? getComputedStyle(word).fontSize : '';
    lines.style.setProperty('--laid-width', `${lines.clientWidth}px`);
    lines.style.setProperty('--laid-size', size);
    lines.style.setProperty('--paper', String(Math.min(1, PAPER / lines.clientWidth)));
    // Of the words, not of the arcs that are there: what has grown for a narrow window shrinks again.
    const { clientWidth: width, clientHeight: height } = lines;
    arcs.setAttribute('viewBox', `0 0 ${width} ${height}`);
    arcs.setAttribute('width', String(width));
    arcs.setAttribute('height', String(height));
  }

  /** The word whose links stand out: the pointer's, else the pinned one, else the one asked about. */
  function chosen() {
    const pinned = props.pin?.side === 'query' ? props.pin.pos : null;
    const pos = focus?.pos ?? pinned ?? props.link?.query_pos ?? null;
    return pos !== null && props.queryUnits[pos] ? pos : null;
  }

  const pathOf = ({ d, width, opacity }) =>
    svg`<path d=${d} stroke-width=${width.toFixed(2)} stroke-opacity=${opacity.toFixed(3)}></path>`;

  function draw() {
    const { pattern } = props;
    const layout = pattern &&
      places && { queries: places.query, keys: places.key, ...places, across: across(), hidden };
    render(layout ? figure.sentenceArcs(pattern, layout).map(pathOf) : '', base);
    drawFocus();
  }

  function drawFocus() {
    if (!props) return;
    const { pattern, queryUnits, keyUnits } = props;
    const pos = chosen();
    const drawn = pattern && places && pos !== null;
    const row = drawn && pattern.data.subarray(pos * pattern.cols, (pos + 1) * pattern.cols);
    const made = drawn
      ? figure.wordArcs(row, {
          from: places.query[pos],
          keys: places.key,
          room: places.room,
          across: across(),
          hidden,
        })
      : [];
    const asked = pos !== null && props.link?.query_pos === pos ? props.link.key_pos : null;
    const label = ({ weight, key_pos }) => {
      const { x, bottom } = places.key[key_pos];
      return svg`<text x=${x.toFixed(1)} y=${(bottom + 13).toFixed(1)} text-anchor="middle">${weightText(weight)}</text>`;
    };
    const labelled = drawn ? figure.labelledArcs(made, asked, places.key, NUMBER) : [];
    render(svg`${made.map(pathOf)}${labelled.map(label)}`, focused);
    element.classList.toggle('has-focus', Boolean(drawn));
    for (const one of tinted) one.style.removeProperty('--weight');
    tinted = made
      .filter(({ weight }) => weight >= 0.01)
      .map(({ key_pos, weight }) => {
        const one = button('key', key_pos);
        one.style.setProperty('--weight', weight.toFixed(3));
        return one;
      });
    const best = made.reduce((a, b) => (b.weight > (a?.weight ?? 0) ? b : a), null);
    const key_pos = asked ?? best?.key_pos ?? null;
    const link = drawn &&
      key_pos !== null &&
      row[key_pos] >= 0 && { query_pos: pos, key_pos, weight: row[key_pos], most: asked === null };
    drawCaption(figure.captionParts(props.head, props.count, queryUnits, keyUnits, link || null));
    performance.mark('headlight:hero-painted');
  }

  function drawCaption({ name, from, to, most, weight }) {
    const said = {
      name: html`<span>${name}</span>`,
      from: html`<em>${from}</em>`,
      to: html`<em>${to}</em>`,
      weight: html`<b>${weight}</b>`,
    };
    const link = () =>
      most
        ? rich('{name}: {from} looks most at {to}, {weight}.', said)
        : rich('{name}: {from} looks at {to}, {weight}.', said);
    const point = () =>
      props.pattern ? t('Point at a word to see where it looks; click it to keep it.') : '';
    const invites = props.inviting ? t('Now choose the word it may look at.') : '';
    render(
      html`${from ? link() : html`${rich('{name}.', said)}${space}${point()}`}${invites && space}${invites}`,
      caption,
    );
  }

  /** The pinned word of a long text is in sight. */
  function reveal() {
    const pos = props.pin?.side === 'query' ? props.pin.pos : null;
    if (pos === shownAt) return;
    shownAt = pos;
    const place = pos === null ? null : places?.query[pos];
    if (!place || !scroll.classList.contains('is-long')) return;
    const room = places.room * 0.75 + 8;
    scroll.scrollTo({ top: Math.max(0, place.top - room), behavior: 'instant' });
  }

  return {
    element,
    /** The same word in every picture. @param {{side: string, pos: number}|null} next */
    focus(next) {
      const own = next?.side === 'query' ? next : null;
      if (own?.pos === focus?.pos) return;
      focus = own;
      drawFocus();
    },
    /**
     * @param {object} next
     * @param {any[]} next.queryUnits tokens or words, as they are on screen @param {any[]} next.keyUnits
     * @param {'ltr'|'rtl'} next.dir
     * @param {boolean} next.known whether the units are the model's own: they can be taken
     * @param {{data: Float32Array, rows: number, cols: number}|null} next.pattern between those
     * @param {{kind: string, layer: number, head: number}} next.head @param {number} next.count
     * @param {import('../../../core/selection.js').Shape} next.shape
     * @param {{side: string, pos: number}|null} next.pin
     * @param {{query_pos: number, key_pos: number}|null} next.link that is asked about
     * @param {{query: number[], key: number[]}} next.taken units of the words that are asked about
     * @param {boolean} next.inviting the next click chooses the word looked at
     * @param {boolean} next.hideSpecial
     */
    update(next) {
      const before = props;
      props = next;
      const text = { queryTokens: next.queryUnits, keyTokens: next.keyUnits };
      const known = before && { queryTokens: before.queryUnits, keyTokens: before.keyUnits };
      const words =
        !sameTexts(known, text) || before.dir !== next.dir || isGuess(before) !== isGuess(next);
      if (words) {
        layWords();
        focus = null;
        shownAt = null;
        tinted = [];
        measure();
      }
      if (words || before.taken !== next.taken) markTaken();
      const numbers = layersOf(next.shape);
      const at = Math.max(0, numbers.indexOf(next.head.layer));
      render(
        when(numbers.length > 1 && next.pattern, () =>
          slider(
            t('Layer'),
            { min: 0, max: numbers.length - 1, step: 1 },
            (n) => String(numbers[n] ?? ''),
            at,
            (n) => onLayer(numbers[n]),
          ),
        ),
        layer,
      );
      const drawn = ['pattern', 'hideSpecial'].every((name) => before?.[name] === next[name]);
      if (words || !drawn) draw();
      else drawFocus();
      reveal();
    },
  };
}

/** Whether the words are guesses still. */
const isGuess = ({ queryUnits }) => queryUnits[0]?.tokens?.length === 0;

function wordButton(unit, pos, before) {
  const inner = before && !unit.special && unit.word !== undefined && before.word === unit.word;
  const text = visible(unit.text || unit.piece || '');
  const kinds = [
    unit.special && 'is-special',
    inner && 'is-inner',
    unit.segment === 1 && 'is-second',
    unit.awaited && 'is-awaited',
  ];
  return html`<button type="button" tabindex="-1" class=${classes('hero-word', ...kinds)} data-at=${pos}
    ?disabled=${unit.tokens?.length === 0} title=${text.length > LONG ? text : ''}>${tokenLabel({ text: unit.text || unit.piece || '' }, LONG)}</button>`;
}
