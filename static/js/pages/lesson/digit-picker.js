/** Where a learner draws a digit, or takes one that was kept from training. */

import { count } from '../../core/address.js';
import { imageField } from '../../core/addresses/lesson.js';
import { html, when } from '../../core/template.js';
import { INK, imageOf, pixelText, SIZE, turned } from '../../figures/digit.js';
import { t } from '../../language/messages.js';
import { drawingPad } from '../../parts/drawing-pad.js';
import { slider } from '../../parts/fields.js';
import { pixelMap } from '../../parts/pixel-map.js';

const TEST_IMAGES = 360;

/** What the address says of it. */
export const digitFields = {
  digit: count(0, (digit) => digit < TEST_IMAGES),
  pixels: imageField,
};

/** The picture of a state, as a request names it. @param {any} state */
export const asSent = ({ digit, pixels }) => (pixels ? { pixels } : { digit });

/** @param {(patch: any) => void} set changes the state */
export function digitPicker(set) {
  const pad = drawingPad((strokes) => set({ pixels: imageOf(strokes) }));
  let shown = null;
  const image = pixelMap({
    keys: t('Arrow keys move, Enter inks a pixel or clears it.'),
    onCell: (cell) => set({ pixels: turned(shown, cell) }),
    text: (cell) => pixelText(shown, cell),
  });

  return {
    /** @param {any} state */
    controls: ({ digit, pixels }) =>
      html`${slider(
        t('Picture'),
        { min: 0, max: TEST_IMAGES - 1, step: 1 },
        String,
        digit,
        (chosen) => {
          pad.clear();
          set({ digit: chosen, pixels: null });
        },
      )}
      ${when(
        pixels,
        () =>
          html`<button type="button" class="button" @click=${() => {
            pad.clear();
            set({ pixels: null });
          }}>${t('Clear')}</button>`,
      )}`,
    /** The sheet, and what a model reads of it. @param {number[][]} pixels */
    picture(pixels) {
      shown = pixels;
      image.update({
        name: t('The picture as it is read, 8 by 8 pixels'),
        pixels,
        ink: INK,
        cells: SIZE,
      });
      return html`<div class="digit-pair">${pad.element}${image.element}</div>`;
    },
  };
}
