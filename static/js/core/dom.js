// Small words for elements and frames.

/** The element that an event is about. @param {Event} event @returns {HTMLElement} */
export const targetOf = (event) => /** @type {HTMLElement} */ (event.target);

/** Write text only where it differs: an untouched live region stays silent. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

let serial = 0;
/** A fresh id for aria-labelledby and the like. */
export function freshId(prefix) {
  serial += 1;
  return `${prefix}-${serial}`;
}

/** Once the next frame is on screen: for work that should not hold it up. */
export function afterFrame(action) {
  requestAnimationFrame(() => setTimeout(action));
}

/** @param {(...args: any[]) => void} action @param {number} wait milliseconds */
export function debounce(action, wait) {
  let timer = 0;
  const later = (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...args), wait);
  };
  later.cancel = () => clearTimeout(timer);
  return later;
}
