// Files that are not what they claim to be, providers that do not run: a visible message each, and the
// page goes on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';

import { pngHeaderOnly } from '../../web/test/support/png_writer.js';
import { bandOf, externalWeights, thresholdModel } from '../../web/test/support/threshold_model.js';
import { chromiumOnly, download } from './browsers.js';
import { useApp } from './hooks.js';
import { readPng } from './page_png.js';
import {
  alerts,
  drop,
  greyPng,
  idle,
  kRings,
  openApp,
  openThresholdApp,
  openThresholds,
  ringsSamples,
  sharedThresholdApp,
  type NamedBytes,
} from './page_site.js';

useApp();

const rings = greyPng('rings.png', kRings.width, kRings.height, ringsSamples());
const text = new TextEncoder().encode('Dear reader, this is no image.\n');

const bad: (NamedBytes & { says: RegExp })[] = [
  {
    name: 'cut.png',
    bytes: rings.bytes.subarray(0, 120),
    says: /cut\.png: .*cut off/,
  },
  { name: 'empty.png', bytes: new Uint8Array(0), says: /empty\.png: .*empty/ },
  { name: 'letter.png', bytes: text, says: /letter\.png: .*no image/ },
  {
    name: 'drawing.svg',
    bytes: new TextEncoder().encode(
      '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>',
    ),
    says: /drawing\.svg: SVG is not taken; use PNG or JPEG/,
  },
  { name: 'letter.txt', bytes: text, says: /letter\.txt: .*no image/ },
  { name: 'huge.png', bytes: pngHeaderOnly(60000, 60000), says: /huge\.png: .*60000/ },
  { name: 'empty.onnx', bytes: new Uint8Array(0), says: /empty\.onnx: / },
  { name: 'letter.onnx', bytes: text, says: /letter\.onnx: / },
  {
    name: 'external.onnx',
    bytes: thresholdModel({ externalData: true }),
    says: /external\.onnx: its weights lie in weights\.bin; open both files together/,
  },
  {
    name: 'model.onnx.data',
    bytes: externalWeights(),
    says: /model\.onnx\.data: these are the weights of a model; open its \.onnx together with them/,
  },
];

const stateOf = (page: Page) => page.locator('#state').textContent();

test('bad files: a message each, and the next good image works', async () => {
  const { page, finish } = await sharedThresholdApp();
  for (const { says, ...file } of bad) {
    await drop(page, [file]);
    await page.locator('#messages [role=alert]').filter({ hasText: says }).waitFor();
    await idle(page);
    const messages = await alerts(page);
    assert.ok(
      messages.some((message) => says.test(message)),
      `${file.name}: ${messages.join(' | ')}`,
    );
  }
  // Many at once: none of the image before is left, no message is lost without a word.
  await drop(
    page,
    Array.from({ length: 9 }, (_, i) => ({ name: `letter${i}.png`, bytes: text })),
  );
  await page.locator('#messages .more').filter({ hasText: '9 messages in all' }).waitFor();
  await idle(page);
  // What is shown follows the work.
  assert.equal(await page.locator('#file-name').textContent(), 'letter8.png');
  assert.ok(!(await page.locator('#figures').isVisible()));
  assert.equal((await alerts(page)).length, 2);
  await page.click('#messages .more button');
  assert.deepEqual(await alerts(page), []);
  // The empty canvas says why it is, also when the messages are gone.
  assert.match((await stateOf(page))!, /^letter8\.png is not shown: this is no image/);

  await drop(page, [rings]);
  await idle(page);
  assert.match((await page.locator('#file-name').textContent())!, /^rings\.png, 160 x 120/);
  assert.ok(await page.locator('#figures').isVisible());
  assert.deepEqual(await alerts(page), [], 'a new image clears old messages');
  assert.equal(await stateOf(page), '');
  await finish();
});

test('no WebGPU: the page says why and runs on wasm', async () => {
  const { page, finish } = await openThresholdApp({ noWebGpu: true });
  await page.selectOption('#provider', 'webgpu');
  await page.locator('#fallback').waitFor();
  await idle(page);
  assert.match((await page.locator('#fallback').textContent())!, /WebAssembly instead.*WebGPU/);
  await drop(page, [rings]);
  await idle(page);
  assert.match((await page.locator('#time').textContent())!, /ProviderWebAssembly$/);
  await finish();
});

test('no WebGL, not even its names: said once; results and downloads work', async () => {
  const gone = `
    delete globalThis.WebGL2RenderingContext;
    const real = HTMLCanvasElement.prototype.getContext;
    HTMLCanvasElement.prototype.getContext = function (kind, ...words) {
      return kind.startsWith('webgl') ? null : real.call(this, kind, ...words);
    };`;
  const { page, finish } = await openApp({ scripts: [gone], noModels: true });
  await page.locator('#messages [role=alert]').waitFor();
  const said = await alerts(page);
  assert.equal(said.length, 1);
  assert.match(said[0]!, /^The image cannot be drawn: .* no WebGL 2 canvas\. Results/);
  await openThresholds(page);
  await drop(page, [rings]);
  await idle(page);
  const mask = readPng((await download(page, '#save-mask')).bytes);
  assert.deepEqual([...mask.pixels], ringsSamples().map(bandOf));
  await finish();
});

test('wasm threads run: the page is cross-origin isolated', async () => {
  const { page, finish } = await sharedThresholdApp();
  await page.selectOption('#provider', 'wasm-threads');
  await page.waitForFunction(() =>
    document.querySelector('#model-facts')?.textContent?.includes('threads'),
  );
  await idle(page);
  assert.match((await page.locator('#time').textContent())!, /WebAssembly, threads$/);
  assert.ok(!(await page.locator('#fallback').isVisible()));
  await page.selectOption('#provider', 'wasm');
  await idle(page);
  await finish();
});

test('a server that fails at the list of models: one line, and own models run', async () => {
  const failing = `
    const fetchNow = globalThis.fetch;
    globalThis.fetch = (url, options) =>
      String(url).endsWith('models/index.json')
        ? Promise.resolve(new Response('', { status: 503 }))
        : fetchNow(url, options);`;
  const { page, finish } = await openApp({ scripts: [failing] });
  assert.deepEqual(await alerts(page), [
    'The list of models: the server answers status 503; try again later',
  ]);
  await openThresholds(page);
  await finish();
});

/** Pastes into what has the focus. */
const paste = (page: Page, texts: Record<string, string>) =>
  page.evaluate(
    ([bytes, kinds]) => {
      const clipboardData = new DataTransfer();
      clipboardData.items.add(
        new File([new Uint8Array(bytes)], 'image.png', { type: 'image/png' }),
      );
      for (const [kind, text] of Object.entries(kinds)) clipboardData.setData(kind, text);
      const target = document.activeElement ?? document.body;
      target.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
    },
    [[...rings.bytes], texts] as const,
  );

test(
  'a picture is pasted as an image; text, or what goes into a text field, is not',
  chromiumOnly('a paste that a script makes hands over nothing'),
  async () => {
    const { page, finish } = await sharedThresholdApp();
    const count = async () => {
      await idle(page);
      return page.locator('#thumbs button').count();
    };
    await paste(page, {});
    assert.equal(await count(), 1, 'as from a screen');
    await paste(page, { 'text/html': '<meta charset="utf-8"><img src="a.png" alt="an eye">' });
    assert.equal(await count(), 2, 'as from a web page');
    const html =
      '<html><head><style>td {}</style></head><body><p>One <b>word</b></p></body></html>';
    await paste(page, { 'text/plain': 'One word', 'text/html': html });
    assert.equal(await count(), 2, 'as from an office program');
    await page.focus('#classes input[type=color]');
    await paste(page, {});
    assert.equal(await count(), 3, 'no text field');
    await page.evaluate(() => document.body.insertAdjacentHTML('beforeend', '<input id="words">'));
    await page.focus('#words');
    await paste(page, {});
    assert.equal(await count(), 3, 'a text field');
    assert.match((await page.textContent('#file-name'))!, /^image\.png, 160 x 120/);
    await page.locator('#words').evaluate((field) => field.remove());
    await finish();
  },
);
