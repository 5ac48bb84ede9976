// PNG files of any depth and colour type, for what the browser's own encoder cannot write.
import { deflateSync } from 'node:zlib';

export interface PngOptions {
  width: number;
  height: number;
  bitDepth: 8 | 16;
  colourType: 0 | 2 | 4 | 6; // grey, RGB, grey + alpha, RGBA
  samples: number[]; // row by row, channels interleaved
}

const kChannels = { 0: 1, 2: 3, 4: 2, 6: 4 };

const crcTable = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; ++k) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  let crc = 0xffffffff;
  for (const byte of body) crc = crcTable[(crc ^ byte) & 255]! ^ (crc >>> 8);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE((crc ^ 0xffffffff) >>> 0, body.length + 4);
  return framed;
}

export function writePng(options: PngOptions): Uint8Array {
  const { width, height, bitDepth, colourType, samples } = options;
  const rowLength = width * kChannels[colourType];
  const bytesPerSample = bitDepth / 8;
  const raw = Buffer.alloc(height * (1 + rowLength * bytesPerSample));
  let at = 0;
  for (let y = 0; y < height; ++y) {
    raw[at++] = 0; // filter: none
    for (let i = 0; i < rowLength; ++i) {
      raw.writeUIntBE(samples[y * rowLength + i]!, at, bytesPerSample);
      at += bytesPerSample;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = bitDepth;
  header[9] = colourType;
  return new Uint8Array(
    Buffer.concat([
      Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
      chunk('IHDR', header),
      chunk('IDAT', deflateSync(raw)),
      chunk('IEND', new Uint8Array(0)),
    ]),
  );
}

/** A PNG that only claims a size. */
export function pngHeaderOnly(width: number, height: number): Uint8Array {
  const whole = Buffer.from(
    writePng({ width: 1, height: 1, bitDepth: 8, colourType: 0, samples: [0] }),
  );
  whole.writeUInt32BE(width, 16);
  whole.writeUInt32BE(height, 20);
  return new Uint8Array(whole);
}
