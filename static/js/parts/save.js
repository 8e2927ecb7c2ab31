// Files to the person's disk, text to the clipboard.

import { build, html } from '../core/template.js';
import { t } from '../language/messages.js';

/** @param {Blob|string} content a blob, or a data: URL @param {string} filename */
export function save(content, filename) {
  const url = typeof content === 'string' ? content : URL.createObjectURL(content);
  const link = build(html`<a href=${url} download=${filename} hidden></a>`);
  document.body.append(link);
  link.click();
  link.remove();
  if (typeof content !== 'string') setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** @param {string} text */
export async function copy(text) {
  if (navigator.clipboard && isSecureContext) {
    await navigator.clipboard.writeText(text);
    return;
  }
  // Plain http on another machine has no clipboard; the old way still works there.
  const area = document.createElement('textarea');
  area.className = 'visually-hidden';
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  if (!done) throw new Error(t('The browser did not allow copying.'));
}
