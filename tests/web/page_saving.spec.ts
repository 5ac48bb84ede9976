// What a list of images found is saved, and not lost unasked.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { unzipSync } from 'fflate';

import { chromiumOnly, download } from './browsers.js';
import { useApp } from './hooks.js';
import {
  drop,
  greyPng,
  idle,
  kHoldImages,
  letAllGo,
  openThresholdApp,
  rings,
  sharedThresholdApp,
} from './page_site.js';

useApp();

test('leaving asks only while results of own images are not saved', async () => {
  const { page, finish } = await openThresholdApp();
  const asked: string[] = [];
  page.on('dialog', (dialog) => {
    asked.push(dialog.type());
    void dialog.accept();
  });
  const reload = async () => {
    await page.click('#eye-title'); // browsers ask only those who have touched the page
    await page.reload();
    await idle(page);
    return asked.splice(0);
  };
  const openOwn = async () => {
    await drop(page, [rings('one.png'), rings('two.png')]);
    await idle(page);
  };
  await page.click('#synthetic');
  await idle(page);
  assert.deepEqual(await reload(), [], 'the sample and what is rendered come again');
  await openOwn();
  assert.deepEqual(await reload(), ['beforeunload']);
  await openOwn();
  await download(page, '#save-mask');
  assert.deepEqual(await reload(), ['beforeunload'], 'one of two is saved');
  await openOwn();
  await download(page, '#save-csv');
  assert.deepEqual(await reload(), []);
  await drop(page, [{ name: 'cut.png', bytes: rings('cut.png').bytes.subarray(0, 120) }]);
  await idle(page);
  assert.deepEqual(await reload(), [], 'of what failed there is nothing to lose');
  await finish();
});

test('clearing asks only while results of own images are not saved', async () => {
  const { page, finish } = await openThresholdApp();
  const asked: string[] = [];
  page.on('dialog', (dialog) => {
    asked.push(dialog.message());
    void (asked.length > 1 ? dialog.accept() : dialog.dismiss());
  });
  await drop(page, [rings('one.png'), rings('two.png')]);
  await idle(page);
  await page.click('#clear');
  assert.match(asked[0]!, /not saved/);
  assert.equal(await page.textContent('#position'), '2 / 2', 'no is no');
  await page.click('#clear');
  assert.equal(asked.length, 2);
  await page.locator('#strip').waitFor({ state: 'hidden' });
  await drop(page, [rings('one.png'), rings('two.png')]);
  await idle(page);
  await download(page, '#save-csv');
  await page.click('#clear');
  await page.locator('#strip').waitFor({ state: 'hidden' });
  assert.equal(asked.length, 2, 'what is saved is not asked about');
  await finish();
});

const noEvent = chromiumOnly('the driver hears of no download');

test(
  'a ZIP that is asked for while masks are packed holds the mask of each image that is done',
  noEvent,
  async () => {
    const { page, finish } = await sharedThresholdApp();
    // Once the second is measured: its mask is on its way.
    await page.evaluate(() => {
      const timer = setInterval(() => {
        const buttons = document.querySelectorAll<HTMLElement>('#thumbs button');
        const save = document.querySelector<HTMLButtonElement>('#save-masks')!;
        if (buttons[1]?.dataset['status'] !== 'done' || save.disabled) return;
        clearInterval(timer);
        save.click();
      }, 1);
    });
    const big = greyPng(
      'big.png',
      4000,
      3000,
      Array.from({ length: 4000 * 3000 }, (_, i) => (i * 7) % 256),
    );
    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      drop(page, [rings('small.png'), big]),
    ]);
    const entries = Object.keys(unzipSync(readFileSync((await saved.path())!))).sort();
    await idle(page);
    const unsaved = await page.evaluate(
      () => !dispatchEvent(new Event('beforeunload', { cancelable: true })),
    );
    assert.equal(unsaved, entries.length < 2, `${entries} are saved, leaving asks: ${unsaved}`);
    assert.deepEqual(entries, ['big-mask.png', 'small-mask.png']);
    await finish();
  },
);

test('the masks of an image can be saved while others of its folder are at work', async () => {
  const { page, finish } = await openThresholdApp({ scripts: [kHoldImages] });
  await page.evaluate(() => void (globalThis.held = /later/));
  await drop(page, [rings('first.png'), rings('later.png')]);
  await page.locator('#state', { hasText: /^Segmenting 2 of 2/ }).waitFor();
  await page.locator('#save-mask:enabled').waitFor();
  for (const id of ['#save-mask', '#save-colours', '#save-masks'])
    assert.ok(await page.locator(id).isEnabled(), id);
  assert.equal((await download(page, '#save-mask')).name, 'first-mask.png');
  await letAllGo(page);
  await finish();
});

test('what is saved while images are at work says how many it leaves out', async () => {
  const { page, finish } = await openThresholdApp({ scripts: [kHoldImages] });
  await page.evaluate(() => void (globalThis.held = /later/));
  await drop(page, [rings('first.png'), rings('later.png'), rings('later too.png')]);
  await page.locator('#save-masks:enabled').waitFor();
  for (const [id, file] of [
    ['#save-csv', 'limbus-measurements.csv'],
    ['#save-json', 'limbus-measurements.json'],
    ['#save-masks', 'limbus-masks.zip'],
  ] as const) {
    await download(page, id);
    await page.locator('.message.warn', { hasText: `${file} leaves out 2 of 3 images` }).waitFor();
  }
  await letAllGo(page);
  await page.click('.message.more button');
  await download(page, '#save-csv');
  await idle(page);
  assert.equal(await page.locator('.message').count(), 0, 'nothing is left out');
  await finish();
});
