// Reads an uncompressed .npz: a zip of .npy files, each a small header and raw numbers.
// Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

/**
 * @typedef {{data: Float32Array|Int32Array|BigInt64Array|Uint8Array|string[], shape: number[]}} NpyArray
 */

const READERS = {
  '<f4': (buffer) => new Float32Array(buffer),
  '<i4': (buffer) => new Int32Array(buffer),
  '<i8': (buffer) => new BigInt64Array(buffer),
  '|b1': (buffer) => new Uint8Array(buffer),
  '|u1': (buffer) => new Uint8Array(buffer),
};

const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const LOCAL = 0x04034b50;

/**
 * The arrays of an .npz by name; texts as strings. Arrays of other types are left out.
 * @param {ArrayBuffer} buffer
 * @returns {Record<string, NpyArray>}
 */
export function readNpz(buffer) {
  const view = new DataView(buffer);
  /** @type {Record<string, NpyArray>} */
  const arrays = {};
  for (const { name, method, size, offset } of entries(view)) {
    if (method !== 0) throw new Error(`${name} is compressed; only stored entries can be read`);
    if (view.getUint32(offset, true) !== LOCAL)
      throw new Error(`${name} is not where the zip says`);
    const start =
      offset + 30 + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true);
    const array = readNpy(buffer, start, start + size);
    if (array) arrays[name.replace(/\.npy$/, '')] = array;
  }
  return arrays;
}

/** The zip's own table of contents, which is right even where local headers hold no sizes. */
function* entries(view) {
  let end = view.byteLength - 22;
  while (end >= 0 && view.getUint32(end, true) !== END) end -= 1;
  if (end < 0) throw new Error('not a zip: no end of central directory');
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  for (let i = 0; i < count; i += 1) {
    if (view.getUint32(at, true) !== CENTRAL) throw new Error("the zip's directory is damaged");
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((o) =>
      view.getUint16(at + o, true),
    );
    const name = new TextDecoder().decode(
      new Uint8Array(view.buffer, view.byteOffset + at + 46, nameLength),
    );
    yield {
      name,
      method: view.getUint16(at + 10, true),
      size: view.getUint32(at + 20, true),
      offset: view.getUint32(at + 42, true),
    };
    at += 46 + nameLength + extraLength + commentLength;
  }
}

/**
 * One .npy; null if its type is not one of those above. Its numbers are copied once: inside a
 * zip they begin anywhere, in memory they must begin where their type can.
 * @param {ArrayBuffer} buffer @param {number} [begin] of the .npy @param {number} [end]
 * @returns {NpyArray|null}
 */
export function readNpy(buffer, begin = 0, end = buffer.byteLength) {
  const view = new DataView(buffer, begin, end - begin);
  const magic = String.fromCharCode(...new Uint8Array(buffer, begin + 1, 5));
  if (view.getUint8(0) !== 0x93 || magic !== 'NUMPY') throw new Error('not an .npy array');
  const long = view.getUint8(6) > 1;
  const length = long ? view.getUint32(8, true) : view.getUint16(8, true);
  const start = (long ? 12 : 10) + length;
  const header = new TextDecoder().decode(new Uint8Array(buffer, begin + (long ? 12 : 10), length));
  const descr = /'descr':\s*'([^']+)'/.exec(header)?.[1];
  const shape = (/'shape':\s*\(([^)]*)\)/.exec(header)?.[1] ?? '').match(/\d+/g)?.map(Number) ?? [];
  const width = /^<U(\d+)$/.exec(descr)?.[1];
  const read = READERS[descr] ?? (width && ((bytes) => texts(bytes, Number(width))));
  if (!read) return null;
  if (/'fortran_order':\s*True/.test(header)) throw new Error('column-major arrays are not read');
  return { data: read(buffer.slice(begin + start, end)), shape };
}

/** Texts of equal width, a code point in four bytes, filled up with zeros. */
function texts(buffer, width) {
  const points = new Uint32Array(buffer);
  return Array.from({ length: width ? points.length / width : 0 }, (_, n) => {
    const own = points.subarray(n * width, (n + 1) * width);
    return String.fromCodePoint(...own.subarray(0, own.findLastIndex((point) => point) + 1));
  });
}
