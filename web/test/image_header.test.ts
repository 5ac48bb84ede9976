import assert from 'node:assert/strict';
import { test } from 'node:test';

import { LimbusError } from '../src/error.js';
import { checkSize, readImageHeader } from '../src/worker/image_header.js';
import { pngHeaderOnly, writePng } from './support/png_writer.js';

function refusal(run: () => unknown): { code: string; message: string } {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof LimbusError, String(error));
    return error;
  }
  assert.fail('nothing was refused');
}

/** Markers only: SOI, APP1, SOF0, SOS, `data` and (unless cut) EOI. */
function jpeg({ width = 640, height = 400, cut = false, data = [0x12, 0x34] } = {}): Uint8Array {
  const sof = [
    0xff,
    0xc0,
    0,
    11,
    8,
    height >> 8,
    height & 255,
    width >> 8,
    width & 255,
    1,
    1,
    17,
    0,
  ];
  const sos = [0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, ...data];
  const app1 = [0xff, 0xe1, 0, 4, 0xff, 0xd9]; // an end marker inside a segment is none
  return Uint8Array.from([0xff, 0xd8, ...app1, 0xff, ...sof, ...sos, ...(cut ? [] : [0xff, 0xd9])]);
}

const png = writePng({
  width: 3,
  height: 2,
  bitDepth: 16,
  colourType: 0,
  samples: [1, 2, 3, 4, 5, 6],
});

test('headers say size and depth', () => {
  assert.deepEqual(readImageHeader(png), { format: 'png', width: 3, height: 2, bitDepth: 16 });
  assert.deepEqual(readImageHeader(jpeg()), {
    format: 'jpeg',
    width: 640,
    height: 400,
    bitDepth: 8,
  });
  assert.equal(readImageHeader(new TextEncoder().encode('GIF89a......')), null);
  assert.equal(readImageHeader(new Uint8Array(0)), null);
});

test('cut files are refused, wherever the cut is', () => {
  for (let length = 8; length < png.length; ++length)
    assert.equal(
      refusal(() => readImageHeader(png.subarray(0, length))).code,
      'badData',
      `${length}`,
    );
  const whole = jpeg();
  for (let length = 3; length < whole.length; ++length)
    assert.equal(refusal(() => readImageHeader(whole.subarray(0, length))).code, 'badData');
  assert.match(refusal(() => readImageHeader(jpeg({ cut: true }))).message, /JPEG .* cut off/);
});

test('absurd sizes are refused before anybody decodes them', () => {
  const error = refusal(() => readImageHeader(pngHeaderOnly(60000, 60000)));
  assert.equal(error.code, 'unsupported');
  assert.match(
    error.message,
    /60000 x 60000 pixels; at most 67 megapixels in all and 16384 pixels on a side/,
  );
  assert.equal(
    refusal(() => readImageHeader(jpeg({ width: 65535, height: 65535 }))).code,
    'unsupported',
  );
  assert.equal(refusal(() => readImageHeader(pngHeaderOnly(0, 5))).code, 'badData');
  assert.doesNotThrow(() => checkSize(8192, 8192));
});

test('a chunk length beyond the file does not hang or crash the reader', () => {
  const bytes = png.slice();
  new DataView(bytes.buffer).setUint32(33, 0xffffffff); // IDAT
  assert.equal(refusal(() => readImageHeader(bytes)).code, 'badData');
});

test('within the data of a JPEG stand the markers that belong there, in their order', () => {
  const restarts = Array.from({ length: 11 }, (_, i) => [0x55, 0xff, 0xd0 + (i % 8)]).flat();
  const nextScan = [0xff, 0xc4, 0, 3, 0, 0xff, 0xda, 0, 3, 0, 0x77, 0xff, 0xd0, 0x11]; // counts anew
  for (const data of [[], [0xff, 0, 0xff, 0, 9], [9, 0xff, 0xff], [...restarts, ...nextScan, 1]])
    assert.equal(readImageHeader(jpeg({ data }))!.width, 640, data.join());
  const damaged = [
    [1, 0xff, 0x7a, 2],
    [1, 0xff, 0xd1, 2], // the first is D0
    [...restarts.slice(0, 6), ...restarts.slice(9)],
    [...restarts, ...nextScan, 0xff, 0xc0, 0, 2],
    [1, 0xff, 0xe3, 0, 3, 0, 2], // no marker behind its end
  ];
  for (const data of damaged) {
    const { code, message } = refusal(() => readImageHeader(jpeg({ data })));
    assert.equal(code, 'badData');
    assert.match(
      message,
      /^the JPEG (is damaged at byte \d+; take another copy|has no marker at byte \d+$)/,
    );
  }
});
