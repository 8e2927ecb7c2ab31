// What a person takes away from the open head: files, and code on the clipboard.

import { fileStem } from '../../core/models.js';
import { wordCell } from '../../core/selection.js';
import { capitalized } from '../../figures/axis.js';
import { kindText } from '../../figures/head-names.js';
import { headName } from '../../figures/links.js';
import { t } from '../../language/messages.js';
import { copy, save } from '../../parts/save.js';
import { csvOf } from './measures.js';
import { curlSnippet, pythonSnippet, runsAlone, serverSnippet, whatIfSnippet } from './snippets.js';

/**
 * @param {string} what one of the export menu's names
 * @param {object} screen
 * @param {ReturnType<typeof import('../../core/api.js').createApi>} screen.api
 * @param {string} screen.base of the API
 * @param {string} screen.origin of the server @param {string} screen.link to this very screen
 * @param {any} screen.model as GET /models/{name} tells it
 * @param {import('../../core/addresses/inspector.js').State} screen.state
 * @param {import('../../core/api.js').OverviewHead} screen.head the open one
 * @param {import('../../core/api.js').OverviewKind} screen.picture its kind
 * @param {string[]} screen.kinds of attention that the model has
 * @param {(format: 'png'|'svg', caption: import('../../figures/picture.js').Caption) => Promise<string>}
 *   screen.image of the heatmap, a data: URL
 * @param {() => any} screen.links what the link picture shows
 * @param {{data: Float32Array, rows: number, cols: number}|null} screen.pattern of the open head; null
 *   while it is on its way
 * @param {{head: any, request: any}|null} [screen.layer] what is drawn in place of the
 *   pattern, and what asked for it
 * @returns {Promise<string>} what was done, for the person
 */
export async function exportScreen(what, screen) {
  const {
    api,
    base,
    origin,
    link,
    model: listed,
    state,
    head,
    picture,
    kinds,
    image,
    links,
    pattern,
    layer: drawn = null,
  } = screen;
  const { kind, layer, head: index, strongest } = head;
  // A model that the operator named has no kind in the list until it is loaded.
  const model = { ...listed, kind: kinds.length > 1 ? 'encoder-decoder' : kind };
  const body = {
    model: model.name,
    text: state.text,
    text_pair: state.text_pair,
    kind,
    layers: [layer],
    heads: [index],
    level: state.level,
    ...drawn?.request,
  };
  const name = drawn ? `-${drawn.head.measure.name.replaceAll('_', '-')}` : '';
  const file = `${fileStem(model.name, layer, index)}${name}.${what}`;
  switch (what) {
    case 'png':
    case 'svg':
      return saved(
        await image(what, captionOf({ model, state, kinds, shown: drawn?.head ?? head })),
        file,
      );
    case 'links-png':
    case 'links-svg': {
      const { linksImage } = await import('./later.js');
      const caption = captionOf({ model, state, kinds, shown: drawn?.head ?? head });
      const format = what === 'links-png' ? 'png' : 'svg';
      const name = file.replace(/[^.]+$/, `links.${format}`);
      return saved(await linksImage(format, { ...links(), ...caption }), name);
    }
    case 'slide': {
      if (!pattern) throw new Error(t('The head is still on its way; try again in a moment.'));
      const { slideImage } = await import('./later.js');
      const level = state.level === 'word' ? 'words' : 'tokens';
      const { title } = captionOf({ model, state, kinds, shown: head });
      const cell = placeOf(state, strongest, picture);
      const [queryTokens, keyTokens] = [picture.query[level], picture.key[level]];
      const slide = { title, queryTokens, keyTokens, pattern, cell, address: link };
      return saved(await slideImage(slide, state.scale), file.replace(/slide$/, 'slide.png'));
    }
    case 'heatmap':
    case 'links': {
      const figure = { ...body, include: ['pattern'], figure: what };
      return saved(await api.file(figure, PLOTLY), file.replace(/\w+$/, `${what}.json`));
    }
    case 'csv':
      if (drawn) {
        const table = csvOf(drawn.head.matrix, picture.query.tokens, picture.key.tokens);
        return saved(spreadsheet(table), file);
      }
      return saved(spreadsheet(await api.file(body, 'text/csv')), file);
    case 'npz': {
      const all = ['pattern', 'scores', 'q', 'k', 'v', 'z'];
      const include = drawn?.request.include ?? (state.level === 'word' ? ['pattern'] : all);
      return saved(await api.file({ ...body, include }, 'application/x-npz'), file);
    }
    case 'curl':
      return copied(curlSnippet({ origin, base, body }));
    case 'python': {
      const place = placeOf(state, strongest, picture);
      if (drawn || !runsAlone({ model, body })) {
        const measure = drawn?.head.measure ?? { name: 'pattern', ofLayer: false };
        return copied(serverSnippet({ origin, base, body, measure, place }));
      }
      const cell = tokensAt(place, state.level, picture);
      const ids = picture.query.tokens.map(({ id }) => id);
      return copied(pythonSnippet({ model, body, cell, ids }));
    }
    case 'link':
      return copied(link);
    default:
      throw new Error(`invalid export: ${what}`);
  }
}

function saved(content, filename) {
  save(content, filename);
  return t('Saved.');
}

async function copied(text) {
  await copy(text);
  return t('Copied.');
}

const PLOTLY = 'application/vnd.plotly.v1+json';

/** A table that spreadsheets read as UTF-8, which they tell by its first sign. */
const spreadsheet = (table) => new Blob(['\ufeff', table], { type: 'text/csv' });

/**
 * The request for what edits change, as code on the clipboard.
 * @param {"curl"|"python"} what
 * @param {{base: string, origin: string, body: any}} screen
 * @returns {Promise<string>} what was done, for the person
 */
export async function copyWhatIf(what, { base, origin, body }) {
  const request = { origin, base, path: '/what-if', body };
  return copied(what === 'curl' ? curlSnippet(request) : whatIfSnippet(request));
}

/** What a saved picture shows: "Cross layer 2 head 7", of "Marian", and the text, or both texts. */
export function captionOf({ model, state, kinds, shown }) {
  const name = headName(shown);
  const unsaid = kinds.length > 1 && !name.startsWith(shown.kind);
  const place = unsaid ? t('{kind} {place}', { kind: kindText(shown.kind), place: name }) : name;
  const [head, reader] = [capitalized(place), model.title ?? model.name];
  return {
    head,
    model: reader,
    title: `${head} · ${reader}`,
    text: [state.text, state.text_pair].filter((text) => text !== null).join(' / '),
  };
}

/** Where the number on screen is: the open cell, else the strongest link; words at word level. */
function placeOf({ cell, level }, strongest, picture) {
  const open = level === 'token' ? cell : wordCell(cell, picture);
  return open ?? strongest ?? { query_pos: 0, key_pos: 0 };
}

/** The tokens behind the number at a place: at word level all those of both words. */
function tokensAt({ query_pos, key_pos }, level, { query, key }) {
  if (level === 'token') return { query: [query_pos], key: [key_pos] };
  return { query: query.words[query_pos].tokens, key: key.words[key_pos].tokens };
}
