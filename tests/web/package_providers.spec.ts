// Providers: who runs, who falls back, and that the reason is visible.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { writePng } from '../../web/test/support/png_writer.js';
import {
  bandOf,
  thresholdManifest,
  thresholdModel,
} from '../../web/test/support/threshold_model.js';
import { chromiumOnly } from './browsers.js';
import { withPage } from './hooks.js';
import { loadInPage, segmentInPage, type LoadedFacts } from './package_calls.js';
import { kSoftwareWebGpu, type OpenPage, type SiteOptions } from './package_site.js';
import type { LoadOptions, Provider } from '../../web/src/types.js';

const samples = Array.from({ length: 64 * 48 }, (_, i) => (i * 11) % 256);
const files = {
  '/model.onnx': thresholdModel(),
  '/ramp.png': writePng({
    width: 64,
    height: 48,
    bitDepth: 8,
    colourType: 0,
    samples,
  }),
};

function outcome(site: SiteOptions, flags: string[], provider: LoadOptions['provider']) {
  const run = async ({ page }: OpenPage) => {
    const options = { provider: provider! };
    const loaded = await page.evaluate(loadInPage, {
      url: '/model.onnx',
      options,
    });
    const result = loaded.error
      ? null
      : await page.evaluate(segmentInPage, {
          url: '/ramp.png',
          as: 'blob',
        });
    if (result) {
      assert.equal(result.error, null);
      assert.deepEqual(result.mask, samples.map(bandOf));
      assert.equal(result.provider, loaded.provider);
    }
    return loaded;
  };
  return withPage({ files, ...site }, run, flags);
}

test('threads run in an isolated page', async () => {
  const loaded = await outcome({ isolated: true }, [], 'wasm-threads');
  assert.equal(loaded.provider, 'wasm-threads');
  assert.equal(loaded.fallbackReason, null);
});

test('without COOP and COEP threads fall back to wasm and say why', async () => {
  const loaded = await outcome({}, [], 'wasm-threads');
  assert.equal(loaded.provider, 'wasm');
  assert.match(loaded.fallbackReason!, /COOP/);
  assert.ok(loaded.stages.includes('fallback'));
});

test('without WebGPU wasm runs and says why', async () => {
  const loaded = await outcome({}, ['--disable-features=WebGPU', '--disable-gpu'], 'webgpu');
  assert.equal(loaded.provider, 'wasm');
  assert.match(loaded.fallbackReason!, /WebGPU|graphics adapter/);
});

const noWebGpu = chromiumOnly('it has no WebGPU on Linux');

test('WebGPU runs on the software adapter', noWebGpu, async () => {
  const loaded = await outcome({}, kSoftwareWebGpu, 'webgpu');
  assert.equal(loaded.fallbackReason, null);
  assert.equal(loaded.provider, 'webgpu');
});

test('a provider whose files are gone is left, with the reason', noWebGpu, async () => {
  const hide = (path: string) => path.includes('asyncify');
  const loaded = await outcome({ hide }, kSoftwareWebGpu, 'webgpu');
  assert.equal(loaded.provider, 'wasm');
  assert.match(loaded.fallbackReason!, /webgpu/);
});

test('auto stays with wasm when that is quick', async () => {
  const loaded = await outcome({ isolated: true }, [], 'auto');
  assert.equal(loaded.provider, 'wasm');
  assert.equal(loaded.fallbackReason, null);
  assert.ok(!loaded.stages.includes('measure'));
  assert.deepEqual(Object.keys(loaded.measuredMs), ['wasm']);
  assert.ok(loaded.measuredMs.wasm! > 0);
});

test('auto measures the others when wasm is slow', async () => {
  const input = { ...thresholdManifest().input, width: 3072, height: 3072 };
  const slow = thresholdModel({ manifest: thresholdManifest({ input }) });
  const site = { isolated: true, files: { ...files, '/model.onnx': slow } };
  const loaded = await outcome(site, ['--disable-features=WebGPU', '--disable-gpu'], 'auto');
  assert.ok(loaded.stages.includes('measure'));
  const [first, second] = Object.entries(loaded.measuredMs).sort(([, a], [, b]) => a - b);
  assert.deepEqual([first![0], second![0]].sort(), ['wasm', 'wasm-threads']);
  assert.equal(loaded.provider, first![0], JSON.stringify(loaded.measuredMs));
  assert.equal(loaded.fallbackReason, null);
});

/** A worker whose networks take what the test says, in milliseconds. */
const clocked = (ms: Partial<Record<Provider, number>>) => `
import '/lib/limbus/worker.js';
const listener = self.onmessage;
const post = self.postMessage.bind(self);
let provider;
self.onmessage = (event) => {
  provider = event.data.parameters?.provider ?? provider;
  listener(event);
};
self.postMessage = (message, moved) => {
  if (message.value?.inferenceMs != null) message.value.inferenceMs = ${JSON.stringify(ms)}[provider];
  post(message, moved);
};`;

test('auto takes the quickest, and asks the others only where wasm is slow', noWebGpu, async () => {
  const rows: [Provider, Partial<Record<Provider, number>>][] = [
    ['wasm', { wasm: 100 }],
    ['wasm-threads', { wasm: 101, 'wasm-threads': 40, webgpu: 60 }],
    ['webgpu', { wasm: 500, 'wasm-threads': 300, webgpu: 60 }],
    ['wasm', { wasm: 101, 'wasm-threads': 102, webgpu: 103 }],
  ];
  const scripts = Object.fromEntries(rows.map(([, ms], i) => [`/${i}.js`, clocked(ms)]));
  const site = { files, isolated: true, scripts };
  const chosen = await withPage(
    site,
    async ({ page }) => {
      const all: LoadedFacts[] = [];
      for (const workerUrl of Object.keys(scripts)) {
        const options = { provider: 'auto', workerUrl } as const;
        all.push(await page.evaluate(loadInPage, { url: '/model.onnx', options }));
      }
      return all;
    },
    kSoftwareWebGpu,
  );
  assert.deepEqual(
    chosen.map(({ provider, measuredMs }) => [provider, measuredMs]),
    rows,
  );
});

const alsoSaid = chromiumOnly('the console tells of the missing file as well');

test('without a worker or without any runtime the refusal says which file', alsoSaid, async () => {
  const noWorker = await outcome({ hide: (path) => path.endsWith('worker.js') }, [], 'wasm');
  assert.match(noWorker.error!.message, /worker\.js/);
  const noRuntime = await outcome(
    { hide: (path) => path.includes('/onnxruntime-web/') },
    [],
    'wasm',
  );
  assert.equal(noRuntime.error!.code, 'io');
  assert.match(noRuntime.error!.message, /onnxruntime-web/);
});
