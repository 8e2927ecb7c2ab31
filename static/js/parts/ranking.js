// Every head, ranked by the weight of one link.

import { weightText } from '../figures/axis.js';
import { isolated } from '../figures/bidi.js';
import { prose, t } from '../language/messages.js';
import { headTable } from './head-table.js';

/** @type {readonly (readonly [string, string|null])[]} */
const COLUMNS = [
  [t('Weight'), t('What the query gives to the key, of 1')],
  [t('Rank'), t('Place of the link within its row; 1 is the strongest')],
  [t('Of words'), t('Weight as a share of what does not go to special tokens')],
  [t('Percentile'), t("Share of the head's links of the same distance that are weaker")],
];
const NOTE = t(
  'Of words: the share of what does not go to special tokens. Percentile: how many in 100 of the head’s links of this distance are weaker.',
);

/**
 * @param {HTMLElement} root
 * @param {{onOpen: (name: any, options: {add: boolean}) => void, label?: string}} callbacks
 */
export function rankingTable(root, { onOpen, label = t('Ranked heads') }) {
  const table = headTable(root, {
    label,
    caption: t('Heads by the weight of this link'),
    note: NOTE,
    cells: ({ weight, rank, weight_without_special: ofWords, percentile }) => ({
      share: weight,
      text: weightText(weight),
      rest: [
        String(rank),
        ofWords === null ? '–' : weightText(ofWords),
        percentile === null ? '–' : percentile.toFixed(0),
      ],
    }),
    onOpen,
  });
  /** @param {{heads: any[], open: any[]}} next */
  return { update: (next) => table.update({ ...next, columns: COLUMNS }) };
}

/** The answer to a search in one sentence. */
export function foundSentence({ found, message, heads: [best], query, key }) {
  if (!found) return message;
  const taken = takenText(query, key);
  const weight = weightText(best.weight);
  const [from, to] = [isolated(query.text), isolated(key.text)];
  return prose(
    t('Layer {layer}, head {head}: “{from}” gives {weight} of its attention to “{to}”.', {
      layer: best.layer,
      head: best.head,
      from,
      weight,
      to,
    }),
    taken,
  );
}

/** Which of several places were taken. */
function takenText(query, key) {
  const place = ({ tokens }) =>
    tokens.length === 1
      ? t('token {pos}', { pos: tokens[0] })
      : t('tokens {from} to {to}', { from: tokens[0], to: tokens.at(-1) });
  const facts = (one) => ({
    text: isolated(one.text),
    times: one.occurrences,
    place: place(one),
  });
  if (query.occurrences > 1 && String(query.tokens) === String(key.tokens))
    return t('“{text}” stands {times} times; both are the first, {place}.', facts(query));
  return prose(
    ...[query, key]
      .filter((one) => one.occurrences > 1)
      .map((one) => t('“{text}” stands {times} times; this is the first, {place}.', facts(one))),
  );
}
