// 200 images in a row: what the page, its worker and the canvas hold does not grow.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';

import { useApp } from './hooks.js';
import { drop, greyPng, idle, openApp, openThresholds } from './page_site.js';

const kWidth = 320;
const kHeight = 240;
const kImages = 200;
const kWarmUp = 20;
// One kept image (RGBA and mask) per round would be 75 MB; one kept mask 15 MB.
const kMayGrow = 10e6;

useApp(['--enable-blink-features=ForceEagerMeasureMemory']);

/** Bytes of the page and its workers, WebAssembly memory included, after garbage collection. */
async function heldBytes(page: Page): Promise<number> {
  const measured = await page.evaluate(async () => {
    const measure = performance as unknown as {
      measureUserAgentSpecificMemory(): Promise<{ bytes: number }>;
    };
    return (await measure.measureUserAgentSpecificMemory()).bytes;
  });
  assert.ok(measured > 1e6);
  return measured;
}

function images(count: number, seed: number) {
  return Array.from({ length: count }, (_, n) =>
    greyPng(
      `${seed + n}.png`,
      kWidth,
      kHeight,
      Array.from({ length: kWidth * kHeight }, (_, i) => {
        const x = (i % kWidth) - 160 - ((seed + n) % 20);
        const r = Math.hypot(x, Math.floor(i / kWidth) - 120);
        return r < 30 ? 230 : r < 60 ? 160 : r < 90 ? 90 : 20;
      }),
    ),
  );
}

test(`${kImages} images in a row do not grow the heap`, async () => {
  const { page, finish } = await openApp();
  await openThresholds(page);
  await drop(page, images(kWarmUp, 0));
  await idle(page);
  const before = await heldBytes(page);
  const canvasBefore = await page.evaluate('limbusDiagnostics.canvasHeapBytes()');
  for (let done = 0; done < kImages; done += 50) {
    await drop(page, images(50, kWarmUp + done));
    await idle(page);
  }
  assert.equal(
    await page.locator('#thumbs button[data-status=done]').count(),
    kWarmUp + kImages,
    'all were segmented',
  );
  assert.equal(await page.evaluate('limbusDiagnostics.canvasHeapBytes()'), canvasBefore);
  const grown = (await heldBytes(page)) - before;
  console.log(
    `held before: ${(before / 1e6).toFixed(1)} MB, grown: ${(grown / 1e6).toFixed(2)} MB`,
  );
  assert.ok(grown < kMayGrow, `grew by ${grown} bytes`);
  await finish();
});
