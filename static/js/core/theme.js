// Runs before the first paint, so that a chosen theme never flashes the other one.
// A plain script, not a module: modules wait for the document.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem('headlight:theme');
  } catch {
    // Storage can be forbidden; the system's preference then decides.
  }
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  document.documentElement.dataset.theme = chosen ?? (dark ? 'dark' : 'light');
})();
