// The object drawn last time, where nothing in it has changed: views compare by identity.

/** @returns {<T>(name: string, value: T) => T} */
export function createMemo() {
  const kept = new Map();
  return (name, value) => {
    const written = JSON.stringify(value);
    if (kept.get(name)?.written !== written) kept.set(name, { written, value });
    return kept.get(name).value;
  };
}

/**
 * What is made of an overview's part of one kind, made once.
 * @template T
 * @param {(overview: any, kind: string) => T} make
 * @returns {(overview: any|null, kind: string) => T|null} null without an overview
 */
export function oncePerKind(make) {
  const made = new WeakMap();
  return (overview, kind) => {
    if (!overview) return null;
    if (made.get(overview)?.kind !== kind)
      made.set(overview, { kind, value: make(overview, kind) });
    return made.get(overview).value;
  };
}
