// Many files at once: folders, several models, what is taken away of all images, and what a visit remembers.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { unzipSync } from 'fflate';
import type { Page } from 'playwright-core';

import { bandOf, externalWeights, thresholdModel } from '../../web/test/support/threshold_model.js';
import { chromiumOnly, download } from './browsers.js';
import { scratchFolder, useApp } from './hooks.js';
import { readPng } from './page_png.js';
import {
  alerts,
  drop,
  greyPng,
  idle,
  kHoldImages,
  letAllGo,
  openApp,
  openThresholdApp,
  openThresholds,
  rings,
  ringsSamples,
  sharedThresholdApp,
} from './page_site.js';

const folder = scratchFolder('folder');
const samples = ringsSamples();
const blank = (name: string) => greyPng(name, 80, 60, Array<number>(80 * 60).fill(20));

before(() => {
  mkdirSync(join(folder, 'eyes/left'), { recursive: true });
  writeFileSync(join(folder, 'eyes/10.png'), blank('10.png').bytes);
  writeFileSync(join(folder, 'eyes/9.png'), blank('9.png').bytes);
  writeFileSync(join(folder, 'eyes/left/9.png'), rings('9.png').bytes);
  writeFileSync(join(folder, 'eyes/labels.csv'), 'image,label\n');
  mkdirSync(join(folder, 'export/other'), { recursive: true });
  writeFileSync(join(folder, 'export/split.onnx'), thresholdModel({ externalData: true }));
  writeFileSync(join(folder, 'export/weights.bin'), externalWeights());
  writeFileSync(join(folder, 'export/other/weights.bin'), 'of another model');
  writeFileSync(join(folder, 'export/notes.txt'), 'no image\n');
});
useApp();

const kOfFolder = ['eyes/9.png', 'eyes/10.png', 'eyes/left/9.png'];
const names = (page: Page) => page.locator('#thumbs button').allTextContents();

const noFolders = chromiumOnly('the driver hands over files, no folders');

test('a chosen folder: its images by their paths, nothing else of it', noFolders, async () => {
  const { page, finish } = await sharedThresholdApp();
  await page.setInputFiles('#folder', join(folder, 'eyes'));
  await idle(page);
  assert.deepEqual(await alerts(page), []);
  assert.deepEqual(await names(page), kOfFolder);
  assert.equal(await page.locator('#thumbs button[data-status=done]').count(), 3);
  await finish();
});

test('a dropped folder is the same', noFolders, async () => {
  const { page, finish } = await sharedThresholdApp();
  const browser = await page.context().newCDPSession(page);
  const data = { items: [], files: [join(folder, 'eyes')], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await browser.send('Input.dispatchDragEvent', { type, x: 300, y: 300, data });
  await page.locator('#thumbs button').nth(2).waitFor();
  await idle(page);
  assert.deepEqual(await alerts(page), []);
  assert.deepEqual(await names(page), kOfFolder);
  await finish();
});

test('a folder with a model whose weights lie in another file', noFolders, async () => {
  const { page, finish } = await openApp({ noModels: true });
  await page.setInputFiles('#folder', join(folder, 'export'));
  await page.locator('#model-facts').filter({ hasText: 'split.onnx' }).waitFor();
  await idle(page);
  assert.deepEqual(await alerts(page), []);
  await finish();
});

test('a model and its weights, opened together and there again on the next visit', async () => {
  const { page, finish } = await openApp({ noModels: true });
  const bytes = thresholdModel({ externalData: true });
  await drop(page, [
    { name: 'split.onnx', bytes },
    { name: 'weights.bin', bytes: externalWeights() },
  ]);
  for (const visit of ['first', 'next']) {
    await page.locator('#model-facts').filter({ hasText: 'split.onnx' }).waitFor();
    await idle(page);
    await drop(page, [rings('rings.png')]);
    await idle(page);
    const { bytes: png } = await download(page, '#save-mask');
    assert.deepEqual([...readPng(png).pixels], samples.map(bandOf), visit);
    assert.deepEqual(await alerts(page), []);
    if (visit === 'first') await page.reload();
  }
  await finish();
});

test('all masks in one file; images that failed have their row', async () => {
  const { page, finish } = await sharedThresholdApp();
  const damaged = { name: 'damaged.png', bytes: rings('').bytes.subarray(0, 200) };
  await drop(page, [rings('a.png'), damaged, rings('a.png'), blank('b.png')]);
  await idle(page);

  const zip = unzipSync((await download(page, '#save-masks')).bytes);
  assert.deepEqual(Object.keys(zip), ['a-mask.png', 'a-2-mask.png', 'b-mask.png']);
  for (const name of ['a-mask.png', 'a-2-mask.png'])
    assert.deepEqual([...readPng(Buffer.from(zip[name]!)).pixels], samples.map(bandOf));

  const csv = (await download(page, '#save-csv')).bytes.toString('utf8').trim().split('\r\n');
  assert.equal(csv.length, 5);
  assert.equal(csv[0]!.split(',').at(-1), 'error');
  assert.match(csv[4]!, /^damaged\.png,,.*,the PNG ends before its image does/);
  const json = JSON.parse((await download(page, '#save-json')).bytes.toString('utf8'));
  assert.deepEqual(
    json.failed.map((row: { image: string }) => row.image),
    ['damaged.png'],
  );
  await finish();
});

test('each row names the mask of its image among those of all, whatever the images are called', async () => {
  const { page, finish } = await sharedThresholdApp();
  const small = (name: string, width: number) => greyPng(name, width, 4, Array(4 * width).fill(20));
  const images = ['a.png', 'a.jpg', 'A.png', 'a-2.png', 'a.png'].map((name, i) =>
    small(name, 5 + i),
  );
  await drop(page, images);
  await idle(page);
  const csv = (await download(page, '#save-csv')).bytes.toString('utf8').trim().split('\r\n');
  const json = JSON.parse((await download(page, '#save-json')).bytes.toString('utf8'));
  const zip = unzipSync((await download(page, '#save-masks')).bytes);
  const [head, ...rows] = csv.map((line) => line.split(','));
  const files = rows.map((row) => row[head!.indexOf('mask')]!);
  assert.deepEqual(
    rows.map(([image, width]) => [image, Number(width)]),
    images.map(({ name }, i) => [name, 5 + i]),
  );
  assert.deepEqual(
    files.map((file) => readPng(Buffer.from(zip[file]!)).width),
    [5, 6, 7, 8, 9],
  );
  assert.equal(new Set(files.map((file) => file.toLowerCase())).size, 5);
  assert.deepEqual(Object.keys(zip), files);
  assert.deepEqual(
    json.images.map(({ mask }: { mask: string }) => mask),
    files,
  );
  await finish();
});

test('a model that comes while images are at work: all results are the new one', async () => {
  const { page, finish } = await openApp();
  const eyes = Array.from({ length: 12 }, (_, n) => rings(`${n}.png`));
  await drop(page, eyes);
  await page.locator('#thumbs button[data-status=done]').nth(1).waitFor();
  await openThresholds(page);
  assert.equal(await page.locator('#thumbs button[data-status=done]').count(), eyes.length);
  const zip = unzipSync((await download(page, '#save-masks')).bytes);
  assert.equal(Object.keys(zip).length, eyes.length);
  for (const [name, png] of Object.entries(zip))
    assert.deepEqual([...readPng(Buffer.from(png)).pixels], samples.map(bandOf), name);
  const json = JSON.parse((await download(page, '#save-json')).bytes.toString('utf8'));
  const models = json.images.map((row: { model: string }) => row.model);
  assert.equal(models.length, eyes.length);
  assert.equal(new Set(models).size, 1, models.join());
  await finish();
});

test('several models at once: each is in the menu, told apart', async () => {
  const { page, finish } = await openApp({ noModels: true });
  const bytes = thresholdModel();
  await drop(page, [
    { name: 'first.onnx', bytes },
    { name: 'second.onnx', bytes },
  ]);
  await page.waitForFunction(() =>
    document.querySelector('#model-facts')?.textContent?.includes('second.onnx'),
  );
  await idle(page);
  const titles = await page.locator('#model option').allTextContents();
  assert.equal(new Set(titles).size, titles.length, titles.join('; '));
  assert.ok(titles.some((title) => title.includes('first.onnx')));
  assert.ok(titles.some((title) => title.includes('second.onnx')));
  await finish();
});

test('the model that was chosen is the one of the next visit', async (t) => {
  const { page, finish } = await openApp();
  const keys = await page
    .locator('#model option')
    .evaluateAll((options) => options.map((option) => (option as HTMLOptionElement).value));
  if (keys.length < 2) {
    await finish();
    return t.skip('fewer than two released models');
  }
  await page.selectOption('#model', keys[1]!);
  await idle(page);
  await page.reload();
  await idle(page);
  assert.equal(await page.locator('#model').inputValue(), keys[1]);
  await finish();
});

test('colours, switches and the overlay of the last visit are there again', async () => {
  const { page, finish } = await openThresholdApp();
  await page.locator('#classes input[type=color]').nth(2).fill('#123456');
  await page.locator('#classes input[type=checkbox]').nth(1).uncheck();
  await page.focus('#view');
  await page.keyboard.press('o');
  await idle(page);
  await page.waitForFunction(() =>
    localStorage.getItem('limbus.layers')?.includes('"outlines":false'),
  );
  const shown = () =>
    page.locator('#classes input').evaluateAll((inputs) =>
      inputs.map((each) => {
        const { type, checked, value } = each as HTMLInputElement;
        return type === 'checkbox' ? checked : value;
      }),
    );
  const before = await shown();
  assert.ok(before.includes('#123456'));
  await page.reload();
  await idle(page);
  await openThresholds(page);
  assert.deepEqual(await shown(), before);
  await page.evaluate(() => localStorage.setItem('limbus.layers', '{"look":{"opacity":"?"}}'));
  await page.reload();
  await idle(page);
  await openThresholds(page);
  assert.ok(!(await shown()).includes('#123456'), 'what makes no sense is left alone');
  await finish();
});

test('a folder that ends in a damaged file shows its last good image', async () => {
  const { page, finish } = await sharedThresholdApp();
  const damaged = { name: 'damaged.png', bytes: rings('').bytes.subarray(0, 200) };
  await drop(page, [rings('a.png'), rings('b.png'), damaged]);
  await idle(page);
  assert.match((await page.locator('#file-name').textContent())!, /^b\.png/);
  assert.equal(await page.locator('#thumbs button[data-status=failed]').count(), 1);
  await page.locator('#thumbs button').nth(2).click();
  await idle(page);
  assert.equal(await page.locator('#file-name').textContent(), 'damaged.png');
  await finish();
});

test('the list of images is one stop for Tab; arrow keys move in it', async () => {
  const { page, finish } = await sharedThresholdApp();
  await drop(page, [blank('a.png'), blank('b.png'), rings('c.png')]);
  await idle(page);
  assert.equal(await page.locator('#thumbs button:not([tabindex="-1"])').count(), 1);
  await page.locator('#thumbs button').nth(2).focus();
  await page.keyboard.press('ArrowLeft');
  await idle(page);
  assert.match((await page.locator('#file-name').textContent())!, /^b\.png/);
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'b.png');
  await page.keyboard.press('End');
  await idle(page);
  assert.match((await page.locator('#file-name').textContent())!, /^c\.png/);
  await finish();
});

test('each step in the list counts, however long the images take', async () => {
  const { page, finish } = await openThresholdApp({ scripts: [kHoldImages] });
  await drop(page, ['a.png', 'b.png', 'c.png', 'd.png'].map(blank));
  await idle(page);
  const buttons = page.locator('#thumbs button');
  await buttons.first().click();
  await idle(page);
  await page.evaluate(() => void (globalThis.held = /png/));
  for (const _ of 'ab') await page.keyboard.press('ArrowRight');
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'c.png');
  await page.click('#next');
  assert.ok(await page.locator('#next').isDisabled());
  await page.click('#previous');
  await letAllGo(page);
  assert.match((await page.locator('#file-name').textContent())!, /^c\.png/);
  assert.equal(await page.textContent('#position'), '3 / 4');
  await finish();
});

test('on a phone held across, the page can be moved beside the canvas', async () => {
  const { page, finish } = await openApp({ width: 740, height: 360, touch: true, noModels: true });
  const box = (await page.locator('#view').boundingBox())!;
  assert.ok(box.height <= 0.75 * 360, `canvas ${box.height} of 360`);
  await finish();
});
