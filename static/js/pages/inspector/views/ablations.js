// Every head, coloured by what switching it off alone does to an output.

import { readTheme, watchTheme } from '../../../core/draw.js';
import { find, guard, html, render, when } from '../../../core/template.js';
import * as figure from '../../../figures/ablations.js';
import { shortName } from '../../../figures/head-names.js';
import { prose, t } from '../../../language/messages.js';
import { select } from '../../../parts/fields.js';
import { headMap } from '../../../parts/head-map.js';
import { pictureMenu } from '../../../parts/picture-menu.js';
import { dataTable, disclosure, tableFrame } from '../../../parts/tables.js';

const TABLE = t('Table of what each head does alone');

/**
 * @param {HTMLElement} root
 * @param {{onOutput: (value: string) => void, onTry: (on: boolean) => void, onOpen: (head: any) => void}} callbacks
 */
export function ablationsView(root, { onOutput, onTry, onOpen }) {
  const table = disclosure();
  const menu = pictureMenu(
    t('Save the map'),
    'ablations',
    () => find(root, '.ablations-map'),
    () => t('Every head on its own'),
  );
  let theme = null;
  let map = null;
  let props = null;
  watchTheme(() => {
    theme = null;
    if (props) draw();
  });

  function mapOf({ heads }, kind) {
    const most = Math.max(...heads.map(({ effect }) => Math.abs(effect)));
    const cells = heads
      .filter((one) => one.kind === kind)
      .map(({ effect, ...head }) => ({
        head,
        value: Math.abs(effect),
        name: t('Layer {layer}, head {head}: {effect}', {
          layer: head.layer,
          head: head.head,
          effect: figure.effectText(effect),
        }),
      }));
    map = headMap({
      label: t('What each head does alone'),
      cells,
      most,
      theme,
      onOpen,
      facts: ({ name }) => html`<p>${name}</p>`,
    });
    return map.element;
  }

  const rows = ({ heads }) =>
    heads.map(({ kind, layer, head, effect }) => [
      shortName({ kind, layer, head }, true),
      figure.effectText(effect),
    ]);

  function draw() {
    const { answer, loading, problem, tried, outputs, output, kind, heads, open } = props;
    theme ??= readTheme(root);
    const named = outputs.map(({ value, label }) => /** @type {const} */ ([value, label]));
    root.classList.toggle('is-busy', loading);
    const found =
      () => html`<p class="ablations-most">${figure.mostText(answer.heads, answer.chance)}</p>
      <div class="ablations-map">${guard([answer, kind, theme], () => mapOf(answer, kind))}</div>
      <p class="figure-note">${prose(figure.chanceText(answer.output, answer.chance), t('The overview sorts and colours by it.'))}</p>${table.element}`;
    render(
      html`<div class="section-head"><h2 class="section-title"
          id="ablations-title">${t('Every head on its own')}</h2><span class="spring"></span>
          ${select(t('Output'), named, output, onOutput)}
          <button type="button" class="button" aria-pressed=${tried}
            @click=${() => onTry(!tried)}>${tried ? t('Put away') : t('Try every head')}</button>${when(tried && answer, () => menu)}</div>
        ${when(!tried, () => html`<p class="edits-hint">${t('Switches off each of the {heads} heads in turn, and shows which of them the output hangs on.', { heads })}</p>`)}
        <p role="status">${loading ? t('Running the text {heads} times…', { heads }) : ''}</p>
        <div>${problem}</div>${when(tried && answer, found)}`,
      root,
    );
    if (tried && answer) {
      map.choose(open && { ...open, kind: open.kind ?? kind });
      table.update(TABLE, () =>
        tableFrame(TABLE, dataTable(TABLE, [t('Head'), t('Effect')], rows(answer))),
      );
    }
  }

  return {
    /**
     * @param {{answer: any|null, loading: boolean, problem: any, tried: boolean, outputs: any[], output: string, kind: string|null, heads: number, open: any|null}} next
     *   `tried`: every head is asked for
     */
    update(next) {
      props = next;
      draw();
    },
  };
}
