// Many files at once: decoded ahead, answered in order, each as if it were alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { writePng } from '../../web/test/support/png_writer.js';
import { thresholdModel } from '../../web/test/support/threshold_model.js';
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
