// Beside attention: asks for the measure of the open head that is drawn in place of its pattern,
// for integrated gradients while their panel is open, and, when a person wants to know, whether
// the picture is faithful. Views that few visits see come when they are wanted.

import { lazyPart } from '../../core/lazy.js';
import { runOf } from '../../core/requests.js';
import { pictureOf } from '../../core/selection.js';
import { build, find, html, render } from '../../core/template.js';
import { tokenName } from '../../figures/axis.js';
import { visiblePattern } from '../../figures/pattern.js';
import { t } from '../../language/messages.js';
import { errorNotice } from '../../parts/notice.js';
import { chosenOutput, headOfMeasure, measureOf, outputsOf, speakingTokens } from './measures.js';
import { measuresView } from './views/measures.js';

/** Steps at first, close enough and quick enough to wait for: fewer where each takes long. */
const STEPS_FIRST = { short: 64, long: 16 };
const LONG_TOKENS = 200;
const TOO_LARGE = 'selection_too_large';
const PIN = {
  flow: t('On this page: pin a token that looks, and its row alone is drawn.'),
  faithful: t('On this page: pin a token that looks to measure one row.'),
};

/**
 * @param {object} parts
 * @param {ReturnType<typeof import('../../core/store.js').createStore>} parts.store
 * @param {ReturnType<typeof import('../../core/queries.js').createQueries>} parts.queries
 * @param {ReturnType<typeof import('./selectors.js').createSelectors>} parts.selectors
 * @param {ReturnType<typeof import('../../core/api.js').createApi>} parts.api
 * @param {() => string} parts.modelName
 * @param {() => void} parts.redraw draws the page again
 * @param {() => void} parts.retry asks again for what has failed
 */
export function createAttribution({ store, queries, selectors, api, modelName, redraw, retry }) {
  const element = build(
    html`<div class="layers" role="group" aria-label=${t('What the pictures show')}></div>`,
  );
  const control = measuresView(element, {
    onMeasure: (measure) => store.open({ measure }),
    onOutput: (output) => store.open({ output }),
    onTokens: () => store.open({ level: 'token', pin: null }),
  });
  const below =
    build(html`<div class="beside"><section class="panel faithful" aria-labelledby="faithful-title">
      <h3 class="panel-title" id="faithful-title">${t('Is it faithful?')}<span
        class="panel-about">${t('cuts each link on its own: does the picture rank them as their effects do?')}</span></h3>
      <div class="faithful-buttons"></div><div class="faithful-body"></div></section>
    <details class="behind attribution"><summary
      @click=${toggle}>${t('Integrated gradients: what each token adds to the output')}</summary><div class="attribution-body"></div></details></div>`);
  const views = {
    faithful: lazyPart(
      find(below, '.faithful-body'),
      async () => (await import('./later.js')).faithfulnessView,
      {},
      ({ slot }) => slot.key !== null,
    ),
    attribution: lazyPart(
      find(below, '.attribution-body'),
      async () => (await import('./later.js')).attributionView,
      { onSteps: (steps) => store.open({ steps }) },
      ({ steps }) => steps !== null,
    ),
  };
  /** What is measured: of which head, and the request. */
  let measured = null;
  /** Of which head pictures were last on selectors. */
  let seen = null;
  let made = null;

  /** The state says whether the panel is open, not the browser. */
  function toggle(event) {
    event.preventDefault();
    const { steps, kind } = store.get();
    const data = selectors.overview();
    const long = data && pictureOf(data, kind).query.tokens.length > LONG_TOKENS;
    const first = long ? STEPS_FIRST.long : STEPS_FIRST.short;
    store.open({ steps: steps === null ? first : null });
  }

  const run = () => runOf(modelName(), store.get());
  const place = (open) => JSON.stringify([run(), open]);
  const outputs = () => {
    const { pin, kind, level } = store.get();
    return outputsOf(selectors.overview(), pin, kind, level);
  };
  const output = () => chosenOutput(outputs(), store.get().output);
  const text = () => {
    const { text: typed, text_pair } = store.get();
    return { model: modelName(), text: typed, text_pair };
  };
  /** Whether heads and tokens on screen are known. */
  const known = () => selectors.overview() !== null && selectors.heads().length > 0;

  /** The row of the pinned token that looks; null without one. */
  function pinnedRow() {
    const { pin, level, kind } = store.get();
    if (pin?.side !== 'query' || level !== 'token' || !known()) return null;
    return pictureOf(selectors.overview(), kind).query.tokens[pin.pos] ? pin.pos : null;
  }

  /** What the measure on screen asks of the server; null: it is the pattern, or not known yet. */
  function wanted() {
    const name = selectors.measure();
    const { level } = store.get();
    if (name === 'pattern' || level === 'word' || !known()) return null;
    const words = measureOf(name);
    const [{ kind, layer, head }] = selectors.heads();
    return {
      ...text(),
      kind,
      layers: [layer],
      heads: [words.ofLayer ? 0 : head],
      include: [name],
      output: words.ofOutput ? output().request : null,
    };
  }

  function load(body, key) {
    return async (options) => {
      const [name] = body.include;
      const array = (await api.arrays(body, options))[name];
      const [rows, cols] = array.shape.slice(-2);
      return { key, name, body, matrix: { data: array.data, rows, cols } };
    };
  }

  /** Whether another answer for the same head may stand there while this one is awaited. */
  function standsIn({ name, body: was }) {
    const body = wanted();
    const [{ head }] = selectors.heads();
    const written = ({ model, text: typed, text_pair, kind, layers }) =>
      JSON.stringify([model, typed, text_pair, kind, layers]);
    return written(was) === written(body) && (measureOf(name).ofLayer || was.heads[0] === head);
  }

  function askMeasure() {
    const body = wanted();
    const key = body && JSON.stringify(['measure', body]);
    queries.ask('measure', key, load(body, key), { keep: true });
    const { error } = queries.get('measure');
    const row = pinnedRow();
    const partly = error?.code === TOO_LARGE && body.include[0] === 'flow' && row !== null;
    const part = partly ? { ...body, query_pos: [row] } : null;
    const partKey = part && JSON.stringify(['measure', part]);
    queries.ask('measure-row', partKey, load(part, partKey), { keep: true });
  }

  /** The slot of the measure that is wanted: of one row, where all of it is too much. */
  const slot = () =>
    queries.get(queries.get('measure-row').key === null ? 'measure' : 'measure-row');

  function askAttribution() {
    const { steps } = store.get();
    const body = steps !== null &&
      known() && {
        ...text(),
        layers: [0],
        heads: [0],
        include: ['integrated_gradients'],
        output: output().request,
        steps,
      };
    const key = body ? JSON.stringify(['attribution', body]) : null;
    const asked = async (options) => ({ ...(await api.attention(body, options)), key });
    queries.ask('attribution', key, asked, { keep: true });
  }

  /** @param {number|null} query_pos one row, or the whole head */
  function measure(query_pos) {
    const [open] = selectors.heads();
    const body = { ...text(), ...open, query_pos, output: output().request };
    measured = { of: place(open), body, key: JSON.stringify(['faithful', body]) };
    redraw();
  }

  function askFaithful() {
    const [open] = selectors.heads();
    if (measured && (!open || measured.of !== place(open))) measured = null;
    const asked = measured;
    queries.ask(
      'faithful',
      asked?.key ?? null,
      async (options) => ({ ...(await api.faithfulness(asked.body, options)), key: asked.key }),
      { keep: true },
    );
  }

  /** The answer in the measure that is wanted, or one that stands in for it; null without. */
  function answer() {
    const { status, value } = slot();
    if (status === 'error' || !value || !wanted()) return null;
    return status === 'ready' || standsIn(value) ? value : null;
  }

  /** @param {import('../../core/errors.js').Failure} error @param {string} hint */
  function notice({ code, message, status }, hint) {
    const text = code === TOO_LARGE && hint ? `${message} ${hint}` : message;
    return errorNotice({ message: text, status }, retry);
  }

  /** The largest size in the pictures, where special tokens are left out of them. */
  function mostShown() {
    const { hide_special: hideSpecial, kind } = store.get();
    const head = drawnHead();
    if (!hideSpecial || !head) return undefined;
    const { query, key } = pictureOf(selectors.overview(), kind);
    const shown = { head, queryTokens: query.tokens, keyTokens: key.tokens, hideSpecial };
    return visiblePattern(shown).max;
  }

  /** What is drawn in place of the pattern. */
  const drawnHead = () => (made && made.value === answer() ? made.head : null);

  return {
    control: element,
    below,

    /** Asks for all that is on selectors. */
    ask() {
      askMeasure();
      askAttribution();
      askFaithful();
    },

    busy: () => slot().status === 'loading',

    /**
     * The open head as the pictures show it.
     * @param {any} pattern of the open head, ready to be drawn
     * @returns {any|null} null: wait, the measure is on its way and nothing of this head is seen
     */
    drawn(pattern) {
      const body = wanted();
      const value = body && answer();
      const here = place(selectors.heads()[0]);
      if (body && !value && slot().status !== 'error' && seen !== here) return null;
      seen = here;
      if (!value) return pattern;
      const { kind, layer, head, color } = pattern;
      const name = { kind, layer, head, color };
      const written = JSON.stringify(name);
      if (made?.value !== value || made.written !== written) {
        const partly = value.body.query_pos !== undefined;
        made = { value, written, head: headOfMeasure(value.name, name, value.matrix, partly) };
      }
      return { ...made.head, weights: pattern.pattern };
    },

    /** What a person takes away of another measure than the pattern; null: it is the pattern. */
    taken() {
      const head = wanted() && drawnHead();
      if (!head || head.measure.name !== selectors.measure()) return null;
      const { include, output: of, query_pos } = made.value.body;
      return { head, request: { include, output: of, query_pos } };
    },

    /** How well what is drawn ranks its links, once that is measured. */
    rank() {
      const { status, value } = queries.get('faithful');
      const name = selectors.measure();
      const { level } = store.get();
      if (!measured || status !== 'ready' || level === 'word') return '';
      const found = value.correlations[name];
      const other = JSON.stringify(measured.body.output) !== JSON.stringify(output().request);
      if (found === undefined || found === null || other) return '';
      const { query_pos, query_tokens } = value;
      const correlation = signedText(found);
      return query_pos === null
        ? t('rank correlation {correlation}', { correlation })
        : t('rank correlation {correlation}, row of {token}', {
            correlation,
            token: tokenName(query_tokens, query_pos),
          });
    },

    /** Draws the control, and what stands under the pictures. */
    update() {
      const name = selectors.measure();
      const { level, steps } = store.get();
      const data = selectors.overview();
      const [open, ...others] = selectors.heads();
      const whole = queries.get('measure');
      const row = pinnedRow();
      const partly = whole.status === 'error' && queries.get('measure-row').key !== null;
      const error = partly ? queries.get('measure-row').error : whole.error;
      const failed = wanted() && error;
      const tokens = data && pictureOf(data, store.get().kind).query.tokens;
      const rowName = row === null ? '' : tokenName(tokens, row);
      control.update({
        measure: name,
        open: open ?? { kind: null, layer: 0, head: 0 },
        drawn: name === 'pattern' ? null : drawnHead(),
        most: mostShown(),
        words: level === 'word',
        beside: others.length,
        outputs: outputs(),
        output: output().value,
        hint: hintOf(Boolean(failed), partly ? rowName : ''),
        problem: failed ? notice(failed, name === 'flow' ? PIN.flow : '') : null,
      });
      const button = (label, on, query_pos) =>
        html`<button type="button" class="button" ?disabled=${!on}
          @click=${() => measure(query_pos)}>${label}</button>`;
      const rowText =
        row === null
          ? t('Pin a token to measure its row')
          : t('Measure the row of {rowName}', { rowName });
      render(
        html`${button(t('Measure all its links'), known(), null)}${button(rowText, row !== null, row)}`,
        find(below, '.faithful-buttons'),
      );
      const asked = queries.get('faithful');
      const speaking = data ? speakingTokens(data) : [];
      views.faithful.update({
        slot: asked,
        problem:
          asked.error && notice(asked.error, measured?.body.query_pos === null ? PIN.faithful : ''),
        weights: selectors.vectors()?.pattern ?? null,
        speaking,
      });
      find(below, 'details').open = steps !== null;
      const integrated = queries.get('attribution');
      views.attribution.update({
        slot: integrated,
        problem: integrated.error && notice(integrated.error, ''),
        steps,
        speaking,
      });
    },
  };
}

/** What there is to say of a measure that came only in part, or not at all. */
function hintOf(failed, row) {
  if (failed) return t('The pictures show the pattern.');
  return row && t('All of it is too much for this text: only the row of {row} is drawn.', { row });
}

const signedText = (value) => value.toFixed(2).replace('-', '−');
