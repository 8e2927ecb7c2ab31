// What an address says that cannot be on screen: told in words, never dropped in silence. Pure.

import { hasHead, layersText, openHeads, pictureOf } from '../../core/selection.js';
import { headPhrase } from '../../figures/head-names.js';
import { prose, t } from '../../language/messages.js';

const MOST_TOLD = 6;
const LONGEST = 60;

/**
 * @param {import('../../core/addresses/inspector.js').State} state
 * @param {import('../../core/api.js').Overview|null} overview of the text on screen; null: not known yet
 * @returns {string[]} a sentence each; none where all that is said is there
 */
export function unresolvedOf(state, overview) {
  const known = overview ? [headsText(state, overview), placesText(state, overview)] : [];
  return [ignoredText(state), ...known].filter((sentence) => sentence !== null);
}

function ignoredText({ ignored }) {
  if (ignored.length === 0) return null;
  const told = ignored.slice(0, MOST_TOLD).map((part) => {
    return part.length > LONGEST ? `${part.slice(0, LONGEST)}…` : part;
  });
  const rest = ignored.length - MOST_TOLD;
  const parts = told.join(', ');
  return rest > 0
    ? t('Not understood in this address, and left out: {parts} and {rest} more.', { parts, rest })
    : t('Not understood in this address, and left out: {parts}.', { parts });
}

/** The heads that the model does not have. */
function headsText(state, overview) {
  const shape = pictureOf(overview, state.kind);
  const named = [...(state.layer === null ? [] : [state]), ...state.more];
  const absent = named.filter((name) => !hasHead(shape, name));
  if (absent.length === 0) return null;
  const names = absent.map(headPhrase).join(t('; '));
  const range = t('{layers}, heads 0 to {last}', {
    layers: layersText(shape),
    last: shape.heads - 1,
  });
  const [open] = openHeads(state, overview);
  const instead = absent[0] === state;
  return prose(
    t('{model} has {range}, but no {names}.', { model: overview.model, range, names }),
    instead &&
      t('Shown instead: layer {layer}, head {head}.', { layer: open.layer, head: open.head }),
  );
}

const ABSENT = {
  query: {
    token: (at) => t('The text has no query {pos}: its tokens are 0 to {last}.', at),
    word: (at) => t('The text has no query {pos}: its words are 0 to {last}.', at),
  },
  key: {
    token: (at) => t('The text has no key {pos}: its tokens are 0 to {last}.', at),
    word: (at) => t('The text has no key {pos}: its words are 0 to {last}.', at),
  },
};

/** The tokens or words of a cell and a pin that the text does not have. */
function placesText({ cell, pin, level, kind }, overview) {
  const { query, key } = pictureOf(overview, kind);
  const places = [
    ...(cell
      ? [
          ['query', cell.query_pos, 'token'],
          ['key', cell.key_pos, 'token'],
        ]
      : []),
    ...(pin && overview.level === level ? [[pin.side, pin.pos, level]] : []),
  ];
  const outside = places
    .map(([side, pos, unit]) => ({
      side,
      pos,
      unit,
      many: { query, key }[side][`${unit}s`].length,
    }))
    .filter(({ pos, many }) => pos >= many)
    .map(({ side, pos, unit, many }) => ABSENT[side][unit]({ pos, last: many - 1 }));
  return outside.length ? prose(...outside) : null;
}
