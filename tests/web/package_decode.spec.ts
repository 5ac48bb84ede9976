// Files to pixels, as the command line defines them: EXIF turned, alpha over black, 16 bits to 8.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { pngHeaderOnly, writePng } from '../../web/test/support/png_writer.js';
import { bandOf, thresholdModel } from '../../web/test/support/threshold_model.js';
import { usePage, withPage } from './hooks.js';
import { loadInPage, segmentInPage } from './package_calls.js';

const files: Record<string, Uint8Array> = { '/model.onnx': thresholdModel() };

const open = usePage({ files }, { model: '/model.onnx' });

let nextFile = 0;
async function segmentBytes(bytes: Uint8Array) {
  const url = `/image${nextFile++}`;
  files[url] = bytes;
  return open.page.evaluate(segmentInPage, { url, as: 'blob' });
}

function closeTo(got: number[], expected: number[], tolerance: number): void {
  assert.equal(got.length, expected.length);
  const worst = Math.max(...got.map((value, i) => Math.abs(value - expected[i]!)));
  assert.ok(worst <= tolerance, `differs by ${worst}`);
}

test('16-bit PNG keeps its high byte', async () => {
  const samples = Array.from({ length: 256 * 16 }, (_, i) => (i * 4099) % 65536);
  const bytes = writePng({
    width: 256,
    height: 16,
    bitDepth: 16,
    colourType: 0,
    samples,
  });
  const result = await segmentBytes(bytes);
  assert.equal(result.error, null);
  closeTo(
    result.grey,
    samples.map((value) => value >> 8),
    0,
  );
});

test('16-bit PNG keeps its high byte, however its rows are packed', async () => {
  const [width, height] = [37, 21];
  for (const colourType of [0, 2, 4, 6] as const)
    for (const filter of [0, 1, 2, 3, 4] as const)
      for (const interlaced of [false, true]) {
        const channels = { 0: 1, 2: 3, 4: 2, 6: 4 }[colourType];
        const samples = Array.from({ length: width * height * channels }, (_, i) =>
          colourType > 3 && i % channels === channels - 1 ? 65535 : (i * i * 31 + i * 4099) % 65536,
        );
        const bytes = writePng({
          width,
          height,
          bitDepth: 16,
          colourType,
          samples,
          filter,
          interlaced,
        });
        const result = await segmentBytes(bytes);
        assert.equal(result.error, null);
        const red = samples.filter((_, i) => i % channels === 0).map((value) => value >> 8);
        closeTo(result.grey, red, 0);
      }
});

test('a damaged 16-bit PNG is told of as any other', async () => {
  const samples = Array.from({ length: 64 * 64 }, (_, i) => (i * 4099) % 65536);
  const bytes = writePng({ width: 64, height: 64, bitDepth: 16, colourType: 0, samples });
  bytes[41]! ^= 0xff; // the first of its packed pixels
  const { error } = await segmentBytes(bytes);
  assert.match(error?.message ?? '', /PNG cannot be decoded; its content is damaged/);
});

test('transparent pixels lie over black', async () => {
  const samples = Array.from({ length: 256 * 64 }, (_, i) => [i % 256, 4 * (i >> 8)]).flat();
  const bytes = writePng({
    width: 256,
    height: 64,
    bitDepth: 8,
    colourType: 4,
    samples,
  });
  const result = await segmentBytes(bytes);
  assert.equal(result.error, null);
  const expected = Array.from({ length: 256 * 64 }, (_, i) =>
    Math.floor(((i % 256) * 4 * (i >> 8) + 127) / 255),
  );
  closeTo(result.grey, expected, 1);
});

test('ImageData with alpha lies over black exactly', async () => {
  const differences = await open.page.evaluate(async () => {
    const image = new ImageData(256, 256);
    for (let i = 0; i < 256 * 256; ++i) image.data.set([i & 255, i & 255, i & 255, i >> 8], 4 * i);
    const { image: seen } = await segmenter.segment(image, { withImage: true });
    let different = 0;
    for (let i = 0; i < 256 * 256; ++i)
      if (seen!.data[4 * i] !== Math.floor(((i & 255) * (i >> 8) + 127) / 255)) ++different;
    return different;
  });
  assert.equal(differences, 0);
});

test('colour profiles and gamma chunks change nothing', async () => {
  const samples = Array.from({ length: 256 }, (_, i) => i);
  const plain = Buffer.from(
    writePng({ width: 16, height: 16, bitDepth: 8, colourType: 0, samples }),
  );
  // gAMA 1.0, with its checksum, after IHDR
  const gamma = Buffer.from('0000000467414d4100018 6a031e8965f'.replace(' ', ''), 'hex');
  const bytes = Buffer.concat([plain.subarray(0, 33), gamma, plain.subarray(33)]);
  const result = await segmentBytes(new Uint8Array(bytes));
  assert.equal(result.error, null);
  assert.deepEqual(result.grey, samples);
});

// Where the four stored quadrants (0 1 / 2 3) end up on the screen, by EXIF orientation.
const kOrientations: Record<number, number[]> = {
  1: [0, 1, 2, 3],
  2: [1, 0, 3, 2],
  3: [3, 2, 1, 0],
  4: [2, 3, 0, 1],
  5: [0, 2, 1, 3],
  6: [2, 0, 3, 1],
  7: [3, 1, 2, 0],
  8: [1, 3, 0, 2],
};

const kGreys = [20, 90, 160, 240]; // one in each band

/** A JPEG of 64 x 32 in four grey quadrants. */
async function quadrants(): Promise<Buffer> {
  const base64 = await open.page.evaluate(async (greys) => {
    const canvas = new OffscreenCanvas(64, 32);
    const context = canvas.getContext('2d')!;
    greys.forEach((grey, i) => {
      context.fillStyle = `rgb(${grey} ${grey} ${grey})`;
      context.fillRect((i % 2) * 32, (i >> 1) * 16, 32, 16);
    });
    const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 1 });
    return btoa(String.fromCharCode(...new Uint8Array(await blob.arrayBuffer())));
  }, kGreys);
  return Buffer.from(base64, 'base64');
}

/** One entry: tag 0x0112, SHORT. */
function exif(orientation: number): Buffer {
  const tiff = Buffer.from('4d4d002a00000008000101120003000000010000000000000000', 'hex');
  tiff.writeUInt16BE(orientation, 18);
  return tiff;
}

/** In APP1. */
function withOrientation(jpeg: Buffer, orientation: number): Uint8Array {
  const body = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), exif(orientation)]);
  const head = Buffer.from([0xff, 0xe1, 0, body.length + 2]);
  return new Uint8Array(Buffer.concat([jpeg.subarray(0, 2), head, body, jpeg.subarray(2)]));
}

/** The same as a PNG of 8 or 16 bits. */
function quadrantsPng(orientation: number, bitDepth: 8 | 16): Uint8Array {
  const samples = Array.from({ length: 64 * 32 }, (_, i) => {
    const grey = kGreys[Number(i % 64 >= 32) + 2 * Number(i >= 64 * 16)]!;
    return bitDepth === 16 ? grey << 8 : grey;
  });
  const png = { width: 64, height: 32, bitDepth, colourType: 0, samples } as const;
  return writePng({ ...png, exif: exif(orientation) });
}

test('EXIF orientation is applied, all eight of them, in JPEG and PNG', async () => {
  const jpeg = await quadrants();
  for (const [key, expected] of Object.entries(kOrientations)) {
    const orientation = Number(key);
    const files = {
      jpeg: withOrientation(jpeg, orientation),
      png: quadrantsPng(orientation, 8),
      'png of 16 bits': quadrantsPng(orientation, 16),
    };
    for (const [form, bytes] of Object.entries(files)) {
      const result = await segmentBytes(bytes);
      assert.equal(result.error, null);
      const [width, height] = orientation >= 5 ? [32, 64] : [64, 32];
      assert.deepEqual([result.width, result.height], [width, height], `${form} ${orientation}`);
      const seen = [1, 3].flatMap((y) =>
        [1, 3].map((x) => result.mask[((y * height) / 4) * width + (x * width) / 4]),
      );
      assert.deepEqual(seen, expected, `${form} ${orientation}`);
    }
  }
});

test('an image is refused in words when it is cut, wrong, empty or absurd', async () => {
  const png = writePng({
    width: 64,
    height: 64,
    bitDepth: 8,
    colourType: 0,
    samples: Array.from({ length: 4096 }, (_, i) => (i * 37) % 256),
  });
  const jpeg = new Uint8Array(await quadrants());
  const damaged = png.slice();
  damaged.fill(0x55, 45, damaged.length - 20);
  const cases: [string, Uint8Array, string, RegExp][] = [
    ['cut PNG', png.subarray(0, png.length - 30), 'badData', /PNG .*cut off/],
    ['cut JPEG', jpeg.subarray(0, jpeg.length - 30), 'badData', /JPEG .*cut off/],
    ['damaged PNG', damaged, 'badData', /PNG cannot be decoded/],
    ['empty', new Uint8Array(0), 'badData', /empty/],
    ['text', new TextEncoder().encode('hello'), 'badData', /no image/],
    ['60,000 x 60,000', pngHeaderOnly(60000, 60000), 'unsupported', /60000 x 60000/],
  ];
  for (const [name, bytes, code, words] of cases) {
    const { error } = await segmentBytes(bytes);
    assert.ok(error, `${name} was accepted`);
    assert.equal(error.code, code, `${name}: ${error.message}`);
    assert.match(error.message, words, name);
  }
  const fine = await segmentBytes(png);
  assert.equal(fine.error, null);
  assert.deepEqual(fine.mask, fine.grey.map(bandOf));
});

// As Firefox with privacy.resistFingerprinting (invented) and Brave (a level of noise) answer.
const readBack = (value: string) => `
  const real = OffscreenCanvasRenderingContext2D.prototype.getImageData;
  OffscreenCanvasRenderingContext2D.prototype.getImageData = function (...box) {
    const image = real.apply(this, box);
    image.data.forEach((value, i) => (image.data[i] = ${value}));
    return image;
  };
`;

for (const [answer, value, message] of [
  ['invents', '(i * 89) % 256', /against fingerprinting: allow .*hand in \{ data/],
  ['roughens', 'value ^ (i & 1)', null],
] as const)
  test(`a browser that ${answer} what is read from a canvas`, async () => {
    const samples = Array.from({ length: 48 * 32 }, (_, i) => (i * 7) % 256);
    const image = writePng({ width: 48, height: 32, bitDepth: 8, colourType: 0, samples });
    const site = {
      files: { ...files, '/image.png': image },
      scripts: {
        '/altered.js': readBack(value),
        '/altered_worker.js': "import './altered.js';\nimport '/lib/limbus/worker.js';\n",
      },
    };
    await withPage(site, async ({ page }) => {
      const options = { workerUrl: '/altered_worker.js' };
      const loaded = await page.evaluate(loadInPage, { url: '/model.onnx', options });
      assert.equal(loaded.error, null);
      const found = await page.evaluate(segmentInPage, { url: '/image.png', as: 'blob' });
      if (!message) return assert.equal(found.error, null);
      assert.equal(found.error?.code, 'unsupported');
      assert.match(found.error.message, message);
      const mask = await page.evaluate(async (samples) => {
        const data = Uint8Array.from(samples);
        return [...(await segmenter.segment({ data, width: 48, height: 32 })).mask];
      }, samples);
      assert.deepEqual(mask, samples.map(bandOf), 'pixels that are handed in');
    });
  });
