// The page's thread stays free while others work: many images, large ones, and no waiting for the graphics driver.
//
// The browser's log of long tasks counts what a busy machine keeps waiting, too: none to 50 for 300 images. What is held
// is the processor time of every task, and that no frame waits for another process. tests/bench/long_tasks_bench.ts
// measures the log.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { useApp } from './hooks.js';
import { dropPrepared, kWatchLongTasks, largeJpeg, manyFiles, renderedEyes } from './long_tasks.js';
import { idle, openApp } from './page_site.js';

const kImages = 300;
const kLongMs = 50;

useApp();

/** Counts the questions that wait for the graphics process. */
const kCountQuestions = `
  globalThis.questions = 0;
  for (const name of ['getParameter', 'isProgram', 'isTexture', 'getError', 'readPixels']) {
    const real = WebGL2RenderingContext.prototype[name];
    const cheap = new Set([0x84e0, 0x8b8d, 0x8069, 0x8919, 0x8894, 0x8895, 0x85b5]); // bindings: the browser knows
    WebGL2RenderingContext.prototype[name] = function (...words) {
      if (!cheap.has(words[0])) globalThis.questions += 1;
      return real.apply(this, words);
    };
  }`;

test(`${kImages} images: no task over ${kLongMs} ms, no frame that asks the graphics driver`, async () => {
  const { page, finish } = await openApp({ scripts: [kWatchLongTasks, kCountQuestions] });
  await manyFiles(page, await renderedEyes(6), kImages);
  const asked = await page.evaluate('questions');
  const tasks = await dropPrepared(page);
  console.log(JSON.stringify(tasks));
  assert.equal(await page.locator('#thumbs button[data-status=done]').count(), kImages);
  assert.equal(await page.evaluate('questions'), asked, 'questions in frames');
  assert.ok(tasks.longestCpuMs > 1 && tasks.longestCpuMs <= kLongMs, `${tasks.longestCpuMs} ms`);
  await finish();
});

test('a picture of 48 megapixels does not freeze the page; its mask has all its pixels', async () => {
  const { page, finish } = await openApp({ scripts: [kWatchLongTasks] });
  await largeJpeg(page, 8000, 6000);
  const tasks = await dropPrepared(page);
  console.log(JSON.stringify(tasks));
  assert.match((await page.locator('#file-name').textContent())!, /large\.jpg, 8000 x 6000/);
  assert.ok(tasks.longestCpuMs < 200, `${tasks.longestCpuMs} ms`); // 12 MB on their way to the screen
  await idle(page);
  const area = await page.locator('#classes tbody tr td:nth-child(2)').allTextContents();
  const total = area.reduce((sum, text) => sum + Number(text.replaceAll(',', '')), 0);
  assert.equal(total, 8000 * 6000);
  await finish();
});
