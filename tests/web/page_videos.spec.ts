// Videos: each frame an image of the list, in its place and time, read again when it is asked for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unzipSync } from 'fflate';
import type { Page } from 'playwright-core';

import { download } from './browsers.js';
import { useApp } from './hooks.js';
import {
  alerts,
  clearList,
  drop,
  idle,
  openApp,
  openThresholds,
  sharedThresholdApp,
} from './page_site.js';
import { kFilm, kStep, useMaker, type Film } from './video_maker.js';

const kShort: Film = { container: 'Mp4', codec: 'vp9', frames: 12, keyEveryS: 0.16 };

useApp();
const make = useMaker();

type Row = Record<string, string>;

async function table(page: Page): Promise<Row[]> {
  const csv = (await download(page, '#save-csv')).bytes.toString('utf8').trim().split('\r\n');
  const [columns, ...rows] = csv.map((line) => line.split(','));
  return rows.map((row) => Object.fromEntries(columns!.map((name, i) => [name, row[i]!])));
}

/** Which frame a row's picture is, by its bright field. */
const seenIn = (row: Row) => Math.round(Number(row['area_px_pupil']) / (kStep * kFilm.height)) - 1;
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

const shownFrame = async (page: Page) =>
  Number(/#(\d+)/.exec((await page.locator('#file-name').textContent())!)?.[1]);

async function dropVideo(page: Page, name: string, bytes: Uint8Array): Promise<void> {
  await drop(page, [{ name, bytes }]);
  await page.locator('#thumbs button').filter({ hasText: name }).first().waitFor();
  await idle(page);
}

const kFilms: [name: string, film: Film][] = [
  ['vp9.mp4', kShort],
  ['vp8.webm', { ...kShort, container: 'WebM', codec: 'vp8' }],
  ['av1.mkv', { ...kShort, container: 'WebM', codec: 'av1' }],
  ['vp9.mov', { ...kShort, container: 'Mov' }],
  ['jpeg.mkv', { ...kShort, container: 'WebM', codec: 'jpeg' }],
];

test('MP4, WebM, Matroska, MOV, Motion JPEG: every frame with its number, time and mask', async () => {
  const { page, finish } = await sharedThresholdApp();
  for (const [name, film] of kFilms) {
    await dropVideo(page, name, await make(film));
    assert.deepEqual(await alerts(page), []);
    const rows = await table(page);
    assert.deepEqual(rows.map(seenIn), upTo(12), name);
    assert.deepEqual(
      rows.map((row) => [row['image'], row['frame'], Number(row['time_ms'])]),
      upTo(12).map((i) => [name, String(i), 40 * i]),
    );
    const masks = unzipSync((await download(page, '#save-masks')).bytes);
    const numbers = upTo(12).map((i) => String(i).padStart(2, '0'));
    assert.deepEqual(
      Object.keys(masks),
      numbers.map((number) => `${name.split('.')[0]}-${number}-mask.png`),
    );
    await clearList(page);
  }
  await finish();
});

test('a frame is read again when it is picked, and all of them by another model', async () => {
  const { page, finish } = await openApp();
  await openThresholds(page);
  await dropVideo(page, 'eye.mp4', await make(kShort));
  for (const frame of [9, 2, 3, 11, 0]) {
    await page.locator('#thumbs button').nth(frame).click();
    await idle(page);
    const number = String(frame).padStart(2, '0');
    assert.equal(await page.locator('#file-name').textContent(), `eye.mp4 #${number}, 160 x 96`);
    const pupil = (await page.locator('#classes tr').last().locator('td').first().textContent())!;
    const area = pupil.replaceAll(',', '');
    assert.equal(seenIn({ area_px_pupil: area }), frame);
  }
  await page.selectOption('#model', { index: 0 });
  await idle(page);
  assert.deepEqual(
    (await table(page)).map((row) => [row['model'], row['frame']]),
    upTo(12).map((i) => ['eye-s', String(i)]),
  );
  assert.deepEqual(await alerts(page), []);
  await finish();
});

test('the curve of the pupil leads to its frames; an image has none', async () => {
  const { page, finish } = await sharedThresholdApp();
  await dropVideo(page, 'eye.mp4', await make(kShort));
  const curve = page.locator('#curve svg');
  assert.match((await page.locator('#curve-text').textContent())!, /: \d+\.\d to \d+\.\d px$/);
  const { width } = (await curve.boundingBox())!;
  for (const frame of [4, 11, 0]) {
    await curve.click({ position: { x: Math.max(1, (frame / 11) * width - 2), y: 20 } });
    await idle(page);
    const number = String(frame).padStart(2, '0');
    assert.match((await page.locator('#file-name').textContent())!, new RegExp(`#${number},`));
    const here = Number(await page.locator('#curve line').getAttribute('x1'));
    assert.ok(Math.abs(here - (300 * frame) / 11) < 0.01);
  }
  await page.click('#sample');
  await page.locator('#file-name', { hasText: 'sample' }).waitFor();
  await idle(page);
  assert.equal(await page.locator('#curve').isHidden(), true);
  await finish();
});

test('before there is a model, its frames are shown', async () => {
  const { page, finish } = await openApp({ noModels: true });
  await dropVideo(page, 'eye.webm', await make({ ...kShort, container: 'WebM' }));
  assert.equal(await page.locator('#file-name').textContent(), 'eye.webm #00');
  await page.locator('#thumbs button').nth(5).click();
  await idle(page);
  assert.equal(await page.locator('#file-name').textContent(), 'eye.webm #05');
  assert.equal(await page.locator('#thumbs img:not([hidden])').count(), 2);
  await openThresholds(page);
  assert.deepEqual((await table(page)).map(seenIn), upTo(12));
  assert.deepEqual(await alerts(page), []);
  await finish();
});

test('a video that was held sideways is upright', async () => {
  const { page, finish } = await sharedThresholdApp();
  await dropVideo(page, 'turned.mp4', await make({ ...kShort, frames: 3, rotation: 90 }));
  const rows = await table(page);
  assert.deepEqual(
    rows.map((row) => [row['width'], row['height'], seenIn(row)]),
    upTo(3).map((i) => [String(kFilm.height), String(kFilm.width), i]),
  );
  await finish();
});

test('what is damaged or no video is told in one line; the rest is taken', async () => {
  const { page, finish } = await sharedThresholdApp();
  const whole = await make(kShort);
  const damaged = Buffer.from(whole);
  const data = damaged.indexOf('mdat');
  damaged.fill(
    0xff,
    data + Math.floor((whole.length - data) / 3),
    data + Math.floor((whole.length - data) / 2),
  );
  const refused: [string, Uint8Array, RegExp][] = [
    ['text.mp4', Buffer.from('no video'), /no MP4, MOV, WebM or Matroska file/],
    ['old.avi', Buffer.from('RIFF\0\0\0\0AVI LIST'), /no MP4, MOV, WebM or Matroska file/],
    ['empty.webm', Buffer.alloc(0), /no MP4, MOV, WebM or Matroska file/],
    [
      'cut.mp4',
      whole.subarray(0, 300),
      /(damaged|no video|no frame).*; the file breaks off, [\d,]+ bytes are missing at its end$/,
    ],
    ['hidden.webm', await make({ ...kShort, container: 'WebM', codec: 'hidden' }), /not shown/],
  ];
  for (const [name, bytes, words] of refused) {
    await drop(page, [{ name, bytes }]);
    await page.locator('#messages [role=alert]').filter({ hasText: name }).waitFor();
    const said = (await alerts(page)).find((text) => text.startsWith(`${name}: `));
    assert.match(said!, words);
    await idle(page);
  }
  const long = await make({ ...kShort, container: 'WebM', frames: 80, keyEveryS: 0.4 });
  const half = Math.floor(long.length / 2);
  await dropVideo(page, 'cut.webm', long.subarray(0, half));
  const missing = (long.length - half).toLocaleString('en');
  assert.deepEqual(await alerts(page), [
    `cut.webm: the file breaks off, ${missing} bytes are missing at its end; the frames that are there are taken.`,
  ]);
  const taken = (await table(page)).map(seenIn);
  const widest = kFilm.width / kStep - 1;
  assert.deepEqual(
    taken,
    upTo(taken.length).map((frame) => Math.min(frame, widest)),
  );
  assert.ok(taken.length > 9 && taken.length < 80, `${taken.length} frames`);
  await clearList(page);
  await dropVideo(page, 'damaged.mp4', damaged);
  assert.ok((await alerts(page)).every((text) => !text.includes('breaks off')));
  const rows = await table(page);
  const errors = rows.slice(8).map((row) => [row['frame'], row['error']]);
  assert.deepEqual(rows.slice(0, 8).map(seenIn), [0, 1, 2, 3, 8, 9, 10, 11]);
  assert.deepEqual(
    errors.map(([frame]) => frame),
    ['4', '5', '6', '7'],
  );
  for (const [, error] of errors) assert.match(error!, /^this frame cannot be decoded: /);
  await finish();
});

test('frames are taken out one by one; the others can be read until the last has gone', async () => {
  const { page, finish } = await sharedThresholdApp();
  await dropVideo(page, 'eye.mp4', await make({ ...kShort, frames: 3 }));
  await page.locator('#thumbs button').first().click();
  await idle(page);
  await clearList(page, () => page.click('#remove'));
  await idle(page);
  assert.equal(await shownFrame(page), 1);
  assert.deepEqual((await table(page)).map(seenIn), [1, 2]);
  await clearList(page, () => page.click('#remove'));
  await page.locator('#strip').waitFor({ state: 'hidden' });
  await idle(page);
  assert.equal(await shownFrame(page), 2);
  assert.deepEqual(await alerts(page), []);
  await finish();
});

for (const noModels of [false, true])
  test(`cleared while it is read${noModels ? ', without a model' : ''}: nothing is said or stays`, async () => {
    const { page, finish } = await (noModels ? openApp({ noModels }) : sharedThresholdApp());
    const bytes = await make({ ...kShort, frames: 19 });
    for (const state of noModels ? ['waiting'] : ['waiting', 'done']) {
      await drop(page, [{ name: 'eye.mp4', bytes }]);
      await page.locator(`#thumbs button[data-status=${state}]`).nth(2).waitFor();
      await clearList(page);
      await idle(page);
      assert.deepEqual(await alerts(page), []);
      assert.equal(await page.locator('#strip').isHidden(), true);
    }
    await finish();
  });
