// A VideoFrame gives the pixels of its bitmap, to the last level, however they are read; and it is let go. Without a
// graphics processor: each draws bitmaps of YUV with its own rounding.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { thresholdModel } from '../../web/test/support/threshold_model.js';
import { usePage, withPage } from './hooks.js';
import { loadInPage } from './package_calls.js';

const files = { '/model.onnx': thresholdModel() };
const flags = ['--disable-gpu'];
const open = usePage({ files }, { flags, model: '/model.onnx' });

type Init = Omit<VideoFrameBufferInit, 'timestamp'>;

const k601 = { matrix: 'smpte170m', primaries: 'smpte170m', transfer: 'smpte170m' } as const;
const k709 = { matrix: 'bt709', primaries: 'bt709', transfer: 'bt709' } as const;
const kPal = { matrix: 'bt470bg', primaries: 'bt470bg', transfer: 'bt709' } as const;
const kHdr = { matrix: 'bt2020-ncl', primaries: 'bt2020', transfer: 'pq' }; // not all in TypeScript's library
const kSpaces = [k601, k709, kPal, kHdr as VideoColorSpaceInit].flatMap((space) => [
  { ...space, fullRange: true },
  { ...space, fullRange: false },
]);
const even = { codedWidth: 64, codedHeight: 48 };
const odd = { codedWidth: 37, codedHeight: 21 };
const cut = { ...even, visibleRect: { x: 6, y: 4, width: 33, height: 35 } };
const stretched = { ...odd, displayWidth: 74, displayHeight: 42 };

interface Compared {
  bitmaps: number; // that the page made of frames
  pixels: number; // that differ in the image, of the frame against its bitmap
  mask: number;
  classes: number;
  luma: number[]; // of the frame: the first byte of each pixel that is seen
  red: number[]; // of its image
}

/** Runs in the page: a frame of noise, without colours or opaque if said so, as it is and as a bitmap. */
async function compare(call: {
  init: Init;
  colourless?: boolean;
  opaque?: boolean;
}): Promise<Compared> {
  const { init, colourless, opaque } = call;
  const { codedWidth, codedHeight } = init;
  const bytes = new Uint8Array(4 * codedWidth * codedHeight);
  let state = 1;
  bytes.forEach((_, i) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes[i] = (opaque && i % 4 === 3) || state >>> 24 > 250 ? 255 : state >>> 24;
  });
  if (colourless) bytes.fill(128, codedWidth * codedHeight);
  const frame = new VideoFrame(bytes, { ...init, timestamp: 0 });
  const bitmap = await createImageBitmap(frame, {
    colorSpaceConversion: 'none',
    premultiplyAlpha: 'none',
  });
  const expected = await segmenter.segment(bitmap, { withImage: true });
  const make = globalThis.createImageBitmap;
  let bitmaps = 0;
  globalThis.createImageBitmap = (...given: unknown[]) => {
    bitmaps += 1;
    return (make as (...given: unknown[]) => Promise<ImageBitmap>)(...given);
  };
  const answer = segmenter.segment(frame, { withImage: true });
  const usable = frame.format !== null;
  frame.close(); // at once: it has been taken
  const got = await answer;
  globalThis.createImageBitmap = make;
  const differing = (a: ArrayLike<number>, b: ArrayLike<number>) =>
    Array.from(a).reduce((sum, value, i) => sum + Number(value !== b[i]), 0);
  if (!usable) throw new Error('the frame was closed by segment()');
  const { x = 0, y = 0, width = codedWidth } = init.visibleRect ?? {};
  const at = (i: number) => (y + Math.floor(i / width)) * codedWidth + x + (i % width);
  return {
    bitmaps,
    pixels: differing(got.image!.data, expected.image!.data),
    mask: differing(got.mask, expected.mask),
    classes: new Set(got.mask).size,
    luma: Array.from(got.mask, (_, i) => bytes[at(i)]!),
    red: Array.from(got.mask, (_, i) => got.image!.data[4 * i]!),
  };
}

function assertSame(found: Compared, name: string): void {
  assert.deepEqual([found.pixels, found.mask], [0, 0], name);
  assert.equal(found.classes, 4, name);
}

for (const format of ['I420', 'I422', 'I444', 'NV12'] as const)
  for (const colourless of [false, true])
    test(`a frame of ${format}${colourless ? ' without colours' : ''} is its bitmap`, async () => {
      for (const colorSpace of kSpaces)
        for (const size of [even, odd, cut, stretched]) {
          const init: Init = { format, ...size, colorSpace };
          const found = await open.page.evaluate(compare, { init, colourless });
          const name = JSON.stringify(init);
          assertSame(found, name);
          const usual = colorSpace.primaries === 'smpte170m' || colorSpace.primaries === 'bt709';
          assert.equal(found.bitmaps, usual && size !== stretched ? 0 : 1, name);
        }
    });

test('one without colours is its Y plane: as it is at full range, expanded from limited range', async () => {
  const seen = (fullRange: boolean) => {
    const init: Init = { format: 'I420', ...cut, colorSpace: { ...k601, fullRange } };
    return open.page.evaluate(compare, { init, colourless: true });
  };
  const full = await seen(true);
  assert.equal(full.red.length, cut.visibleRect.width * cut.visibleRect.height);
  assert.deepEqual(full.red, full.luma);
  const { red, luma } = await seen(false);
  luma.forEach((value, i) => {
    const exact = Math.min(255, Math.max(0, ((value - 16) * 255) / 219));
    assert.ok(Math.abs(red[i]! - exact) <= 1, `${value} became ${red[i]}`); // the browser's rounding
  });
});

test('a frame of RGB is its bitmap, also where it is transparent', async () => {
  for (const format of ['RGBA', 'BGRA', 'RGBX', 'BGRX'] as const)
    for (const size of [even, odd, cut])
      for (const opaque of [true, false]) {
        const init: Init = { format, ...size };
        const found = await open.page.evaluate(compare, { init, opaque });
        assertSame(found, `${JSON.stringify(init)}, opaque ${opaque}`);
        assert.equal(found.bitmaps, 0);
      }
});

test('a colour between the rows that are glanced at is seen', async () => {
  const differing = await open.page.evaluate(async () => {
    const bytes = new Uint8Array(64 * 96 * 1.5).fill(128);
    bytes.forEach((_, i) => i < 64 * 96 && (bytes[i] = i % 256));
    bytes[64 * 96 + 3] = 250; // one of U, in the first row
    const size = { codedWidth: 64, codedHeight: 96 };
    const frame = new VideoFrame(bytes, { format: 'I420', ...size, timestamp: 0 });
    const bitmap = await createImageBitmap(frame, { colorSpaceConversion: 'none' });
    const [got, expected] = await Promise.all(
      [frame, bitmap].map((each) => segmenter.segment(each, { withImage: true })),
    );
    frame.close();
    const coloured = expected!.image!.data.filter((v, i, all) => i % 4 === 2 && v !== all[i - 1]);
    const wrong = got!.image!.data.filter((v, i) => v !== expected!.image!.data[i]).length;
    return { coloured: coloured.length, wrong };
  });
  assert.ok(differing.coloured > 0);
  assert.equal(differing.wrong, 0);
});

test('a closed frame is refused in words', async () => {
  const said = await open.page.evaluate(async () => {
    const size = { codedWidth: 8, codedHeight: 8 };
    const frame = new VideoFrame(new Uint8Array(256), { format: 'RGBA', ...size, timestamp: 0 });
    frame.close();
    return segmenter.segment(frame).then(
      () => '',
      (error: Error & { code: string }) => `${error.code}: ${error.message}`,
    );
  });
  assert.match(said, /^badArgument: this VideoFrame has no picture to read/);
});

// Tells of each frame of 64 x 48 that is closed in the worker.
const kTelling = `
  const told = new BroadcastChannel('closed');
  told.onmessage = () => told.postMessage('all');
  const close = VideoFrame.prototype.close;
  VideoFrame.prototype.close = function () {
    if (this.codedWidth === 64) told.postMessage(this.timestamp);
    return close.call(this);
  };
`;

test('the worker closes what it was sent: done, passed over, or not wanted before it was sent', async () => {
  const scripts = {
    '/telling.js': kTelling,
    '/telling_worker.js': "import './telling.js';\nimport '/lib/limbus/worker.js';\n",
  };
  await withPage({ files, scripts }, async ({ page }) => {
    const options = { workerUrl: '/telling_worker.js' };
    assert.equal((await page.evaluate(loadInPage, { url: '/model.onnx', options })).error, null);
    const seen = await page.evaluate(async () => {
      const closed: number[] = [];
      const telling = new BroadcastChannel('closed');
      const all = new Promise((resolve) => {
        telling.onmessage = ({ data }) => (data === 'all' ? resolve(data) : closed.push(data));
      });
      const clones: VideoFrame[] = [];
      const clone = VideoFrame.prototype.clone;
      VideoFrame.prototype.clone = function () {
        const made = clone.call(this);
        clones.push(made);
        return made;
      };
      const frameAt = (timestamp: number) => {
        const bytes = new Uint8Array(64 * 48 * 1.5).fill(90);
        const size = { codedWidth: 64, codedHeight: 48 };
        return new VideoFrame(bytes, { format: 'I420', ...size, timestamp });
      };
      const aborting = new AbortController();
      const { signal } = aborting;
      const [first, second, third, last] = [frameAt(0), frameAt(1), frameAt(2), frameAt(3)];
      const reason = (answer: Promise<unknown>) => answer.catch((error: Error) => error.message);
      const side = 3000; // the worker has its hands full
      const large = { data: new Uint8Array(side * side), width: side, height: side };
      const running = Promise.all([segmenter.segment(large), segmenter.segment(first)]);
      await Promise.resolve(); // so far the second is not sent
      const unsent = reason(segmenter.segment(second, { signal }));
      aborting.abort(new Error('never mind'));
      const late = new AbortController();
      const passed = reason(segmenter.segment(third, { signal: late.signal }));
      while (clones[2]?.format !== null) await new Promise((go) => setTimeout(go)); // till it is sent
      late.abort(new Error('too late'));
      const reasons = [await unsent, await passed];
      await running;
      await segmenter.segment(last);
      telling.postMessage('all?'); // what was told before it comes before its answer
      await all;
      return {
        reasons,
        closed: closed.filter((each) => each !== 1),
        held: clones.filter(({ format }) => format !== null).length,
        kept: [first, second, third, last].map(({ format }) => format),
      };
    });
    assert.deepEqual(seen.reasons, ['never mind', 'too late']);
    assert.deepEqual(
      seen.closed.sort((a, b) => a - b),
      [0, 2, 3],
    );
    assert.equal(seen.held, 0);
    assert.deepEqual(seen.kept, ['I420', 'I420', 'I420', 'I420']); // the caller's own
  });
});
