// The list of images: thumbnails that come without moving anything, and go with the image.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';

import { chromiumOnly, download } from './browsers.js';
import { useApp } from './hooks.js';
import {
  clearList,
  drop,
  idle,
  kHoldImages,
  kRings,
  letAllGo,
  openApp,
  openThresholdApp,
  openThresholds,
  rings,
  sharedApp,
  sharedThresholdApp,
  shippedModel,
} from './page_site.js';

/** Object URLs that were made and not given back. */
const kCountUrls = `
  globalThis.urls = new Set();
  const make = URL.createObjectURL, free = URL.revokeObjectURL;
  URL.createObjectURL = (blob) => { const url = make(blob); urls.add(url); return url; };
  URL.revokeObjectURL = (url) => { urls.delete(url); free(url); };`;

useApp();

const loaded = (page: Page) =>
  page
    .locator('#thumbs img')
    .evaluateAll((images) => images.map((image) => (image as HTMLImageElement).naturalWidth > 0));
const boxes = (page: Page) =>
  page
    .locator('#thumbs button')
    .evaluateAll((buttons) =>
      buttons.map((each) => [
        (each as HTMLElement).offsetLeft,
        each.clientWidth,
        each.clientHeight,
      ]),
    );

test('each result brings a thumbnail, tinted by its classes; clearing gives all of them back', async () => {
  const { page, finish } = await openThresholdApp({ scripts: [kCountUrls] });
  const damaged = { name: 'damaged.png', bytes: rings('').bytes.subarray(0, 200) };
  await drop(page, [rings('a.png'), damaged, rings('b.png')]);
  await page.locator('#thumbs button').nth(2).waitFor();
  const early = await boxes(page);
  await idle(page);
  await page.waitForFunction(
    () =>
      [...document.querySelectorAll('#thumbs img')].filter(
        (i) => (i as HTMLImageElement).complete && (i as HTMLImageElement).naturalWidth > 0,
      ).length === 2,
  );
  assert.deepEqual(await loaded(page), [true, false, true]);
  assert.deepEqual(await boxes(page), early, 'nothing moved');

  const colours = await page.evaluate(
    ({ cx, cy }) => {
      const image = document.querySelector<HTMLImageElement>('#thumbs img')!;
      const context = new OffscreenCanvas(image.naturalWidth, image.naturalHeight).getContext(
        '2d',
      )!;
      context.drawImage(image, 0, 0);
      return [
        [...context.getImageData(cx, cy, 1, 1).data],
        [...context.getImageData(4, 4, 1, 1).data],
      ];
    },
    { cx: kRings.cx, cy: kRings.cy },
  );
  const spread = ([r, g, b]: number[]) => Math.max(r!, g!, b!) - Math.min(r!, g!, b!);
  assert.ok(spread(colours[0]!) > 30, `pupil ${colours[0]}`);
  assert.ok(spread(colours[1]!) < 12, `background ${colours[1]}`);

  assert.equal(await page.evaluate('urls.size'), 2);
  await drop(page, [rings('c.png')]);
  await idle(page);
  await page.locator('#thumbs button').first().click(); // the same picture again makes no more of them
  await idle(page);
  assert.equal(await page.evaluate('urls.size'), 3);
  await clearList(page);
  await idle(page);
  assert.ok(Number(await page.evaluate('urls.size')) <= 1, "all but the sample's");
  await finish();
});

test('without a model, what can be seen of a long list gets thumbnails, and only that', async () => {
  const { page, finish } = await openApp({ noModels: true });
  await drop(
    page,
    Array.from({ length: 60 }, (_, n) => rings(`${n}.png`)),
  );
  await page.waitForFunction(
    () => (document.querySelectorAll('#thumbs img')[2] as HTMLImageElement).naturalWidth > 0,
  );
  assert.equal((await loaded(page))[59], false);
  await page.locator('#thumbs button').nth(59).scrollIntoViewIfNeeded();
  await page.waitForFunction(
    () => (document.querySelectorAll('#thumbs img')[59] as HTMLImageElement).naturalWidth > 0,
  );
  assert.equal((await loaded(page))[30], false);
  await finish();
});

/** Words of letters alone that lie on two lines. */
const brokenWords = (page: Page) =>
  page.evaluate(() => {
    const broken: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode())
      for (const word of node.textContent!.matchAll(/(?<![\w-])\p{L}{3,24}(?![\w-])/gu)) {
        const range = document.createRange();
        range.setStart(node, word.index);
        range.setEnd(node, word.index + word[0].length);
        const tops = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
        if (tops.size > 1) broken.push(word[0]);
      }
    return broken;
  });

test('320 px wide: no panel breaks a word or sticks out', async () => {
  const { page, finish } = await openApp({ width: 320, height: 640, touch: true });
  await page.click('#synthetic');
  await page.locator('#score:visible').waitFor();
  await idle(page);
  assert.deepEqual(await brokenWords(page), [], 'with a score');
  await drop(page, [
    { name: 'a picture that is no picture.png', bytes: new Uint8Array(9) },
    rings('rings.png'),
  ]);
  await idle(page);
  assert.deepEqual(await brokenWords(page), [], 'with a message and a list');
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 320);
  const out = await page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('main *, header *, footer *')]
      .filter((each) => !each.closest('#thumbs') && each.getBoundingClientRect().right > 321)
      .map((each) => each.outerHTML.slice(0, 80)),
  );
  assert.deepEqual(out, []);
  await finish();
});

test('no panel breaks a word beside the image, whichever model is chosen', async (t) => {
  if (!shippedModel()) return t.skip('no released model: models/*/model.onnx');
  const { page, finish } = await openApp();
  for (const label of await page.locator('#model option').allTextContents()) {
    await page.selectOption('#model', { label });
    await page.locator('#model-facts', { hasText: `${label}.onnx` }).waitFor();
    await idle(page);
    assert.deepEqual(await brokenWords(page), [], label);
  }
  await finish();
});

test('a reader of results stays where they are while images come; the list follows the shown one', async () => {
  const { page, finish } = await openThresholdApp({ width: 390, height: 700 });
  await drop(page, [rings('a.png'), rings('b.png')]); // the list is there
  await idle(page);
  await page.evaluate(() => {
    document.querySelector('#model-title')!.scrollIntoView();
    const strip = document.querySelector('#strip')!;
    const follow = () => {
      const { bottom } = strip.getBoundingClientRect();
      Object.assign(globalThis, {
        lowest: Math.max(Number(Reflect.get(globalThis, 'lowest') ?? bottom), bottom),
      });
      requestAnimationFrame(follow);
    };
    follow();
  });
  assert.ok(Number(await page.evaluate('lowest')) < 0, 'the list is out of sight');
  await drop(
    page,
    Array.from({ length: 30 }, (_, n) => rings(`${n}.png`)),
  );
  await page.locator('#thumbs button[data-status=done]').nth(31).waitFor({ state: 'attached' });
  await idle(page);
  assert.ok(Number(await page.evaluate('lowest')) < 0, 'and stays there');

  /** Pixels of the shown image's button that stick out of the list. */
  const outside = () =>
    page.evaluate(() => {
      const list = document.querySelector('#thumbs')!.getBoundingClientRect();
      const box = document.querySelector('#thumbs [aria-current=true]')!.getBoundingClientRect();
      return Math.max(0, list.left - box.left, box.right - list.right);
    });
  for (const index of [31, 0, 15]) {
    await page.evaluate((i) => {
      document.querySelectorAll<HTMLElement>('#thumbs button')[i]!.click();
    }, index);
    await page
      .locator('#position')
      .filter({ hasText: `${index + 1} / 32` })
      .waitFor();
    await idle(page);
    assert.ok((await outside()) < 1, `image ${index}`);
  }
  assert.ok(Number(await page.evaluate('lowest')) < 0, 'nor when one is picked');
  await finish();
});

const focused = (page: Page) => page.evaluate(() => document.activeElement?.id);
/** A click that takes no focus. */
const clickOnly = (page: Page, selector: string) =>
  page.evaluate((which) => document.querySelector<HTMLElement>(which)!.click(), selector);

test('a message that is closed passes the focus on, where it had it', async () => {
  const { page, finish } = await sharedApp();
  const close = '.message:not(.more) button';
  const fail = async () => {
    await drop(
      page,
      [1, 2, 3].map((n) => ({ name: `${n}.png`, bytes: new Uint8Array(9) })),
    );
    await page.locator('.message.more').waitFor();
    await idle(page);
  };
  await fail();
  await page.locator(close).first().press('Enter');
  assert.equal(await page.locator(close).count(), 1);
  assert.ok(await page.locator(close).evaluate((button) => button === document.activeElement));
  await page.locator('.more button').press('Enter');
  assert.equal(await page.locator('.message').count(), 0);
  assert.equal(await focused(page), 'open');
  await fail();
  await page.focus('#view');
  await clickOnly(page, close);
  await clickOnly(page, '.more button');
  assert.equal(await page.locator('.message').count(), 0);
  assert.equal(await focused(page), 'view');
  await finish();
});

test('a list that is cleared passes the focus on, where it had it', async () => {
  const { page, finish } = await sharedApp();
  for (const had of [false, true]) {
    await drop(page, [rings('a.png'), rings('b.png')]);
    await idle(page);
    await page.focus(had ? '#clear' : '#view');
    await clearList(page, () => clickOnly(page, '#clear'));
    await idle(page);
    assert.equal(await focused(page), had ? 'open' : 'view');
  }
  await finish();
});

const entries = (page: Page) => page.locator('#thumbs button').allTextContents();
const shownName = (page: Page) => page.locator('#file-name').textContent();

test('one image is taken out of the list by its key or the button; asked where its results are not saved', async () => {
  const { page, finish } = await openThresholdApp({ scripts: [kCountUrls] });
  const asked: string[] = [];
  let agree = false;
  page.on('dialog', (dialog) => {
    asked.push(dialog.message());
    void (agree ? dialog.accept() : dialog.dismiss());
  });
  await drop(page, ['a.png', 'b.png', 'c.png', 'd.png'].map(rings));
  await idle(page);
  await page.locator('#thumbs button').nth(1).click();
  await idle(page);
  await page.keyboard.press('Delete');
  assert.deepEqual(asked.splice(0), ['Remove b.png? What was found is not saved.']);
  assert.deepEqual(await entries(page), ['a.png', 'b.png', 'c.png', 'd.png'], 'no is no');
  agree = true;
  await page.keyboard.press('Delete');
  assert.equal(asked.splice(0).length, 1);
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'c.png');
  await idle(page);
  assert.deepEqual(await entries(page), ['a.png', 'c.png', 'd.png']);
  assert.match((await shownName(page))!, /^c\.png/);
  assert.equal(await page.textContent('#position'), '2 / 3');
  assert.equal(await page.evaluate('urls.size'), 3, 'its thumbnail is given back');

  const csv = (await download(page, '#save-csv')).bytes.toString('utf8').trim().split('\r\n');
  assert.deepEqual(
    csv.slice(1).map((row) => row.split(',')[0]),
    ['a.png', 'c.png', 'd.png'],
  );
  await page.locator('#thumbs button').nth(2).click();
  await idle(page);
  await page.getByRole('button', { name: 'Remove d.png' }).click();
  await idle(page);
  assert.match((await shownName(page))!, /^c\.png/, 'behind the last one comes the one before');
  assert.equal(await focused(page), 'remove');
  await page.click('#remove');
  await page.locator('#strip').waitFor({ state: 'hidden' });
  await idle(page);
  assert.deepEqual(asked, [], 'what is saved is not asked about');
  assert.match((await shownName(page))!, /^a\.png/);
  assert.equal(await focused(page), 'open');
  await finish();
});

test('images that are taken out while others are at work leave those their places', async () => {
  const { page, finish } = await openThresholdApp({ scripts: [kHoldImages] });
  page.on('dialog', (dialog) => void dialog.accept());
  await page.evaluate(() => void (globalThis.held = /late/));
  const names = ['a.png', 'b.png', 'late.png', 'later.png', 'last.png', 'cut.png'];
  const [cut, ...files] = names.map(rings).reverse();
  await drop(page, [...files.reverse(), { ...cut!, bytes: cut!.bytes.subarray(0, 200) }]);
  await page.locator('#thumbs button[data-status=working]', { hasText: 'late.png' }).waitFor();
  await page.locator('#thumbs button').nth(3).click(); // asked for, and not begun
  await clickOnly(page, '#remove');
  assert.deepEqual(await entries(page), ['a.png', 'b.png', 'late.png', 'last.png', 'cut.png']);
  await page.locator('#thumbs button').nth(2).click();
  await page.locator('#thumbs button').first().focus();
  await page.keyboard.press('Delete'); // stands before the one at work
  assert.deepEqual(await entries(page), ['b.png', 'late.png', 'last.png', 'cut.png']);
  await letAllGo(page);
  const current = page.locator('#thumbs [aria-current=true]');
  assert.equal(await page.locator('#thumbs button[data-status=done]').count(), 3);
  for (const [index, name] of ['b.png', 'late.png', 'last.png'].entries()) {
    await page.locator('#thumbs button').nth(index).click();
    await idle(page);
    assert.deepEqual(
      [await current.textContent(), await shownName(page)],
      [name, `${name}, 160 x 120`],
    );
  }
  assert.match((await page.locator('.message').allTextContents()).join(), /^cut\.png: [^:]*$/);
  await page.locator('#thumbs button').last().click();
  await idle(page);
  await page.click('#remove');
  await idle(page);
  assert.match((await shownName(page))!, /^last\.png/);
  assert.equal(await page.locator('.message').count(), 0, 'what was said of it goes, too');
  await finish();
});

test('a model that is forgotten passes the focus on, where its button had it', async () => {
  const { page, finish } = await openApp();
  for (const had of [false, true]) {
    await openThresholds(page);
    await page.focus(had ? '#forget-model' : '#view');
    await clickOnly(page, '#forget-model');
    await page.locator('#forget-model').waitFor({ state: 'hidden' });
    await idle(page);
    assert.equal(await focused(page), had ? 'model' : 'view');
  }
  await finish();
});

test('of a name that is too long its end is seen, which tells files of a folder apart', async () => {
  const { page, finish } = await sharedThresholdApp();
  await drop(page, [rings('a folder with a long name/eye 011.png'), rings('b.png')]);
  await idle(page);
  const sticksOut = await page.locator('#thumbs .name').evaluateAll((names) =>
    names.map((name) => {
      const text = document.createTreeWalker(name, NodeFilter.SHOW_TEXT).nextNode() as Text;
      const outside = (at: number) => {
        const range = document.createRange();
        range.setStart(text, at);
        range.setEnd(text, at + 1);
        const [letter, box] = [range.getBoundingClientRect(), name.getBoundingClientRect()];
        return letter.left < box.left - 1 || letter.right > box.right + 1;
      };
      return [outside(0), outside(text.length - 1)];
    }),
  );
  assert.deepEqual(sticksOut, [
    [true, false],
    [false, false],
  ]);
  await finish();
});

const noForced = chromiumOnly('the driver forces no colours');

test(
  'in forced colours the shown image, states and messages are told apart',
  noForced,
  async () => {
    const { page, finish } = await sharedThresholdApp();
    await page.emulateMedia({ forcedColors: 'active' });
    await drop(page, [
      rings('a.png'),
      rings('b.png'),
      { name: 'no.png', bytes: new Uint8Array(9) },
    ]);
    await idle(page);
    const [shown, other, failed] = await page.locator('#thumbs button').evaluateAll((buttons) =>
      [1, 0, 2].map((i) => {
        const { borderColor, borderWidth } = getComputedStyle(buttons[i]!);
        return {
          borderColor,
          borderWidth,
          dot: getComputedStyle(buttons[i]!, '::after').background,
        };
      }),
    );
    assert.notEqual(shown!.borderColor, other!.borderColor);
    assert.notEqual(shown!.borderWidth, other!.borderWidth);
    assert.notEqual(other!.dot, failed!.dot);
    const lines = page.locator('#messages .message');
    assert.equal(
      await lines.first().evaluate((box) => getComputedStyle(box).borderTopWidth),
      '1px',
    );
    await finish();
  },
);
