// The button beside a picture that saves it.

import { icon } from '../core/template.js';
import { t } from '../language/messages.js';
import { actionMenu } from './menu.js';
import { save } from './save.js';

const FORMATS = /** @type {const} */ ([
  { name: 'png', label: t('Picture, PNG'), about: t('twice its pixels') },
  { name: 'svg', label: t('Picture, SVG'), about: t('the same for print, light and sharp') },
]);

/**
 * @typedef {object} Caption what stands above a saved picture
 * @property {string} title what it is of: a head
 * @property {string} model that read it
 * @property {string} text that was read
 * @property {string} file how the names of files begin
 */

/** @type {() => Caption} */
let captionOf = () => ({ title: '', model: '', text: '', file: 'headlight' });

/** Tells what the pictures of this page are of. @param {() => Caption} caption */
export const captionFrom = (caption) => {
  captionOf = caption;
};

/**
 * @param {string} label "Save the vectors"
 * @param {string} name of the picture, at the end of the file's
 * @param {() => HTMLElement} picture what is saved
 * @param {() => string} [title] what this one is of, in place of the page's
 */
export function pictureMenu(label, name, picture, title) {
  const menu = actionMenu({
    label,
    face: icon('save'),
    look: 'icon-button',
    items: () => FORMATS,
    async onChoose(format) {
      const { elementImage } = await import('./element-image.js');
      const { file, model, text, title: of } = captionOf();
      const whole = [title?.() ?? of, model].filter(Boolean).join(' · ');
      const shown = { element: picture(), title: whole, text };
      const image = await elementImage(/** @type {'png'|'svg'} */ (format), shown);
      save(image, `${file}-${name}.${format}`);
      return t('Saved.');
    },
  });
  menu.classList.add('picture-menu');
  return menu;
}
