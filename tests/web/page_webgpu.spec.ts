// The released model on WebGPU (software adapter, so a small input): the same mask as on the command line.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';

import { scratchFolder, useApp } from './hooks.js';
import { kSoftwareWebGpu } from './package_site.js';
import { compareWithPredict, kLimbus } from './page_render.js';
import { alerts, drop, idle, openApp, openThresholdApp, rings, shippedModel } from './page_site.js';

const folder = scratchFolder('webgpu');
useApp(kSoftwareWebGpu);

test('on WebGPU: the mask of the page is the mask of `limbus predict`', async (t) => {
  if (!shippedModel()) return t.skip('no released model: models/*/model.onnx');
  if (!existsSync(kLimbus)) return t.skip(`no command line: ${kLimbus}`);
  const { page, finish } = await openApp();
  await page.selectOption('#provider', 'webgpu');
  await idle(page);
  await compareWithPredict(page, folder, '160x256');
  assert.match((await page.locator('#time').textContent())!, /ProviderWebGPU$/);
  await finish();
});

test('a graphics processor that goes: the page says so and goes on with WebAssembly', async () => {
  const { page } = await openThresholdApp();
  await page.selectOption('#provider', 'webgpu');
  await idle(page);
  await drop(page, [rings('x.png'), rings('y.png')]);
  await idle(page);
  assert.match((await page.textContent('#time'))!, /WebGPU$/);
  const told = page.evaluate(async () => {
    const adapter = await navigator.gpu.requestAdapter();
    const device = await adapter!.requestDevice();
    Object.assign(globalThis, { device });
    return device.lost;
  });
  await page.waitForFunction(() => 'device' in globalThis);
  const devTools = await page.context().browser()!.newBrowserCDPSession();
  await devTools.send('Browser.crashGpuProcess').catch(() => {});
  await told;
  for (const index of [0, 1]) {
    await page.locator('#thumbs button').nth(index).click();
    await idle(page);
    assert.match((await page.textContent('#file-name'))!, index ? /^y\.png/ : /^x\.png/);
    assert.match((await page.textContent('#time'))!, /WebAssembly$/);
  }
  assert.match((await alerts(page)).join(' | '), /webgpu: the graphics processor was lost/);
  assert.equal(await page.locator('#thumbs button[data-status=done]').count(), 2);
  await page.context().close(); // a browser without its graphics may well have complained
});
