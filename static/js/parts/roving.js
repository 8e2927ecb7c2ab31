// Arrow keys inside a group that has one tab stop (WAI-ARIA roving tabindex).

/**
 * @param {HTMLElement} group
 * @param {{items: () => HTMLElement[], columns?: () => number, turns?: boolean}} options `columns`
 *   makes the vertical arrows jump a row; without it they do what the horizontal ones do; `turns`:
 *   the first follows the last
 */
export function roving(group, { items, columns, turns = false }) {
  const stop = (item) => {
    for (const other of items()) other.tabIndex = other === item ? 0 : -1;
  };
  group.addEventListener('focusin', (event) => {
    if (items().includes(/** @type {HTMLElement} */ (event.target))) stop(event.target);
  });
  group.addEventListener('keydown', (event) => {
    const all = items();
    const at = all.indexOf(/** @type {HTMLElement} */ (event.target));
    if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const row = columns?.() ?? 1;
    const forward = getComputedStyle(group).direction === 'rtl' ? -1 : 1;
    const step = {
      ArrowRight: forward,
      ArrowLeft: -forward,
      ArrowDown: row,
      ArrowUp: -row,
      Home: -at,
      End: all.length - 1 - at,
    }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = turns ? all.at((at + step) % all.length) : all[at + step];
    if (!next) return;
    stop(next);
    next.focus();
  });
  return { stop };
}
