// What the page says about an image, and what can be taken away; exact, with a model whose answer is known.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { iousOf } from '../../web/app/shown.js';
import type { ClassScores } from '../../web/src/types.js';
import { writePng } from '../../web/test/support/png_writer.js';
import { bandOf } from '../../web/test/support/threshold_model.js';
import { download } from './browsers.js';
import { useApp } from './hooks.js';
import { readPng } from './page_png.js';
import {
  alerts,
  canvasReader,
  drop,
  greyPng,
  idle,
  kHoldImages,
  kRings,
  letAllGo,
  openApp,
  openThresholds,
  ringsSamples,
  sharedThresholdApp,
} from './page_site.js';

useApp();

const samples = ringsSamples();
const truth = samples.map(bandOf);
const areas = [0, 1, 2, 3].map((k) => truth.filter((value) => value === k).length);

test('areas, diameters and downloads are those of the image', async () => {
  const { page, finish } = await sharedThresholdApp();
  await drop(page, [greyPng('=rings, "1".png', kRings.width, kRings.height, samples)]);
  await idle(page);
  assert.deepEqual(await alerts(page), []);
  assert.ok(!(await page.locator('#score').isVisible()), 'a photograph has no true mask');
  const cells = await page.locator('#classes tbody td:not(.iou)').allTextContents();
  const total = kRings.width * kRings.height;
  assert.deepEqual(
    cells,
    areas.flatMap((area) => [area.toLocaleString('en'), ((100 * area) / total).toFixed(2)]),
  );
  const diameters = (await page.locator('#figures .big').allTextContents()).map(Number.parseFloat);
  assert.ok(Math.abs(diameters[0]! - 2 * kRings.radii[0]!) < 1.5, `pupil ${diameters[0]}`);
  assert.ok(Math.abs(diameters[1]! - 2 * kRings.radii[1]!) < 1.5, `iris ${diameters[1]}`);
  assert.match((await page.locator('#time').textContent())!, /Network.*ms.*WebAssembly/);

  const mask = readPng((await download(page, '#save-mask')).bytes);
  assert.deepEqual([mask.width, mask.height, mask.channels, mask.palette], [160, 120, 1, null]);
  assert.deepEqual([...mask.pixels], truth);
  const coloured = readPng((await download(page, '#save-colours')).bytes);
  assert.deepEqual([...coloured.pixels], truth);
  assert.deepEqual(coloured.palette?.[2], [0x00, 0x9e, 0x73]);

  const json = JSON.parse((await download(page, '#save-json')).bytes.toString('utf8'));
  assert.equal(json.formatVersion, 1);
  assert.deepEqual(
    json.images[0].classes.map((row: { areaPx: number }) => row.areaPx),
    areas,
  );
  assert.ok(Math.abs(json.images[0].eye.pupil.centreX - kRings.cx) < 0.5);
  const csv = (await download(page, '#save-csv')).bytes.toString('utf8');
  const [head, row, ...rest] = csv.trim().split('\r\n');
  assert.deepEqual(rest, []);
  assert.ok(row!.startsWith(`"'=rings, ""1"".png",160,120,${areas[0]},`), row);
  assert.equal(head!.split(',')[3], 'area_px_background');
  await finish();
});

test('12-bit values in a PNG of 16 bits are told of, as long as their image is shown', async () => {
  const { page, finish } = await sharedThresholdApp();
  const { width, height } = kRings;
  const wide = (name: string, times: number) => {
    const values = samples.map((value) => times * value);
    return {
      name,
      bytes: writePng({ width, height, bitDepth: 16, colourType: 0, samples: values }),
    };
  };
  const faint = page.locator('#faint');
  await drop(page, [wide('12.png', 16)]);
  await idle(page);
  assert.equal(
    await faint.textContent(),
    'Of its 16-bit values the high byte is seen, which reaches only 14 of 255; spread them over all 16 bits.',
  );
  for (const another of [wide('16.png', 257), greyPng('8.png', 8, 8, Array(64).fill(9))]) {
    await drop(page, [another]);
    await idle(page);
    assert.ok(await faint.isHidden(), another.name);
    await page.locator('#thumbs button').first().click();
    await idle(page);
    assert.ok(await faint.isVisible());
  }
  await finish();
});

test('an image without an eye: no eye found, empty cells, no zeros', async () => {
  const { page, finish } = await sharedThresholdApp();
  await drop(page, [greyPng('blank.png', 80, 60, Array<number>(80 * 60).fill(20))]);
  await idle(page);
  assert.ok(await page.locator('#no-eye').isVisible());
  assert.ok(!(await page.locator('#figures').isVisible()));
  const csv = (await download(page, '#save-csv')).bytes.toString('utf8').trim().split('\r\n');
  const column = csv[0]!.split(',').indexOf('pupil_diameter_px');
  assert.equal(csv[1]!.split(',')[column], '');
  await finish();
});

test('several images become a list; each can be gone back to', async () => {
  const { page, finish } = await sharedThresholdApp();
  const blank = greyPng('blank.png', 80, 60, Array<number>(80 * 60).fill(20));
  await drop(page, [greyPng('rings.png', kRings.width, kRings.height, samples), blank, blank]);
  await idle(page);
  assert.equal(await page.locator('#thumbs button[data-status=done]').count(), 3);
  assert.equal(await page.locator('#position').textContent(), '3 / 3');
  await page.locator('#thumbs button').first().click();
  await idle(page);
  assert.match((await page.locator('#file-name').textContent())!, /^rings\.png/);
  assert.ok(await page.locator('#figures').isVisible());
  const spoken = page.locator('[role=status]', { has: page.locator('#figures') });
  assert.match((await spoken.textContent())!, /^\s*rings\.png.*Pupil diameter/s);
  await page.click('#next');
  await idle(page);
  assert.ok(await page.locator('#no-eye').isVisible());
  const csv = (await download(page, '#save-csv')).bytes.toString('utf8').trim().split('\r\n');
  assert.equal(csv.length, 4);
  await finish();
});

test('a class that neither mask has gets no score', () => {
  const counts = { classes: 4, counts: [1, 1, 0, 0, 1, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0] };
  const classes = [1 / 3, 2 / 5, 0, 0].map((iou) => ({ iou }) as ClassScores);
  const scores = { classes, mIoU: 0, mDice: 0, pixelAccuracy: 0, classAccuracy: 0 };
  assert.deepEqual(iousOf(counts, scores), [1 / 3, 2 / 5, 0, null]);
});

test('a new synthetic eye comes with its true mask, which scores the network', async () => {
  const { page, finish } = await sharedThresholdApp();
  const nextEye = async (before: string): Promise<string> => {
    await page.click('#synthetic');
    await page.waitForFunction((old) => {
      const name = document.querySelector('#file-name')?.textContent ?? '';
      return name.startsWith('synthetic eye ') && name.includes(',') && name !== old;
    }, before);
    await idle(page);
    return (await page.locator('#file-name').textContent())!;
  };
  const first = await nextEye('');
  assert.match((await page.locator('#score').textContent())!, /mIoU \d+\.\d %/);
  assert.equal(await page.locator('#classes td.iou:visible').count(), 4);
  const before = await page.locator('#view').screenshot();
  await page.check('#truth');
  await idle(page);
  assert.notDeepEqual(await page.locator('#view').screenshot(), before);
  assert.notEqual(await nextEye(first), first);
  await finish();
});

test("under another model's classes stands nothing that the one before found", async () => {
  const { page, finish } = await openApp({ scripts: [kHoldImages] });
  await openThresholds(page);
  await drop(page, [greyPng('rings.png', kRings.width, kRings.height, samples)]);
  await idle(page);
  await page.evaluate(() => void (globalThis.held = /rings/));
  await page.selectOption('#model', { label: 'nuclei-s' });
  await page.locator('#state', { hasText: 'Segmenting' }).waitFor();
  assert.match((await page.textContent('#classes tbody'))!, /nucleus/);
  const cells = await page.locator('#classes tbody td.number:not(.iou)').allTextContents();
  assert.deepEqual([...new Set(cells)], ['–']);
  assert.ok(await page.locator('#figures').isHidden());
  assert.equal(await page.textContent('#time'), '');
  assert.equal(await page.textContent('#file-name'), 'rings.png');
  await page.waitForFunction(() => letGo.length > 0);
  const [r, g, b] = (await canvasReader(page, 1))(kRings.cx - 10, kRings.cy - 8) as number[];
  assert.ok(Math.max(r!, g!, b!) - Math.min(r!, g!, b!) <= 2, `${[r, g, b]} has no tint`);
  await letAllGo(page);
  assert.ok(!(await page.locator('#classes tbody td').allTextContents()).slice(0, 2).includes('–'));
  await finish();
});
