// The only module that calls fetch. Answers, or an ApiError that a person can act on.

import { language, t } from '../language/messages.js';
import { readNpz } from './npz.js';

/** Every failure, the network's too: a stable code, a message with its remedy. */
export class ApiError extends Error {
  /** @param {{code: string, message: string, field?: string|null, status?: number}} error */
  constructor({ code, message, field = null, status = 0 }) {
    super(message);
    this.code = code;
    this.field = field;
    this.status = status;
  }
}

const UNREACHABLE = {
  code: 'unreachable',
  message: t('The server did not answer. Check that headlight serve is running, then try again.'),
};
const LONGEST_WAIT = 10 * 60_000;

/**
 * @typedef {{signal?: AbortSignal, quiet?: () => Promise<void>, onWait?: (wait: {code: string, message: string, seconds: number}) => void}} Options
 * @typedef {{kind: string, layers: number, layer_numbers: number[], heads: number, causal: boolean, sinks: boolean, rows: number, cols: number, pooled: boolean, query: {tokens: any[], words: any[]}, key: {tokens: any[], words: any[]}}} OverviewKind
 * @typedef {{kind: string, layer: number, head: number, supervised: string|null, entropy: number, mean_distance: number|null, to_special: number, to_self: number|null, to_previous: number|null, to_next: number|null, strongest: {query_pos: number, key_pos: number, value: number}|null, offset: number}} OverviewHead
 * @typedef {{model: string, text: string, text_pair: string|null, level: string, kinds: OverviewKind[], heads: OverviewHead[], outputs: any, bytes: Uint8Array}} Overview
 */

/**
 * Splits the overview's one answer: header, and where each head's bytes begin.
 * @param {ArrayBuffer} buffer
 * @returns {Overview}
 */
export function parseOverview(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const bytes = new Uint8Array(buffer, 4 + length);
  // Self-attention looks at its own tokens: one list, so that views can tell by identity.
  for (const kind of header.kinds) if (kind.kind !== 'cross') kind.key = kind.query;
  const cells = new Map(header.kinds.map(({ kind, rows, cols }) => [kind, rows * cols]));
  let offset = 0;
  for (const head of header.heads) {
    head.offset = offset;
    offset += cells.get(head.kind);
  }
  if (offset !== bytes.length) {
    throw new ApiError({
      code: 'damaged',
      message: t('The overview holds {count} bytes where {offset} were promised. Try again.', {
        count: bytes.length,
        offset,
      }),
    });
  }
  return { ...header, bytes };
}

/**
 * @param {string} base "/api/v1"
 * @param {{fetch?: typeof globalThis.fetch}} [options]
 */
export function createApi(base, { fetch = globalThis.fetch.bind(globalThis) } = {}) {
  /** @param {string} path @param {any|null} body @param {string} accept @param {Options} options */
  async function ask(path, body, accept, { signal, onWait } = {}) {
    const deadline = Date.now() + LONGEST_WAIT;
    for (;;) {
      const response = await send(path, body, accept, signal);
      if (response.ok) return response;
      const error = await readError(response);
      const passing = error.code === 'busy' || error.code === 'model_loading';
      if (!passing || Date.now() > deadline) throw error;
      const seconds = Math.max(0.5, Number(response.headers.get('retry-after')) || 1);
      signal?.throwIfAborted();
      onWait?.({ code: error.code, message: error.message, seconds });
      await pause(seconds * 1000, signal);
    }
  }

  async function send(path, body, accept, signal) {
    try {
      return await fetch(`${base}${path}`, {
        method: body ? 'POST' : 'GET',
        headers: {
          accept,
          'accept-language': language,
          ...(body && { 'content-type': 'application/json' }),
        },
        body: body && JSON.stringify(body),
        signal,
      });
    } catch (problem) {
      if (signal?.aborted) throw problem;
      throw new ApiError(UNREACHABLE);
    }
  }

  const json = async (path, body, options) =>
    (await ask(path, body, 'application/json', options)).json();

  return {
    /** @param {Options} [options] */
    models: (options) => json('/models', null, options),
    model: (name, options) =>
      json(`/models/${name.split('/').map(encodeURIComponent).join('/')}`, null, options),
    tokens: (body, options) => json('/tokens', body, options),
    cell: (body, options) => json('/cell', body, options),
    whatIf: (body, options) => json('/what-if', body, options),
    attention: (body, options) => json('/attention', body, options),
    faithfulness: (body, options) => json('/heads/faithfulness', body, options),
    ablations: (body, options) => json('/heads/ablations', body, options),
    search: (body, options) => json('/heads/search', body, options),
    pairs: (body, options) => json('/pairs', body, options),
    /** The numbers of a lesson. @param {string} slug */
    lesson: (slug, body, options) => json(`/learn/${slug}`, body, options),
    /** @returns {Promise<Overview>} */
    async overview(body, options) {
      const answer = await ask('/overview', body, 'application/vnd.headlight.overview', options);
      const buffer = await answer.arrayBuffer();
      performance.mark('headlight:answer');
      return parseOverview(buffer);
    },
    /** Named arrays of the heads asked for, [layer, head, ...]. */
    async arrays(body, options) {
      const answer = await ask('/attention', body, 'application/x-npz', options);
      await options?.quiet?.();
      return readNpz(await answer.arrayBuffer());
    },
    /** The arrays of one head's walk. */
    async walk(body, options) {
      const answer = await ask('/walk', body, 'application/x-npz', options);
      return readNpz(await answer.arrayBuffer());
    },
    /** What papers state of heads, held against a model: lines of JSON, as they come. */
    async claims(body, options) {
      return (await ask('/claims', body, 'application/x-ndjson', options)).body;
    },
    /** The same answers as files to keep. @returns {Promise<Blob>} */
    async file(body, type, options) {
      return (await ask('/attention', body, type, options)).blob();
    },
  };
}

/** A file of the page as a data: URL. @param {string} url @returns {Promise<string>} */
export async function fileData(url) {
  const blob = await (await fetch(url)).blob();
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

/**
 * One request as it is written, for those who want to see what comes.
 * @param {string} address @param {string} method @param {string|undefined} body JSON
 */
export async function sendPlain(address, method, body) {
  const headers = {
    Accept: 'application/json',
    ...(body && { 'Content-Type': 'application/json' }),
  };
  const answer = await fetch(address, { method, body, headers });
  return { status: `${answer.status} ${answer.statusText}`.trim(), text: await answer.text() };
}

/** @param {Response} response */
async function readError(response) {
  try {
    const { error } = await response.json();
    return new ApiError({ ...error, status: response.status });
  } catch {
    return new ApiError({ ...UNREACHABLE, status: response.status });
  }
}

/** @param {number} wait milliseconds @param {AbortSignal} [signal] */
function pause(wait, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(new DOMException('no longer wanted', 'AbortError'));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve(undefined);
    }, wait);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
