// What comes in between: files that go and come back, workers that die, choices made while another one loads.
import assert from 'node:assert/strict';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';

import { thresholdModel } from '../../web/test/support/threshold_model.js';
import { chromiumOnly, download } from './browsers.js';
import { scratchFolder, useApp } from './hooks.js';
import {
  alerts,
  clearList,
  drop,
  greyPng,
  idle,
  kHold,
  openApp,
  openThresholdApp,
  openThresholds,
  rings,
} from './page_site.js';

const folder = scratchFolder('recovery');
useApp();

const shownFile = async (page: Page) => (await page.textContent('#file-name'))!.split(',')[0]!;
const shownModel = (page: Page) => page.locator('#model-facts dd').first().textContent();
const statuses = (page: Page) =>
  page
    .locator('#thumbs button')
    .evaluateAll((buttons) => buttons.map((each) => (each as HTMLElement).dataset['status']));
const pick = async (page: Page, index: number) => {
  await page.locator('#thumbs button').nth(index).click();
  await idle(page);
};
const table = async (page: Page) => {
  const { images, failed } = JSON.parse((await download(page, '#save-json')).bytes.toString());
  const names = (rows: { image: string }[] | undefined) => (rows ?? []).map((row) => row.image);
  return { images: names(images), failed: names(failed) };
};

declare global {
  var segmenting: (Worker & { ended?: true })[];
}

/** The segmenters' workers, in the order in which they start. */
const kSeeWorkers = `
  globalThis.segmenting = [];
  const { Worker } = globalThis;
  globalThis.Worker = class extends Worker {
    constructor(...how) {
      super(...how);
      if (/\\/worker-/.test(String(how[0]))) segmenting.push(this);
    }
    terminate() {
      this.ended = true;
      super.terminate();
    }
  };
  globalThis.die = (worker) =>
    worker.dispatchEvent(new ErrorEvent('error', { message: 'out of memory', cancelable: true }));`;

const onDisk = chromiumOnly('a file that goes from the disk is told of otherwise');

test(
  'a file that goes is a failure alone, and an image alone when it comes back',
  onDisk,
  async () => {
    mkdirSync(folder, { recursive: true });
    const paths = ['a.png', 'b.png'].map((name) => join(folder, name));
    for (const path of paths) writeFileSync(path, rings('').bytes);
    const { page, finish } = await openApp({ scripts: [kSeeWorkers] });
    await page.setInputFiles('#files', paths);
    await idle(page);
    renameSync(paths[0]!, `${paths[0]}.away`);
    await pick(page, 0);
    assert.deepEqual(await table(page), { images: ['b.png'], failed: ['a.png'] });
    assert.equal(await page.evaluate('segmenting.length'), 1, 'it is not the worker that failed');
    renameSync(`${paths[0]}.away`, paths[0]!);
    await pick(page, 0);
    assert.deepEqual(await table(page), { images: ['a.png', 'b.png'], failed: [] });
    assert.equal(await page.textContent('#state'), '');
    assert.equal(await shownFile(page), 'a.png');
    await finish();
  },
);

test('without a model each image that comes is shown, also while another one is read', async () => {
  const { page, finish } = await openApp({ noModels: true });
  const big = greyPng('big.png', 4000, 3000, Array<number>(4000 * 3000).fill(90));
  await drop(page, [big]);
  await drop(page, [rings('second.png')]);
  await page.waitForFunction(
    () => document.querySelector('#file-name')!.textContent!.startsWith('second.png'),
    null,
    { timeout: 20_000 },
  );
  await finish();
});

test('clearing leaves nothing of the image, also where the sample cannot be fetched', async () => {
  const { page, finish } = await openApp();
  await drop(page, [rings('one.png'), rings('two.png')]);
  await idle(page);
  await page.evaluate(() => {
    const { fetch } = globalThis;
    globalThis.fetch = (url, options) =>
      String(url).includes('samples/') ? Promise.reject(new Error('gone')) : fetch(url, options);
  });
  await clearList(page);
  await page.waitForFunction(() => document.querySelector('#messages [role=alert]'));
  await idle(page);
  assert.equal(await page.textContent('#file-name'), '');
  assert.ok(!(await page.locator('#figures').isVisible()));
  for (const id of ['#save-mask', '#save-masks', '#save-csv'])
    assert.ok(await page.locator(id).isDisabled(), id);
  await finish();
});

test('a worker that died is replaced, and the images go on', async () => {
  const { page, finish } = await openThresholdApp({ scripts: [kSeeWorkers] });
  await drop(page, [rings('x.png'), rings('y.png')]);
  await idle(page);
  await page.evaluate('die(segmenting.at(-1))');
  await pick(page, 0);
  assert.deepEqual(await alerts(page), []);
  assert.equal(await shownFile(page), 'x.png');
  await drop(page, [rings('z.png')]);
  await idle(page);
  assert.deepEqual(await statuses(page), ['done', 'done', 'done']);
  assert.equal(await shownFile(page), 'z.png');
  assert.equal(await shownModel(page), 'thresholds.onnx');
  await finish();
});

test('an image that ends the worker each time is a failure; the others are segmented', async () => {
  // Of pictures under this name, known by their size.
  const deadly = `
    globalThis.ended = 0;
    globalThis.deadlySize = -1;
    ${kSeeWorkers}
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (message, ...rest) {
      if (message?.parameters?.source?.size !== globalThis.deadlySize)
        return post.call(this, message, ...rest);
      globalThis.ended += 1;
      setTimeout(() => die(this));
    };`;
  const { page, finish } = await openThresholdApp({ scripts: [deadly] });
  const killer = greyPng(
    'killer.png',
    70,
    50,
    Array.from({ length: 3500 }, (_, i) => i % 251),
  );
  await page.evaluate(`globalThis.deadlySize = ${killer.bytes.length}`);
  await drop(page, [rings('x.png'), killer, rings('y.png'), rings('z.png')]);
  await idle(page);
  assert.deepEqual(await statuses(page), ['done', 'failed', 'done', 'done']);
  assert.deepEqual(await table(page), {
    images: ['x.png', 'y.png', 'z.png'],
    failed: ['killer.png'],
  });
  assert.match((await alerts(page)).join(' | '), /^killer\.png: the worker failed: out of memory/);
  const ended = Number(await page.evaluate('ended'));
  assert.ok(ended >= 2 && ended <= 4, `${ended} times`);
  await finish();
});

const byTitle = async (page: Page, title: RegExp) =>
  (await page.locator('#model option', { hasText: title }).first().getAttribute('value'))!;

test('a model that the network does not bring is told of, and the one before stays', async () => {
  const { page, finish } = await openApp();
  const [before, wanted] = [await shownModel(page), await byTitle(page, /nuclei/i)];
  await page.evaluate(() => {
    const { fetch } = globalThis;
    globalThis.fetch = (url, options) =>
      String(url).includes('nuclei-s')
        ? Promise.reject(new TypeError('Failed to fetch'))
        : fetch(url, options);
  });
  await page.selectOption('#model', wanted);
  await page.waitForFunction(() => document.querySelector('#messages [role=alert]'));
  await idle(page);
  assert.match(
    (await alerts(page)).join(' | '),
    /^nuclei-s\.onnx: could not fetch .*network there/,
  );
  assert.equal(await shownModel(page), before);
  await finish();
});

test('a choice that is made while the model of the last visit loads stands', async () => {
  const { page, finish } = await openApp();
  const [first, ...others] = await page
    .locator('#model option')
    .evaluateAll((options) => options.map((each) => (each as HTMLOptionElement).value));
  assert.ok(first && others.length >= 2, 'three models are served');
  const [last, wanted] = others as [string, string];
  await page.selectOption('#model', last);
  await idle(page);
  for (const content of [kSeeWorkers, kHold(last, wanted)]) await page.addInitScript({ content });
  await page.reload();
  await page.waitForFunction(() => !document.querySelector<HTMLSelectElement>('#model')!.disabled);
  await page.selectOption('#model', wanted);
  // That of the last visit comes first, and is let go.
  await page.evaluate((part) => release(part), last);
  await page.waitForFunction(() => segmenting[0]?.ended);
  await page.evaluate((part) => release(part), wanted);
  await idle(page);
  assert.equal(await page.locator('#model').inputValue(), wanted);
  assert.equal(await shownModel(page), wanted.replace(/-[0-9a-f]{8}(?=\.onnx$)/, ''));
  await finish();
});

test("'Runs on' counts for the model that loads, which stays the choice", async () => {
  const { page, finish } = await openApp({ scripts: [kHold('/nuclei-s')] });
  const nuclei = await byTitle(page, /nuclei/i);
  await page.selectOption('#model', nuclei);
  await page.selectOption('#provider', 'wasm-threads');
  await page.evaluate('release()');
  await idle(page);
  assert.equal(await page.locator('#model').inputValue(), nuclei);
  assert.equal(await shownModel(page), 'nuclei-s.onnx');
  assert.equal(await page.locator('#provider').inputValue(), 'wasm-threads');
  assert.match((await page.textContent('#model-facts'))!, /threads/);
  await finish();
});

/** Runs this in the page when the next model begins to load. */
const whileLoading = (page: Page, act: string) =>
  page.evaluate(`{
    const state = document.querySelector('#state');
    const observer = new MutationObserver(() => {
      if (!state.textContent.startsWith('Loading')) return;
      observer.disconnect();
      ${act}
    });
    observer.observe(state, { childList: true, characterData: true, subtree: true });
  }`);
const choose = (select: string, value: string) => `{
  const chosen = document.querySelector('${select}');
  chosen.value = '${value}';
  chosen.dispatchEvent(new Event('change'));
}`;
const thresholds = { name: 'thresholds.onnx', bytes: thresholdModel() };

test("an opened model is listed, too, where 'Runs on' was changed while it loaded", async () => {
  const { page, finish } = await openApp();
  await whileLoading(page, choose('#provider', 'wasm-threads'));
  await drop(page, [thresholds]);
  await page.locator('#model-facts').filter({ hasText: 'thresholds.onnx' }).waitFor();
  await idle(page);
  assert.ok(await byTitle(page, /thresholds/));
  assert.match((await page.textContent('#model-facts'))!, /threads/);
  await finish();
});

test('an opened model is listed and kept, too, where another was chosen while it loaded', async () => {
  const { page, finish } = await openApp();
  await whileLoading(page, choose('#model', await byTitle(page, /nuclei/i)));
  await drop(page, [thresholds]);
  await page.locator('#model-facts').filter({ hasText: 'nuclei' }).waitFor();
  await page.locator('#model option', { hasText: 'thresholds' }).waitFor({ state: 'attached' });
  await page.reload();
  await idle(page);
  assert.equal(await shownModel(page), 'nuclei-s.onnx');
  await page.selectOption('#model', await byTitle(page, /thresholds/));
  await idle(page);
  assert.equal(await shownModel(page), 'thresholds.onnx');
  assert.deepEqual(await alerts(page), []);
  await finish();
});

test('a model that is opened before the list of models comes runs, and is listed once', async () => {
  const { page, finish } = await openApp({ scripts: [kHold('models/index.json')] });
  for (const visit of ['first', 'second']) {
    await whileLoading(page, 'release();');
    await drop(page, [thresholds]);
    await page.locator('#model option', { hasText: 'nuclei' }).waitFor({ state: 'attached' });
    await idle(page);
    assert.equal(await shownModel(page), 'thresholds.onnx', visit);
    assert.equal(await page.locator('#model').inputValue(), await byTitle(page, /thresholds/));
    const own = page.locator('#model option', { hasText: 'thresholds' });
    assert.equal(await own.count(), 1, visit);
    await page.reload();
    await page.locator('#state', { hasText: 'No model is loaded' }).waitFor();
  }
  assert.deepEqual(await alerts(page), []);
  await finish();
});

test('a model that was chosen no more says nothing of its load', async () => {
  const { page, finish } = await openApp({ scripts: [kSeeWorkers, kHold('/nuclei-s')] });
  await page.selectOption('#model', await byTitle(page, /nuclei/i));
  await openThresholds(page);
  await page.evaluate(() => {
    const progress = document.querySelector<HTMLElement>('#model-progress')!;
    new MutationObserver(() => progress.classList.toggle('was-seen', true)).observe(progress, {
      childList: true,
      characterData: true,
      subtree: true,
      attributeFilter: ['hidden'],
    });
  });
  const workers = Number(await page.evaluate('segmenting.length'));
  await page.evaluate('release()');
  await page.waitForFunction((at) => segmenting[at]?.ended, workers, { timeout: 60_000 });
  assert.ok(await page.locator('#model-progress').isHidden());
  assert.equal(await page.locator('#model-progress.was-seen').count(), 0);
  await finish();
});
