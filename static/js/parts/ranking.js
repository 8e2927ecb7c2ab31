// Every head, ranked by the weight of one link.

import { h, setText } from '../core/dom.js';
import { supervisionOf } from '../core/supervision.js';
import { isolated } from '../figures/bidi.js';

const SHOWN = 8;
const COLUMNS = [
  ['Head', null],
  ['Weight', 'What the query gives to the key, of 1'],
  ['Rank', 'Place of the link within its row; 1 is the strongest'],
  ['Of words', 'Weight as a share of what does not go to special tokens'],
  ['Percentile', "Share of the head's links of the same distance that are weaker"],
];
const NOTE =
  'Of words: the share of what does not go to special tokens. ' +
  'Percentile: how many in 100 of the head’s links of this distance are weaker.';

/**
 * @param {{onOpen: (name: any, options: {add: boolean}) => void, label?: string}} callbacks
 */
export function rankingTable({ onOpen, label = 'Ranked heads' }) {
  let props = null;
  let all = false;
  const body = h('tbody');
  const table = h(
    'table',
    { class: 'search-table' },
    h('caption', { class: 'visually-hidden' }, 'Heads by the weight of this link'),
    h(
      'thead',
      {},
      h('tr', {}, ...COLUMNS.map(([name, title]) => h('th', { scope: 'col', title }, name))),
    ),
    body,
  );
  const region = { role: 'region', 'aria-label': label, tabindex: '0' };
  const frame = h('div', { class: 'search-results', ...region }, table);
  const more = h('button', { type: 'button', class: 'text-button', onclick: toggle });

  function toggle() {
    all = !all;
    draw();
  }

  function draw() {
    const { heads, open } = props;
    const several = new Set(heads.map(({ kind }) => kind)).size > 1;
    const shown = all ? heads : heads.slice(0, SHOWN);
    body.replaceChildren(...shown.map((one) => row(one, { several, heads, open, onOpen })));
    more.hidden = heads.length <= SHOWN;
    setText(more, all ? `Show the first ${SHOWN}` : `Show all ${heads.length} heads`);
  }

  return {
    elements: [
      frame,
      h('p', { class: 'search-note' }, NOTE),
      h('p', { class: 'search-more' }, more),
    ],
    /** @param {{heads: any[], open: any[]}} next */
    update(next) {
      if (props && next.heads === props.heads && next.open === props.open) return;
      if (next.heads !== props?.heads) all = false;
      props = next;
      draw();
    },
  };
}

/** The answer to a search in one sentence. */
export function foundSentence({ found, message, heads: [best], query, key }) {
  if (!found) return message;
  const taken = takenText(query, key);
  const weight = best.weight.toFixed(2);
  const [from, to] = [isolated(query.text), isolated(key.text)];
  return `Layer ${best.layer}, head ${best.head}: “${from}” gives ${weight} of its attention to “${to}”.${taken && ` ${taken}`}`;
}

/** Which of several places were taken. */
function takenText(query, key) {
  const place = ({ tokens }) =>
    tokens.length === 1 ? `token ${tokens[0]}` : `tokens ${tokens[0]} to ${tokens.at(-1)}`;
  const times = (one) => `“${isolated(one.text)}” stands ${one.occurrences} times`;
  if (query.occurrences > 1 && String(query.tokens) === String(key.tokens))
    return `${times(query)}; both are the first, ${place(query)}.`;
  return [query, key]
    .filter((one) => one.occurrences > 1)
    .map((one) => `${times(one)}; this is the first, ${place(one)}.`)
    .join(' ');
}

function row(one, { several, heads, open, onOpen }) {
  const shown = open.some(
    (other) => other.layer === one.layer && other.head === one.head && other.kind === one.kind,
  );
  const bar = h('span', { class: 'bar', 'aria-hidden': 'true' });
  bar.style.setProperty('--share', String(one.weight));
  const supervised = supervisionOf(one, heads);
  const name = [
    `${one.layer}-${one.head}`,
    several && h('small', {}, ` ${one.kind}`),
    supervised && h('small', supervisionProps(supervised), ` ${supervised.text}`),
  ];
  return h(
    'tr',
    { class: shown ? 'is-open' : '', onclick: (event) => onOpen(one, { add: event.shiftKey }) },
    h(
      'th',
      { scope: 'row' },
      h('button', { type: 'button', class: 'head-button' }, hidden('Open head '), ...name),
    ),
    h('td', { class: 'weight' }, bar, h('span', {}, one.weight.toFixed(2))),
    h('td', {}, String(one.rank)),
    h('td', {}, one.weight_without_special === null ? '–' : one.weight_without_special.toFixed(2)),
    h('td', {}, one.percentile === null ? '–' : one.percentile.toFixed(0)),
  );
}

const supervisionProps = ({ supervised, about }) => ({
  class: supervised ? 'is-supervised' : '',
  title: about,
});

function hidden(text) {
  return h('span', { class: 'visually-hidden' }, text);
}
