// The link to the same page in the other language: it takes along what is on screen, and the choice is
// kept.

const YEAR_S = 31_536_000;

/** @param {HTMLElement} link @param {() => string} [fragment] of the page as it is */
export function languageLink(link, fragment = () => '') {
  if (!(link instanceof HTMLAnchorElement)) return;
  link.addEventListener('click', () => {
    link.hash = fragment();
    // biome-ignore lint/suspicious/noDocumentCookie: the server reads it, and CookieStore is not everywhere
    document.cookie = `lang=${link.dataset.lang}; path=/; max-age=${YEAR_S}; SameSite=Lax`;
  });
}
