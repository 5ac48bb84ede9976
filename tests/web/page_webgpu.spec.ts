// The released model on WebGPU (software adapter, so a small input): the same mask as on the command line.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';

import { scratchFolder, useApp } from './hooks.js';
import { kSoftwareWebGpu } from './package_site.js';
import { compareWithPredict, kLimbus } from './page_render.js';
import { idle, openApp, shippedModel } from './page_site.js';

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
