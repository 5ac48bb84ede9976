// The released model in the page: the same mask as the command line, near the truth, on one render.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';

import { kProviderNames } from '../../web/app/provider_names.js';
import type { Provider } from '../../web/src/types.js';
import { download } from './browsers.js';
import { scratchFolder, useApp } from './hooks.js';
import { compareWithPredict, kLimbus } from './page_render.js';
import { alerts, drop, greyPng, idle, openApp, sharedApp, shippedModel } from './page_site.js';

const folder = scratchFolder('shipped');
useApp();

/** Why a test cannot run; null when it can. */
function missing(): string | null {
  if (!shippedModel()) return 'no released model: models/*/model.onnx';
  return existsSync(kLimbus) ? null : `no command line: ${kLimbus}`;
}

test('a render: the mask of the page is the mask of `limbus predict`, and near the truth', async (t) => {
  const why = missing();
  if (why) return t.skip(why);
  const { page, finish } = await sharedApp();
  await compareWithPredict(page, folder, '400x640');
  await finish();
});

test('the sample: pupil where it is', async (t) => {
  if (!shippedModel()) return t.skip('no released model: models/*/model.onnx');
  const { page, finish } = await sharedApp();
  assert.deepEqual(await alerts(page), []);
  const json = JSON.parse((await download(page, '#save-json')).bytes.toString('utf8'));
  const { pupil } = json.images[0].eye;
  const away = Math.hypot(pupil.centreX - 329, pupil.centreY - 234);
  assert.ok(away < 8, `centre ${pupil.centreX}, ${pupil.centreY}`);
  assert.ok(Math.abs(pupil.majorPx - 128) <= 14, `major axis ${pupil.majorPx}`);
  await finish();
});

test('a model of other things brings its own sample, and counts it', async (t) => {
  if (!shippedModel()) return t.skip('no released model: models/*/model.onnx');
  const { page, finish } = await openApp();
  await page.selectOption('#model', { label: 'nuclei-s' });
  await page.locator('#file-name', { hasText: 'nuclei.png' }).waitFor();
  await idle(page);
  const count = Number(await page.locator('#figures .big').first().textContent());
  assert.ok(Math.abs(count - 126) <= 12, `${count} nuclei`);
  const csv = (await download(page, '#save-csv')).bytes.toString('utf8').split('\r\n');
  const column = csv[0]!.split(',').indexOf('count_nucleus');
  assert.equal(Number(csv[1]!.split(',')[column]), count);
  assert.ok(!csv[0]!.includes('count_background'));

  // It cannot be wrong about a rendered eye's parts: no score, no true mask.
  await page.click('#synthetic');
  await page.locator('#file-name', { hasText: /synthetic/ }).waitFor();
  await idle(page);
  assert.ok(await page.locator('#score').isHidden());
  assert.ok(await page.locator('#truth-label').isHidden());

  // An image of one's own stays when the model changes.
  await drop(page, [greyPng('own.png', 64, 64, Array<number>(64 * 64).fill(128))]);
  await idle(page);
  await page.selectOption('#model', { label: 'eye-s' });
  await idle(page);
  assert.match((await page.textContent('#file-name'))!, /^own\.png/);
  await finish();
});

test('a blank image: no eye found', async (t) => {
  if (!shippedModel()) return t.skip('no released model: models/*/model.onnx');
  const { page, finish } = await sharedApp();
  await drop(page, [greyPng('blank.png', 400, 640, Array<number>(400 * 640).fill(128))]);
  await idle(page);
  assert.ok(await page.locator('#no-eye').isVisible());
  await finish();
});

test('what the fastest provider was is kept by model and shown again', async (t) => {
  if (!shippedModel()) return t.skip('no released model: models/*/model.onnx');
  const { page, finish } = await openApp();
  await page.selectOption('#provider', 'auto');
  await idle(page);
  const facts = async () => (await page.locator('#model-facts').textContent())!;
  assert.match(await facts(), /One run, WebAssembly/);
  const found = await page.evaluate(() => {
    const key = Object.keys(localStorage).find((name) => name.startsWith('limbus.fastest.'))!;
    const before = JSON.parse(localStorage.getItem(key)!) as { provider: string };
    // As of another day: it is what the next visit runs on, and nothing is measured again.
    const other = before.provider === 'wasm' ? 'wasm-threads' : 'wasm';
    localStorage.setItem(
      key,
      JSON.stringify({ provider: other, measuredMs: { wasm: 123.4, 'wasm-threads': 567.8 } }),
    );
    return { key, before, other };
  });
  assert.ok(found.before.provider in kProviderNames, found.before.provider);
  await page.reload();
  await idle(page);
  assert.match(
    await facts(),
    /One run, WebAssembly123\.4 msOne run, WebAssembly, threads567\.8 ms/,
  );
  const ran = (provider: string) => `Provider${kProviderNames[provider as Provider]}One run`;
  assert.ok((await facts()).includes(ran(found.other)), await facts());
  await page.selectOption('#provider', 'wasm');
  await page.selectOption('#provider', 'auto');
  await idle(page);
  assert.doesNotMatch(await facts(), /123\.4|567\.8/);
  const again = await page.evaluate((key) => localStorage.getItem(key), found.key);
  const { provider } = JSON.parse(again!) as { provider: string };
  assert.ok((await facts()).includes(ran(provider)), `${provider}: ${await facts()}`);
  await finish();
});
