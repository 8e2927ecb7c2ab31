// Every kind of edit, an entry each: its words, its own fields, and how the address writes them.

import { t } from '../language/messages.js';

/** An edit holds as many heads, positions or links as a link should carry. */
export const MOST_LISTED = 256;
const LONGEST_TEXT = 2000;

export const NUMBER = '(?:0|[1-9]\\d{0,4})';
export const LIST = `${NUMBER}(?:-${NUMBER})*`;
const DECIMAL = '\\d{1,4}(?:\\.\\d{1,6})?';
const EDGES = `${NUMBER}-${NUMBER}(?:_${NUMBER}-${NUMBER})*`;
const KEYS = `(?:\\.k(?<keys>${LIST}))?`;
const KEEP = '(?<keep>\\.keep)?';

export const NORMALISERS = Object.freeze({
  softmax: 'softmax',
  relu: t('ReLU over its sum'),
  uniform: t('the same for every key'),
});

/** At most six digits after the point, none of them an idle zero. */
const decimal = (value) => String(Number(value.toFixed(6)));

/** "4-2-7" as numbers; null for none, undefined where it repeats itself or is too long. */
export function listed(written) {
  if (written === undefined || written === '*') return null;
  const numbers = written.split('-').map(Number);
  const once = new Set(numbers).size === numbers.length && numbers.length <= MOST_LISTED;
  return once ? numbers : undefined;
}

/** Numbers after their mark, ".k2-3"; null: nothing. */
export const writeList = (mark, numbers) =>
  numbers === null ? '' : `.${mark}${numbers.join('-')}`;

function edgesOf(written) {
  if (written === undefined) return [];
  const edges = written.split('_').map((edge) => edge.split('-').map(Number));
  const once = new Set(edges.map(String)).size === edges.length && edges.length <= MOST_LISTED;
  return once ? edges : undefined;
}

const plain = Object.freeze({ fresh: {}, after: '', read: () => ({}), write: () => '' });

/** Links that leave the rest of their row as it is say so. */
const keepMark = ({ renormalise }) => (renormalise ? '' : '.keep');

const link = Object.freeze({
  fresh: Object.freeze({ key_pos: null, renormalise: true }),
  read: ({ keys, keep }) => ({ key_pos: listed(keys), renormalise: keep === undefined }),
  lacks: ({ query_pos, key_pos }) =>
    query_pos === null || key_pos === null ? t('Name the query and the key of the links.') : null,
});

/**
 * @typedef {object} EditKind
 * @property {string} name what a request calls it
 * @property {string} label
 * @property {string} about what it does, in a sentence
 * @property {any} fresh its own fields as they are when it is chosen
 * @property {string} after a regular expression of what follows its place in the address
 * @property {(groups: any) => object} read its own fields, of the groups of `after`; one that
 *   cannot be is undefined
 * @property {(edit: any) => string} write what `after` reads
 * @property {(edit: any) => string} [text] what it does, in a few words; the label if not given
 * @property {(edit: any) => string|null} [lacks] what it still lacks; null: nothing
 */

/** @type {readonly EditKind[]} */
export const EDIT_KINDS = Object.freeze([
  {
    ...plain,
    name: 'zero_ablation',
    label: t('Switch off'),
    about: t('z = 0: the heads say nothing.'),
  },
  {
    ...plain,
    name: 'mean_ablation',
    label: t('Say the same everywhere'),
    about: t('z = its mean over all tokens: the heads say the same everywhere.'),
  },
  {
    name: 'temperature',
    label: t('Temperature'),
    about: t('Scores are divided by it: above 1 flatter, below 1 sharper.'),
    fresh: { value: 2 },
    after: `\\.x(?<value>${DECIMAL})`,
    read: ({ value }) => ({ value: Number(value) }),
    write: ({ value }) => `.x${decimal(value)}`,
    text: ({ value }) => t('temperature {value}', { value: decimal(value) }),
  },
  {
    ...plain,
    name: 'unscaled',
    label: t('Without the scale'),
    about: t('Scores as they are before they are divided by √d_head.'),
  },
  {
    name: 'renormalise',
    label: t('Another normaliser'),
    about: '',
    fresh: { by: 'relu' },
    after: `\\.(?<by>${Object.keys(NORMALISERS).join('|')})`,
    read: ({ by }) => ({ by }),
    write: ({ by }) => `.${by}`,
    text: ({ by }) => t('normalised by {by}', { by }),
  },
  {
    name: 'window',
    label: t('Local window'),
    about: t('Only keys at most this many tokens away.'),
    fresh: { width: 2 },
    after: `\\.w(?<width>${NUMBER})`,
    read: ({ width }) => ({ width: Number(width) }),
    write: ({ width }) => `.w${width}`,
    text: ({ width }) => t('window of {width}', { width }),
  },
  {
    name: 'only_along',
    label: t('Only along links'),
    about: t('Only these links; a token without any takes nothing home.'),
    fresh: { edges: [] },
    after: `(?:\\.e(?<edges>${EDGES}))?`,
    read: ({ edges }) => ({ edges: edgesOf(edges) }),
    write: ({ edges }) =>
      edges.length ? `.e${edges.map((edge) => edge.join('-')).join('_')}` : '',
    text: ({ edges }) => t('only along {count} links', { count: edges.length }),
    lacks: ({ edges }) => (edges.length === 0 ? t('Name at least one link.') : null),
  },
  {
    ...link,
    name: 'cut',
    label: t('Cut links'),
    about: t('Weight 0 on every link from these queries to these keys.'),
    after: `${KEYS}${KEEP}`,
    write: (edit) => `${writeList('k', edit.key_pos)}${keepMark(edit)}`,
  },
  {
    ...link,
    name: 'set_pattern',
    label: t('Set a link'),
    about: t('This weight on every link from these queries to these keys.'),
    fresh: { ...link.fresh, weight: 0.5 },
    after: `${KEYS}\\.x(?<value>${DECIMAL})${KEEP}`,
    read: (groups) => ({ ...link.read(groups), weight: Number(groups.value) }),
    write: (edit) => `${writeList('k', edit.key_pos)}.x${decimal(edit.weight)}${keepMark(edit)}`,
    text: ({ weight }) => t('links set to {weight}', { weight: decimal(weight) }),
  },
  {
    name: 'activation_patch',
    label: t('Patch from another text'),
    about: t('z of the same heads over another text of as many tokens.'),
    fresh: { text: '' },
    after: `\\.s(?<text>[^]{0,${LONGEST_TEXT}})`,
    read: ({ text }) => ({ text }),
    write: ({ text }) => `.s${text}`,
    lacks: ({ text }) => (text.trim() === '' ? t('Give the text to take from.') : null),
  },
]);

const BY_NAME = new Map(EDIT_KINDS.map((kind) => [kind.name, kind]));

/** @param {string} name one of EDIT_KINDS */
export function editKind(name) {
  const found = BY_NAME.get(name);
  if (!found) throw new Error(`invalid edit: ${name}`);
  return found;
}

/** @param {string} name */
export const isLink = (name) => name === 'cut' || name === 'set_pattern';
