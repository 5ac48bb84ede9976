// PNG files of any depth and colour type, for what the browser's own encoder cannot write.
import { deflateSync } from 'node:zlib';

export interface PngOptions {
  width: number;
  height: number;
  bitDepth: 8 | 16;
  colourType: 0 | 2 | 4 | 6; // grey, RGB, grey + alpha, RGBA
  samples: number[]; // row by row, channels interleaved
  filter?: 0 | 1 | 2 | 3 | 4; // of all rows: none, sub, up, average, Paeth
  interlaced?: boolean; // Adam7
  exif?: Uint8Array; // the TIFF structure
}

type Row = number[]; // samples

/** Left, top, right, down: where a pass begins, and how far its pixels lie apart. */
const kAdam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
];

function passesOf({ width, height, samples, interlaced }: PngOptions, channels: number): Row[][] {
  return (interlaced ? kAdam7 : [[0, 0, 1, 1]]).map(([left, top, right, down]) => {
    const rows: Row[] = [];
    for (let y = top!; y < height && left! < width; y += down!) {
      const row: Row = [];
      for (let x = left!; x < width; x += right!)
        row.push(...samples.slice((y * width + x) * channels, (y * width + x + 1) * channels));
      rows.push(row);
    }
    return rows;
  });
}

/** Bytes of a row without what its neighbours foretell. */
function filtered(filter: number, row: Buffer, above: Buffer, step: number): Buffer {
  return row.map((value, i) => {
    const [a, b, c] = [row[i - step] ?? 0, above[i] ?? 0, above[i - step] ?? 0];
    const p = a + b - c;
    const [pa, pb, pc] = [Math.abs(p - a), Math.abs(p - b), Math.abs(p - c)];
    const paeth = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
    return value - [0, a, b, (a + b) >> 1, paeth][filter]!;
  }) as Buffer;
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
  const { width, height, bitDepth, colourType, filter = 0, interlaced = false } = options;
  const channels = kChannels[colourType];
  const bytesPerSample = bitDepth / 8;
  const raw: Buffer[] = [];
  for (const rows of passesOf(options, channels)) {
    let above = Buffer.alloc(0);
    for (const row of rows) {
      const bytes = Buffer.alloc(row.length * bytesPerSample);
      row.forEach((value, i) => bytes.writeUIntBE(value, i * bytesPerSample, bytesPerSample));
      raw.push(Buffer.from([filter]), filtered(filter, bytes, above, channels * bytesPerSample));
      above = bytes;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = bitDepth;
  header[9] = colourType;
  header[12] = Number(interlaced);
  return new Uint8Array(
    Buffer.concat([
      Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
      chunk('IHDR', header),
      ...(options.exif ? [chunk('eXIf', options.exif)] : []),
      chunk('IDAT', deflateSync(Buffer.concat(raw))),
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
