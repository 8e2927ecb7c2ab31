// The answers behind what is on screen. One slot for each question that the page asks; a
// slot that is asked something new forgets, and aborts, what it was asked before.

/**
 * @typedef {{key: string|null, status: "idle"|"loading"|"ready"|"error", value: any, error: import("./errors.js").Failure|null, wait: {message: string, code: string}|null}} Slot
 */

/** How many heads are kept for going back and forth; 512 tokens: 2.4 MB a head. */
const KEPT = 24;

/** @param {(name: string) => void} onChange called whenever a slot changes */
export function createQueries(onChange) {
  /** @type {Map<string, Slot & {abort: AbortController|null, settled: Promise<void>}>} */
  const slots = new Map();
  /** @type {Map<string, any>} */
  const kept = new Map();

  const empty = () => ({
    key: null,
    status: /** @type {const} */ ('idle'),
    value: null,
    error: null,
    wait: null,
    abort: null,
    settled: Promise.resolve(),
  });

  function remember(key, value) {
    kept.delete(key);
    kept.set(key, value);
    if (kept.size > KEPT) kept.delete(kept.keys().next().value);
  }

  return {
    /** @param {string} name @returns {Slot} */
    get: (name) => slots.get(name) ?? empty(),

    /** Resolves when a slot waits for nothing: once its answer, or its failure, has been told. */
    settled: (name) => (slots.get(name) ?? empty()).settled,

    /**
     * Make a slot hold the answer to `key`. Asked for the same key again, nothing happens.
     * The old value stays beside the status until the new one is there: pictures do not flash.
     * @param {string} name
     * @param {string|null} key what is asked, in full; null empties the slot
     * @param {(options: {signal: AbortSignal, onWait: (wait: any) => void}) => Promise<any>} load
     * @param {{keep?: boolean}} [options] keep: remember the answer for coming back
     */
    ask(name, key, load, { keep = false } = {}) {
      const before = slots.get(name) ?? empty();
      if (before.key === key) return;
      before.abort?.abort();
      if (key === null) {
        slots.set(name, empty());
        onChange(name);
        return;
      }
      if (kept.has(key)) {
        remember(key, kept.get(key));
        slots.set(name, { ...empty(), key, status: 'ready', value: kept.get(key) });
        onChange(name);
        return;
      }
      const abort = new AbortController();
      const slot = {
        ...empty(),
        key,
        status: /** @type {const} */ ('loading'),
        value: before.value,
        abort,
      };
      slots.set(name, slot);
      const finish = (patch) => {
        if (slots.get(name) !== slot) return;
        Object.assign(slot, patch);
        onChange(name);
      };
      const answered = load({ signal: abort.signal, onWait: (wait) => finish({ wait }) });
      slot.settled = answered.then(
        (value) => {
          if (keep) remember(key, value);
          finish({ status: 'ready', value, wait: null });
        },
        (error) => {
          if (!abort.signal.aborted) finish({ status: 'error', error, value: null, wait: null });
        },
      );
      onChange(name);
    },

    /** What has failed can be asked again. */
    forgetFailures() {
      for (const [name, { status }] of slots) if (status === 'error') slots.delete(name);
    },

    /** Names of the slots in use that start with `prefix`. */
    names: (prefix) => [...slots.keys()].filter((name) => name.startsWith(prefix)),
  };
}
