// A page on its way to paper: light, at the width of a desk, with its address.

import { setPrinting } from './draw.js';

/** The page as paper has it: light, and pictures are drawn at once. @returns {() => void} as it was */
export function asPaper() {
  const root = document.documentElement;
  const { theme } = root.dataset;
  setPrinting(true);
  root.dataset.theme = 'light';
  return () => {
    setPrinting(false);
    root.dataset.theme = theme;
  };
}

/** @param {HTMLElement} place of the address @param {() => string} address */
export function preparePrint(place, address) {
  let restore = () => {};
  addEventListener('beforeprint', () => {
    restore = asPaper();
    place.textContent = address();
  });
  addEventListener('afterprint', () => restore());
}
