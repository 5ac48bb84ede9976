// The released model on WebGPU (software adapter, so a small input): the same mask as on the command line.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { kSoftwareWebGpu } from './package_site.js';
import { compareWithPredict, kLimbus } from './page_render.js';
import { idle, openApp, shippedModel, startSite, stopSite } from './page_site.js';

let folder: string;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'limbus-webgpu-'));
  await startSite(kSoftwareWebGpu);
});
after(async () => {
  await stopSite();
  rmSync(folder, { recursive: true });
});

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
