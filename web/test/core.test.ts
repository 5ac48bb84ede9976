// The core module as the worker uses it, under Node.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Core } from '../src/core.js';
import { LimbusError } from '../src/error.js';
import { startCore } from './support/start_core.js';
import {
  bandOf,
  externalWeights,
  kEyeClasses,
  kThresholds,
  thresholdManifest,
  thresholdModel,
} from './support/threshold_model.js';

const core = await startCore();

test('a browser without SIMD is told so, not of policies', async () => {
  const { instantiate } = WebAssembly;
  const failed = 'Compiling function #63 failed: Wasm SIMD unsupported @+13218';
  WebAssembly.instantiate = () => Promise.reject<never>(new WebAssembly.CompileError(failed));
  try {
    await assert.rejects(startCore(), (error: LimbusError) => {
      assert.equal(error.code, 'unsupported');
      assert.match(
        error.message,
        /SIMD unsupported.*; it takes a browser .* with SIMD instructions$/,
      );
      return true;
    });
  } finally {
    WebAssembly.instantiate = instantiate;
  }
});

function refusal(run: () => unknown): LimbusError {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof LimbusError, String(error));
    return error;
  }
  assert.fail('nothing was refused');
}

/** What the threshold network answers, computed here. */
function logitsOf(tensor: Float32Array): Float32Array {
  const logits = new Float32Array(4 * tensor.length);
  for (let k = 1; k < 4; ++k)
    for (let i = 0; i < tensor.length; ++i)
      logits[k * tensor.length + i] =
        logits[(k - 1) * tensor.length + i]! + tensor[i]! - (kThresholds[k - 1]! + 0.5) / 255;
  return logits;
}

/** Discs inside discs: an eye in four grey levels. */
function eyeImage(width: number, height: number): Uint8Array {
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; ++y)
    for (let x = 0; x < width; ++x) {
      const distance = Math.hypot(x - width / 2, y - height / 2);
      data[y * width + x] = distance < 6 ? 255 : distance < 14 ? 160 : distance < 20 ? 90 : 10;
    }
  return data;
}

function segment(core: Core, data: Uint8Array, width: number, height: number) {
  const tensor = core.preprocess({ data, width, height, channels: 1 });
  const [, , h, w] = tensor.shape;
  return { tensor, answer: core.postprocess(logitsOf(tensor.data), [4, h, w]) };
}

test('an image goes in, its mask and measurements come out', () => {
  const manifest = core.useManifest(thresholdManifest());
  assert.equal(manifest.input.pad.multiple, 8); // filled in
  const [width, height] = [61, 47]; // padded to 64 x 48 and back
  const image = eyeImage(width, height);
  const { tensor, answer } = segment(core, image, width, height);
  assert.deepEqual(tensor.shape, [1, 1, 48, 64]);
  assert.equal(tensor.data[0], Math.fround(10 / 255));
  assert.deepEqual(answer.mask, Uint8Array.from(image, bandOf));
  for (let k = 0; k < 4; ++k)
    assert.equal(answer.areasPx[k], answer.mask.filter((each) => each === k).length);

  const pupil = answer.regions.find((region) => region.classIndex === 3);
  assert.ok(pupil);
  assert.equal(pupil.areaPx, answer.areasPx[3]);
  assert.ok(
    Math.abs(pupil.centroidX - width / 2) < 0.6 && Math.abs(pupil.centroidY - height / 2) < 0.6,
  );
  assert.ok(pupil.outline instanceof Float32Array && pupil.outline.length >= 16);
  for (let i = 0; i < pupil.outline.length; i += 2) {
    assert.ok(pupil.outline[i]! >= pupil.left && pupil.outline[i]! < pupil.left + pupil.width);
    assert.ok(
      pupil.outline[i + 1]! >= pupil.top && pupil.outline[i + 1]! < pupil.top + pupil.height,
    );
  }
  assert.ok(answer.eye?.pupil && answer.eye.iris);
  assert.ok(Math.abs(answer.eye.pupilDiameterPx! - 12) < 1.5, `${answer.eye.pupilDiameterPx}`);
  assert.ok(Math.abs(answer.eye.irisDiameterPx! - 28) < 2, `${answer.eye.irisDiameterPx}`);
  assert.equal(answer.eye.irisOccluded, false);
});

test('grey, RGB and RGBA of the same grey give the same input', () => {
  core.useManifest(thresholdManifest());
  const grey = eyeImage(16, 8);
  const inputs = ([1, 3, 4] as const).map((channels) => {
    const data = new Uint8Array(grey.length * channels).fill(255);
    grey.forEach((v, i) => data.fill(v, i * channels, i * channels + Math.min(channels, 3)));
    return core.preprocess({ data, width: 16, height: 8, channels }).data;
  });
  assert.deepEqual(inputs[1], inputs[0]);
  assert.deepEqual(inputs[2], inputs[0]);
});

test('the most probable class is the mask, whatever the bands', () => {
  core.useManifest(thresholdManifest());
  const [width, height] = [613, 431]; // several bands of uneven length
  const tensor = core.preprocess({ data: eyeImage(width, height), width, height, channels: 1 });
  const [, , h, w] = tensor.shape;
  const logits = logitsOf(tensor.data).map((v, i) => v + ((i * 7919) % 13) / 400);
  const { mask } = core.postprocess(logits, [4, h, w]);
  const values = core.probabilities(logits, [4, h, w]);
  const plane = width * height;
  assert.equal(values.length, 4 * plane);
  for (let i = 0; i < plane; ++i) {
    const of = [0, 1, 2, 3].map((c) => values[c * plane + i]!);
    assert.equal(of.indexOf(Math.max(...of)), mask[i], `pixel ${i}`);
    assert.ok(Math.abs(of[0]! + of[1]! + of[2]! + of[3]! - 1) < 1e-6);
  }
  assert.equal(refusal(() => core.probabilities(logits, [4, 0, w])).code, 'badData');
});

test('probabilities of pixels and of halves are those of planes of floats, in every band', () => {
  const [width, height] = [613, 431]; // several bands of uneven length
  const image = { data: eyeImage(width, height), width, height, channels: 1 } as const;
  core.useManifest(thresholdManifest());
  const [, , h, w] = core.preprocess(image).shape;
  const count = h * w;
  // 0, 1, ... 6: halves hold them exactly.
  const planes = Float32Array.from({ length: 4 * count }, (_, i) => (i * 7919) % 7);
  const asPixels = <Data extends Float32Array | Uint16Array>(from: Data): Data =>
    from.map((_, i) => from[(i % 4) * count + Math.floor(i / 4)]!) as Data;
  const kHalves = [0, 0x3c00, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600];
  const halves = Uint16Array.from(planes, (value) => kHalves[value]!);
  const expected = core.probabilities(planes, [4, h, w]);
  assert.deepEqual(core.probabilities(halves, [4, h, w]), expected);
  const output = { kind: 'logits', stride: 1, alignCorners: false, layout: 'nhwc' } as const;
  core.useManifest(thresholdManifest({ output }));
  core.preprocess(image);
  assert.deepEqual(core.probabilities(asPixels(planes), [h, w, 4]), expected);
  assert.deepEqual(core.probabilities(asPixels(halves), [h, w, 4]), expected);
});

test('class indices instead of logits', () => {
  core.useManifest(
    thresholdManifest({ output: { kind: 'argmax', stride: 1, alignCorners: false } }),
  );
  const image = eyeImage(64, 48);
  core.preprocess({ data: image, width: 64, height: 48, channels: 1 });
  const classes = Uint8Array.from(image, bandOf);
  assert.deepEqual(core.postprocessIndices(classes, 48, 64).mask, classes);
  assert.match(
    refusal(() =>
      core.postprocessIndices(
        classes.map(() => 7),
        48,
        64,
      ),
    ).message,
    /label 7/,
  );
});

test('an eye that is not there is null, never zeros', () => {
  core.useManifest(thresholdManifest());
  const { answer } = segment(core, new Uint8Array(64 * 48), 64, 48);
  assert.equal(answer.eye, null);
  assert.deepEqual(answer.regions, []);
  assert.deepEqual(answer.areasPx, [64 * 48, 0, 0, 0]);
});

test('facts of a model file, with and without a manifest', () => {
  const facts = core.inspect(thresholdModel());
  assert.equal(facts.opset, 17);
  assert.deepEqual(facts.opCounts, { Conv: 1 });
  assert.equal(facts.initializerElements, 8);
  assert.deepEqual(
    facts.inputs.map(({ name, type, shape }) => [name, type, shape]),
    [['image', 'float', ['N', '1', 'H', 'W']]],
  );
  assert.equal(facts.manifest?.classes[3]?.role, 'pupil');
  assert.equal(core.inspect(thresholdModel({ manifest: null })).manifest, null);
});

test('of a file of 100 MB only what it says enters the core', async () => {
  const fresh = await startCore();
  const before = fresh.heapBytes();
  const model = thresholdModel({ unusedBytes: 100e6 });
  const facts = fresh.inspect(model);
  assert.equal(facts.initializerElements, 8 + 25e6);
  assert.equal(fresh.heapBytes(), before);
  assert.deepEqual(fresh.useFileManifest(), facts.manifest);
  const cut = refusal(() => fresh.inspect(model.subarray(0, 90e6)));
  assert.equal(cut.code, 'badData');
  assert.match(cut.message, /^not an ONNX file: a field wants \d+ bytes where \d+ are left;/);
  assert.equal(fresh.heapBytes(), before);
});

test('the manifest of a file is followed without a second reading', () => {
  const facts = core.inspect(thresholdModel());
  assert.deepEqual(core.useFileManifest(), facts.manifest);
  const image = eyeImage(64, 48);
  assert.deepEqual(segment(core, image, 64, 48).answer.mask, Uint8Array.from(image, bandOf));
  core.inspect(thresholdModel({ manifest: null }));
  const refused = refusal(() => core.useFileManifest());
  assert.deepEqual(
    [refused.code, refused.message],
    ['notFound', 'no file with a manifest was inspected'],
  );
});

test('untrusted model files are refused in words', () => {
  const whole = thresholdModel();
  assert.equal(refusal(() => core.inspect(new Uint8Array(0))).code, 'badData');
  assert.equal(
    refusal(() => core.inspect(new TextEncoder().encode('not a model'))).code,
    'badData',
  );
  for (const length of [1, 10, 40, whole.length - 40, whole.length - 1])
    assert.equal(
      refusal(() => core.inspect(whole.subarray(0, length))).code,
      'badData',
      `${length}`,
    );
  assert.match(
    refusal(() => core.inspect(thresholdModel({ externalData: '../weights.bin' }))).message,
    /'\.\.\/weights\.bin'; expected the name of a file beside the model/,
  );
  const typo = JSON.stringify(thresholdManifest()).replace('"output"', '"outptu"');
  assert.match(refusal(() => core.inspect(thresholdModel({ manifest: typo }))).message, /outptu/);
});

test('weights in another file: which it is, and the one file that holds all', () => {
  const bytes = thresholdModel({ externalData: true });
  const { externalFiles, manifest } = core.inspect(bytes);
  const weights = externalWeights();
  assert.deepEqual(externalFiles, [{ name: 'weights.bin', bytes: weights.length }]);
  assert.equal(manifest?.name, 'thresholds');
  const { files, text, parts } = core.join();
  assert.deepEqual(files, externalFiles);
  const sources = [text, bytes, weights];
  const joined: Uint8Array[] = [];
  for (let i = 0; i < parts.length; i += 3)
    joined.push(sources[parts[i]!]!.subarray(parts[i + 1], parts[i + 1]! + parts[i + 2]!));
  assert.deepEqual(new Uint8Array(Buffer.concat(joined)), thresholdModel());
  assert.deepEqual(core.inspect(thresholdModel()).externalFiles, []);
  assert.match(refusal(() => core.join()).message, /no file with external data/);
});

test('random damage never crashes the core', () => {
  const whole = thresholdModel();
  let random = 12345;
  for (let round = 0; round < 2000; ++round) {
    const bytes = whole.slice();
    for (let n = 0; n < 3; ++n) {
      random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
      bytes[random % bytes.length] = (random >>> 16) & 255;
    }
    try {
      core.inspect(bytes);
    } catch (error) {
      assert.ok(error instanceof LimbusError && error.message !== '', String(error));
      assert.notEqual(error.code, 'internal');
    }
  }
});

test('what does not fit is refused in words', () => {
  core.useManifest(thresholdManifest());
  const image = { data: new Uint8Array(64 * 48), width: 64, height: 48, channels: 1 } as const;
  assert.equal(refusal(() => core.preprocess({ ...image, width: 65 })).code, 'badArgument');
  core.preprocess(image);
  assert.match(
    refusal(() => core.postprocess(new Float32Array(5 * 48 * 64), [5, 48, 64])).message,
    /4 classes.*5 channels/,
  );
  core.preprocess(image);
  assert.equal(refusal(() => core.postprocess(new Float32Array(0), [4, 0, 0])).code, 'badData');
  const wrong = { ...thresholdManifest(), classes: [...kEyeClasses.slice(0, 3), kEyeClasses[2]!] };
  assert.match(refusal(() => core.useManifest(wrong)).message, /classes/);
  assert.equal(refusal(() => core.useManifest('{')).code, 'badData');
  assert.match(refusal(() => core.renderEye('openeds2091', 1, 0)).message, /openeds2091.*known/);
  assert.equal(refusal(() => core.renderEye('openeds2019', -1, 0)).code, 'badArgument');
});

test('renders are the same bytes for the same names', () => {
  const preset = core.eyePresets().find((row) => row.name === 'openeds2019');
  assert.ok(preset);
  const render = core.renderEye('openeds2019', 7, 3);
  assert.deepEqual([render.width, render.height], [preset.width, preset.height]);
  assert.equal(render.pixels.length, render.width * render.height);
  assert.ok(render.mask.every((value) => value <= 3));
  assert.deepEqual(core.renderEye('openeds2019', 7, 3), render);
  assert.notDeepEqual(core.renderEye('openeds2019', 8, 3).pixels, render.pixels);
  assert.notDeepEqual(core.renderEye('openeds2019', 7 + 2 ** 32, 3).pixels, render.pixels);
});

test('200 images do not grow the heap', () => {
  core.useManifest(thresholdManifest());
  const image = eyeImage(640, 400);
  const model = thresholdModel();
  for (let i = 0; i < 5; ++i) segment(core, image, 640, 400);
  core.inspect(model);
  const before = core.heapBytes();
  for (let i = 0; i < 200; ++i) {
    segment(core, image, 640, 400);
    core.inspect(model);
  }
  assert.equal(core.heapBytes(), before);
});
