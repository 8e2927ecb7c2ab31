/** Numbers by their names, large enough to be read out. */

import { html } from '../core/template.js';

/** @param {readonly (readonly [string, string|number])[]} pairs */
export const exact = (pairs) =>
  html`<dl class="exact">${pairs.map(
    ([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`,
  )}</dl>`;
