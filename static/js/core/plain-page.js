// What a page has that the server writes whole: the theme, and links that go on from what a reader has
// in hand.

import { languageLink } from './language-link.js';
import { themeToggle } from './theme-toggle.js';
import { threadOf } from './thread.js';

export function plainPage() {
  threadOf(document).drawLinks();
  themeToggle(document.querySelector('[data-part="theme"]'));
  languageLink(document.querySelector('[data-part="language"]'));
}
