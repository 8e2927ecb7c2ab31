// An answer that tells how far it is while it is made.

import { ApiError } from '../../core/api.js';
import { readLines } from '../../core/ndjson.js';
import { t } from '../../language/messages.js';

const CUT_SHORT = {
  code: 'unreachable',
  message: t('The answer was cut short. Check that headlight serve is running, then try again.'),
};

/**
 * @param {ReadableStream<Uint8Array>} stream {"progress": {...}} lines, then a result or an error
 * @param {(wait: {code: string, done: number, of: number}) => void} onWait
 * @returns {Promise<any>} the result
 */
export async function readAnswer(stream, onWait) {
  for await (const { progress, result, error } of readLines(stream)) {
    if (error) throw new ApiError(error);
    if (result) return result;
    onWait({ code: 'measuring', ...progress });
  }
  throw new ApiError(CUT_SHORT);
}
