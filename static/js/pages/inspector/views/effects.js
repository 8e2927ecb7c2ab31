// What the edits change: the sentence beside chance, the open head before and after, every token,
// every head downstream, and each edited head by itself.

import { readTheme, watchTheme } from '../../../core/draw.js';
import { editText, placeText } from '../../../core/edits.js';
import { sameHead } from '../../../core/selection.js';
import { build, classes, find, html, render, when } from '../../../core/template.js';
import { numberText, shareText, tokenLabel } from '../../../figures/axis.js';
import * as figure from '../../../figures/effects.js';
import { kindText, shortName } from '../../../figures/head-names.js';
import { largest } from '../../../figures/matrix.js';
import { largestKl, outcomeShort, outcomeText } from '../../../figures/predictions.js';
import { prose, t } from '../../../language/messages.js';
import { headMap } from '../../../parts/head-map.js';
import { pictureMenu } from '../../../parts/picture-menu.js';
import { headings } from '../../../parts/tables.js';
import { changeView } from './change.js';
import { predictionsView } from './predictions.js';

const TURN = t('1 − cosine of its vector before and after');

const MOVED = t(
  'Percent of a row’s weight that is elsewhere, mean over queries. A head that is off has rows of 0, which counts 50.',
);
const SINGLES = t('Change of the sentence by each head alone');

/**
 * A part of what is told of the edits.
 * @param {any} title @param {any} about @param {any} content @param {any} menu that saves it
 */
const panel = (title, about, content, menu = '') => html`<div class="panel">
  <h3 class="panel-title">${title}<span class="panel-about">${about}</span></h3>${content}${menu}</div>`;

/**
 * @param {HTMLElement} root
 * @param {{onView: (view: string) => void, onOpen: (name: any) => void}} callbacks
 */
export function effectsView(root, { onView, onOpen }) {
  const [pattern, says] = [0, 1].map(() => build(html`<div class="panel"></div>`));
  const content = build(html`<div class="effects"></div>`);
  const change = changeView(pattern, { onView, title: what });
  const predictions = predictionsView(says);
  const saves = (label, name, part) => pictureMenu(label, name, () => find(content, part), what);
  const [saveTurns, saveMaps, saveBand] = [
    saves(t('Save the bars'), 'tokens', '.turns'),
    saves(t('Save the map'), 'heads', '.moved-maps'),
    saves(t('Save the verdict'), 'verdict', '.panel-verdict'),
  ];
  /** What was changed: "What if: switch off (layer 3, head 1)". */
  function what() {
    const told = props.edits
      .filter(({ on }) => on)
      .map((edit) => `${editText(edit)} (${placeText(edit)})`);
    return t('What if: {edits}', { edits: told.join(t(', ')) });
  }
  let theme = null;
  let shown = null;
  let props = null;
  watchTheme(() => {
    theme = null;
    if (shown) draw();
  });

  function draw() {
    theme ??= readTheme(root);
    const distances = shown.change.cosine_distance;
    render(
      html`<div class="panel panel-verdict">${verdict(shown)}${saveBand}</div>${says}${pattern}
        ${panel(t('Every token'), t('{what}; bars up to {most}', { what: TURN, most: numberText(largest(distances), 2) }), tokens(shown), saveTurns)}
        <div class="effects-pair">
          ${panel(
            t('Every pattern'),
            t('how much of each head’s attention moved; click one to open it'),
            html`<div class="moved-maps">${maps(shown)}</div><p class="figure-note">${MOVED}</p>`,
            saveMaps,
          )}
          ${when(shown.singles.length > 1, () => panel(t('Head by head'), t('the sentence’s change by each head alone'), singles(shown)))}</div>`,
      content,
    );
  }

  /** What became of the predictions, then how far the sentence's vector turns. */
  function verdict({ change: { sentence_cosine_distance: own }, controls: found, ...answer }) {
    const { text, special } = figure.verdict(own, found.band, found.heads);
    const said = answer.predictions ?? [];
    const outcome = () =>
      html`<p class=${classes('verdict-outcome', outcomeShort(said) && 'is-special')}
        aria-live="polite">${outcomeText(said, answer.target_tokens ?? answer.tokens)}</p>`;
    const entry = (name, value, about) =>
      html`<div title=${about}><dt>${name}</dt><dd>${value}</dd></div>`;
    const { nothing, own_z, band } = found;
    const range = band.length
      ? t('{from} to {to}', { from: numberText(band[0], 2), to: numberText(band.at(-1), 2) })
      : t('no draws');
    return html`${when(said.length, outcome)}
      <p class="verdict" aria-live="polite">${t('The sentence’s vector turns by')} <strong>${numberText(own, 3)}</strong><span
        class=${classes('verdict-why', special && 'is-special')}>${text}</span></p>
      <div class="band">${when(band.length, () => bandPicture(own, found))}</div>
      <dl class="edits-controls">
        ${entry(t('Nothing edited'), figure.controlText(nothing), t('Largest change of any number when nothing is edited'))}
        ${entry(t('Own z patched in'), figure.controlText(own_z), t('The same when the edited heads are given the z that they had'))}
        ${entry(t('Random heads, 20 draws'), range, t('The sentence’s change when as many random other heads are switched off'))}</dl>`;
  }

  function tokens({ target_tokens, tokens: read, change: { cosine_distance: distances } }) {
    const parts = figure.shares(distances);
    const row = (
      token,
      pos,
    ) => html`<li class=${classes('turn', token.special && 'is-special')} data-pos=${pos}
      title=${t('position {pos}', { pos })}><span class="turn-room"><span class="turn-bar" aria-hidden="true"
      style="--share: ${parts[pos]}"></span></span><bdi
        class="turn-token">${tokenLabel(token)}</bdi><span
      class="turn-value">${numberText(distances[pos], 2)}</span></li>`;
    return html`<ol class="turns"
      aria-label=${t('Change of each token')}>${(target_tokens ?? read).map(row)}</ol>`;
  }

  function maps({ patterns, singles: edited }) {
    const several = patterns.length > 1;
    const all = patterns.flatMap(({ total_variation: moved }) => moved.flat());
    const most = largest(all.filter((value) => value !== null));
    return patterns.map((one) => {
      const { element } = mapOf(one, { edited, several, most });
      return html`<div>${when(
        several,
        () => html`<p
        class="head-map-kind">${kindText(one.kind)}</p>`,
      )}${element}</div>`;
    });
  }

  function mapOf(
    { kind, total_variation: moved, layer_numbers: layers },
    { edited, several, most },
  ) {
    const cells = moved.flatMap((row, n) =>
      row.flatMap((value, head) => {
        if (value === null) return [];
        const name = { kind, layer: layers[n], head };
        const marked = edited.some((one) => sameHead(one, name));
        const said = { layer: name.layer, head, share: shareText(value) };
        return {
          head: name,
          value,
          marked,
          name: marked
            ? t('Layer {layer}, head {head}: {share} moved, edited', said)
            : t('Layer {layer}, head {head}: {share} moved', said),
          text: value > 0 ? String(Math.round(100 * value)) : '',
        };
      }),
    );
    const label = several
      ? t('How much each {kind} pattern moved', { kind: kindText(kind) })
      : t('How much each pattern moved');
    return headMap({
      label,
      cells,
      most,
      theme,
      onOpen,
      facts: ({ name }) => html`<p>${name}</p>`,
    });
  }

  function singles({
    singles: found,
    change: { sentence_cosine_distance: together },
    patterns,
    predictions: said,
  }) {
    const { rows, rest, sum, share } = figure.singleRows(found, together);
    const { index, edits } = props;
    const speaks = found.some(({ kl }) => kl !== null);
    const row = (
      name,
      about,
      value,
      part,
      kl,
      strong = false,
    ) => html`<tr><th scope="row">${name}</th><td>${about}</td>
      <td class="single-value">${numberText(value, 3)}</td>
      ${when(
        speaks,
        () => html`<td
        class="single-value">${kl === null ? '' : numberText(kl, 2)}</td>`,
      )}
      <td class="single-room" aria-hidden="true"><span
        class=${classes('single-bar', strong && 'is-strong')}
        style="--share: ${part}"></span></td></tr>`;
    const single = (one) => {
      const edit = edits.length > 1 ? t('edit {number}', { number: index[one.edit] + 1 }) : '';
      const name = shortName(one, patterns.length > 1);
      return row(name, edit, one.sentence_cosine_distance, one.share, one.kl);
    };
    const note = prose(
      figure.jointText(together, sum),
      rest > 0 && t('{rest} more change it less.', { rest }),
      speaks && t('KL: the largest of any tag, gap or next token, in nats.'),
    );
    return html`<table class="singles"><caption class="visually-hidden">${SINGLES}</caption>
        <thead class=${classes(!speaks && 'visually-hidden')}>${headings([t('Head'), t('Edit'), t('Change'), ...(speaks ? ['KL'] : [])])}</thead>
        <tbody>${rows.map(single)}${row(t('together'), '', together, share, largestKl(said), true)}</tbody></table>
      <p class="figure-note">${note}</p>`;
  }

  return {
    /**
     * @param {any} next what the list shows, and `failed`: there is no answer to these edits,
     *   `fault`: the index of the edit that is to blame, or null
     */
    update(next) {
      props = next;
      const { slot, key, failed, fault, view, scale, hideSpecial, words } = next;
      const answer = slot.value;
      const fresh = answer?.key === key && key !== null;
      content.classList.toggle('is-busy', !fresh);
      content.hidden = !answer || failed || key === null;
      root.setAttribute('aria-busy', String(key !== null && !fresh && !failed));
      const computing = answer
        ? ''
        : t('Computing the edited run, each head alone, and 20 random draws …');
      const idle = key === null ? t('No edit is applied: the model is as it was.') : computing;
      const stuck =
        fault === null
          ? t('Nothing is computed until that is mended.')
          : t('Nothing is computed until edit {number} is mended.', { number: fault + 1 });
      const why = failed ? stuck : idle;
      render(html`<p class="edits-waiting" ?hidden=${why === ''}>${why}</p>${content}`, root);
      if (content.hidden) return;
      change.update({ answer, view, scale, hideSpecial, words });
      if (answer === shown) return;
      shown = answer;
      draw();
      predictions.update(answer);
    },
  };
}

/** The draws as strokes on a line, their range as a band, the edits as a mark. */
function bandPicture(own, { band, heads }) {
  const { draws, own: at, low, high, most } = figure.bandPlaces(own, band);
  const name = prose(
    figure.verdict(own, band, heads).text,
    t('The draws range from {low} to {high}; these edits: {own}.', {
      low: numberText(low * most, 3),
      high: numberText(high * most, 3),
      own: numberText(own, 3),
    }),
  );
  const stroke = (kind, share) => html`<span class=${kind} style="left: ${100 * share}%"></span>`;
  return html`<div class="band-picture" role="img" aria-label=${name}><div class="band-line">
      <span class="band-range" style="left: ${100 * low}%; width: ${100 * (high - low)}%"></span>
      ${draws.map((draw) => stroke('band-draw', draw))}${stroke('band-own', at)}</div>
    <div class="band-ends"><span>0</span><span>${t('random draws')} <i
      class="band-key is-draw"></i> ${t('these edits')} <i
      class="band-key is-own"></i></span><span>${numberText(most, 2)}</span></div></div>`;
}
