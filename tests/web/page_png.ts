// Reads 8-bit PNG files without interlacing: what the page writes, what screenshots are.
import assert from 'node:assert/strict';
import { inflateSync } from 'node:zlib';

export interface Png {
  width: number;
  height: number;
  channels: number; // as stored: 1 grey or palette index, 3 RGB, 4 RGBA
  pixels: Uint8Array;
  palette: number[][] | null;
}

const kChannels: Record<number, number> = { 0: 1, 2: 3, 3: 1, 6: 4 };

function paeth(a: number, b: number, c: number): number {
  const p = a + b - c;
  const [pa, pb, pc] = [Math.abs(p - a), Math.abs(p - b), Math.abs(p - c)];
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

function unfilter(raw: Uint8Array, width: number, height: number, channels: number): Uint8Array {
  const stride = width * channels;
  const out = new Uint8Array(stride * height);
  for (let y = 0; y < height; ++y) {
    const filter = raw[y * (stride + 1)];
    for (let x = 0; x < stride; ++x) {
      const left = x >= channels ? out[y * stride + x - channels]! : 0;
      const up = y > 0 ? out[(y - 1) * stride + x]! : 0;
      const corner = x >= channels && y > 0 ? out[(y - 1) * stride + x - channels]! : 0;
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter!]!;
      out[y * stride + x] = raw[y * (stride + 1) + 1 + x]! + guess;
    }
  }
  return out;
}

export function readPng(bytes: Buffer): Png {
  assert.equal(bytes.subarray(1, 4).toString('latin1'), 'PNG');
  const data: Buffer[] = [];
  let palette: number[][] | null = null;
  for (let at = 8; at < bytes.length;) {
    const size = bytes.readUInt32BE(at);
    const type = bytes.subarray(at + 4, at + 8).toString('latin1');
    const body = bytes.subarray(at + 8, at + 8 + size);
    if (type === 'IDAT') data.push(body);
    if (type === 'PLTE')
      palette = Array.from({ length: size / 3 }, (_, i) => [...body.subarray(i * 3, i * 3 + 3)]);
    at += size + 12;
  }
  const width = bytes.readUInt32BE(16);
  const height = bytes.readUInt32BE(20);
  assert.equal(bytes[24], 8, 'bits per sample');
  assert.equal(bytes[28], 0, 'interlacing');
  const channels = kChannels[bytes[25]!]!;
  const pixels = unfilter(inflateSync(Buffer.concat(data)), width, height, channels);
  return { width, height, channels, pixels, palette };
}
