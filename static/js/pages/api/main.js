// The reference is made by the server; its masthead goes on from what a reader has in hand.

import { themeToggle } from '../../core/theme-toggle.js';
import { threadOf } from '../../core/thread.js';

threadOf(document).drawLinks();
themeToggle(document.querySelector('[data-part="theme"]'));
