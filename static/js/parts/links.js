/**
 * Token links: query tokens on one side, key tokens on the other, curves between them.
 *
 * Two canvases lie under the tokens and reach a little beyond what is scrolled into view: one
 * holds the strongest links, one the links of the token in focus. A change of focus repaints
 * only the second, so that hovering answers at once at 512 tokens.
 */

import { setText, targetOf } from '../core/dom.js';
import {
  frameTask,
  paintCuts,
  paintedBy,
  paintLinks,
  readTheme,
  resolveColor,
  sizeCanvas,
  watchTheme,
} from '../core/draw.js';
import { build, find, html } from '../core/template.js';
import { labelEms, sameTexts, tokenLabel } from '../figures/axis.js';
import { cssColor } from '../figures/color.js';
import * as figure from '../figures/links.js';
import { prose, t } from '../language/messages.js';
import { sameToken, tokenColumns, tokenOf } from './columns.js';
import { createTooltip } from './tooltip.js';

const OVERSCAN = 300;
const NARROW = 480;
/** Links of a token that is hovered, not pinned: more would not be told apart, nor in time. */
const MOST_HOVERED = 400;

/**
 * @param {HTMLElement} root
 * @param {{onFocus(focus: {side: string, pos: number}|null): void,
 *   onPin(pinned: {side: string, pos: number}|null): void,
 *   onCell(query_pos: number, key_pos: number): void}} callbacks
 */
export function linksView(root, { onFocus, onPin, onCell }) {
  const columns = tokenColumns();
  const dom = stageOf(root, columns);
  const tooltip = createTooltip();
  const frame = frameTask(paint);
  let props = null;
  let size = null;
  let marks = [];
  let focusMarks = [];
  let selection = null;
  let hiddenMean = 0;
  let theme = null;
  let colors = new Map();
  let wanted = new Set();
  let reveal = null;

  /** What the page says: a token named there is brought into view. */
  function update(next) {
    for (const token of [next.pinned, next.focus]) {
      if (token && !sameToken(token, props?.pinned) && !sameToken(token, props?.focus)) {
        reveal = token;
      }
    }
    apply(next);
  }

  function apply(next) {
    const before = props;
    props = { ...props, ...next };
    const changed = (names) => !before || names.some((name) => props[name] !== before[name]);
    const headsChanged = !before || !sameHeads(before.heads, props.heads);
    const tokensChanged = changed(['dir']) || !sameTexts(before, props);
    if (tokensChanged) {
      layTokens();
      size = null;
    }
    if (tokensChanged || headsChanged || changed(['threshold', 'topK', 'hideSpecial'])) {
      selection = figure.strongestLinks(props);
      hiddenMean = figure.hiddenShare(props.heads, props.queryTokens, props.keyTokens);
      dom.scroll.classList.toggle('links-hide-special', props.hideSpecial);
      wanted.add('base').add('focus');
    }
    if (headsChanged) colors = new Map();
    if (changed(['focus', 'pinned', 'cuts'])) wanted.add('focus');
    if (tokensChanged)
      paint(); // at once: the columns' width must not show a frame late
    else if (wanted.size) frame.ask();
  }

  /** The token whose links stand out: the pointer's, else the pinned one. */
  function shown() {
    const token = props.focus ?? props.pinned ?? null;
    const tokens = token?.side === 'key' ? props.keyTokens : props.queryTokens;
    return token && tokens[token.pos] ? token : null;
  }

  function layTokens() {
    const count = Math.max(props.queryTokens.length, props.keyTokens.length);
    const rowHeight = figure.rowHeightFor(count, matchMedia('(pointer: coarse)').matches);
    dom.scroll.style.setProperty('--row', `${rowHeight}px`);
    dom.scroll.style.setProperty('--rows', String(count));
    dom.scroll.classList.toggle('links-mirrored', props.dir === 'rtl');
    columns.lay(props.queryTokens, props.keyTokens);
  }

  function measure() {
    const width = dom.scroll.clientWidth;
    const rowHeight = Number.parseFloat(dom.scroll.style.getPropertyValue('--row'));
    const longest = [...props.queryTokens, ...props.keyTokens].reduce(
      (most, token) => Math.max(most, labelEms(tokenLabel(token))),
      0,
    );
    const gutter = width < NARROW ? 34 : 46;
    const column = Math.min(width * 0.35 - gutter, Math.max(48, longest * 13 + 18));
    root.style.setProperty('--laid-width', `${width}px`);
    root.style.setProperty('--links-gutter', `${gutter}px`);
    root.style.setProperty('--column', `${column}px`);
    const near = gutter + column;
    const [queryX, keyX] = props.dir === 'rtl' ? [width - near, near] : [near, width - near];
    size = { width, rowHeight, queryX, keyX, column, view: dom.scroll.clientHeight };
    theme ??= readTheme(root);
  }

  function paint() {
    if (!props || !root.isConnected) return;
    if (!size) {
      measure();
      wanted.add('base').add('focus');
    }
    if (!size.width) return;
    bringIntoView();
    const both = wanted.has('base');
    const token = shown();
    if (both) marks = figure.linkMarks(selection.links, props.heads, size);
    placeCanvases();
    if (both) {
      paintMarks(dom.base, marks);
      dom.base.setAttribute('aria-label', figure.linksName(props, selection));
    }
    const links = token ? figure.tokenLinks(props, token) : [];
    const drawn = sameToken(token, props.pinned) ? links : links.slice(-MOST_HOVERED);
    focusMarks = figure.linkMarks(drawn, props.heads, size);
    paintFocus(token);
    describe(token, links.length);
    if (both) performance.mark('headlight:head-painted');
    if (wanted.has('focus')) performance.mark('headlight:hover-painted');
    wanted = new Set();
  }

  function bringIntoView() {
    const y = (reveal?.pos ?? 0) * size.rowHeight;
    const { scrollTop } = dom.scroll;
    if (reveal && (y < scrollTop || y + size.rowHeight > scrollTop + size.view)) {
      dom.scroll.scrollTop = y - size.view / 2;
      wanted.add('base').add('focus');
    }
    reveal = null;
  }

  /** Moves the canvases over what is in view. They scroll with the page's own scrolling. */
  function placeCanvases() {
    const top = Math.max(0, dom.scroll.scrollTop - OVERSCAN);
    size.top = top;
    size.height = Math.min(whole(), dom.scroll.scrollTop + size.view + OVERSCAN) - top;
    for (const canvas of [dom.base, dom.over]) canvas.style.transform = `translateY(${top}px)`;
  }

  function context(canvas, bottom = size.top + size.height) {
    const made = sizeCanvas(canvas, size.width, Math.max(1, bottom - size.top));
    made.translate(0, -size.top);
    return made;
  }

  const whole = () => Math.max(props.queryTokens.length, props.keyTokens.length) * size.rowHeight;

  // A saved picture holds the whole text, whatever part of it the canvases stand over.
  paintedBy(dom.base, (canvas) => paintLinks(context(canvas, whole()), marks, colorOf));
  paintedBy(dom.over, (canvas) => {
    const [drawing, token] = [context(canvas, whole()), shown()];
    if (token) paintToken(drawing, token, focusMarks);
  });

  function paintMarks(canvas, all) {
    paintLinks(
      context(canvas),
      figure.marksBetween(all, size.top, size.top + size.height),
      colorOf,
    );
  }

  function paintFocus(token) {
    dom.scroll.classList.toggle('links-focused', Boolean(token));
    const drawing = context(dom.over);
    columns.mark(token, props.pinned);
    if (token) {
      paintToken(drawing, token, figure.marksBetween(focusMarks, size.top, size.top + size.height));
    }
    const cuts = figure.cutMarks(props, token, size);
    if (cuts.length) paintCuts(drawing, cuts, colorOf('var(--danger)'), colorOf('var(--surface)'));
  }

  /** The links of one token, and their weights in numbers. */
  function paintToken(drawing, token, visible) {
    const otherX = token.side === 'query' ? size.keyX : size.queryX;
    const outward = otherX > size.width / 2 ? 1 : -1;
    drawing.font = `11px ${theme.font}`;
    drawing.textAlign = outward > 0 ? 'right' : 'left';
    drawing.textBaseline = 'middle';
    for (const [pos, { link, color }] of figure.strongestAcross(visible, token.side)) {
      const { weight } = link;
      const share = figure.linkShare(link, props.heads);
      const y = pos * size.rowHeight;
      drawing.fillStyle = cssColor(colorOf(color), 0.02 + 0.34 * Math.sqrt(share));
      drawing.beginPath();
      const x = outward > 0 ? otherX : otherX - size.column;
      drawing.roundRect(x, y + 1, size.column, size.rowHeight - 2, 4);
      drawing.fill();
      if (share < 0.005) continue;
      drawing.fillStyle = cssColor(numberColor(share, color));
      const edge = outward > 0 ? size.width - 4 : 4;
      const measured = props.heads[link.head].measure;
      const text = measured ? figure.compactText(weight) : weight.toFixed(3);
      drawing.fillText(text, edge, y + size.rowHeight / 2 + 0.5);
    }
    paintLinks(drawing, visible, colorOf);
  }

  /** Of several heads a number shows whose it is; with some ink it can be read as text. */
  function numberColor(share, color) {
    if (props.heads.length > 1) return colorOf(`color-mix(in srgb, ${color} 75%, var(--ink))`);
    return share < 0.05 ? theme.muted : theme.ink;
  }

  function describe(token, all) {
    const links = focusMarks.map(({ link }) => link);
    const cut =
      links.length < all
        ? ` · ${t('{drawn} of {count} links drawn; pin for all', { drawn: links.length, count: all })}`
        : '';
    const focusLine = token
      ? figure.focusText(links, props, token) + cut
      : t('Hover or focus a token to isolate it; click to pin.');
    setText(dom.focusLine, focusLine);
    const left = figure.leftOutText(selection, props);
    const hidden = figure.hiddenText({ ...props, focus: token }, hiddenMean);
    dom.leftOut.textContent = prose(left, hidden);
  }

  function colorOf(css) {
    if (!colors.has(css)) colors.set(css, resolveColor(root, css));
    return colors.get(css);
  }

  function setFocus(focus) {
    if (!props || sameToken(focus, props.focus)) return;
    apply({ focus });
    onFocus(focus);
  }

  function setPinned(pinned) {
    apply({ pinned });
    onPin(pinned);
  }

  function linkUnder(event) {
    const box = dom.scroll.getBoundingClientRect();
    const reach = event.pointerType === 'touch' ? 14 : 5;
    const x = event.clientX - box.left;
    const y = event.clientY - box.top + dom.scroll.scrollTop;
    return figure.linkAt(shown() ? focusMarks : marks, x, y, reach);
  }

  dom.scroll.addEventListener('pointerover', (event) => {
    const token = tokenOf(event.target);
    if (token && event.pointerType !== 'touch') setFocus(token);
  });
  dom.scroll.addEventListener('pointermove', (event) => {
    if (!props || !selection || tokenOf(event.target)) return tooltip.hide();
    setFocus(null);
    const link = size ? linkUnder(event) : null;
    dom.scroll.classList.toggle('links-over-link', Boolean(link));
    if (!link) return tooltip.hide();
    return tooltip.show(figure.linkText(link, props), { x: event.clientX, y: event.clientY });
  });
  dom.scroll.addEventListener('pointerleave', () => {
    tooltip.hide();
    setFocus(null);
  });
  dom.scroll.addEventListener('focusin', (event) => {
    const token = tokenOf(event.target);
    if (token && targetOf(event).matches(':focus-visible')) setFocus(token);
  });
  dom.scroll.addEventListener('focusout', (event) => {
    if (!dom.scroll.contains(/** @type {Node|null} */ (event.relatedTarget))) setFocus(null);
  });
  dom.scroll.addEventListener('click', (event) => {
    const token = tokenOf(event.target);
    if (token) {
      columns.rove(token, false);
      const { pinned } = props;
      if (event.shiftKey && pinned && pinned.side !== token.side) {
        const [query, key] = token.side === 'key' ? [pinned, token] : [token, pinned];
        onCell(query.pos, key.pos);
      } else setPinned(sameToken(token, pinned) ? null : token);
      return;
    }
    const link = linkUnder(event);
    if (link) onCell(link.query_pos, link.key_pos);
  });
  dom.scroll.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && props?.pinned) {
      event.preventDefault(); // the page's own Escape is the next one
      return setPinned(null);
    }
    const token = tokenOf(event.target);
    const next = token && figure.movedToken(token, event.key, props);
    if (!next) return undefined;
    event.preventDefault();
    return columns.rove(next, true);
  });
  dom.scroll.addEventListener(
    'scroll',
    () => {
      if (!size?.height) return;
      const { scrollTop } = dom.scroll;
      const above = scrollTop - size.top;
      const below = size.top + size.height - scrollTop - size.view;
      const least = OVERSCAN / 2;
      const whole = dom.scroll.scrollHeight;
      if (
        (above < least && size.top > 0) ||
        (below < least && size.top + size.height < whole - 1)
      ) {
        wanted.add('base');
        frame.ask();
      }
    },
    { passive: true },
  );

  new ResizeObserver(() => {
    if (!size || dom.scroll.clientWidth !== size.width || dom.scroll.clientHeight !== size.view) {
      size = null;
      frame.ask();
    }
  }).observe(dom.scroll);
  watchTheme(() => {
    theme = null;
    size = null;
    colors = new Map();
    frame.ask();
  });

  return {
    update,
    /** What is drawn, for a file: the links of the pinned token, or of all. */
    picture() {
      const { pinned, heads, queryTokens, keyTokens, dir } = props;
      const links = pinned ? figure.tokenLinks(props, pinned) : selection.links;
      return { heads, queryTokens, keyTokens, links, token: pinned, dir };
    },
  };
}

function stageOf(root, columns) {
  root.classList.add('figure-links');
  const headings = build(
    html`<div class="links-headings" aria-hidden="true"><span>${t('query')}</span><span>${t('key')}</span></div>`,
  );
  const scroll = build(html`<div class="links-scroll">
    <canvas class="links-canvas links-base" role="img" aria-label=${t('Token links')}></canvas>
    <canvas class="links-canvas links-over" aria-hidden="true"></canvas>${columns.elements}</div>`);
  const focusLine = build(html`<p class="links-focus-line" aria-live="polite"></p>`);
  const leftOut = build(html`<p class="figure-note"></p>`);
  root.replaceChildren(headings, scroll, focusLine, leftOut);
  const [base, over] = [find(scroll, '.links-base'), find(scroll, '.links-over')];
  return { scroll, base, over, focusLine, leftOut };
}

function sameHeads(a, b) {
  return (
    a.length === b.length &&
    a.every((head, i) => head.pattern === b[i].pattern && head.color === b[i].color)
  );
}
