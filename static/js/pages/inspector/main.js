// Wires everything; the only module that knows all others.

import { inspector, MOST_HEADS } from '../../core/addresses/inspector.js';
import { guessWords } from '../../core/language.js';
import { lazyPart } from '../../core/lazy.js';
import { createMemo, oncePerKind } from '../../core/memo.js';
import { createModels, fileStem, modelsOf } from '../../core/models.js';
import { createPage, titled } from '../../core/page.js';
import { createRequests, runOf } from '../../core/requests.js';
import * as selection from '../../core/selection.js';
import { build, html } from '../../core/template.js';
import { direction } from '../../figures/bidi.js';
import { poolingOf } from '../../figures/pooling.js';
import { saysAnything } from '../../figures/sentence.js';
import { prose, t } from '../../language/messages.js';
import { delayNotice, errorNotice, hintNotice } from '../../parts/notice.js';
import { captionFrom } from '../../parts/picture-menu.js';
import { createAblations } from './ablations.js';
import { createAttribution } from './attribution.js';
import { captionOf, copyWhatIf, exportScreen } from './export.js';
import { presentation } from './present.js';
import { createSelectors, named } from './selectors.js';
import { createSubmit } from './submit.js';
import { unresolvedOf } from './unresolved.js';
import { composerView } from './views/composer.js';
import { exportMenu } from './views/export.js';
import { headView } from './views/head.js';
import { heroView } from './views/hero.js';
import { overviewView } from './views/overview.js';
import { searchView } from './views/search.js';
import { createWhatIf } from './what-if.js';

const { nameOf, pictureOf, sameHead } = selection;
const {
  api,
  data: page,
  part,
  queries,
  redraw,
  scheduler,
  start,
  store,
} = createPage(inspector, (name) => {
  if (name === 'tokens') submit.admit();
  if (name === 'overview') forgetStaleKind();
  // The overview is the first picture: it does not wait for the others.
  const first = name === 'overview' && queries.get(name).status === 'ready';
  if (first) scheduler.alone(() => overview.paint(overviewProps(selectors.all())));
  else redraw();
});
const { api: base, plotlyUrl, defaultModel } = page;
const questions = createRequests(api, queries, scheduler.quiet);

const modelName = () => store.get().model ?? defaultModel;
const selectors = createSelectors({ store, queries, modelName });
const submit = createSubmit({
  queries,
  questions,
  store,
  modelName,
  defaultModel,
  onRefusal: redraw,
});
const models = createModels({
  known: modelsOf(document),
  api,
  queries,
  modelName,
  onChange: redraw,
});
const modelInfo = models.info;

const hero = heroView({
  onPick: pick,
  onFocus: (focus) => head.focus(focus),
  onLayer: (layer) =>
    alone(nameOf({ ...selectors.heads()[0], layer }, selectors.overview()), store.adjust),
});
const composer = composerView(part('composer'), hero.element, {
  onDraft: submit.draft,
  onRead(patch) {
    models.mend();
    if (patch.query && (patch.layer ?? null) === null) opensWinner = true;
    submit.read(patch);
  },
  onModel: chooseModel,
  onModels: models.load,
  onRetry: retry,
});
const search = searchView(part('search'), part('ranking'), {
  onAim: redraw,
  onSearch(places) {
    queries.forgetFailures();
    opensWinner = true;
    if (places.query !== null && places.key !== null) store.open(places);
    else store.adjust(places);
  },
  onRetry: retry,
  onOpen: (name, options) => open(name, { ...options, pin: searchedPin(name) }),
});
const overview = overviewView(part('overview'), {
  onOpen: open,
  onSort: (sort) => store.adjust({ sort }),
  onColor: (color) => store.adjust({ color }),
  onCompare(on) {
    comparing = on;
    redraw();
  },
  onKind(kind) {
    const first = nameOf({ kind }, selectors.overview());
    store.open({ ...first, more: [], cell: null, pin: null });
  },
});
const outputs = build(html`<section class="outputs" aria-labelledby="outputs-title"></section>`);
const outputsPart = lazyPart(
  outputs,
  async () => (await import('./later.js')).outputsView,
  {
    onOpen(name, how) {
      store.adjust({ tab: 'picture' });
      open(name, how);
    },
    onFill: (text) => submit.read({ text }),
  },
  ({ answer }) => selectors.tab() === 'outputs' && Boolean(answer.value?.outputs),
);
const whatIf = createWhatIf({
  store,
  queries,
  selectors,
  api,
  modelName,
  redraw,
  retry,
  onOpen: (name) => show(nameOf(name, selectors.overview())),
  onCopy: (what, body) => copyWhatIf(what, { base, ...store.address(), body }),
});
part('main').append(whatIf.dropTarget);
const ablations = createAblations({
  store,
  queries,
  selectors,
  api,
  modelName,
  retry,
  onOpen: (name) => show(name),
});
const attribution = createAttribution({ store, queries, selectors, api, modelName, redraw, retry });
const head = headView(
  part('head'),
  {
    // A choice of its layer alone, or of its head alone, leaves the other as it is.
    onOpen: (name) => show(nameOf({ ...selectors.heads()[0], ...name }, selectors.overview())),
    onRemove: remove,
    onAdjust: (patch) => store.adjust(patch),
    onLevel: (level) => store.open({ level, pin: null }),
    onTab: (tab) => store.open({ tab }),
    onFocus: hero.focus,
    onPin: (pin) => store.adjust({ pin }),
    onCell: openCell,
    onTokenCell: (cell) => store.open({ cell }),
    onCloseCell: () => store.open({ cell: null }),
    onCutCell: () => whatIf.cutCell(selectors.cell()),
    onSwitchOff(name) {
      store.adjust({ tab: 'what-if' });
      whatIf.switchOff(name);
    },
    onCutting: whatIf.cutting,
    onCsv: () => exportAs('csv'),
  },
  {
    exports: exportMenu({
      onExport: exportAs,
      layer: () => attribution.taken()?.head.measure ?? null,
    }),
    whatIf: [whatIf.element, ablations.element],
    attribution,
    outputs,
  },
);

presentation(part('present'), {
  /** From head to head, and from layer to layer; the first follows the last. */
  onStep(heads, layers) {
    const [open] = selectors.heads();
    const data = selectors.overview();
    if (!open || !data) return;
    const picture = pictureOf(data, open.kind);
    const next = selection.neighbour(open, picture, heads + layers * picture.heads);
    alone(nameOf({ ...next, kind: picture.kind }, data), store.adjust);
  },
});

function chooseModel(name) {
  const model = name === defaultModel ? null : name;
  store.open({ model, kind: null, more: [], cell: null, pin: null });
  questions.tokens(name, composer.draft());
}

/** How many layers and heads to expect, before an answer tells. */
function shape() {
  const { layers, heads } = modelInfo() ?? {};
  return { layers: layers ?? 6, heads: heads ?? 12 };
}

/**
 * A kind that the model on screen does not have is forgotten: its link says what is seen. So is
 * the name of its first kind, which goes unsaid.
 */
function forgetStaleKind() {
  const { kind } = store.get();
  const data = selectors.overview();
  const place = data?.kinds.findIndex((one) => one.kind === kind);
  if (kind && data && place < 1) store.adjust({ kind: null });
}

/** Whether a click lays a head over the open one instead of opening it. */
let comparing = false;

/** @param {any} name @param {{add: boolean, pin?: any}} how */
function open(name, { add, pin }) {
  const wanted = nameOf(name, selectors.overview());
  if (!add && !comparing) {
    show(wanted, pin);
    bringIntoView(part('head'));
  } else if (selectors.heads().some((one) => sameHead(one, wanted))) remove(name);
  else store.open({ more: [...store.get().more, wanted].slice(1 - MOST_HEADS) });
}

/** Opens a head; `pin` picks out a token in it, else the token that is pinned stays so. */
function show(wanted, pin = store.get().pin) {
  alone(wanted, store.open, { pin });
}

/** A head in the place of the open one, and not beside it too. */
function alone(wanted, change, patch = {}) {
  const more = store.get().more.filter((one) => !sameHead(one, wanted));
  change({ ...wanted, more, cell: null, ...patch });
}

/** A word of the sentence is taken: as the one that looks, or as the one that it may look at. */
function pick(side, pos) {
  const { query, level, kind } = store.get();
  const picture = pictureOf(selectors.overview(), kind);
  const wordAt = ({ words, tokens }, at) => words[level === 'word' ? at : tokens[at].word];
  const across = picture.query !== picture.key;
  if (across) search.aim(side);
  if (search.aimed() === 'key' && query !== null) {
    search.pick(wordAt(across ? picture[side] : picture.query, pos));
    return;
  }
  if (across && side === 'key') return; // first the word that looks
  // A new link begins: the head stays, with the word's own arcs.
  search.aim('query');
  store.adjust({ key: null, cell: null, pin: { side: 'query', pos } });
  search.pick(wordAt(picture.query, pos));
}

/** Whether the best head for the link searched for opens once it is known. */
let opensWinner = store.get().layer === null;

/** Opens the head that a search found, at its link. */
function openWinner() {
  const { status, value } = queries.get('search');
  if (!opensWinner || value === null || status === 'loading') return;
  opensWinner = false;
  if (status !== 'ready' || !value.found) return;
  const { query, key, heads } = value;
  const winner = nameOf(heads[0], selectors.overview());
  const whole = query.tokens.length * key.tokens.length === 1;
  const cell = whole ? { query_pos: query.tokens[0], key_pos: key.tokens[0] } : null;
  awaited = whole ? null : { winner, query, key };
  alone(winner, store.adjust, { cell, pin: searchedPin(heads[0]) });
}

/** Words of several tokens, whose strongest cell opens once the head that links them is there. */
let awaited = null;

function openStrongestCell() {
  const vectors = awaited && selectors.vectors();
  if (!vectors) return;
  const { winner, query, key } = awaited;
  awaited = null;
  if (store.get().cell !== null || !sameHead(vectors, winner)) return;
  const cell = selection.bestCell(vectors.pattern, query, key);
  const pin = store.get().level === 'token' && { side: 'query', pos: cell.query_pos };
  store.adjust({ cell, ...(pin && { pin }) });
}

/** The heads by the link that is searched for; null without one. */
function ranking() {
  const { status, value } = queries.get('search');
  const { query, key } = store.get();
  const found = status === 'ready' && query !== null && key !== null && value?.found;
  return found ? value.heads : null;
}

/** The word that was searched for, as a head of that kind should show it. */
function searchedPin({ kind }) {
  const { query, heads } = queries.get('search').value;
  if (heads[0].kind !== kind) return null;
  const places = store.get().level === 'word' ? query.words : query.tokens;
  return { side: 'query', pos: places[0] };
}

function remove(name) {
  const unwanted = nameOf(name, selectors.overview());
  const shown = selectors.heads();
  const [first, ...more] = shown.filter((one) => !sameHead(one, unwanted));
  if (!first) return;
  const same = sameHead(first, shown[0]);
  store.open({ ...first, more, cell: same ? store.get().cell : null });
}

/** Scrolls only where the part would else stay unseen. */
function bringIntoView(element) {
  const { top } = element.getBoundingClientRect();
  if (top > innerHeight * 0.75) element.scrollIntoView({ block: 'start' });
}

function openCell(query_pos, key_pos) {
  if (whatIf.takes(query_pos, key_pos)) return;
  const { level } = store.get();
  if (level === 'token') {
    store.open({ cell: { query_pos, key_pos } });
    return;
  }
  const vectors = selectors.vectors();
  if (!vectors) return;
  const { query, key } = pictureOf(selectors.overview(), store.get().kind);
  const cell = selection.bestCell(vectors.pattern, query.words[query_pos], key.words[key_pos]);
  store.open({ cell });
}

/** What stands above the pictures that are saved one by one. */
captionFrom(() => {
  const data = selectors.overview();
  const [first] = selectors.heads();
  const model = modelInfo() ?? { name: modelName() };
  const shown = data && first && data.heads.find((one) => sameHead(one, named(first, data)));
  if (!shown)
    return {
      title: '',
      model: model.title ?? model.name,
      text: store.get().text,
      file: fileStem(model.name),
    };
  const kinds = data.kinds.map(({ kind }) => kind);
  const caption = captionOf({ model, state: store.get(), kinds, shown });
  return { ...caption, title: caption.head, file: fileStem(model.name, shown.layer, shown.head) };
});

async function exportAs(what) {
  const data = selectors.overview();
  const [first] = selectors.heads();
  if (!first || !data) throw new Error(t('There is no head on screen yet.'));
  const wanted = named(first, data);
  const { value: drawn } = queries.get('head:0');
  return exportScreen(what, {
    api,
    base,
    ...store.address(),
    model: modelInfo() ?? { name: modelName(), kind: null, source: 'hub' },
    state: { ...store.get(), cell: selectors.cell() },
    head: data.heads.find((one) => sameHead(one, wanted)),
    picture: pictureOf(data, first.kind),
    kinds: data.kinds.map(({ kind }) => kind),
    image: head.image,
    links: head.links,
    pattern: selectors.belongs(drawn, first, store.get().level) ? drawn.pattern : null,
    layer: attribution.taken(),
  });
}

function ask() {
  const state = store.get();
  const known = selectors.overview() || state.kind === null;
  const asked = known ? state : { ...state, query: null, key: null };
  questions.run(modelName(), { ...asked, cell: selectors.cell() }, selectors.heads());
  openWinner();
  openStrongestCell();
  attribution.ask();
  ablations.ask();
  whatIf.ask();
}

store.subscribe((state, before) => {
  if (runOf(state.model, state) !== runOf(before.model, before)) {
    questions.tokens(modelName(), state);
  }
});

function overviewProps({ state, data, picture, open, answer }) {
  return {
    data: ablations.known(data),
    kind: picture?.kind ?? null,
    shape: shape(),
    sort: state.sort,
    color: state.color,
    scale: state.scale,
    open,
    ranking: ranking(),
    comparing,
    busy: answer.status === 'loading',
    off: answer.status === 'error' || state.text.trim() === '',
    problem: overviewNotice(answer) ?? unresolvedNotice(state, data),
  };
}

function draw() {
  const all = selectors.all();
  const { state, data, picture, open, answer } = all;
  const failed = answer.status === 'error';
  overview.update(overviewProps(all));
  composer.update({
    text: state.text,
    text_pair: state.text_pair,
    models: models.list(),
    model: modelName(),
    tokens: queries.get('tokens'),
    problem: submit.refusal() ?? models.error() ?? (failed ? answer.error : null),
  });
  const guessed = picture || failed ? NONE : same('guessed', guessWords(state));
  search.update({
    queryWords: picture?.query.words ?? guessed,
    keyWords: picture?.key.words ?? guessed,
    links: linksOf(data, picture?.kind) ?? NONE,
    query: state.query,
    key: state.key,
    slot: queries.get('search'),
    off: failed,
    open,
  });
  drawHero(all, guessed);
  outputsPart.update({ answer });
  drawHead(all);
  attribution.update();
  ablations.update();
  whatIf.update();
}

const NONE = [];
const same = createMemo();
const linksOf = oncePerKind((data, kind) => selection.strongLinks(data, kind, 7));

/** The sentence, with the arcs of the open head once they are known. */
function drawHero({ state, data, picture, shown, open }, guessed) {
  const { value } = queries.get('head:0');
  const here = picture && selectors.belongs(value, shown[0], state.level);
  const unit = state.level === 'word' ? 'words' : 'tokens';
  const cut = queries.get('tokens');
  const isCut = cut.status === 'ready' && cut.key === runOf(modelName(), state);
  const units = (side) =>
    picture?.[side][unit] ?? (isCut ? cut.value[unit] : same('expected', expectedUnits(guessed)));
  const asked = state.query !== null && state.key !== null && queries.get('search').value?.found;
  const cell = picture && asked ? queries.get('search').value : null;
  const at = (side) => cell[side][unit][0];
  const link = () => {
    const own = state.level === 'token' ? selectors.cell() : null;
    const ends = own && [
      cell.query.tokens.includes(own.query_pos),
      cell.key.tokens.includes(own.key_pos),
    ];
    return ends?.every(Boolean) ? own : { query_pos: at('query'), key_pos: at('key') };
  };
  hero.update({
    queryUnits: units('query'),
    keyUnits: units('key'),
    dir: direction(state.text),
    known: Boolean(picture),
    pattern: here ? value.pattern : null,
    head: open[0] ?? NO_HEAD[0],
    count: (data?.heads ?? NONE).filter(({ kind }) => kind === picture?.kind).length,
    shape: picture ?? shape(),
    pin: state.pin,
    link: cell ? link() : null,
    taken: same('taken', takenUnits(picture, state.level)),
    inviting: state.query !== null && state.key === null && search.aimed() === 'key',
    hideSpecial: state.hide_special,
  });
}

/** Words that are not known yet, with room for what most models put around them. */
const expectedUnits = (guessed) =>
  guessed.length > 0 ? [EXPECTED.first, ...guessed, EXPECTED.last] : guessed;
const EXPECTED = {
  first: { text: '[CLS]', special: true, awaited: true, tokens: [] },
  last: { text: '[SEP]', special: true, awaited: true, tokens: [] },
};

/** The words that are asked about, as the sentence shows them. */
function takenUnits(picture, level) {
  const of = (side) => {
    const words = [...search.indices(side)].filter((n) => n >= 0);
    return level === 'word' ? words : words.flatMap((n) => picture[side].words[n]?.tokens ?? []);
  };
  return picture ? { query: of('query'), key: of('key') } : { query: [], key: [] };
}

function overviewNotice({ wait }) {
  if (store.get().text.trim() === '') {
    return hintNotice(t('Nothing to read yet. Paste or type a sentence, or take an example.'));
  }
  const { title = modelName(), progress = null } = modelInfo() ?? {};
  return delayNotice(wait, { model: title, progress }); // what has failed is told beside the text
}

/** What the address says that is not on screen. */
function unresolvedNotice(state, data) {
  const said = unresolvedOf(state, data);
  return said.length > 0
    ? html`<div class="notice" role="status"><p>${prose(...said)}</p></div>`
    : null;
}

function drawHead({ state, data, picture, shown, open }) {
  const slots = shown.map((_, i) => queries.get(`head:${i}`));
  const failed = slots.find(({ status }) => status === 'error');
  const { status: run } = queries.get('overview');
  const stands = run !== 'error';
  const level = state.level === 'word' ? 'words' : 'tokens';
  const heads = open.flatMap((name, i) => {
    const { value } = slots[i];
    if (!selectors.belongs(value, shown[i], state.level)) return [];
    const { data: pattern, rows, cols } = value.pattern;
    const { sinks } = picture ?? {};
    return [{ ...name, pattern, rows, cols, sinks, matrix: value.pattern, scores: value.scores }];
  });
  const ready = picture && data.level === state.level && heads[0] && sameHead(heads[0], open[0]);
  // Another layer than the pattern is of the open head alone.
  const layer = ready && attribution.drawn(heads[0]);
  const vectors = picture && selectors.vectors();
  const cell = selectors.cell();
  const { cuts, cellCut, cutting, picking } = whatIf.marks();
  const tab = selectors.tab();
  const facts = data?.heads.find((one) => open[0] && sameHead(one, open[0])) ?? null;
  head.update({
    bar: {
      open: open.length ? open : NO_HEAD,
      shape: picture ?? shape(),
      several: (data?.kinds.length ?? 1) > 1,
      facts,
      model: modelName(),
      heads: data?.heads ?? NONE,
      state,
      tab,
      edits: state.edits.length,
      outputs: saysAnything(data?.outputs),
      pictured: tab !== 'vectors' && tab !== 'outputs',
      cutting,
    },
    busy: slots.some(({ status }) => status === 'loading') || attribution.busy(),
    // While the overview is awaited, its answer may say what is wrong with the whole.
    problem: failed && run === 'ready' ? errorNotice(failed.error, retry) : null,
    off: !stands || state.text.trim() === '',
    text: state.text,
    pictures: layer && {
      queryTokens: picture.query[level],
      keyTokens: picture.key[level],
      heads: layer === heads[0] ? heads : [layer],
      state,
      rank: attribution.rank(),
      dir: direction(state.text),
      causal: picture.causal,
      cell: state.level === 'word' ? selection.wordCell(cell, picture) : cell,
      cuts,
      plotlyUrl,
    },
    vectors: vectors && {
      ...vectors,
      queryTokens: picture.query.tokens,
      keyTokens: picture.key.tokens,
      head: {
        ...open[0],
        pattern: vectors.pattern.data,
        rows: vectors.pattern.rows,
        cols: vectors.pattern.cols,
      },
      cell,
      matches: state.level === 'token',
    },
    cell: (picture ? cell : state.cell) && stands ? cellShown(queries.get('cell')) : null,
    pooling:
      state.level === 'word' && vectors && cell ? poolingOf(picture, cell, vectors.pattern) : null,
    openCell: cell,
    cellCut,
    picking,
  });
}

const NO_HEAD = [{ kind: null, layer: 0, head: 0, color: 'var(--head-1)' }];
const LOADING = { loading: true };
function cellShown({ status, value, error }) {
  if (status === 'error') return { error, onRetry: retry };
  return status === 'ready' ? value : LOADING;
}

/** Asks again for everything that has failed, what is read while it is typed included. */
function retry() {
  queries.forgetFailures();
  questions.tokens(modelName(), composer.draft());
  models.mend();
  redraw();
}

questions.tokens(modelName(), store.get());
setInterval(models.watch, 1000);
start({
  ask,
  draw,
  skip: composer.edit,
  title: ({ text }) => titled(text),
});
