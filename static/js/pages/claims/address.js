// Which model is asked, as the address says it: #v=1&model=small

import { createAddress, name } from '../../core/address.js';

/** @type {import('../../core/address.js').Address<{model: string|null}>} null: the server's own */
export const claims = createAddress({ model: name });
