// An answer as a person reads it. Pure.

import { t } from '../../language/messages.js';

const MOST = 4;
const LONG = 600;

/**
 * JSON laid out, its long lists shortened and told so; what is no JSON is left as it is, to a length.
 * @param {string} text
 */
export function shortened(text) {
  try {
    return layOut(JSON.parse(text), '');
  } catch {
    return text.length > LONG ? `${text.slice(0, LONG)}…` : text;
  }
}

/** @param {any} value @param {string} indent of what stands around it @returns {string} */
function layOut(value, indent) {
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const shown = value.slice(0, MOST).map((each) => layOut(each, inner));
    if (value.length > MOST) shown.push(t('… {count} more', { count: value.length - MOST }));
    const line = `[${shown.join(', ')}]`;
    return line.length <= 88 && !line.includes('\n')
      ? line
      : `[\n${shown.map((each) => inner + each).join(',\n')}\n${indent}]`;
  }
  if (value !== null && typeof value === 'object') {
    const shown = Object.entries(value).map(
      ([name, each]) => `${JSON.stringify(name)}: ${layOut(each, inner)}`,
    );
    const line = `{${shown.join(', ')}}`;
    return line.length <= 88 && !line.includes('\n')
      ? line
      : `{\n${shown.map((each) => inner + each).join(',\n')}\n${indent}}`;
  }
  return JSON.stringify(value);
}
