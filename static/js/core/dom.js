// Small words for building elements. No framework: a tag, its properties, its children.

/**
 * An element. Keys that start with "on" are listeners, "class", "data" and "aria" are what
 * they say, other keys are attributes; null, undefined and false leave an attribute out.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, any>} [props]
 * @param {...(Node|string|number|null|undefined|false)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (key === 'class') element.className = value;
    else if (key === 'data') Object.assign(element.dataset, value);
    else if (key === 'value') /** @type {any} */ (element).value = value;
    else element.setAttribute(key, value === true ? '' : String(value));
  }
  element.append(
    ...children.filter((c) => c !== null && c !== undefined && c !== false).map(toNode),
  );
  return element;
}

/** @param {any} child */
function toNode(child) {
  return child instanceof Node ? child : String(child);
}

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

/** A named line icon, 16 x 16, drawn with the text's colour. */
export function icon(name) {
  const paths = {
    plus: 'M8 3.5v9M3.5 8h9',
    close: 'M4.5 4.5l7 7M11.5 4.5l-7 7',
    left: 'M9.5 3.5 5 8l4.5 4.5',
    right: 'M6.5 3.5 11 8l-4.5 4.5',
    down: 'M3.5 6 8 10.5 12.5 6',
    up: 'M3.5 10 8 5.5 12.5 10',
    arrow: 'M2.5 8h10.5M9 4l4 4-4 4',
    check: 'M3.5 8.5l3 3 6-7',
    minus: 'M3.5 8h9',
  };
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('aria-hidden', 'true');
  svg.classList.add('icon');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', paths[name]);
  svg.append(path);
  return svg;
}
