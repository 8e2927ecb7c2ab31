// Which model is asked, as the address says it. Pure: the store reads and writes the address.
//
// #model=small

/** @typedef {{model: string|null}} ClaimsState null: the server's default */

/** @param {string} fragment with or without "#" @returns {ClaimsState} */
export function parseClaims(fragment) {
  return { model: new URLSearchParams(fragment.replace(/^#/, '')).get('model') || null };
}

/** @param {ClaimsState} state */
export function writeClaims({ model }) {
  return model === null ? '' : new URLSearchParams({ model }).toString();
}
