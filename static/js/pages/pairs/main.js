// Wires the page of minimal pairs: two texts, one changed place, and what it moves.

import { inspectorAt, KINDS } from '../../core/addresses/inspector.js';
import { pairs } from '../../core/addresses/pairs.js';
import { worded } from '../../core/errors.js';
import { fileStem, modelsOf, modelTitle } from '../../core/models.js';
import { createPage } from '../../core/page.js';
import { parsePlace, writePlace } from '../../core/places.js';
import { sameHead } from '../../core/selection.js';
import { supervisionOf } from '../../core/supervision.js';
import { html } from '../../core/template.js';
import { headPhrase, headTitle, kindText } from '../../figures/head-names.js';
import { axesOf } from '../../figures/pair.js';
import { prose, t } from '../../language/messages.js';
import { supervisionBadge } from '../../parts/head-facts.js';
import { errorNotice, hintNotice, waitNotice } from '../../parts/notice.js';
import { captionFrom } from '../../parts/picture-menu.js';
import { askView } from './views/ask.js';
import { headsView } from './views/heads.js';
import { pairOutputsView } from './views/outputs.js';
import { picturesView } from './views/pictures.js';
import { rowView } from './views/row.js';

const { api, data, fill, part, queries, redraw, retry, start, store } = createPage(pairs);
const { defaultModel } = data;
const models = modelsOf(document);
/** The open head on its axes, made once for each answer. @type {{answer: any, made: any}|null} */
let aligned = null;

const asking = askView(part('texts'), {
  onRead({ text, other }) {
    queries.forgetFailures();
    const { query } = store.get();
    const same = text === store.get().text && other === store.get().other;
    store.open({ text, other, query: same || stands(query, [text, other]) ? query : null });
    redraw();
  },
  onExample(state) {
    queries.forgetFailures();
    const { model, level } = store.get();
    store.open({ ...pairs.DEFAULTS, model, level, ...state });
  },
  onModel(model) {
    queries.forgetFailures();
    store.open({ model: model === defaultModel ? null : model, head: null });
  },
  onLevel: (level) => store.open({ level }),
});
const heads = headsView(part('heads'), {
  onOpen: ({ kind, layer, head }) => store.open({ head: { kind, layer, head } }),
});
const row = rowView(part('row'), { onQuery: (query) => store.open({ query }) });
const pictures = picturesView(part('pictures'), { onRow: chooseRow });
const said = pairOutputsView(part('said'));

captionFrom(() => {
  const { text, other, model } = store.get();
  const name = model ?? defaultModel;
  const title = aligned ? headTitle(aligned.made.shown) : '';
  return {
    title,
    model: modelTitle(models, name),
    text: `${text} / ${other}`,
    file: fileStem(name, 'pair'),
  };
});

/** Whether a word that was typed or clicked may still be asked about. */
function stands(query, texts) {
  const place = query === null ? null : parsePlace(query);
  if (typeof place !== 'string') return false;
  const word = place.toLowerCase();
  return texts.every((text) => text.toLowerCase().includes(word));
}

const modelName = () => store.get().model ?? defaultModel;

/** The head to show: the chosen one, else the first of the ranking that is there. */
function openHead(answer) {
  const { head } = store.get();
  if (!answer) return head;
  const [first] = KINDS.filter((kind) => answer.heads.some((one) => one.kind === kind));
  if (head) return { ...head, kind: head.kind ?? first };
  const { kind, layer, head: number } = answer.heads[0];
  return { kind, layer, head: number };
}

function ask() {
  const { text, other, query, level } = store.get();
  const body = {
    model: modelName(),
    text,
    other,
    level,
    query: query === null ? null : parsePlace(query),
  };
  const question = hint(store.get()) ? null : JSON.stringify(body);
  queries.ask('pair', question, (options) => api.pairs({ ...body, show: [] }, options), {
    keep: true,
  });
  const { status, value } = queries.get('pair');
  if (status === 'loading') return;
  const open = status === 'ready' && value ? openHead(value) : null;
  queries.ask(
    'head',
    open && JSON.stringify([body, open]),
    (options) => api.pairs({ ...body, show: [open] }, options),
    { keep: true },
  );
}

/** What a person has to do before there is anything to ask; null: nothing. */
function hint({ text, other }) {
  if (text.trim() === '' || other.trim() === '')
    return t('Type two texts that differ in one place.');
  return text === other ? t('Now change one place of the second text, and press Enter.') : null;
}

/** What is wrong or awaited, in place; null where nothing is. */
function notice(pair, head) {
  const { text, other, query } = store.get();
  const failed = pair.status === 'error' ? pair : head.status === 'error' ? head : null;
  if (failed) return errorNotice(worded(failed.error, { query }), retry);
  if (pair.wait) return waitNotice(pair.wait.message, null);
  if (hint({ text, other })) return hintNotice(hint({ text, other }));
  return pair.value ? null : waitNotice(t('Reading both texts'), null);
}

function draw() {
  const state = store.get();
  const [pair, head] = [queries.get('pair'), queries.get('head')];
  asking.update({ ...state, models, model: modelName() });
  fill('problem', notice(pair, head));
  const answer = pair.value;
  part('found').hidden = !answer;
  if (!answer) return;
  const open = openHead(answer);
  heads.update({ answer, open, busy: pair.status === 'loading' });
  const made = onAxes(head.value);
  const waits = pair.status === 'loading' || head.status === 'loading';
  const busy = waits || !made;
  part('found').setAttribute('aria-busy', String(waits));
  row.update({ answer, shown: made, busy });
  part('pictures').classList.toggle('is-waiting', busy);
  part('pictures').hidden = head.status === 'error';
  pictures.update(made, made ? headPhrase(made.shown) : '');
  said.update(answer);
  drawHead(answer, open, made);
}

/** The word that a row of the pictures is of becomes the one that is asked about. */
function chooseRow(row) {
  const { answer, made } = aligned;
  const { before, state } = made.queries[row];
  if (!answer.words.includes(before) && !answer.tokens.includes(before)) return;
  const word = answer.level === 'word' ? before : answer.words[before.word];
  if (state !== 'only') store.open({ query: writePlace(word, answer.words) });
}

function onAxes(answer) {
  if (!answer) return null;
  if (aligned?.answer !== answer) {
    const [shown] = answer.shown;
    aligned = { answer, made: { shown, ...axesOf(answer, shown.kind) } };
  }
  return aligned.made;
}

function drawHead(answer, open, made) {
  const known = answer.heads.find((one) => sameHead(one, open));
  const supervised = supervisionOf(known, answer.heads);
  const kinds = new Set(answer.heads.map(({ kind }) => kind)).size;
  const turn = answer.change?.sentence_cosine_distance;
  const place = headTitle(open);
  const [before, after] = [answer.places.before.text, answer.places.after.text];
  const changed =
    before === ''
      ? t('“{after}” added', { after })
      : after === ''
        ? t('“{before}” left out', { before })
        : t('“{before}” to “{after}”', { before, after });
  const said = prose(
    t('Changed: {changed}.', { changed }),
    turn !== undefined &&
      t('The sentence’s mean vector turns by {turn} (1 − cosine).', { turn: turn.toFixed(3) }),
  );
  const links = [t('First text'), t('Second text')].map(
    (name, side) =>
      html`<a class="quiet-link"
        href=${inspected(answer, open, made, side)}>${t('{name} in the inspector', { name })}</a>`,
  );
  fill(
    'head',
    html`<div class="section-head"><h2 class="section-title"
      id="head-title">${kinds > 1 ? t('{place}, {kind} attention', { place, kind: kindText(open.kind) }) : place}</h2>
        ${supervisionBadge(supervised)}
        <button type="button" class="text-button" ?hidden=${store.get().head === null}
          @click=${() => store.open({ head: null })}>${t('Back to the one that moved most')}</button>
        <span class="spring"></span>${links}</div>
      <p class="pairs-vectors">${said}</p>`,
  );
}

/** Where the inspector shows the same head over one of the texts. */
function inspected(answer, open, made, side) {
  const { query, level } = store.get();
  const row = made?.shown.query_rows?.[0];
  const pos = row === undefined ? null : made.queries[row].at[side];
  const named = typeof (query && parsePlace(query)) === 'string' ? query : null;
  const first = KINDS.find((kind) => answer.heads.some((one) => one.kind === kind));
  return inspectorAt({
    text: side ? answer.other : answer.text,
    model: store.get().model,
    kind: open.kind === first ? null : open.kind,
    layer: open.layer,
    head: open.head,
    level,
    query: named,
    pin: pos === null ? null : { side: /** @type {const} */ ('query'), pos },
  });
}

start({ ask, draw, skip: asking.focus, title: () => t('Minimal pairs') });
