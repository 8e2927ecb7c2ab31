/** Words in columns, and what each of several taggers says of them. */

import { classes, html, when } from '../core/template.js';
import { tableFrame } from './tables.js';

/** Parts of speech that are told apart by colour, besides by their names. */
const COLORS = { NOUN: 'noun', PROPN: 'noun', PRON: 'noun', VERB: 'verb', AUX: 'verb' };

/**
 * @param {object} table
 * @param {string} table.name
 * @param {readonly string[]} table.words
 * @param {readonly {name: string, cells: readonly {tag: string, share: number|null, marked: boolean}[]}[]} table.rows
 * @param {number} table.place a word that is spoken of
 * @param {(tag: string) => string} table.meaning what a tag stands for
 * @param {(place: number) => void} table.onChoose a word was chosen
 */
export function tagTable({ name, words, rows, place, meaning, onChoose }) {
  const head = (word, n) =>
    html`<th scope="col"><button type="button" class="tag-word" aria-pressed=${n === place}
      @click=${() => onChoose(n)}>${word}</button></th>`;
  const cell = ({ tag, share, marked }) =>
    html`<td class=${classes('tag-cell', COLORS[tag] && `tag-${COLORS[tag]}`, marked && 'is-marked')}
      title=${meaning(tag)}>${tag}${when(share !== null, () => html`<span class="tag-share">${share.toFixed(2)}</span>`)}</td>`;
  return tableFrame(
    name,
    html`<table class="tag-table" lang="en"><caption class="visually-hidden">${name}</caption>
      <thead><tr><td></td>${words.map(head)}</tr></thead>
      <tbody>${rows.map(
        ({ name: row, cells }) =>
          html`<tr><th scope="row" lang=${document.documentElement.lang}>${row}</th>${cells.map(cell)}</tr>`,
      )}</tbody></table>`,
  );
}
