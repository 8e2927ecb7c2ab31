// The inspector on a claim's example: the best head, and the link that it makes there. Pure.

import { inspectorAt } from '../../core/addresses/inspector.js';
import { writeTyped } from '../../core/places.js';

/**
 * @typedef {{position: number, start: number|null, end: number|null, text: string}} Spot
 * @param {{text: string, query: Spot|null, key: Spot|null}} example
 * @param {{kind: string, layer: number, head: number}} head
 * @param {{model: string|null, kind: string|null}} which null: the default model, its first kind
 */
export function exampleLink(example, head, { model, kind }) {
  const { text, query, key } = example;
  return inspectorAt({
    text,
    model,
    kind,
    layer: head.layer,
    head: head.head,
    query: query && writeSpot(query, text),
    key: key && writeSpot(key, text),
    pin: query && { side: /** @type {const} */ ('query'), pos: query.position },
  });
}

/** A word by itself where the text holds it once; else by its place. @param {Spot} spot */
function writeSpot({ position, start, end, text: word }, text) {
  if (start === null) return `@p${position}`;
  const whole = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const once = whole.filter((one) => one === word.toLowerCase()).length === 1;
  return once ? writeTyped(word) : `@s0:${start}-${end}`;
}
