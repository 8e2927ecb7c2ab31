// A page on its way to paper: light, at the width of a desk, with its address.

import { setPrinting } from './draw.js';

/** @param {HTMLElement} place of the address @param {() => string} address */
export function preparePrint(place, address) {
  const root = document.documentElement;
  let theme = root.dataset.theme;
  addEventListener('beforeprint', () => {
    setPrinting(true);
    theme = root.dataset.theme;
    root.dataset.theme = 'light';
    place.textContent = address();
  });
  addEventListener('afterprint', () => {
    setPrinting(false);
    root.dataset.theme = theme;
  });
}
