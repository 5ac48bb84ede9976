// The package's promises in a page of its own: sources, order, refusals, renders.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { writePng } from '../../web/test/support/png_writer.js';
import {
  bandOf,
  thresholdManifest,
  thresholdModel,
} from '../../web/test/support/threshold_model.js';
import { usePage } from './hooks.js';
import { loadInPage, segmentInPage } from './package_calls.js';

const kWidth = 61;
const kHeight = 47;
const ramp = Array.from({ length: kWidth * kHeight }, (_, i) => (i * 7) % 256);

const typo = JSON.stringify(thresholdManifest()).replace('"output"', '"outptu"');
const whole = thresholdModel();
const open = usePage({
  files: {
    '/model.onnx': whole,
    '/foreign.onnx': thresholdModel({ manifest: null }),
    '/empty.onnx': new Uint8Array(0),
    '/text.onnx': new TextEncoder().encode('|text'),
    '/page.onnx': new TextEncoder().encode('<!doctype html>'),
    '/cut.onnx': whole.subarray(0, whole.length - 20),
    '/external.onnx': thresholdModel({ externalData: 'gone.bin' }),
    '/elsewhere.onnx': thresholdModel({ externalData: '/ramp.png' }),
    '/typo.onnx': thresholdModel({ manifest: typo }),
    '/unknown_op.onnx': thresholdModel({ op: 'Convolute' }),
    '/colour.onnx': thresholdModel({ inputChannels: 3 }),
    '/ramp.png': writePng({
      width: kWidth,
      height: kHeight,
      bitDepth: 8,
      colourType: 0,
      samples: ramp,
    }),
  },
});

test('Blob, ImageBitmap and ImageData give the same exact mask', async () => {
  const loaded = await open.page.evaluate(loadInPage, { url: '/model.onnx' });
  assert.equal(loaded.error, null);
  assert.equal(loaded.provider, 'wasm');
  assert.equal(loaded.fallbackReason, null);
  assert.equal(loaded.manifestName, 'thresholds');
  assert.deepEqual(loaded.stages, ['fetch', 'core', 'runtime', 'warmup', 'ready']);
  for (const as of ['blob', 'bitmap', 'imageData'] as const) {
    const result = await open.page.evaluate(segmentInPage, {
      url: '/ramp.png',
      as,
    });
    assert.equal(result.error, null, as);
    assert.deepEqual([result.width, result.height], [kWidth, kHeight]);
    assert.deepEqual(result.grey, ramp, as);
    assert.deepEqual(result.mask, ramp.map(bandOf), as);
    assert.equal(
      result.areasPx.reduce((sum, area) => sum + area, 0),
      kWidth * kHeight,
    );
    const { decodeMs, preprocessMs, inferenceMs, postprocessMs, totalMs } = result.timings;
    const stages = [decodeMs, preprocessMs, inferenceMs, postprocessMs];
    assert.ok(stages.every((ms) => ms >= 0));
    assert.ok(Math.abs(stages.reduce((sum, ms) => sum + ms, 0) - totalMs) < 0.01);
  }
});

test('calls are answered in their order; the source stays usable', async () => {
  const order = await open.page.evaluate(async () => {
    const image = new ImageData(40, 30);
    const answered: number[] = [];
    const calls = [0, 1, 2, 3, 4, 5].map((i) =>
      segmenter.segment(image).then(() => answered.push(i)),
    );
    await Promise.all(calls);
    return { answered, bytes: image.data.length };
  });
  assert.deepEqual(order, { answered: [0, 1, 2, 3, 4, 5], bytes: 40 * 30 * 4 });
});

test('dispose rejects what is pending and what comes later, with the remedy', async () => {
  await open.page.evaluate(loadInPage, { url: '/model.onnx' });
  const told = await open.page.evaluate(async () => {
    const image = new ImageData(640, 400);
    const pending = [segmenter.segment(image), segmenter.segment(image)];
    segmenter.dispose();
    const settled = await Promise.allSettled([...pending, segmenter.segment(image)]);
    return settled.map((each) =>
      each.status === 'rejected' && each.reason instanceof limbus.LimbusError
        ? `${each.reason.code}: ${each.reason.message}`
        : each.status,
    );
  });
  assert.equal(told.length, 3);
  for (const each of told) assert.match(each, /^disposed: .*; Segmenter\.load\(\) makes another$/);
});

test('a foreign file runs with a manifest that the caller hands in', async () => {
  const options = { manifest: { ...thresholdManifest(), name: 'handed in' } };
  const loaded = await open.page.evaluate(loadInPage, {
    url: '/foreign.onnx',
    options,
  });
  assert.equal(loaded.error, null);
  assert.equal(loaded.manifestName, 'handed in');
  const result = await open.page.evaluate(segmentInPage, {
    url: '/ramp.png',
    as: 'blob',
  });
  assert.deepEqual(result.mask, ramp.map(bandOf));
});

const kRefusals: [url: string, options: object, code: string, words: RegExp][] = [
  ['/model.onnx', { provider: 'gpu' }, 'badArgument', /'gpu'; known: wasm, .*webgpu, auto/],
  ['/foreign.onnx', {}, 'badArgument', /no manifest/],
  ['/model.onnx', { manifest: thresholdManifest() }, 'badArgument', /manifest of its own/],
  ['/missing.onnx', {}, 'notFound', /404/],
  ['https://', {}, 'badArgument', /'https:\/\/' is no URL/],
  ['/model.onnx', { assetsUrl: 'https://' }, 'badArgument', /'https:\/\/' is no URL/],
  ['/model.onnx', { workerUrl: 'https://' }, 'badArgument', /'https:\/\/' is no URL/],
  ['/model.onnx', { assetsUrl: '/none' }, 'internal', /\/none\/worker\.js served.*copy-assets/],
  ['/empty.onnx', {}, 'badData', /^not an ONNX file: it is empty$/],
  ['/text.onnx', {}, 'badData', /^not an ONNX file: a field has the wire type 4$/],
  [
    '/page.onnx',
    {},
    'notFound',
    /^could not fetch .*\/page\.onnx: a web page came, not an \.onnx$/,
  ],
  [
    '/cut.onnx',
    {},
    'badData',
    /^not an ONNX file: a field wants \d+ bytes where \d+ are left; the file is cut off or damaged$/,
  ],
  ['/external.onnx', {}, 'notFound', /could not fetch .*\/gone\.bin: status 404/],
  ['/elsewhere.onnx', {}, 'unsupported', /expected the name of a file beside the model/],
  ['/typo.onnx', {}, 'badData', /outptu/],
  ['/unknown_op.onnx', {}, 'unsupported', /lacks operation Convolute of opset 17$/],
  ['/colour.onnx', {}, 'badData', /'image' has 3 channels.* says 1;.*does not fit/],
];

for (const [url, options, code, words] of kRefusals)
  test(`refused in words: ${url} ${Object.keys(options).join()}`, async () => {
    const { error } = await open.page.evaluate(loadInPage, { url, options });
    assert.ok(error);
    assert.equal(error.name, 'LimbusError');
    assert.equal(error.code, code, error.message);
    assert.match(error.message, words);
    assert.ok(!error.message.includes('\n'), error.message);
  });

test('options with which no worker starts reject, and are not thrown', async () => {
  const said = await open.page.evaluate(() => {
    limbus.closeCore();
    return limbus
      .conventions({ crossOriginWorker: true })
      .then(String, (error: Error & { code: string }) => `${error.code}: ${error.message}`);
  });
  assert.equal(said, 'badArgument: crossOriginWorker wants the folder of worker.js as assetsUrl');
});

test("the runtime's own words are the cause of what it refuses", async () => {
  const cause = await open.page.evaluate(() =>
    limbus.Segmenter.load('/unknown_op.onnx').catch((error: Error) => error.cause),
  );
  assert.match(String(cause), /ERROR_MESSAGE: No Op registered for Convolute/);
});

test('what is no image is refused before the worker chokes on it', async () => {
  await open.page.evaluate(loadInPage, { url: '/model.onnx' });
  const errors = await open.page.evaluate(async () => {
    const said: string[] = [];
    for (const source of [{ width: 3 }, new Image()]) {
      try {
        await segmenter.segment(source as unknown as Blob);
      } catch (caught) {
        const error = caught as InstanceType<typeof limbus.LimbusError>;
        said.push(`${error.code}: ${error.message}`);
      }
    }
    return said;
  });
  assert.equal(errors.length, 2);
  assert.match(errors[0]!, /^badArgument: .*got Object/);
  assert.match(errors[1]!, /^badArgument: this HTMLImageElement has no picture/);
  const again = await open.page.evaluate(segmentInPage, {
    url: '/ramp.png',
    as: 'blob',
  });
  assert.equal(again.error, null);
});

test('core functions: presets, renders, file facts', async () => {
  const facts = await open.page.evaluate(async () => {
    const presets = await limbus.eyePresets();
    const eye = await limbus.renderEye('openeds2019', 5, 0);
    const again = await limbus.renderEye('openeds2019', 5, 0);
    const bytes = await (await fetch('/model.onnx')).arrayBuffer();
    const inspected = await limbus.inspect(bytes);
    limbus.closeCore();
    const afterClose = await limbus.inspect(new Uint8Array(bytes));
    const refused = await limbus.inspect(new ArrayBuffer(5)).catch((error) => error.code);
    return {
      names: presets.map((preset) => preset.name),
      size: [eye.image.width, eye.image.height, eye.mask.length],
      same: eye.image.data.every((value, i) => value === again.image.data[i]),
      grey: eye.image.data.every((value, i) => i % 4 !== 0 || value === eye.image.data[i + 1]),
      classes: [...new Set(eye.mask)].sort(),
      ops: inspected.opCounts,
      afterClose: afterClose.opset,
      refused,
    };
  });
  assert.ok(facts.names.includes('openeds2019'));
  assert.equal(facts.size[0]! * facts.size[1]!, facts.size[2]);
  assert.ok(facts.same && facts.grey);
  assert.deepEqual(facts.classes, [0, 1, 2, 3]);
  assert.deepEqual(facts.ops, { Conv: 1 });
  assert.equal(facts.afterClose, 17);
  assert.equal(facts.refused, 'badData');
});
