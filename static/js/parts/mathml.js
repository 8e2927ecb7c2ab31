// Formulas: from trees to MathML, which browsers set and screen readers read by themselves.

const NAMESPACE = 'http://www.w3.org/1998/Math/MathML';

/** @param {any[]} parts each [tag, ...children], or a string @returns {Element} */
export function math(parts) {
  const element = document.createElementNS(NAMESPACE, 'math');
  element.setAttribute('displaystyle', 'true');
  element.append(...parts.map(node));
  return element;
}

function node(tree) {
  if (!Array.isArray(tree)) return String(tree);
  const [tag, ...children] = tree;
  const element = document.createElementNS(NAMESPACE, tag);
  for (const child of children) {
    if (typeof child === 'object' && !Array.isArray(child)) {
      for (const [name, value] of Object.entries(child)) element.setAttribute(name, value);
    } else element.append(node(child));
  }
  return element;
}
