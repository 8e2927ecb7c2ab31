// Wires the comparison: one sentence, one link, two models. Knows all modules of its page.

import { compare } from '../../core/addresses/compare.js';
import { inspector } from '../../core/addresses/inspector.js';
import { guessWords } from '../../core/language.js';
import { createMemo } from '../../core/memo.js';
import { modelsOf } from '../../core/models.js';
import { createPage, titled } from '../../core/page.js';
import { createQueries } from '../../core/queries.js';
import { createRequests, runOf } from '../../core/requests.js';
import { openHeads, sameHead } from '../../core/selection.js';
import { direction } from '../../figures/bidi.js';
import { t } from '../../language/messages.js';
import { captionFrom } from '../../parts/picture-menu.js';
import { askView } from './views/ask.js';
import { sideView } from './views/side.js';

const { api, data: page, part, redraw, start, store } = createPage(compare);
const { defaultModel, walkModel } = page;
const same = createMemo();
const models = modelsOf(document);

captionFrom(() => ({ title: '', model: '', text: store.get().text, file: 'headlight-compare' }));

const asking = askView(
  { text: part('text'), link: part('link') },
  {
    onRead(patch) {
      for (const { queries } of sides) queries.forgetFailures();
      const kept = patch.text === store.get().text && patch.query === null;
      store.open(kept ? {} : { ...patch, head1: null, head2: null });
    },
    onSearch(places) {
      for (const { queries } of sides) queries.forgetFailures();
      const patch = { ...places, head1: null, head2: null };
      if (places.query !== null && places.key !== null) store.open(patch);
      else store.adjust(patch);
    },
    onPicture: (picture) => store.adjust({ picture }),
  },
);
const sides = [
  side({ at: 'first', headAt: 'head1', own: walkModel, name: t('First model') }),
  side({ at: 'second', headAt: 'head2', own: defaultModel, name: t('Second model') }),
];

/**
 * One of the two: what it is asked, and what of its answers is of the text on screen. Its model and
 * its head stand in the state `at` and `headAt`.
 */
function side({ at, headAt, own, name }) {
  const queries = createQueries(redraw);
  const questions = createRequests(api, queries);
  const view = sideView(part(at), {
    name,
    onModel: (model) => store.open({ [at]: model === own ? null : model, [headAt]: null }),
    onHead: (place) => store.open({ [headAt]: place }),
    onRetry: retry,
  });
  const model = () => store.get()[at] ?? own;

  /** What the inspector would call this side's state. */
  function state() {
    const { text, query, key, [headAt]: chosen } = store.get();
    const { layer = null, head = null } = chosen ?? {};
    return { ...inspector.DEFAULTS, text, query, key, layer, head };
  }

  function ofScreen(name) {
    const { value } = queries.get(name);
    return value?.run === runOf(model(), state()) ? value : null;
  }

  /** The answer to the link asked for; null while another is awaited. */
  function ranked() {
    const { value, status } = queries.get('search');
    return status === 'ready' ? value : null;
  }

  /** The chosen head, else the best for the link, else the one with the strongest far link. */
  function open() {
    const asked = state();
    const data = ofScreen('overview');
    const link = asked.query !== null && asked.key !== null;
    if (asked.layer === null && link && queries.get('search').status !== 'error') {
      const [best] = ranked()?.heads ?? [];
      return best ? { kind: null, layer: best.layer, head: best.head } : null;
    }
    return openHeads(asked, data)[0] ?? null;
  }

  function arrays(wanted) {
    const value = ofScreen('head:0');
    return value && wanted && sameHead(value, wanted) ? value : null;
  }

  return {
    queries,
    /** The words that both models have; special tokens are each model's own. */
    words: () => ofScreen('overview')?.kinds[0].query.words.filter(({ special }) => !special),
    /** Where the words asked for stand among them. */
    found() {
      const all = ofScreen('overview')?.kinds[0].query.words;
      const value = ranked();
      if (!all || !value) return null;
      const place = (index) => all.slice(0, index).filter(({ special }) => !special).length;
      const of = ({ words }) => ({ words: words.filter((n) => !all[n].special).map(place) });
      return { query: of(value.query), key: of(value.key) };
    },
    failed: () => queries.get('search').status === 'error',
    ask() {
      const wanted = open();
      questions.run(model(), state(), wanted ? [wanted] : []);
    },
    draw() {
      const { text, query, key, picture, [headAt]: chosen } = store.get();
      const wanted = open();
      const pinAt = ranked()?.query.tokens[0] ?? null;
      const pin = pinAt === null ? null : { side: /** @type {const} */ ('query'), pos: pinAt };
      const named = model() === defaultModel ? null : model();
      const link = { ...state(), ...wanted, model: named, pin };
      view.update({
        models,
        model: model(),
        overview: queries.get('overview'),
        search: queries.get('search'),
        head: queries.get('head:0'),
        asked: query !== null && key !== null,
        data: ofScreen('overview'),
        open: wanted,
        chosen: chosen !== null,
        arrays: arrays(wanted),
        pinAt,
        picture,
        dir: direction(text),
        query,
        key,
        href: `/#${inspector.write(link)}`,
      });
    },
  };
}

function draw() {
  const { text, query, key, picture } = store.get();
  const blank = text.trim() === '';
  const ready = sides.find((one) => one.words());
  const guessed = same('guessed', guessWords({ text, text_pair: null }));
  asking.update({
    text,
    words: ready ? same('words', ready.words()) : guessed,
    dir: direction(text),
    query,
    key,
    found: ready?.found() ?? null,
    failed: sides.some((one) => one.failed()),
    picture,
  });
  part('hint').hidden = !blank;
  part('sides').hidden = blank;
  for (const one of sides) one.draw();
}

function retry() {
  for (const { queries } of sides) queries.forgetFailures();
  redraw();
}

start({
  ask() {
    for (const one of sides) one.ask();
  },
  draw,
  skip: asking.focus,
  title: ({ text }) => titled(text, t('Compare')),
});
