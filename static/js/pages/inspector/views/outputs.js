// What a model says of the text: what fills a gap or comes next, a tag and a parent for each
// word, and what a pronoun refers to. Absent where the model says nothing; each part only where
// it says that.

import { targetOf } from '../../../core/dom.js';
import { build, html, render, svg, when } from '../../../core/template.js';
import { tokenLabel, weightText } from '../../../figures/axis.js';
import { direction, isolated } from '../../../figures/bidi.js';
import { shortName } from '../../../figures/head-names.js';
import * as figure from '../../../figures/sentence.js';
import { rich, t } from '../../../language/messages.js';
import { lessonLink } from '../../../parts/lesson-link.js';
import { pictureMenu } from '../../../parts/picture-menu.js';
import { dataTable, disclosure, tableFrame } from '../../../parts/tables.js';
import { createTooltip } from '../../../parts/tooltip.js';

const LONGEST = 20;
const TABLE = t('Table of what the model says');
const COLUMNS = [
  t('Word'),
  t('Tag'),
  t('Probability'),
  t('Parent'),
  t('Weight'),
  t('Refers to'),
  t('Weight'),
];
const TASKS = { parent: t('parents'), antecedent: t('antecedents') };
/** Antecedents told in a line of their own; the table holds all. */
const MOST_LISTED = 12;
const LEGEND = t(
  'Arrows lead from a word to its parent; under the line, from a pronoun to what it refers to. The fainter, the less the head gives.',
);

/**
 * @param {HTMLElement} root
 * @param {{onOpen: (name: import('../../../core/addresses/inspector.js').HeadName, options: {add: boolean}) => void, onFill: (text: string) => void}} callbacks
 */
export function outputsView(root, { onOpen, onFill }) {
  const lines = build(html`<div class="says-lines"></div>`);
  const menu = pictureMenu(
    t('Save the sentence'),
    'outputs',
    () => lines,
    () => t('What the model says'),
  );
  const table = disclosure();
  const tooltip = createTooltip();
  const ruler = new OffscreenCanvas(1, 1).getContext('2d');
  let data = null;

  const words = () => data.kinds[0].query.words;
  const wordName = (index) => isolated(tokenLabel(words()[index], LONGEST));
  const tagOf = (index) => data.outputs.tags.find(({ word }) => word === index);

  function draw() {
    const { fills, next, tags, antecedents } = data.outputs;
    const tagged = tags.length > 0;
    const rest = antecedents.length - MOST_LISTED;
    lines.hidden = !tagged;
    table.element.hidden = !tagged;
    render(
      html`<div class="section-head"><h2 class="section-title"
        id="outputs-title">${t('What the model says')}</h2>
          <p class="says-sources">${sources()}</p>${when(tagged, () => lessonLink('outputs.tags'))}</div>
        <div class="says-fills">${fills.map(fillRow)}${when(next, () => nextRow(next))}</div>
        ${tagged ? menu : ''}${lines}<p class="figure-note" ?hidden=${!tagged}>${tagged ? drawSentence() : ''}</p>
        <ul class="says-antecedents" aria-label=${t('Antecedents')} ?hidden=${antecedents.length === 0}>
          ${antecedents.slice(0, MOST_LISTED).map(antecedent)}
          ${when(rest > 0, () => html`<li>${t('and {rest} more in the table', { rest })}</li>`)}</ul>${table.element}`,
      root,
    );
    table.update(TABLE, () => tableFrame(TABLE, wordsTable()));
    fade();
  }

  /** Draws the lines. @returns {string} what there is to say of them */
  function drawSentence() {
    const { outputs, text } = data;
    const plan = figure.sentenceLines(words());
    const dir = direction(text);
    const made = plan.lines.map((line) => {
      const widths = line.map(wordWidth);
      return { line, ...figure.sentenceFigure({ line, widths, outputs, dir }) };
    });
    lines.dir = dir;
    render(
      made.map((one) => lineOf(one, dir)),
      lines,
    );
    const apart = made.reduce((sum, one) => sum + one.apart, 0);
    return `${LEGEND} ${figure.sentenceNote(plan, apart)}`.trim();
  }

  const sources = () =>
    data.heads
      .filter(({ supervised }) => supervised)
      .map(
        (
          head,
          i,
        ) => html`${i ? t(', ') : `${t('Read off two heads that were taught to:')} `}${TASKS[head.supervised]} <button
          type="button" class="text-button" @click=${() => onOpen(head, { add: false })}><span
          class="visually-hidden">${t('Open head')} </span>${shortName(head)}</button>`,
      );

  function fillRow({ position, candidates }) {
    const token = data.kinds[0].query.tokens[position];
    return candidateRow(
      {
        label: token.text,
        place: position,
        name: t('What may stand at {text} ({position})', { text: token.text, position }),
      },
      candidates,
      (piece) => figure.filledText(data.text, token, piece),
    );
  }

  /** A translator goes on after its target, which is not in the text field: nothing to press. */
  function nextRow({ position, candidates }) {
    const written = data.kinds.find(({ kind }) => kind === 'decoder');
    const last = isolated(tokenLabel(written.query.tokens[position], LONGEST));
    const translates = data.kinds.length > 1;
    return candidateRow(
      {
        label: t('Comes next'),
        place: position + 1,
        name: t('What comes next, after {last}', { last }),
      },
      candidates,
      translates ? null : (piece) => `${data.text}${piece}`,
    );
  }

  /**
   * @param {{label: string, place: number, name: string}} names
   * @param {{piece: string, probability: number}[]} candidates
   * @param {((piece: string) => string)|null} textWith the text with that piece in it
   */
  function candidateRow({ label, place, name }, candidates, textWith) {
    const candidate = ({ piece, probability }) => {
      const told = html`<bdi>${figure.pieceLabel(piece)}</bdi><span
        class="says-share">${weightText(probability)}</span>`;
      const style = `--share: ${probability}`;
      return textWith && figure.isTyped(piece)
        ? html`<button type="button" class="says-candidate" title=${t('Put it into the text')}
          style=${style}
            @click=${() => onFill(textWith(piece))}>${told}</button>`
        : html`<span class="says-candidate" style=${style}>${told}</span>`;
    };
    return html`<div class="says-fill" role="group" aria-label=${name}>
      <span class="says-fill-name">${label} <small>(${place})</small></span>${candidates.map(candidate)}</div>`;
  }

  const antecedent = ({ word, to, value }) =>
    html`<li>${rich('{word} refers to {to}', { word: named(word), to: named(to) })}<span
      class="says-share">${weightText(value)}</span></li>`;

  /** A word and the position of its first token: the same word may stand in the text twice. */
  const named = (index) =>
    html`<b>${wordName(index)}</b><small> (${words()[index].tokens[0]})</small>`;

  function wordWidth(index) {
    const { fontFamily } = getComputedStyle(root);
    ruler.font = `15px ${fontFamily}`;
    const text = ruler.measureText(tokenLabel(words()[index], LONGEST)).width;
    ruler.font = `500 10.5px ${fontFamily}`;
    return Math.ceil(Math.max(text, ruler.measureText(tagOf(index)?.tag ?? '').width * 1.06));
  }

  function lineOf({ line, width, height, words: placed, arcs }, dir) {
    const [across, down] = [Math.ceil(width), Math.ceil(height)];
    return html`<div class="says-line" dir=${dir} role="group" tabindex="0"
      aria-label=${t('Sentence: {from} to {to}', { from: wordName(line[0]), to: wordName(line.at(-1)) })}>
      <svg class="says-picture" role="img" width=${across} height=${down}
        viewBox="0 0 ${across} ${down}"
        aria-label=${figure.sentenceName(words(), line, data.outputs)}>${arcs.map(arcOf)}${placed.map(wordOf)}</svg></div>`;
  }

  const arcOf = ({ kind, word, to, value, d, tip, label }) => svg`<g
    class=${`says-arc is-${kind}`} data-word=${word} data-to=${to}
      style="--strength: ${figure.arcOpacity(value)}"><path d=${d}></path><polygon
    points=${tip}></polygon>${when(
      label,
      () => svg`<text class="says-root" x=${label.x} y=${label.y}>${t('root')}</text>`,
    )}</g>`;

  const wordOf = ({ index, x, y, tagY, box }) => svg`<g class="says-word" data-index=${index}><rect
    x=${box.x} y=${box.y} width=${box.width} height=${box.height} fill="transparent"></rect><text
    x=${x} y=${y} class="says-text">${tokenLabel(words()[index], LONGEST)}</text><text
    x=${x} y=${tagY} class="says-tag">${tagOf(index)?.tag}</text></g>`;

  /** The edge that hides the rest of a line fades; a line that fits takes no focus. */
  function fade() {
    for (const line of /** @type {Iterable<HTMLElement>} */ (lines.children)) {
      const hidden = line.scrollWidth - line.clientWidth;
      line.classList.toggle('is-cut', hidden - Math.abs(line.scrollLeft) > 1);
      line.tabIndex = hidden > 1 ? 0 : -1;
    }
  }

  lines.addEventListener('pointermove', (event) => {
    const over = /** @type {HTMLElement|null} */ (targetOf(event).closest('.says-word'));
    const index = over ? Number(over.dataset.index) : null;
    highlight(index);
    if (index === null) return tooltip.hide();
    return tooltip.show(about(index), { x: event.clientX, y: event.clientY });
  });
  lines.addEventListener('pointerleave', () => {
    highlight(null);
    tooltip.hide();
  });
  lines.addEventListener('scroll', fade, { passive: true, capture: true });
  new ResizeObserver(fade).observe(lines);

  let lit = null;
  function highlight(index) {
    if (index === lit) return;
    lit = index;
    lines.classList.toggle('is-lit', index !== null);
    for (const arc of /** @type {NodeListOf<SVGElement>} */ (lines.querySelectorAll('.says-arc'))) {
      const { word, to } = arc.dataset;
      arc.classList.toggle('is-on', Number(word) === index || Number(to) === index);
    }
  }

  function about(index) {
    const { parents, antecedents: referents } = data.outputs;
    const tag = tagOf(index);
    const rows = [];
    if (tag) rows.push([t('tag'), `${tag.tag} ${weightText(tag.probability)}`]);
    const parent = parents.find(({ word }) => word === index);
    if (parent) rows.push([t('parent'), pointerText(parent)]);
    const referent = referents.find(({ word }) => word === index);
    if (referent) rows.push([t('refers to'), pointerText(referent)]);
    const [position] = words()[index].tokens;
    return { title: t('position {position}', { position }), value: wordName(index), rows };
  }

  function pointerText({ word, to, value }) {
    return `${word === to ? t('none: the root') : wordName(to)} ${weightText(value)}`;
  }

  function wordsTable() {
    const { tags, parents, antecedents: referents } = data.outputs;
    const cells = (pointer) =>
      pointer
        ? [pointer.word === pointer.to ? t('root') : wordName(pointer.to), pointer.value.toFixed(3)]
        : ['', ''];
    const rows = tags.map(({ word, tag, probability }) => [
      `${words()[word].tokens[0]} ${wordName(word)}`,
      tag,
      probability.toFixed(3),
      ...cells(parents.find((one) => one.word === word)),
      ...cells(referents.find((one) => one.word === word)),
    ]);
    return dataTable(t('Tag, parent and antecedent of each word'), COLUMNS, rows);
  }

  return {
    /**
     * @param {{answer: import('../../../core/queries.js').Slot}} next the overview's; while another text's is
     *   awaited, what the last one said stays
     */
    update({ answer: { status, value } }) {
      root.hidden = !figure.saysAnything(value?.outputs);
      root.classList.toggle('is-busy', status === 'loading');
      if (root.hidden) tooltip.hide();
      if (root.hidden || value === data) return;
      data = value;
      lit = null;
      draw();
    },
  };
}
