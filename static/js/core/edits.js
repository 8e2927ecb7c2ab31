// What may be changed in a run, as plain records: their words, and how the address writes them.
//
// #edit=zero_ablation.3.1&edit=temperature.3.1-4.x0.5&edit=-cut.cross.2.*.q4.k2-3.keep ; what is done, the
// kind where it is not the model's first, the layer, the heads ("*": all), then in this order:
// q, k the positions; w a width; e links "4-2_5-3"; x a value; the name of a normaliser; "keep":
// nothing is renormalised; s a text. A first "-": the edit is not applied. Ranges depend on the
// model and the text: the server knows them, and names the edit that is outside.

import { kindText } from '../figures/head-names.js';
import { plural, t } from '../language/messages.js';
import {
  EDIT_KINDS,
  editKind,
  isLink,
  LIST,
  listed,
  MOST_LISTED,
  NUMBER,
  writeList,
} from './edit-kinds.js';

export const MOST_EDITS = 24;
const KINDS = ['encoder', 'decoder', 'cross'];

/**
 * @typedef {object} Edit
 * @property {string} do the name of one of EDIT_KINDS
 * @property {boolean} on whether it is applied
 * @property {string|null} kind null: the model's first
 * @property {number} layer
 * @property {number[]|null} heads null: all of the layer
 * @property {number[]|null} query_pos null: all; of a link: not chosen yet
 * @property {number[]|null} [key_pos] of a link; null: not chosen yet
 * @property {number} [value] of temperature
 * @property {number} [width] of window
 * @property {[number, number][]} [edges] of only_along: query_pos, key_pos
 * @property {"softmax"|"relu"|"uniform"} [by]
 * @property {number} [weight] of set_pattern
 * @property {boolean} [renormalise] of a link
 * @property {string} [text] of activation_patch
 */

/**
 * A new edit of some heads; a record of another kind keeps its place when it becomes this one.
 * @param {string} name of one of EDIT_KINDS
 * @param {{kind: string|null, layer: number, heads: number[]|null, query_pos?: number[]|null, on?: boolean}} where
 * @returns {Edit}
 */
export function freshEdit(name, { kind, layer, heads, query_pos = null, on = true }) {
  return { do: name, on, kind, layer, heads, query_pos, ...editKind(name).fresh };
}

/** The same place, something else done there; positions stay. @param {Edit} edit @returns {Edit} */
export function withDo(edit, name) {
  const made = freshEdit(name, edit);
  return isLink(name) && isLink(edit.do)
    ? { ...made, key_pos: edit.key_pos, renormalise: edit.renormalise }
    : made;
}

// The address

const PATTERNS = new Map(
  EDIT_KINDS.map(({ name, after }) => [
    name,
    new RegExp(
      `^(?<off>-?)${name}\\.(?:(?<kind>${KINDS.join('|')})\\.)?(?<layer>${NUMBER})` +
        `\\.(?<heads>\\*|${LIST})(?:\\.q(?<queries>${LIST}))?${after}$`,
      'u',
    ),
  ]),
);

/** @param {string} written as `writeEdit` writes it @returns {Edit|null} null: not understood */
export function parseEdit(written) {
  const name = /^-?([a-z_]+)\./.exec(written)?.[1];
  const found = name ? PATTERNS.get(name)?.exec(written) : null;
  if (!found) return null;
  const { off, kind, layer, heads, queries, ...rest } = found.groups;
  const edit = {
    do: name,
    on: off === '',
    kind: kind ?? null,
    layer: Number(layer),
    heads: listed(heads),
    query_pos: listed(queries),
    ...editKind(name).read(rest),
  };
  return Object.values(edit).includes(undefined) ? null : edit;
}

/** @param {Edit} edit */
export function writeEdit(edit) {
  const place = [edit.kind, edit.layer, edit.heads?.join('-') ?? '*'].filter((x) => x !== null);
  const on = edit.on ? '' : '-';
  const own = editKind(edit.do).write(edit);
  return `${on}${edit.do}.${place.join('.')}${writeList('q', edit.query_pos)}${own}`;
}

/**
 * @param {readonly string[]} written
 * @returns {{edits: Edit[], dropped: string[]}} `dropped`: what is not understood, or too many
 */
export function parseEdits(written) {
  const edits = [];
  const dropped = [];
  for (const one of written) {
    const edit = edits.length < MOST_EDITS ? parseEdit(one) : null;
    if (edit) edits.push(edit);
    else dropped.push(one);
  }
  return { edits, dropped };
}

// What a person types

/**
 * Positions or heads as they are typed: "4, 9-11"; "" or "all": null.
 * @param {string} typed @returns {number[]|null|undefined} undefined: not understood
 */
export function parseNumbers(typed) {
  const text = typed.trim().toLowerCase();
  if (text === '' || text === 'all') return null;
  const parts = text.split(/[\s,;]+/).filter((part) => part !== '');
  const numbers = parts.flatMap((part) => {
    const [, from, to = from] = /^(\d{1,5})(?:[-–](\d{1,5}))?$/.exec(part) ?? [];
    const length = Number(to) - Number(from) + 1;
    if (!(length > 0 && length <= MOST_LISTED)) return [NaN];
    return Array.from({ length }, (_, i) => Number(from) + i);
  });
  const once = [...new Set(numbers)].sort((a, b) => a - b);
  return once.some(Number.isNaN) || once.length > MOST_LISTED ? undefined : once;
}

/** Numbers in order, runs of three and more as "9-11"; null: "all". @param {number[]|null} numbers */
export function numbersText(numbers) {
  if (numbers === null) return 'all';
  const runs = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last && number === last[1] + 1) last[1] = number;
    else runs.push([number, number]);
  }
  return runs
    .flatMap(([from, to]) => {
      if (from === to) return [String(from)];
      return to === from + 1 ? [String(from), String(to)] : [`${from}-${to}`];
    })
    .join(', ');
}

/** Links as they are typed: "4-2, 5-3", query first. @returns {[number, number][]|undefined} */
export function parseEdges(typed) {
  const parts = typed.split(/[\s,;]+/).filter((part) => part !== '');
  const edges = parts.map((part) => /^(\d{1,5})[-–>→](\d{1,5})$/.exec(part)?.slice(1).map(Number));
  if (edges.includes(undefined) || edges.length > MOST_LISTED) return undefined;
  return edges.filter((edge, i) => edges.findIndex((other) => sameEdge(edge, other)) === i);
}

/** @param {readonly [number, number][]} edges */
export const edgesText = (edges) => edges.map((edge) => edge.join('-')).join(', ');

const sameEdge = (a, b) => a[0] === b[0] && a[1] === b[1];

// What is sent

/** What an edit still lacks, in words; null: it can be applied. @param {Edit} edit */
export const lacks = (edit) => editKind(edit.do).lacks?.(edit) ?? null;

/**
 * The edits as a request holds them, and which of the list each one is.
 * @param {readonly Edit[]} edits
 * @returns {{sent: any[], index: number[]}}
 */
export function requested(edits) {
  const index = [...edits.keys()].filter((i) => edits[i].on && lacks(edits[i]) === null);
  const sent = index.map((i) => {
    const { on, ...edit } = edits[i];
    return edit;
  });
  return { sent, index };
}

// Links that are cut one by one

/**
 * @typedef {{kind: string|null, layer: number, head: number}} HeadName
 * @typedef {{queries: number[], keys: number[]}} Links between all of them
 */

const touches = (edit, { kind, layer, head }) =>
  edit.kind === kind && edit.layer === layer && (edit.heads?.includes(head) ?? true);

const cuts = (edit, name) =>
  edit.on && edit.do === 'cut' && lacks(edit) === null && touches(edit, name);

/**
 * The links of a head that the edits cut.
 * @param {readonly Edit[]} edits @param {HeadName} name
 * @returns {{query_pos: number, key_pos: number}[]}
 */
export function cutLinks(edits, name) {
  const seen = new Map();
  for (const edit of edits.filter((one) => cuts(one, name))) {
    for (const query_pos of edit.query_pos) {
      for (const key_pos of edit.key_pos) {
        seen.set(`${query_pos}-${key_pos}`, { query_pos, key_pos });
      }
    }
  }
  return [...seen.values()];
}

/**
 * The edits with those links of a head cut, or whole again where all of them were cut.
 * @param {readonly Edit[]} edits @param {HeadName} name @param {Links} links
 * @param {number} heads how many the layer has
 * @returns {Edit[]}
 */
export function toggledCut(edits, name, { queries, keys }, heads) {
  const cut = new Set(cutLinks(edits, name).map((one) => `${one.query_pos}-${one.key_pos}`));
  const all = queries.every((query) => keys.every((key) => cut.has(`${query}-${key}`)));
  if (all) {
    return edits.flatMap((edit) =>
      cuts(edit, name) ? withoutLinks(edit, name.head, { queries, keys }, heads) : [edit],
    );
  }
  const same = (a, b) => a.length === b.length && a.every((one) => b.includes(one));
  const union = (a, b) => [...new Set([...a, ...b])].sort((x, y) => x - y);
  const at = edits.findIndex(
    (edit) =>
      cuts(edit, name) &&
      edit.heads?.length === 1 &&
      (same(edit.query_pos, queries) || same(edit.key_pos, keys)),
  );
  if (at < 0) {
    const made = freshEdit('cut', { ...name, heads: [name.head], query_pos: queries });
    return [...edits, { ...made, key_pos: keys }];
  }
  const grown = {
    ...edits[at],
    query_pos: union(edits[at].query_pos, queries),
    key_pos: union(edits[at].key_pos, keys),
  };
  return edits.with(at, grown);
}

/** What is left of an edit when some links of one head are taken out: at most three edits. */
function withoutLinks(edit, head, { queries, keys }, count) {
  const all = edit.heads ?? Array.from({ length: count }, (_, i) => i);
  const others = all.filter((one) => one !== head);
  const outside = (list, taken) => list.filter((one) => !taken.includes(one));
  return [
    { ...edit, heads: others },
    { ...edit, heads: [head], query_pos: outside(edit.query_pos, queries) },
    {
      ...edit,
      heads: [head],
      query_pos: edit.query_pos.filter((one) => queries.includes(one)),
      key_pos: outside(edit.key_pos, keys),
    },
  ].filter((one) => one.heads.length && one.query_pos.length && one.key_pos.length);
}

// Words

/** Where an edit is: "layer 3, heads 1, 4". @param {Edit} edit */
export function placeText({ kind, layer, heads }) {
  const said = { layer, heads: heads === null ? '' : numbersText(heads) };
  const place =
    heads === null
      ? t('layer {layer}, all heads', said)
      : plural('layer {layer}, head {heads}', 'layer {layer}, heads {heads}', heads.length, said);
  return kind ? t('{kind} {place}', { kind: kindText(kind), place }) : place;
}

/** What an edit does, in a few words. @param {Edit} edit */
export function editText(edit) {
  const { text, label } = editKind(edit.do);
  return text?.(edit) ?? label.toLowerCase();
}

/** The order in which the edits are done, where it matters; empty where it does not. */
export function orderText(edits) {
  if (edits.length < 2) return '';
  return t(
    'Edits of a layer are done in the order of its equations: scores, mask, normaliser, links, z. Those of the same step follow one another from top to bottom.',
  );
}
