// What the edits change: the sentence beside chance, the open head before and after, every token,
// every head downstream, and each edited head by itself.

import { h, setText } from '../../../core/dom.js';
import { readTheme, watchTheme } from '../../../core/draw.js';
import { sameHead } from '../../../core/selection.js';
import { numberText, shareText, tokenLabel } from '../../../figures/axis.js';
import * as figure from '../../../figures/effects.js';
import { largest } from '../../../figures/matrix.js';
import { largestKl, outcomeShort, outcomeText } from '../../../figures/predictions.js';
import { headMap } from '../../../parts/head-map.js';
import { changeView } from './change.js';
import { predictionsView } from './predictions.js';

const TURN = '1 − cosine of its vector before and after';

/**
 * @param {HTMLElement} root
 * @param {{onView: (view: string) => void, onOpen: (name: any) => void}} callbacks
 */
export function effectsView(root, { onView, onOpen }) {
  const outcome = h('p', { class: 'verdict-outcome', 'aria-live': 'polite' });
  const verdict = h('p', { class: 'verdict', 'aria-live': 'polite' });
  const strip = h('div', { class: 'band' });
  const controls = h('dl', { class: 'edits-controls' });
  const pattern = h('div', { class: 'panel' });
  const tokens = h('ol', { class: 'turns' });
  const tokensAbout = h('span', { class: 'panel-about' });
  const tokensPanel = panel('Every token', tokensAbout, tokens);
  const maps = h('div', { class: 'moved-maps' });
  const mapsPanel = panel(
    'Every pattern',
    h(
      'span',
      { class: 'panel-about' },
      'how much of each head’s attention moved; click one to open it',
    ),
    maps,
    h(
      'p',
      { class: 'figure-note' },
      'Percent of a row’s weight that is elsewhere, mean over queries. A head that is off has rows of 0, which counts 50.',
    ),
  );
  const singles = h('div', {});
  const singlesAbout = h('p', { class: 'figure-note' });
  const singlesPanel = panel(
    'Head by head',
    h('span', { class: 'panel-about' }, 'the sentence’s change by each head alone'),
    singles,
    singlesAbout,
  );
  const says = h('div', { class: 'panel' });
  const waiting = h('p', { class: 'edits-waiting' });
  const content = h(
    'div',
    { class: 'effects' },
    h('div', { class: 'panel panel-verdict' }, outcome, verdict, strip, controls),
    says,
    pattern,
    tokensPanel,
    h('div', { class: 'effects-pair' }, mapsPanel, singlesPanel),
  );
  root.replaceChildren(waiting, content);
  const change = changeView(pattern, { onView });
  const predictions = predictionsView(says);
  let theme = null;
  let shown = null;
  let props = null;
  const unwatch = watchTheme(() => {
    theme = null;
    if (shown) drawMaps(shown);
  });

  function panel(title, about, ...rest) {
    return h('div', { class: 'panel' }, h('h3', { class: 'panel-title' }, title, about), ...rest);
  }

  /** What became of the predictions, then how far the sentence's vector turns. */
  function drawVerdict({ change: { sentence_cosine_distance: own }, controls: found, ...answer }) {
    const { text, special } = figure.verdict(own, found.band, found.heads);
    const said = answer.predictions ?? [];
    outcome.hidden = said.length === 0;
    outcome.classList.toggle('is-special', outcomeShort(said) !== '');
    if (!outcome.hidden) setText(outcome, outcomeText(said, answer.target_tokens ?? answer.tokens));
    verdict.replaceChildren(
      'The sentence’s vector turns by ',
      h('strong', {}, numberText(own, 3)),
      h('span', { class: special ? 'verdict-why is-special' : 'verdict-why' }, text),
    );
    strip.replaceChildren(...(found.band.length ? [bandPicture(own, found)] : []));
    const entry = (name, value, about) =>
      h('div', { title: about }, h('dt', {}, name), h('dd', {}, value));
    controls.replaceChildren(
      entry(
        'Nothing edited',
        figure.controlText(found.nothing),
        'Largest change of any number when nothing is edited',
      ),
      entry(
        'Own z patched in',
        figure.controlText(found.own_z),
        'The same when the edited heads are given the z that they had',
      ),
      entry(
        'Random heads, 20 draws',
        bandText(found.band),
        'The sentence’s change when as many random other heads are switched off',
      ),
    );
  }

  function bandText(band) {
    if (band.length === 0) return 'no draws';
    return `${numberText(band[0], 2)} to ${numberText(band.at(-1), 2)}`;
  }

  /** The draws as strokes on a line, their range as a band, the edits as a mark. */
  function bandPicture(own, { band, heads }) {
    const { draws, own: at, low, high, most } = figure.bandPlaces(own, band);
    const part = (name, share, width = null) => {
      const made = h('span', { class: name });
      made.style.left = `${100 * share}%`;
      if (width !== null) made.style.width = `${100 * width}%`;
      return made;
    };
    const name = `${figure.verdict(own, band, heads).text} The draws range from ${numberText(low * most, 3)} to ${numberText(high * most, 3)}; these edits: ${numberText(own, 3)}.`;
    return h(
      'div',
      { class: 'band-picture', role: 'img', 'aria-label': name },
      h(
        'div',
        { class: 'band-line' },
        part('band-range', low, high - low),
        ...draws.map((draw) => part('band-draw', draw)),
        part('band-own', at),
      ),
      h(
        'div',
        { class: 'band-ends' },
        h('span', {}, '0'),
        h(
          'span',
          {},
          'random draws ',
          h('i', { class: 'band-key is-draw' }),
          ' these edits ',
          h('i', { class: 'band-key is-own' }),
        ),
        h('span', {}, numberText(most, 2)),
      ),
    );
  }

  function drawTokens(answer) {
    const read = answer.target_tokens ?? answer.tokens;
    const { cosine_distance: distances } = answer.change;
    const parts = figure.shares(distances);
    setText(tokensAbout, `${TURN}; bars up to ${numberText(largest(distances), 2)}`);
    tokens.setAttribute('aria-label', 'Change of each token');
    tokens.replaceChildren(
      ...read.map((token, pos) => {
        const bar = h('span', { class: 'turn-bar', 'aria-hidden': 'true' });
        bar.style.setProperty('--share', String(parts[pos]));
        return h(
          'li',
          {
            class: token.special ? 'turn is-special' : 'turn',
            data: { pos },
            title: `position ${pos}`,
          },
          h('span', { class: 'turn-room' }, bar),
          h('bdi', { class: 'turn-token' }, tokenLabel(token)),
          h('span', { class: 'turn-value' }, numberText(distances[pos], 2)),
        );
      }),
    );
  }

  function drawMaps({ patterns, singles: edited }) {
    theme ??= readTheme(root);
    const several = patterns.length > 1;
    const all = patterns.flatMap(({ total_variation: moved }) => moved.flat());
    const most = largest(all.filter((value) => value !== null));
    maps.replaceChildren(
      ...patterns.map((one) => {
        const caption = several && h('p', { class: 'head-map-kind' }, one.kind);
        return h('div', {}, caption, mapOf(one, { edited, several, most }).element);
      }),
    );
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
        const told = `${shareText(value)} moved${marked ? ', edited' : ''}`;
        return {
          head: name,
          value,
          marked,
          name: `Layer ${name.layer}, head ${head}: ${told}`,
          text: value > 0 ? String(Math.round(100 * value)) : '',
        };
      }),
    );
    const label = `How much each ${several ? `${kind} ` : ''}pattern moved`;
    return headMap({ label, cells, most, theme, onOpen, facts: ({ name }) => h('p', {}, name) });
  }

  function drawSingles({
    singles: found,
    change: { sentence_cosine_distance: together },
    patterns,
    predictions: said,
  }) {
    singlesPanel.hidden = found.length < 2;
    if (singlesPanel.hidden) return;
    const { rows, rest, sum, share } = figure.singleRows(found, together);
    const several = patterns.length > 1;
    const { index, edits } = props;
    const speaks = found.some(({ kl }) => kl !== null);
    const row = (name, about, value, part, kl, strong = false) => {
      const bar = h('span', { class: strong ? 'single-bar is-strong' : 'single-bar' });
      bar.style.setProperty('--share', String(part));
      return h(
        'tr',
        {},
        h('th', { scope: 'row' }, name),
        h('td', {}, about),
        h('td', { class: 'single-value' }, numberText(value, 3)),
        speaks && h('td', { class: 'single-value' }, kl === null ? '' : numberText(kl, 2)),
        h('td', { class: 'single-room', 'aria-hidden': 'true' }, bar),
      );
    };
    const inEdit = (at) => (edits.length > 1 ? `edit ${index[at] + 1}` : '');
    singles.replaceChildren(
      h(
        'table',
        { class: 'singles' },
        h('caption', { class: 'visually-hidden' }, 'Change of the sentence by each head alone'),
        h(
          'thead',
          { class: speaks ? '' : 'visually-hidden' },
          h(
            'tr',
            {},
            ...['Head', 'Edit', 'Change', ...(speaks ? ['KL'] : [])].map((name) =>
              h('th', { scope: 'col' }, name),
            ),
          ),
        ),
        h(
          'tbody',
          {},
          ...rows.map((one) =>
            row(
              figure.shortName(one, several),
              inEdit(one.edit),
              one.sentence_cosine_distance,
              one.share,
              one.kl,
            ),
          ),
          row('together', '', together, share, largestKl(said), true),
        ),
      ),
    );
    const about = speaks ? ' KL: the largest of any tag, gap or next token, in nats.' : '';
    const left = rest > 0 ? ` ${rest} more change it less.` : '';
    setText(singlesAbout, figure.jointText(together, sum) + left + about);
  }

  return {
    /**
     * @param {any} next what the list shows, and `failed`: there is no answer to these edits,
     *   `fault`: the index of the edit that is to blame, or null
     */
    update(next) {
      props = next;
      const { slot, key, failed } = next;
      const answer = slot.value;
      const fresh = answer?.key === key && key !== null;
      content.classList.toggle('is-busy', !fresh);
      content.hidden = !answer || failed || key === null;
      root.setAttribute('aria-busy', String(key !== null && !fresh && !failed));
      const why = failed
        ? `Nothing is computed until ${next.fault === null ? 'that' : `edit ${next.fault + 1}`} is mended.`
        : key === null
          ? 'No edit is applied: the model is as it was.'
          : answer
            ? ''
            : 'Computing the edited run, each head alone, and 20 random draws …';
      waiting.hidden = why === '';
      setText(waiting, why);
      if (!answer || content.hidden) return;
      change.update({
        answer,
        view: next.view,
        scale: next.scale,
        hideSpecial: next.hideSpecial,
        words: next.words,
      });
      if (answer === shown) return;
      shown = answer;
      drawVerdict(answer);
      drawTokens(answer);
      drawMaps(answer);
      drawSingles(answer);
      predictions.update(answer);
    },
    destroy: unwatch,
  };
}
