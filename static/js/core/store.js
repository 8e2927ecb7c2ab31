// What is on screen, in step with the URL. The only module that knows the address bar.

/**
 * The state in use, kept in step with the address bar.
 * @param {Window} window
 * @param {{parse: (fragment: string) => any, write: (state: any) => string}} address how the page
 *   writes its state
 * @param {string} [beginning] the fragment of what it opens on, where its address says nothing
 */
export function createStore(window, { parse, write }, beginning = '') {
  const stated = () => parse(window.location.hash || beginning);
  let state = stated();
  /** @type {Set<(state: any, before: any) => void>} */
  const listeners = new Set();
  let timer = 0;

  const tell = (before) => {
    for (const listener of listeners) listener(state, before);
  };
  const replace = () => {
    clearTimeout(timer);
    timer = 0;
    window.history.replaceState(null, '', `#${write(state)}`);
  };

  // Typing another fragment into the address bar fires popstate as well.
  window.addEventListener('popstate', () => {
    clearTimeout(timer);
    const before = state;
    state = stated();
    tell(before);
  });

  return {
    get: () => state,
    /** Where the page was served from, and the link that reopens what is on screen. */
    address() {
      if (timer) replace();
      const { origin, pathname, search } = window.location;
      // The page as it first opens has no fragment; its link has, and keeps its meaning.
      return { origin, link: `${origin}${pathname}${search}#${write(state)}` };
    },
    /** Something a person would want to come back to: a new entry in the history. */
    open(patch) {
      if (timer) replace();
      const before = state;
      // What the address in use said wrongly is past with it.
      state = { ...state, ignored: [], ...patch };
      if (write(state) !== write(before)) {
        window.history.pushState(null, '', `#${write(state)}`);
      }
      tell(before);
    },
    /** A small change: the same entry, written a little later (browsers ration these). */
    adjust(patch) {
      const before = state;
      state = { ...state, ...patch };
      clearTimeout(timer);
      timer = window.setTimeout(replace, 150);
      tell(before);
    },
    subscribe(listener) {
      listeners.add(listener);
    },
  };
}
