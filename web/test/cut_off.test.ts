// Bytes that videos lack at their end, as the formats' own sizes tell.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { absentBytes } from '../app/cut_off.js';

const lacks = (...parts: BlobPart[]) => absentBytes(new Blob(parts));
const bytes = (...values: number[]) => Uint8Array.from(values);
const rest = (size: number) => new Uint8Array(size);

/** `size`: as it is written, with its leading bits. */
const webm = (...size: number[]) => [
  bytes(0x1a, 0x45, 0xdf, 0xa3, 0x84, 1, 2, 3, 4), // a header of 4 bytes
  bytes(0x18, 0x53, 0x80, 0x67, ...size),
];

test('of a Matroska file the rest of its segment', async () => {
  assert.equal(await lacks(...webm(0x40, 100), rest(100)), 0);
  assert.equal(await lacks(...webm(0x40, 100), rest(70)), 30);
  assert.equal(await lacks(...webm(0x40, 100), rest(130)), 0, 'another one behind it');
  assert.equal(await lacks(...webm(1, 0, 0, 0, 0, 1, 0, 0), rest(65000)), 536);
  const streamed = [1, 255, 255, 255, 255, 255, 255, 255];
  assert.equal(await lacks(...webm(...streamed), rest(70)), 0, 'whose size nobody knows');
  assert.equal(await lacks(...webm(0xff), rest(70)), 0);
  const filler = bytes(0xec, 0x84, 0x40, 200, 0x40, 200); // what may stand before the segment is not read on
  assert.equal(await lacks(webm(0)[0]!, filler, ...webm(0x40, 100).slice(1), rest(70)), 0);
});

const box = (size: number, type: string) => [bytes(0, 0, size >> 8, size & 255), type];

test('of an MP4 file the rest of its last box', async () => {
  const start = [...box(24, 'ftyp'), rest(16), ...box(108, 'moov'), rest(100)];
  assert.equal(await lacks(...start, ...box(308, 'mdat'), rest(300)), 0);
  assert.equal(await lacks(...start, ...box(308, 'mdat'), rest(290)), 10);
  const large = [bytes(0, 0, 0, 1), 'mdat', bytes(0, 0, 0, 1, 0, 0, 0, 0)];
  assert.equal(await lacks(...start, ...large, rest(300)), 2 ** 32 - 316);
  assert.equal(await lacks(...start, ...box(0, 'mdat'), rest(300)), 0, 'to the end');
  assert.equal(await lacks(...start, 'words that somebody wrote behind it'), 0);
  assert.equal(await lacks('no video'), 0);
  assert.equal(await lacks(), 0);
});
