// What a model says of the text: what fills a gap or comes next, a tag and a parent for each
// word, and what a pronoun refers to. Absent where the model says nothing; each part only where
// it says that.

import { h, setText, targetOf } from '../../../core/dom.js';
import { tokenLabel } from '../../../figures/axis.js';
import { direction, isolated } from '../../../figures/bidi.js';
import * as figure from '../../../figures/sentence.js';
import { createTooltip } from '../../../parts/tooltip.js';

const LONGEST = 20;
/** Antecedents told in a line of their own; the table holds all. */
const MOST_LISTED = 12;
const LEGEND =
  'Arrows lead from a word to its parent; under the line, from a pronoun to what it refers to. ' +
  'The fainter, the less the head gives.';

/**
 * @param {HTMLElement} root
 * @param {{onOpen: (name: import('../../../core/inspector-address.js').HeadName, options: {add: boolean}) => void, onFill: (text: string) => void}} callbacks
 */
export function outputsView(root, { onOpen, onFill }) {
  const sources = h('p', { class: 'says-sources' });
  const fills = h('div', { class: 'says-fills' });
  const lines = h('div', { class: 'says-lines' });
  const note = h('p', { class: 'figure-note' });
  const antecedents = h('ul', { class: 'says-antecedents', 'aria-label': 'Antecedents' });
  const frame = h('div', {
    class: 'table-frame',
    tabindex: '0',
    role: 'region',
    'aria-label': 'Table of what the model says',
  });
  const table = h(
    'details',
    { class: 'behind', ontoggle: () => table.open && drawTable() },
    h('summary', {}, 'Table of what the model says'),
    frame,
  );
  root.replaceChildren(
    h(
      'div',
      { class: 'section-head' },
      h('h2', { class: 'section-title', id: 'outputs-title' }, 'What the model says'),
      sources,
    ),
    fills,
    lines,
    note,
    antecedents,
    table,
  );
  const tooltip = createTooltip();
  const ruler = new OffscreenCanvas(1, 1).getContext('2d');
  let data = null;

  const words = () => data.kinds[0].query.words;
  const wordName = (index) => isolated(tokenLabel(words()[index], LONGEST));

  function draw() {
    const { outputs } = data;
    drawSources();
    fills.replaceChildren(
      ...outputs.fills.map(fillRow),
      ...(outputs.next ? [nextRow(outputs.next)] : []),
    );
    const tagged = outputs.tags.length > 0;
    for (const part of [lines, note, table]) part.hidden = !tagged;
    if (tagged) drawSentence();
    const listed = outputs.antecedents.slice(0, MOST_LISTED).map(antecedent);
    const rest = outputs.antecedents.length - listed.length;
    if (rest > 0) listed.push(h('li', {}, `and ${rest} more in the table`));
    antecedents.replaceChildren(...listed);
    antecedents.hidden = outputs.antecedents.length === 0;
    if (table.open) drawTable();
    fade();
  }

  function drawSentence() {
    const { outputs, text } = data;
    const plan = figure.sentenceLines(words());
    const dir = direction(text);
    const made = plan.lines.map((line) => {
      const widths = line.map(wordWidth);
      return { line, ...figure.sentenceFigure({ line, widths, outputs, dir }) };
    });
    lines.dir = dir;
    lines.replaceChildren(...made.map((one) => lineOf(one, dir)));
    const apart = made.reduce((sum, one) => sum + one.apart, 0);
    setText(note, `${LEGEND} ${figure.sentenceNote(plan, apart)}`.trim());
  }

  function drawSources() {
    const names = { parent: 'parents', antecedent: 'antecedents' };
    const supervised = data.heads.filter(({ supervised: task }) => task);
    sources.replaceChildren(
      ...supervised.flatMap((head, i) => [
        i ? ', ' : 'Read off two heads that were taught to: ',
        `${names[head.supervised]} `,
        h(
          'button',
          { type: 'button', class: 'text-button', onclick: () => onOpen(head, { add: false }) },
          h('span', { class: 'visually-hidden' }, 'Open head '),
          `${head.layer}-${head.head}`,
        ),
      ]),
    );
  }

  function fillRow({ position, candidates }) {
    const token = data.kinds[0].query.tokens[position];
    return candidateRow(
      { label: token.text, place: position, name: `What may stand at ${token.text} (${position})` },
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
      { label: 'Comes next', place: position + 1, name: `What comes next, after ${last}` },
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
    return h(
      'div',
      { class: 'says-fill', role: 'group', 'aria-label': name },
      h('span', { class: 'says-fill-name' }, `${label} `, h('small', {}, `(${place})`)),
      ...candidates.map(({ piece, probability }) => {
        const told = [
          h('bdi', {}, figure.pieceLabel(piece)),
          h('span', { class: 'says-share' }, probability.toFixed(2)),
        ];
        const onclick = () => onFill(textWith(piece));
        const candidate =
          textWith && figure.isTyped(piece)
            ? h(
                'button',
                { type: 'button', class: 'says-candidate', title: 'Put it into the text', onclick },
                ...told,
              )
            : h('span', { class: 'says-candidate' }, ...told);
        candidate.style.setProperty('--share', String(probability));
        return candidate;
      }),
    );
  }

  function antecedent({ word, to, value }) {
    return h(
      'li',
      {},
      ...named(word),
      ' refers to ',
      ...named(to),
      h('span', { class: 'says-share' }, value.toFixed(2)),
    );
  }

  /** A word and the position of its first token: the same word may stand in the text twice. */
  function named(index) {
    const [position] = words()[index].tokens;
    return [h('b', {}, wordName(index)), h('small', {}, ` (${position})`)];
  }

  function wordWidth(index) {
    const { fontFamily } = getComputedStyle(root);
    ruler.font = `15px ${fontFamily}`;
    const text = ruler.measureText(tokenLabel(words()[index], LONGEST)).width;
    ruler.font = `500 10.5px ${fontFamily}`;
    return Math.ceil(Math.max(text, ruler.measureText(tagOf(index)?.tag ?? '').width * 1.06));
  }

  const tagOf = (index) => data.outputs.tags.find(({ word }) => word === index);

  function lineOf({ line, width, height, words: placed, arcs }, dir) {
    const picture = svg('svg', {
      class: 'says-picture',
      role: 'img',
      'aria-label': figure.sentenceName(words(), line, data.outputs),
      width: Math.ceil(width),
      height: Math.ceil(height),
      viewBox: `0 0 ${Math.ceil(width)} ${Math.ceil(height)}`,
    });
    for (const arc of arcs) {
      const group = svg('g', { class: `says-arc is-${arc.kind}`, 'data-word': arc.word });
      group.dataset.to = String(arc.to);
      group.style.setProperty('--strength', String(figure.arcOpacity(arc.value)));
      group.append(svg('path', { d: arc.d }), svg('polygon', { points: arc.tip }));
      if (arc.label) group.append(svg('text', { ...arc.label, class: 'says-root' }, 'root'));
      picture.append(group);
    }
    for (const { index, x, y, tagY, box } of placed) {
      const group = svg('g', { class: 'says-word', 'data-index': index });
      group.append(
        svg('rect', { ...box, fill: 'transparent' }),
        svg('text', { x, y, class: 'says-text' }, tokenLabel(words()[index], LONGEST)),
        svg('text', { x, y: tagY, class: 'says-tag' }, tagOf(index)?.tag ?? ''),
      );
      picture.append(group);
    }
    const name = `Sentence: ${wordName(line[0])} to ${wordName(line.at(-1))}`;
    const group = { class: 'says-line', dir, role: 'group', 'aria-label': name, tabindex: '0' };
    return h('div', group, picture);
  }

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
    if (tag) rows.push(['tag', `${tag.tag} ${tag.probability.toFixed(2)}`]);
    const parent = parents.find(({ word }) => word === index);
    if (parent) rows.push(['parent', pointerText(parent)]);
    const referent = referents.find(({ word }) => word === index);
    if (referent) rows.push(['refers to', pointerText(referent)]);
    const [position] = words()[index].tokens;
    return { title: `position ${position}`, value: wordName(index), rows };
  }

  function pointerText({ word, to, value }) {
    return `${word === to ? 'none: the root' : wordName(to)} ${value.toFixed(2)}`;
  }

  function drawTable() {
    const { tags, parents, antecedents: referents } = data.outputs;
    const columns = ['Word', 'Tag', 'Probability', 'Parent', 'Weight', 'Refers to', 'Weight'];
    const cells = (pointer) =>
      pointer
        ? [pointer.word === pointer.to ? 'root' : wordName(pointer.to), pointer.value.toFixed(3)]
        : ['', ''];
    const rows = tags.map(({ word, tag, probability }) => [
      `${words()[word].tokens[0]} ${wordName(word)}`,
      tag,
      probability.toFixed(3),
      ...cells(parents.find((one) => one.word === word)),
      ...cells(referents.find((one) => one.word === word)),
    ]);
    const body = rows.map(([first, ...rest]) =>
      h('tr', {}, h('th', { scope: 'row' }, first), ...rest.map((text) => h('td', {}, text))),
    );
    frame.replaceChildren(
      h(
        'table',
        { class: 'data-table' },
        h('caption', { class: 'visually-hidden' }, 'Tag, parent and antecedent of each word'),
        h('thead', {}, h('tr', {}, ...columns.map((name) => h('th', { scope: 'col' }, name)))),
        h('tbody', {}, ...body),
      ),
    );
  }

  const resized = new ResizeObserver(fade);
  resized.observe(lines);

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
    destroy() {
      resized.disconnect();
      tooltip.hide();
      root.replaceChildren();
    },
  };
}

/** @param {string} tag @param {any} attributes @param {string} [text] */
function svg(tag, attributes, text) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  if (text !== undefined) element.textContent = text;
  return element;
}
