// Many files at once: decoded ahead, answered in order, each as if it were alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { writePng } from '../../web/test/support/png_writer.js';
import { thresholdModel } from '../../web/test/support/threshold_model.js';
import type * as Limbus from '../../web/src/index.js';
import { withPage } from './hooks.js';
import { loadInPage } from './package_calls.js';

const kFiles = 9;
const kDamaged = 3;
const kAborted = 5;

const picture = (n: number) =>
  writePng({
    width: 64 + n,
    height: 48,
    bitDepth: 8,
    colourType: 0,
    samples: Array.from({ length: (64 + n) * 48 }, (_, i) => (i * (n + 3)) % 256),
  });

test('a queue of files: the masks of one by one, failures and aborts in their places', async () => {
  const files: Record<string, Uint8Array> = { '/model.onnx': thresholdModel() };
  for (let n = 0; n < kFiles; ++n)
    files[`/${n}.png`] = n === kDamaged ? picture(n).subarray(0, 90) : picture(n);
  await withPage({ files }, async ({ page }) => {
    assert.equal((await page.evaluate(loadInPage, { url: '/model.onnx' })).error, null);
    const { alone, queued, order } = await page.evaluate(
      async ({ count, aborted }) => {
        const blobs: Blob[] = [];
        for (let n = 0; n < count; ++n) blobs.push(await (await fetch(`/${n}.png`)).blob());
        const say = ({ width, mask }: { width: number; mask: Uint8Array }) =>
          `${width}: ${mask.join('')}`;
        const alone: string[] = [];
        for (const blob of blobs)
          alone.push(await segmenter.segment(blob).then(say, (error) => String(error.message)));
        const order: number[] = [];
        const abort = new AbortController();
        const answers = blobs.map((blob, n) =>
          segmenter
            .segment(blob, n === aborted ? { signal: abort.signal } : {})
            .then(say, (error) => String(error.message))
            .finally(() => n !== aborted && order.push(n)),
        );
        // Pixels between files, and an abort once decoding ahead is on its way.
        const pixels = segmenter.segment({ data: new Uint8Array(12), width: 4, height: 3 });
        await answers[1];
        abort.abort(new Error('no more'));
        const queued = await Promise.all(answers);
        return { alone, queued: [...queued, say(await pixels)], order };
      },
      { count: kFiles, aborted: kAborted },
    );
    assert.match(queued[kDamaged]!, /PNG ends before its image does/);
    assert.equal(queued[kAborted], 'no more');
    assert.deepEqual(
      order,
      Array.from({ length: kFiles }, (_, n) => n).filter((n) => n !== kAborted),
    );
    alone[kAborted] = 'no more';
    assert.deepEqual(queued.slice(0, kFiles), alone);
    assert.equal(queued[kFiles], `4: ${'0'.repeat(12)}`);
  });
});

test('a source that never comes holds up nothing once it is aborted, or the segmenter disposed of', async () => {
  const files = { '/model.onnx': thresholdModel(), '/0.png': picture(0) };
  await withPage({ files }, async ({ page }) => {
    assert.equal((await page.evaluate(loadInPage, { url: '/model.onnx' })).error, null);
    const seen = await page.evaluate(async () => {
      const stalled = () => new Response(new ReadableStream());
      const said = (call: Promise<Limbus.SegmentResult>) => {
        const late = new Promise((resolve) => setTimeout(resolve, 5000, 'nothing in time'));
        const told = call.then(
          ({ width }) => width,
          (error: Limbus.LimbusError) => error.code ?? error.message,
        );
        return Promise.race([told, late]);
      };
      const abort = new AbortController();
      const first = segmenter.segment(stalled(), { signal: abort.signal });
      const behind = segmenter.segment('/0.png');
      abort.abort(new Error('no more'));
      const aborted = await Promise.all([first, behind].map(said));
      const after = await said(segmenter.segment(new Blob([await (await fetch('/0.png')).blob()])));

      // One that comes after the abort is closed.
      let closed = 0;
      const { createImageBitmap } = globalThis;
      const close = ImageBitmap.prototype.close;
      ImageBitmap.prototype.close = function () {
        closed += 1;
        close.call(this);
      };
      let go = () => {};
      const held = new Promise<void>((resolve) => (go = resolve));
      globalThis.createImageBitmap = (async (...words: [ImageBitmapSource]) => {
        await held;
        return createImageBitmap(...words);
      }) as typeof createImageBitmap;
      const again = new AbortController();
      const canvas = document.createElement('canvas');
      const unwanted = segmenter.segment(canvas, { signal: again.signal });
      again.abort(new Error('no more'));
      await said(unwanted);
      const early = closed;
      go();
      for (let i = 0; i < 100 && closed === early; ++i)
        await new Promise((resolve) => setTimeout(resolve, 20));

      const pending = [segmenter.segment(stalled()), segmenter.segment('/0.png')].map(said);
      segmenter.dispose();
      const disposed = await Promise.all(pending);
      return { aborted, after, closed: [early, closed], disposed };
    });
    assert.deepEqual(seen, {
      aborted: ['no more', 64],
      after: 64,
      closed: [0, 1],
      disposed: ['disposed', 'disposed'],
    });
  });
});

test('behind a slower source pixels are those of the call, and no copy of them stays', async () => {
  await withPage({ files: { '/model.onnx': thresholdModel() } }, async ({ page }) => {
    assert.equal((await page.evaluate(loadInPage, { url: '/model.onnx' })).error, null);
    const seen = await page.evaluate(async () => {
      const [width, height] = [32, 8];
      const grey = () => Uint8Array.from({ length: width * height }, (_, i) => (i * 7) % 256);
      const clear = () =>
        Uint8ClampedArray.from({ length: 4 * width * height }, (_, i) => (i * 7) % 256);
      const bitmapOf = (image: ImageData) =>
        createImageBitmap(image, { premultiplyAlpha: 'none', colorSpaceConversion: 'none' });
      const part = new Uint8Array(2 * width * height);
      part.set(grey(), 64);
      const image = new ImageData(clear(), width, height);
      const bitmap = await bitmapOf(image);
      const closed = await bitmapOf(image);
      closed.close();
      const detached = grey();
      structuredClone(detached, { transfer: [detached.buffer] });
      const raw = { data: grey(), width, height };
      const words = { data: part.subarray(64, 64 + width * height), width, height };
      const sources = [raw, words, { data: clear(), width, height }, image, bitmap, closed];
      const said = (call: Promise<Limbus.SegmentResult>) =>
        call.then(
          (result) => `${result.width} ${result.mask.join('')}`,
          (error: Limbus.LimbusError) => `${error.code ?? 'error'} ${error.message}`,
        );
      const all: Limbus.ImageSource[] = [...sources, { ...raw, data: detached }];
      const alone: string[] = [];
      for (const source of all) alone.push(await said(segmenter.segment(source)));

      const copies: ImageBitmap[] = [];
      const { structuredClone: cloned } = globalThis;
      globalThis.structuredClone = ((...how: Parameters<typeof cloned>) => {
        const copy = cloned(...how) as unknown;
        if (copy instanceof ImageBitmap) copies.push(copy);
        return copy;
      }) as typeof cloned;
      const stillOpen = () => copies.filter((copy) => copy.width > 0).length;
      const later = () => new Promise((resolve) => setTimeout(resolve, 50));
      const abort = new AbortController();
      const slow = segmenter.segment(new Response(new ReadableStream()), { signal: abort.signal });
      const behind = all.map((source) => said(segmenter.segment(source)));
      const again = await bitmapOf(image);
      const unwanted = new AbortController();
      const dropped = said(segmenter.segment(again, { signal: unwanted.signal }));
      for (const source of [raw, words, sources[2] as typeof raw, image]) source.data.fill(0);
      raw.width = 1;
      bitmap.close();
      await later();
      const waiting = stillOpen();
      unwanted.abort(new Error('no more'));
      await dropped;
      await later();
      const fewer = stillOpen();
      abort.abort(new Error('no more'));
      await said(slow);
      const queued = await Promise.all(behind);
      const after = stillOpen();

      const never = said(segmenter.segment(new Response(new ReadableStream())));
      const last = said(segmenter.segment(again));
      await later();
      const before = stillOpen();
      segmenter.dispose();
      const disposed = (await Promise.all([never, last])).map((line) => line.split(' ')[0]);
      await later();
      globalThis.structuredClone = cloned;
      return { alone, queued, open: [waiting, fewer, after, before, stillOpen()], disposed };
    });
    assert.deepEqual(seen.queued.slice(0, 5), seen.alone.slice(0, 5));
    assert.equal(new Set(seen.alone.slice(0, 4)).size, 2); // of grey, of what is transparent
    assert.match(seen.alone[4]!, /^32 (?=.*0)(?=.*3)/); // in Firefox not that of the ImageData, to the last pixel
    for (const line of [...seen.alone.slice(5), ...seen.queued.slice(5)])
      assert.match(line, /^badArgument this cannot be sent to the worker/);
    assert.deepEqual(seen.open, [2, 1, 0, 1, 0]);
    assert.deepEqual(seen.disposed, ['disposed', 'disposed']);
  });
});
