// The shell of a page: its parts, its state and its address, what it asks and when it is drawn,
// light or dark, and the skip link. A page says what is its own (docs/pages.md has one whole).

import { createApi } from './api.js';
import { languageLink } from './language-link.js';
import { preparePrint } from './print.js';
import { createQueries } from './queries.js';
import { createScheduler } from './scheduler.js';
import { createStore } from './store.js';
import { nothing, render } from './template.js';
import { themeToggle } from './theme-toggle.js';
import { threadOf } from './thread.js';

/**
 * @template State
 * @param {import('./address.js').Address<State>} address
 * @param {(name: string) => void} [onAnswer] called whenever a query changes; draws if not given
 */
export function createPage(address, onAnswer) {
  const { dataset } = document.documentElement;
  /** @type {{ask: () => void, draw: () => void, title?: (state: State) => string}} */
  let own = { ask() {}, draw() {} };
  const scheduler = createScheduler(() => {
    name();
    own.ask();
    own.draw();
  });
  const { redraw } = scheduler;
  // A person may press twice within one frame: what waits for it is drawn before the second press, so
  // that no part acts on a state that is past.
  for (const press of ['keydown', 'pointerdown']) {
    document.addEventListener(press, scheduler.flush, { capture: true });
  }
  const thread = threadOf(document, address);
  const store = createStore(window, address, thread.begin());
  const queries = createQueries(onAnswer ?? redraw);
  /** @param {string} name of data-part @returns {HTMLElement} */
  const part = (name) => document.querySelector(`[data-part="${name}"]`);

  function name() {
    if (own.title)
      document.title = [own.title(store.get()), 'Headlight'].filter(Boolean).join(' · ');
  }

  return {
    api: createApi(dataset.api),
    data: dataset,
    part,
    /** Fills a part. @param {string} name of data-part @param {any} template null: it is empty */
    fill: (name, template) => render(template ?? nothing, part(name)),
    store,
    queries,
    scheduler,
    redraw,

    /** Asks again for what has failed. */
    retry() {
      queries.forgetFailures();
      redraw();
    },

    /**
     * Begins. Whenever the state or an answer changes, all that it needs is asked for, then all is
     * drawn of what is there: drawing asks for nothing.
     * @param {object} page
     * @param {() => void} page.ask what the state needs: queries.ask(name, key, load) for each
     * @param {() => void} page.draw everything, from the state and the answers
     * @param {() => void} page.skip where the skip link leads
     * @param {(state: State) => string} [page.title] what precedes "· Headlight"; as it is if not given
     */
    start({ ask, draw, skip, title }) {
      own = { ask, draw, title };
      store.subscribe(redraw);
      store.subscribe(thread.keep);
      thread.keep(store.get());
      themeToggle(part('theme'));
      languageLink(part('language'), () => new URL(store.address().link).hash);
      openDialogs(document);
      preparePrint(part('address'), () => store.address().link);
      part('skip').addEventListener('click', (event) => {
        event.preventDefault();
        skip();
      });
      ask();
      redraw();
    },
  };
}

/** Buttons that name a dialog open it. @param {Document} page */
function openDialogs(page) {
  page.addEventListener('click', ({ target }) => {
    const button = target instanceof Element && target.closest('[data-opens]');
    if (button instanceof HTMLElement)
      /** @type {HTMLDialogElement} */ (page.getElementById(button.dataset.opens)).showModal();
  });
}

/** A page's title: how its text begins, and the page's name. @param {string[]} names */
export const titled = (text, ...names) =>
  [text.trim().slice(0, 48), ...names].filter(Boolean).join(' · ');
