// Wires everything; the only module that knows all others.

import { createApi } from './api.js';
import { h } from './controls/dom.js';
import { errorNotice, waitNotice } from './controls/notice.js';
import { copy, save } from './controls/save.js';
import { direction, language } from './language.js';
import { createQuestions, runOf } from './questions.js';
import { createSession } from './session.js';
import { curlSnippet, pythonSnippet } from './snippets.js';
import { createStore, MOST_HEADS } from './state.js';
import { composerView } from './views/composer.js';
import { exportMenu } from './views/export.js';
import { headView } from './views/head.js';
import { overviewView } from './views/overview.js';
import { searchView } from './views/search.js';
import { bestCell, nameOf, openHeads, pictureOf, wordCell } from './selection.js';

const { api: base, plotlyUrl, defaultModel } = document.documentElement.dataset;
const part = (name) => /** @type {HTMLElement} */ (document.querySelector(`[data-part="${name}"]`));

const api = createApi(base);
const store = createStore(window);
const session = createSession(() => render());
const questions = createQuestions(api, session);
let models = { status: 'loading', list: [], error: null };

const modelName = () => store.get().model ?? defaultModel;
const modelInfo = () => models.list.find(({ name }) => name === modelName()) ?? null;

const composer = composerView(part('composer'), {
  onDraft: (draft) => questions.tokens(modelName(), draft),
  onRead: (patch) => store.open({ ...fresh(patch), ...patch }),
  onModel: (model) => {
    store.open({ model: model === defaultModel ? null : model, kind: null, more: [], cell: null, pin: null });
    questions.tokens(model, composer.draft());
  },
});

const search = searchView(part('search'), {
  onSearch: ({ query, key }) => (query !== null && key !== null ? store.open({ query, key }) : store.adjust({ query, key })),
  onOpen: open,
});

const overview = overviewView(part('overview'), {
  onOpen: open,
  onSort: (sort) => store.adjust({ sort }),
  onColor: (color) => store.adjust({ color }),
  onKind: (kind) => store.open({ kind, more: [], cell: null, pin: null }),
});

const head = headView(
  part('head'),
  {
    onOpen: open,
    onRemove: remove,
    onAdjust: (patch) => store.adjust(patch),
    onLevel: (level) => store.open({ level, pin: null }),
    onPin: (pin) => store.adjust({ pin }),
    onCell: openCell,
    onCloseCell: () => store.open({ cell: null }),
    onCsv: () => exportAs('csv'),
  },
  exportMenu({ onExport: exportAs }),
);

/** A text read anew forgets the words and cells of the one before. */
function fresh({ text, text_pair }) {
  const state = store.get();
  const other = text !== state.text || text_pair !== state.text_pair;
  return other ? { query: null, key: null, cell: null, pin: null } : {};
}

function open(name, { add }) {
  const shown = shownHeads();
  const wanted = nameOf(name);
  if (add && shown.length) {
    if (shown.some((one) => sameHead(one, wanted))) return remove(wanted);
    store.open({ more: [...store.get().more, wanted].slice(-(MOST_HEADS - 1)) });
    return;
  }
  const more = store.get().more.filter((one) => !sameHead(one, wanted));
  store.open({ ...wanted, more, cell: null });
}

function remove(name) {
  const [first, ...rest] = shownHeads().filter((one) => !sameHead(one, name));
  if (first) store.open({ ...nameOf(first), more: rest.map(nameOf), cell: sameHead(shownHeads()[0], name) ? null : store.get().cell });
}

const sameHead = (a, b) => a.layer === b.layer && a.head === b.head && a.kind === b.kind;

function shownHeads() {
  return openHeads(store.get(), currentOverview(), modelInfo());
}

/** The overview of the text on screen; null while another text's is still there. */
function currentOverview() {
  const { value } = session.get('overview');
  return value?.run === runOf(modelName(), store.get()) ? value : null;
}

function openCell(query_pos, key_pos) {
  const data = currentOverview();
  const vectors = currentVectors();
  const picture = data && pictureOf(data, shownHeads()[0]?.kind);
  if (!picture) return;
  if (store.get().level === 'token') store.open({ cell: { query_pos, key_pos } });
  else if (vectors) store.open({ cell: bestCell(vectors.pattern, picture.query.words[query_pos], picture.key.words[key_pos]) });
}

function currentVectors() {
  const slot = session.get(store.get().level === 'word' ? 'vectors' : 'head:0');
  return answers(slot.value, shownHeads()[0], 'token') ? slot.value : null;
}

/** Whether arrays belong to this head of the text on screen. */
function answers(arrays, name, level) {
  return Boolean(arrays && name) && arrays.run === runOf(modelName(), store.get()) && arrays.level === level && sameHead(arrays, { kind: arrays.kind, ...name, ...(name.kind === null && { kind: arrays.kind }) });
}

let asking = false;
function ask() {
  asking = true;
  questions.run(modelName(), store.get(), shownHeads());
  asking = false;
}

store.subscribe((state, before) => {
  if (state.text !== before.text || state.text_pair !== before.text_pair || state.model !== before.model) {
    questions.tokens(modelName(), state);
    scrollIfNew(state, before);
  }
  ask();
  render();
});

function scrollIfNew(state, before) {
  if (state.text !== before.text) document.title = title(state);
}

function title(state) {
  const start = state.text.trim().slice(0, 48);
  return start ? `${start} · Headlight` : 'Headlight';
}

let asked = 0;
/** Once a frame at most, however many answers arrive. The first overview does not wait. */
function render() {
  if (asking) return;
  asked ||= requestAnimationFrame(() => {
    asked = 0;
    ask();
    draw();
  });
}

function draw() {
  const state = store.get();
  const data = currentOverview();
  const shown = shownHeads();
  const slot = session.get('overview');
  const colored = shown.map((name, i) => ({ ...name, kind: name.kind ?? data?.kinds[0].kind ?? null, color: `var(--head-${i + 1})` }));

  composer.update({
    text: state.text,
    text_pair: state.text_pair,
    models: models.list,
    model: modelName(),
    tokens: session.get('tokens'),
    onRetry: () => retry('tokens'),
  });
  overview.update({
    data,
    kind: colored[0]?.kind ?? state.kind ?? data?.kinds[0].kind ?? null,
    sort: state.sort,
    color: state.color,
    scale: state.scale,
    open: colored,
    busy: slot.status === 'loading',
    problem: overviewProblem(slot),
  });
  const words = data ? pictureOf(data, colored[0]?.kind).query.words : [];
  search.update({ words, query: state.query, key: state.key, slot: session.get('search'), open: colored });
  drawHead(state, data, colored);
}

function overviewProblem(slot) {
  if (models.status === 'error') return errorNotice(models.error, loadModels);
  if (store.get().text.trim() === '') return h('div', { class: 'notice' }, h('p', {}, 'Nothing to read yet. Paste or type a sentence, or take an example.'));
  if (slot.status === 'error') return errorNotice(slot.error, () => retry('overview'));
  if (slot.wait?.code === 'model_loading') return waitNotice(`${modelInfo()?.title ?? modelName()} is loading.`, modelInfo()?.progress ?? null);
  if (slot.wait) return waitNotice('The server is busy; this text is next in line.', null);
  return null;
}

function drawHead(state, data, colored) {
  const slots = colored.map((_, i) => session.get(`head:${i}`));
  const picture = data && pictureOf(data, colored[0]?.kind);
  const failed = slots.find(({ status }) => status === 'error');
  const heads = colored.flatMap((name, i) => {
    const { value } = slots[i];
    if (!answers(value, name, state.level)) return [];
    return [{ ...name, pattern: value.pattern.data, matrix: value.pattern, rows: value.pattern.rows, cols: value.pattern.cols, scores: value.scores }];
  });
  const current = heads.length > 0 && colored.length > 0 && sameHead(heads[0], colored[0]);
  const ready = picture && data.level === state.level && current;
  const level = state.level === 'word' ? 'words' : 'tokens';
  const vectors = currentVectors();
  const arithmetic = session.get('cell');
  head.update({
    bar: {
      open: colored.length ? colored : [{ kind: null, layer: 0, head: 0, color: 'var(--head-1)' }],
      shape: picture ?? { layers: modelInfo()?.layers ?? 6, heads: modelInfo()?.heads ?? 12 },
      several: (data?.kinds.length ?? 1) > 1,
      facts: data?.heads.find((one) => colored.length && sameHead(one, colored[0])) ?? null,
      state,
    },
    busy: slots.some(({ status }) => status === 'loading'),
    problem: failed && session.get('overview').status !== 'error' ? errorNotice(failed.error, () => retry('head:0')) : null,
    pictures: ready
      ? {
          queryTokens: picture.query[level],
          keyTokens: picture.key[level],
          heads,
          state,
          dir: direction(state.text),
          causal: picture.causal,
          cell: state.level === 'word' ? wordCell(state.cell, picture) : state.cell,
          plotlyUrl,
        }
      : null,
    vectors: picture && vectors
      ? {
          queryTokens: picture.query.tokens,
          keyTokens: picture.key.tokens,
          q: vectors.q, k: vectors.k, v: vectors.v, z: vectors.z,
          cell: state.cell,
          head: { ...colored[0], pattern: vectors.pattern.data, rows: vectors.pattern.rows, cols: vectors.pattern.cols },
          scores: vectors.scores,
          matches: state.level === 'token',
        }
      : null,
    cell: state.cell ? cellShown(arithmetic) : null,
  });
  part('head').lang = language(state.text) ?? 'en';
}

const LOADING = { loading: true };
const failures = new WeakMap();
/** The same object for the same answer: the view redraws only what is new. */
function cellShown({ status, value, error }) {
  if (status === 'ready') return value;
  if (status !== 'error') return LOADING;
  if (!failures.has(error)) failures.set(error, { error: error.message });
  return failures.get(error);
}

function retry(name) {
  session.forget(name);
  if (name === 'tokens') questions.tokens(modelName(), composer.draft());
  ask();
  render();
}

async function exportAs(name) {
  const state = store.get();
  const [first] = shownHeads();
  const data = currentOverview();
  if (!first || !data) throw new Error('There is no head on screen yet.');
  const kind = first.kind ?? data.kinds[0].kind;
  const file = `headlight-${modelName().replaceAll('/', '-')}-${first.layer}-${first.head}`;
  const body = {
    model: modelName(), text: state.text, text_pair: state.text_pair, kind,
    layers: [first.layer], heads: [first.head],
  };
  const include = state.level === 'word' ? ['pattern'] : ['pattern', 'scores', 'q', 'k', 'v', 'z'];
  const strongest = data.heads.find((one) => sameHead(one, { ...first, kind }))?.strongest ?? null;
  const cell = state.cell ?? (strongest && { query_pos: strongest.query_pos, key_pos: strongest.key_pos });
  switch (name) {
    case 'png':
    case 'svg':
      save(await head.image(name), `${file}.${name}`);
      return 'Saved.';
    case 'csv':
      save(await api.file({ ...body, level: state.level }, 'text/csv'), `${file}.csv`);
      return 'Saved.';
    case 'npz':
      save(await api.file({ ...body, level: state.level, include }, 'application/x-npz'), `${file}.npz`);
      return 'Saved.';
    case 'curl':
      await copy(curlSnippet({ origin: location.origin, base, body: { ...body, include: ['pattern'], level: state.level } }));
      return 'Copied.';
    case 'python':
      await copy(pythonSnippet({ model: modelInfo(), body, cell: cell ?? { query_pos: 0, key_pos: 0 }, target: data.target ?? null }));
      return 'Copied.';
    case 'link':
      await copy(location.href);
      return 'Copied.';
    default:
      throw new Error(`invalid export: ${name}`);
  }
}

async function loadModels() {
  try {
    models = { status: 'ready', list: (await api.models()).models, error: null };
  } catch (error) {
    models = { ...models, status: 'error', error };
  }
  render();
}

/** While a model is being fetched its progress is asked for; once it is there, its shape. */
async function watchModel() {
  const waits = session.get('overview').wait?.code === 'model_loading';
  const unknown = session.get('overview').status === 'ready' && modelInfo() && modelInfo().layers === null;
  if (!waits && !unknown) return;
  try {
    const now = await api.model(modelName());
    models = { ...models, list: models.list.map((one) => (one.name === now.name ? now : one)) };
    render();
  } catch {
    // The question that waits tells what is wrong.
  }
}

function toggleTheme() {
  const root = document.documentElement;
  root.dataset.theme = root.dataset.theme === 'dark' ? 'light' : 'dark';
  try {
    localStorage.setItem('headlight:theme', root.dataset.theme);
  } catch {
    // Storage can be forbidden; the choice then lasts until the page is left.
  }
}

part('theme').addEventListener('click', toggleTheme);
part('skip').addEventListener('click', (event) => {
  event.preventDefault();
  part('composer').querySelector('textarea').focus();
});
setInterval(watchModel, 1000);
document.title = title(store.get());
questions.tokens(modelName(), store.get());
ask();
draw();
loadModels();
