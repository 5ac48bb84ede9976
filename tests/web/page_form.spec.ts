// The form of a foreign model: what is typed is tried at once, shown, and complained of at its field.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';

import { kManyOutputs } from '../../web/test/support/foreign_many_outputs.js';
import { foreignModel } from '../../web/test/support/foreign_model.js';
import { writePng } from '../../web/test/support/png_writer.js';
import { kThresholds } from '../../web/test/support/threshold_model.js';
import { download } from './browsers.js';
import { useApp } from './hooks.js';
import {
  kSize,
  samples,
  ramp,
  openForm,
  fill,
  valueOf,
  saidOf,
  wrongOf,
  previewed,
  useModel,
  maskOf,
  bands,
  kOpenSize,
} from './page_form.js';
import { drop, greyPng, idle, openApp, sharedThresholdApp } from './page_site.js';

useApp();

test('the threshold of one channel: shown, moved by its slider, followed', async () => {
  const { page, finish } = await sharedThresholdApp();
  await drop(page, [ramp]);
  await idle(page);
  await openForm(page, 'planes');
  assert.ok(!(await page.locator('[name=threshold]').isVisible()));
  await page.keyboard.press('Escape');
  await page.locator('#manifest').waitFor({ state: 'hidden' });

  await openForm(page, 'sigmoid');
  assert.ok(await page.locator('[name=threshold]').isVisible());
  assert.match(
    (await page.locator('#preview-state').textContent())!,
    /width and height open: type the size/,
  );
  await fill(page, kOpenSize);
  const half = await previewed(page);
  await page.locator('#threshold-slider').fill('0.9');
  assert.equal(await valueOf(page, 'threshold'), '0.9');
  assert.notDeepEqual(await previewed(page), half);
  await useModel(page, 'sigmoid');
  // sigmoid(8 (v - 127.5) / 255) > 0.9: at v - 127.5 > ln(9) 255 / 8.
  const edge = 127.5 + (Math.log(9) * 255) / 8;
  assert.deepEqual(
    await maskOf(page),
    samples.map((grey) => Number(grey > edge)),
  );
  await finish();
});

test('the preview follows the values; errors stand at their field, and nothing typed is lost', async () => {
  const { page, finish } = await sharedThresholdApp();
  await drop(page, [ramp]);
  await idle(page);
  await openForm(page, 'colour');
  await fill(page, kOpenSize);
  const right = await previewed(page);
  for (const mean of ['0.9', '0.5', '0']) await fill(page, { mean }); // only the last counts
  assert.deepEqual(await previewed(page), right);

  await fill(page, { values: 'imagenet' });
  assert.equal(await valueOf(page, 'mean'), '0.485, 0.456, 0.406');
  assert.match(await saidOf(page, 'values'), /Black becomes −2\.12/);
  await fill(page, { values: 'caffe' });
  assert.equal(await valueOf(page, 'colour'), 'bgr');
  await fill(page, { mean: '0.2', std: '1' });
  assert.equal(await valueOf(page, 'values'), 'own');
  const wrong = await previewed(page);
  assert.notDeepEqual(wrong, right);

  await fill(page, { mean: 'zero' });
  await page.locator('#mean-wrong').filter({ hasText: /zero/ }).waitFor();
  assert.match(await wrongOf(page, 'mean'), /^expected/);
  assert.equal(await page.locator('[name=mean]').getAttribute('aria-invalid'), 'true');
  await fill(page, { classes: 'one\ntwo' });
  await page.click('#manifest-use');
  await page.locator('#mean-wrong').filter({ hasText: /zero/ }).waitFor();
  assert.ok(await page.locator('#manifest').isVisible());
  await fill(page, { mean: '0' });
  await page
    .locator('#classes-wrong')
    .filter({ hasText: /4 channels/ })
    .waitFor();
  assert.equal(await valueOf(page, 'classes'), 'one\ntwo');
  assert.equal(await wrongOf(page, 'mean'), '');
  await fill(page, { classes: 'a\nb\nc\nd' });
  assert.deepEqual((await previewed(page)).length, right.length);
  await useModel(page, 'colour');
  assert.deepEqual(await maskOf(page), bands(kThresholds));
  await finish();
});

/** The picture of the network's input; RGB of its pixels. */
async function inputPicture(page: Page): Promise<number[][]> {
  await previewed(page);
  return page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>('#network-input-picture')!;
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
    return Array.from({ length: data.length / 4 }, (_, i) => [...data.slice(4 * i, 4 * i + 3)]);
  });
}

test("the network's input is shown as it is: size, means of channels, their order", async () => {
  const { page, finish } = await sharedThresholdApp();
  const red = samples.flatMap((grey) => [grey, 0, 0]);
  const bytes = writePng({ ...kSize, bitDepth: 8, colourType: 2, samples: red });
  await drop(page, [{ name: 'red.png', bytes }]);
  await idle(page);
  await openForm(page, 'colour');
  await fill(page, { width: '32', height: '32', resize: 'stretch' });
  const [first] = [await inputPicture(page)];
  assert.equal(first.length, 32 * 32);
  assert.ok(first.every(([r, g, b]) => r! >= g! && g === b));
  assert.match(
    (await page.locator('#network-input-text').textContent())!,
    /32 x 32: values from 0/,
  );
  await fill(page, { colour: 'bgr' });
  const swapped = await inputPicture(page);
  assert.deepEqual(
    swapped.map(([r, g, b]) => [b, g, r]),
    first,
  );
  await fill(page, { colour: 'rgb', mean: '0, 1, 0' }); // far too much of green is taken away
  const cast = await inputPicture(page);
  assert.ok(cast.every(([, g, b]) => g === 0 && b! > 100));
  await fill(page, { width: '' });
  await page
    .locator('#preview-state')
    .filter({ hasText: /type the size/ })
    .waitFor();
  assert.ok(await page.locator('#network-input-picture.old').isVisible());
  await page.click('#manifest-cancel');
  await finish();
});

test('which parts of a class count is asked, shown at once, and followed', async () => {
  const { page, finish } = await sharedThresholdApp();
  // Two squares of 36 and 16 pixels and a lone pixel, all of the brightest class.
  const squares = samples.map((_, i) => {
    const [x, y] = [i % kSize.width, Math.floor(i / kSize.width)];
    const inside = (left: number, side: number) =>
      x >= left && x < left + side && y >= 10 && y < 10 + side;
    return inside(8, 6) || inside(30, 4) || inside(50, 1) ? 255 : 0;
  });
  await drop(page, [greyPng('squares.png', kSize.width, kSize.height, squares)]);
  await idle(page);
  await openForm(page, 'planes');
  await fill(page, { ...kOpenSize, classes: 'a\nb\nc\nd' });
  const parts = async () => {
    await previewed(page);
    const said = await page.locator('#preview-classes li').allTextContents();
    return said.find((text) => text.startsWith('d'))!.replace(/.*, /, '');
  };
  const rows = [
    ['all', '1', '3 parts'],
    ['all', '16', '2 parts'],
    ['largest', '1', '1 part'],
  ];
  for (const [rule, minAreaPx, expected] of rows) {
    await fill(page, { rule: rule!, minAreaPx: minAreaPx! });
    assert.equal(await parts(), expected);
  }
  await fill(page, { rule: 'all', minAreaPx: '16' });
  await useModel(page, 'planes');
  const json = JSON.parse((await download(page, '#save-json')).bytes.toString('utf8'));
  const found = json.images[0].regions.filter(
    (region: { className: string }) => region.className === 'd',
  );
  assert.deepEqual(
    found.map(({ areaPx }: { areaPx: number }) => areaPx),
    [36, 16],
  );
  await finish();
});

test('another output brings its own meaning, classes and names', async () => {
  const { page, finish } = await sharedThresholdApp();
  await drop(page, [ramp]);
  await idle(page);
  await drop(page, [{ name: 'many.onnx', bytes: foreignModel(kManyOutputs) }]);
  await page.locator('#manifest').waitFor();
  await fill(page, kOpenSize);
  assert.equal(await valueOf(page, 'kind'), 'logits');
  await fill(page, { output: 'edge' });
  assert.equal(await valueOf(page, 'kind'), 'probabilities');
  assert.equal(await valueOf(page, 'classes'), 'background\nclass 1');
  await previewed(page);
  await fill(page, { output: 'mask' });
  assert.equal(await valueOf(page, 'kind'), 'argmax');
  assert.equal(await valueOf(page, 'classes'), 'wall\nfloor\nroof\ndoor');
  await useModel(page, 'many');
  assert.deepEqual(await maskOf(page), bands(kThresholds));
  await finish();
});

test('320 px wide: nothing is cut off, the buttons stay in sight, each field has its words', async () => {
  const { page, finish } = await openApp({ width: 320, height: 640, noModels: true });
  await openForm(page, 'two_outputs');
  await page.locator('#manifest summary').click();
  await fill(page, { ...kOpenSize, mean: 'zero' });
  await page.locator('#mean-wrong').filter({ hasText: /zero/ }).waitFor();
  const faults = await page.evaluate(() => {
    const dialog = document.querySelector('#manifest')!;
    const right = dialog.getBoundingClientRect().right;
    const found: string[] = [];
    for (const element of dialog.querySelectorAll<HTMLInputElement>('input, select, textarea')) {
      if (element.getClientRects().length === 0) continue; // not asked of this file
      if (element.getBoundingClientRect().right > right) found.push(`${element.id} is cut off`);
      if (!element.labels?.length && !element.ariaLabel) found.push(`${element.id}: no label`);
      for (const id of (element.getAttribute('aria-describedby') ?? '').split(' '))
        if (id !== '' && !document.getElementById(id)) found.push(`${id} is not there`);
    }
    if (dialog.scrollWidth > dialog.clientWidth) found.push('the dialog scrolls sideways');
    const { bottom } = document.querySelector('#manifest-use')!.getBoundingClientRect();
    if (bottom > innerHeight) found.push('the button is out of sight');
    return found;
  });
  assert.deepEqual(faults, []);
  // What has the focus lies neither under the preview nor under the buttons.
  let fields = 0;
  for (let step = 0; step < 40; ++step) {
    await page.keyboard.press('Tab');
    const hidden = await page.evaluate(() => {
      const focused = document.activeElement!;
      if (!focused.closest('.answers')) return null;
      const { left, top, width, height } = focused.getBoundingClientRect();
      const seen = document.elementFromPoint(left + width / 2, top + Math.min(8, height / 2));
      const whole = seen !== null && (focused.contains(seen) || seen.contains(focused));
      return whole ? '' : focused.id || focused.outerHTML;
    });
    if (hidden !== null) fields += 1;
    assert.ok(!hidden, `${hidden} is covered`);
  }
  assert.ok(fields > 15, `${fields} fields had the focus`);
  await finish();
});

test('the preview shows the whole picture, tall or wide, in a window of any size', async () => {
  const { page, finish } = await sharedThresholdApp();
  const usual = page.viewportSize()!;
  await drop(page, [
    greyPng(
      'tall.png',
      48,
      128,
      samples.slice(0, 48 * 64).flatMap((v) => [v, v]),
    ),
  ]);
  await idle(page);
  for (const window of [usual, { width: 640, height: 430 }]) {
    await page.setViewportSize(window);
    await openForm(page, 'fixed_size');
    await previewed(page);
    const inside = await page.evaluate(() => {
      const canvas = document.querySelector('#preview')!;
      const [box, frame] = [canvas, canvas.parentElement!].map((e) => e.getBoundingClientRect());
      return box!.top >= frame!.top - 0.5 && box!.bottom <= frame!.bottom + 0.5;
    });
    assert.ok(inside, JSON.stringify(window));
    await page.click('#manifest-cancel');
    await page.locator('#manifest').waitFor({ state: 'hidden' });
  }
  await page.setViewportSize(usual);
  await finish();
});
