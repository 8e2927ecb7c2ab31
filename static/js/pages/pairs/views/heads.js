// Every head by how far it moved: a small map of each kind of attention, and a list.

import { readTheme, watchTheme } from '../../../core/draw.js';
import { build, html, render, when } from '../../../core/template.js';
import { weightText } from '../../../figures/axis.js';
import { isolated } from '../../../figures/bidi.js';
import { headTitle, kindText } from '../../../figures/head-names.js';
import { t } from '../../../language/messages.js';
import { headMap } from '../../../parts/head-map.js';
import { headTable } from '../../../parts/head-table.js';
import { pictureMenu } from '../../../parts/picture-menu.js';
import { facts } from '../../../parts/tooltip.js';

const NOTE = t(
  'Moved: half the sum of what a row’s weights differ by, from 0 (the same) to 1 (nothing shared).',
);

/**
 * @param {HTMLElement} root
 * @param {{onOpen: (head: {kind: string, layer: number, head: number}) => void}} parts
 */
export function headsView(root, { onOpen }) {
  const [maps, list] = ['pairs-maps', 'pairs-list'].map((name) =>
    build(html`<div class=${name}></div>`),
  );
  const menu = pictureMenu(
    t('Save the map'),
    'heads',
    () => maps,
    () => t('Which heads moved'),
  );
  const table = headTable(list, {
    label: t('Heads that moved'),
    caption: t('Heads by how far they moved'),
    note: NOTE,
    cells(head) {
      const known = props.answer.query === null || head.row_total_variation !== null;
      const text = known ? weightText(moved(head)) : '–';
      return { share: moved(head), text, rest: [weightText(head.total_variation)] };
    },
    onOpen: (head) => onOpen(head),
  });
  render(
    html`<div class="section-head"><h2 class="section-title"
      id="heads-title">${t('Which heads moved')}</h2>${menu}</div>${maps}${list}`,
    root,
  );
  let props = null;
  /** @type {ReturnType<typeof headMap>[]} */
  let made = [];
  let theme = null;
  /** What heads are ranked by: the query's rows, or all. */
  const moved = (head) =>
    head.row_total_variation ?? (props.answer.query ? 0 : head.total_variation);
  const several = () => new Set(props.answer.heads.map(({ kind }) => kind)).size > 1;

  function drawMaps() {
    const { heads } = props.answer;
    const most = Math.max(...heads.map(moved), Number.MIN_VALUE);
    const kinds = [...new Set(heads.map(({ kind }) => kind))].sort(
      (a, b) => heads.findIndex((one) => one.kind === a) - heads.findIndex((one) => one.kind === b),
    );
    made = [];
    render(
      kinds.map((kind) => mapOf(kind, heads, most)),
      maps,
    );
  }

  function mapOf(kind, heads, most) {
    const cells = heads
      .filter((head) => head.kind === kind)
      .map((head) => {
        const value = moved(head);
        const name = t('Layer {layer}, head {head}: moved {moved}', {
          layer: head.layer,
          head: head.head,
          moved: weightText(value),
        });
        return { head, value, name };
      });
    const label = several() ? t('Heads, {kind} attention', { kind: kindText(kind) }) : t('Heads');
    theme ??= readTheme(root);
    const map = headMap({ label, cells, most, theme, onOpen, facts: ({ head }) => about(head) });
    made.push(map);
    return html`${when(
      several(),
      () => html`<h3
      class="head-map-kind">${kindText(kind)}</h3>`,
    )}${map.element}`;
  }

  function about(head) {
    const { query } = props.answer;
    const told = [[t('All rows'), head.total_variation.toFixed(3)]];
    if (query && head.row_total_variation !== null) {
      told.unshift([`“${isolated(query.text)}”`, head.row_total_variation.toFixed(3)]);
    }
    return facts(headTitle(head), told);
  }

  function choose() {
    const { answer, open } = props;
    const own = answer.query
      ? t('“{word}” moved', { word: isolated(answer.query.text) })
      : t('Moved');
    const columns = /** @type {[string, null][]} */ ([
      [own, null],
      [t('All rows'), null],
    ]);
    for (const map of made) map.choose(open);
    table.update({ heads: answer.heads, open: open ? [open] : [], columns });
  }

  watchTheme(() => {
    theme = null;
    if (!props) return;
    drawMaps();
    choose();
  });

  return {
    /** @param {{answer: any, open: any|null, busy: boolean}} next `open` names its kind */
    update(next) {
      const before = props;
      props = next;
      root.classList.toggle('is-busy', next.busy);
      if (before?.answer !== next.answer) drawMaps();
      choose();
    },
  };
}
