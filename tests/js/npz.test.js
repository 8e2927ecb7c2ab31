import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readNpy, readNpz } from '../../static/js/core/npz.js';

/** An .npy as the format's specification describes it. */
function npy(descr, shape, bytes, { version = 1, fortran = false } = {}) {
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const order = fortran ? 'True' : 'False';
  const text = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${tuple}), }`;
  const prefix = version === 1 ? 10 : 12;
  const padded = `${text.padEnd(64 * Math.ceil((prefix + text.length + 1) / 64) - prefix - 1)}\n`;
  const head = Buffer.alloc(prefix);
  head.write('\x93NUMPY', 'latin1');
  head.writeUInt8(version, 6);
  if (version === 1) head.writeUInt16LE(padded.length, 8);
  else head.writeUInt32LE(padded.length, 8);
  return Buffer.concat([head, Buffer.from(padded, 'latin1'), Buffer.from(bytes)]);
}

/** A stored zip. `streamed`: local headers without sizes, as writers to a pipe leave them. */
function zip(entries, { streamed = false, method = 0, comment = '' } = {}) {
  const locals = [];
  const central = [];
  let offset = 0;
  for (const [name, data] of entries) {
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(streamed ? 8 : 0, 6);
    local.writeUInt16LE(method, 8);
    local.writeUInt32LE(streamed ? 0 : data.length, 18);
    local.writeUInt32LE(streamed ? 0 : data.length, 22);
    local.writeUInt16LE(name.length, 26);
    local.writeUInt16LE(5, 28); // an extra field, of a length that breaks alignment
    const entry = Buffer.concat([local, Buffer.from(name), Buffer.alloc(5), data]);
    const header = Buffer.alloc(46);
    header.writeUInt32LE(0x02014b50, 0);
    header.writeUInt16LE(method, 10);
    header.writeUInt32LE(data.length, 20);
    header.writeUInt32LE(data.length, 24);
    header.writeUInt16LE(name.length, 28);
    header.writeUInt32LE(offset, 42);
    locals.push(entry);
    central.push(Buffer.concat([header, Buffer.from(name)]));
    offset += entry.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  end.writeUInt16LE(comment.length, 20);
  const whole = Buffer.concat([...locals, directory, end, Buffer.from(comment)]);
  return whole.buffer.slice(whole.byteOffset, whole.byteOffset + whole.length);
}

const bytesOf = (typed) => Buffer.from(typed.buffer);
const PATTERN = Float32Array.from({ length: 2 * 3 * 5 }, (_, i) => i / 7);
PATTERN[11] = NaN;
/** its, 苹, nothing and 😀 in UTF-32, three code points each. */
const TEXTS = Uint32Array.of(105, 116, 115, 0x82f9, 0, 0, 0, 0, 0, 0x1f600, 0, 0);

test('an array has its name, its shape and its numbers', () => {
  const file = zip([['pattern.npy', npy('<f4', [2, 3, 5], bytesOf(PATTERN))]]);
  const { pattern } = readNpz(file);
  assert.deepEqual(pattern.shape, [2, 3, 5]);
  assert.deepEqual(pattern.data, PATTERN);
});

test('masked cells stay NaN', () => {
  const { pattern } = readNpz(zip([['pattern.npy', npy('<f4', [30], bytesOf(PATTERN))]]));
  assert.ok(Number.isNaN(pattern.data[11]));
});

test('integers, booleans and texts are read, other types are left out', () => {
  const file = zip([
    ['layers.npy', npy('<i8', [3], bytesOf(BigInt64Array.of(0n, -1n, 5n)))],
    ['small.npy', npy('<i4', [2], bytesOf(Int32Array.of(7, -11)))],
    ['mask.npy', npy('|b1', [2, 2], [1, 0, 0, 1])],
    ['tokens.npy', npy('<U3', [4], bytesOf(TEXTS))],
    ['none.npy', npy('<U1', [0], [])],
    ['half.npy', npy('<f2', [1], [0, 60])],
    ['bytes.npy', npy('|u1', [3], [0, 128, 255])],
  ]);
  const arrays = readNpz(file);
  assert.deepEqual(Object.keys(arrays), ['layers', 'small', 'mask', 'tokens', 'none', 'bytes']);
  assert.deepEqual(arrays.layers.data, BigInt64Array.of(0n, -1n, 5n));
  assert.deepEqual(arrays.small.data, Int32Array.of(7, -11));
  assert.deepEqual(arrays.mask.data, Uint8Array.of(1, 0, 0, 1));
  assert.deepEqual(arrays.bytes.data, Uint8Array.of(0, 128, 255));
  assert.deepEqual(arrays.tokens.data, ['its', '苹', '', '😀']);
  assert.deepEqual(arrays.none.data, []);
});

test('a zip that was written to a stream, with a comment after it, is read as well', () => {
  const entries = [
    ['q.npy', npy('<f4', [30], bytesOf(PATTERN))],
    ['k.npy', npy('<f4', [30], bytesOf(PATTERN), { version: 2 })],
  ];
  const { q, k } = readNpz(zip(entries, { streamed: true, comment: 'made elsewhere' }));
  assert.deepEqual(q.data, PATTERN);
  assert.deepEqual(k.data, PATTERN);
});

test('a single number has no axes', () => {
  const { one } = readNpz(zip([['one.npy', npy('<f4', [], bytesOf(Float32Array.of(0.5)))]]));
  assert.deepEqual(one.shape, []);
  assert.equal(one.data[0], 0.5);
});

test('what cannot be read truly is refused, not guessed at', () => {
  const good = npy('<f4', [30], bytesOf(PATTERN));
  assert.throws(() => readNpz(zip([['q.npy', good]], { method: 8 })), /compressed/);
  assert.throws(() => readNpz(new ArrayBuffer(64)), /not a zip/);
  assert.throws(() => readNpy(new ArrayBuffer(64)), /not an \.npy/);
  const turned = npy('<f4', [5, 6], bytesOf(PATTERN), { fortran: true });
  assert.throws(() => readNpz(zip([['q.npy', turned]])), /column-major/);
});
