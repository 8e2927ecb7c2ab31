// The reference is made by the server; its masthead goes on from what a reader has in hand. Examples
// are in the language that is chosen, and can be copied and run.

import { sendPlain } from '../../core/api.js';
import { plainPage } from '../../core/plain-page.js';
import { language, t } from '../../language/messages.js';
import { shortened } from './answer.js';

/** @param {string} name of data-part @returns {HTMLElement} */
const part = (name) => document.querySelector(`[data-part="${name}"]`);

plainPage();

const languages = part('languages');
languages.hidden = false;
languages.addEventListener('click', ({ target }) => {
  const chosen = target instanceof Element && target.closest('button');
  if (!(chosen instanceof HTMLElement)) return;
  part('reference').dataset.language = chosen.dataset.language;
  for (const button of languages.querySelectorAll('button')) {
    button.setAttribute('aria-pressed', String(button === chosen));
  }
});

for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (
  document.querySelectorAll('[data-copies]')
)) {
  button.hidden = false;
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(button.previousElementSibling.textContent);
    button.textContent = t('Copied');
  });
}

for (const place of /** @type {NodeListOf<HTMLElement>} */ (
  document.querySelectorAll('[data-run]')
)) {
  place.hidden = false;
  place.querySelector('button').addEventListener('click', () => run(place));
}

/** Sends the example to this server and shows what it answers. @param {HTMLElement} place */
async function run(place) {
  const button = place.querySelector('button');
  const [said, shown] = [place.querySelector('p'), place.querySelector('pre')];
  const { run: address, method, body } = place.dataset;
  button.disabled = true;
  said.textContent = t('Running…');
  const begun = performance.now();
  try {
    const { status, text } = await sendPlain(address, method, body);
    const took = Math.round(performance.now() - begun);
    said.textContent = t(
      '{status}, {characters} characters in {took} ms. Long lists are shortened here.',
      { status, characters: text.length.toLocaleString(language), took },
    );
    shown.textContent = shortened(text);
    shown.hidden = false;
  } catch {
    said.textContent = t('The server did not answer. Is it still running?');
  } finally {
    button.disabled = false;
  }
}
