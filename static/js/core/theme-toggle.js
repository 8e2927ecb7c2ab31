// Light or dark: the person's choice if there is one, else the system's.

const KEPT = 'headlight:theme';
const root = document.documentElement;

/** @param {HTMLElement} button */
export function themeToggle(button) {
  const say = () => button.setAttribute('aria-pressed', String(root.dataset.theme === 'dark'));
  button.addEventListener('click', () => {
    root.dataset.theme = root.dataset.theme === 'dark' ? 'light' : 'dark';
    keep(root.dataset.theme);
    say();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', ({ matches }) => {
    if (kept() === null) root.dataset.theme = matches ? 'dark' : 'light';
    say();
  });
  say();
}

function kept() {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null; // storage can be forbidden
  }
}

function keep(theme) {
  try {
    localStorage.setItem(KEPT, theme);
  } catch {
    // The choice then lasts until the page is left.
  }
}
