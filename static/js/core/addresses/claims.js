// Which model is asked, as the address says it: #v=1&model=small

import { createAddress, name } from '../address.js';

/** `model` null: the server's own. */
export const claims = {
  ...createAddress({ model: name }),
  /** @returns {Partial<import('../thread.js').Thread>} */
  take: ({ model }) => ({ model }),
  /** @param {import('../thread.js').Thread} thread */
  give: ({ model }) => ({ model }),
};
