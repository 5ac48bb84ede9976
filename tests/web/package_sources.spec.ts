// Every kind of source gives the mask that the file gives; what models come as; aborting, progress, `using`.
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { writePng } from '../../web/test/support/png_writer.js';
import { thresholdModel } from '../../web/test/support/threshold_model.js';
import { usePage } from './hooks.js';
import { openPage } from './package_site.js';

const kWeb = join(process.env['LIMBUS_ROOT']!, 'web');
const kCoreBytes = statSync(join(kWeb, 'lib/limbus/limbus_core.wasm')).size;
const kRuntimeBytes = statSync(
  join(kWeb, 'node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm'),
).size;
const kWidth = 96;
const kHeight = 64;
const kLarge = thresholdModel({ unusedBytes: 3e6 });

// Colours and half of them transparent: what is lost on the way shows.
const colours = Array.from({ length: 3 * kWidth * kHeight }, (_, i) => (i * 37 + (i >> 6)) % 256);
const clear = Array.from({ length: 4 * kWidth * kHeight }, (_, i) =>
  i % 4 === 3 && i % 3 ? 0 : (i * 7) % 256,
);
const grey = Array.from({ length: kWidth * kHeight }, (_, i) => (i * 13) % 256);
const png = (colourType: 0 | 2 | 6, samples: number[]) =>
  writePng({ width: kWidth, height: kHeight, bitDepth: 8, colourType, samples });
const files = {
  '/model.onnx': thresholdModel(),
  '/large.onnx': kLarge,
  '/colour.png': png(2, colours),
  '/clear.png': png(6, clear),
  '/grey.png': png(0, grey),
};
const open = usePage({ files }, { model: '/model.onnx' });

interface Compared {
  classes: number; // in the file's mask
  different: Record<string, number>; // pixels, by kind of source
  copies: Record<string, number>; // bytes of the returned image that differ, by kind
}

/** Runs in the page: the picture at `url` as every kind of source. */
async function compareKinds(url: string): Promise<Compared> {
  const blob = await (await fetch(url)).blob();
  const expected = await segmenter.segment(blob, { withImage: true });
  const { width, height } = expected;
  const rgba = expected.image!.data;
  const image = new Image();
  image.src = url;
  const bitmap = await createImageBitmap(blob, {
    premultiplyAlpha: 'none',
    colorSpaceConversion: 'none',
  });
  const canvas = document.createElement('canvas');
  const offscreen = new OffscreenCanvas(width, height);
  Object.assign(canvas, { width, height });
  canvas.getContext('2d', { willReadFrequently: true })!.putImageData(expected.image!, 0, 0);
  offscreen.getContext('2d', { willReadFrequently: true })!.putImageData(expected.image!, 0, 0);
  const pick = (channels: number) =>
    Uint8Array.from(
      { length: width * height * channels },
      (_, i) => rgba[4 * Math.floor(i / channels) + (i % channels)]!,
    );
  const frame = new VideoFrame(offscreen, { timestamp: 0 });
  const sources: Record<string, Parameters<typeof segmenter.segment>[0]> = {
    url,
    URL: new URL(url, location.href),
    response: await fetch(url),
    image,
    bitmap,
    imageData: expected.image!,
    canvas,
    offscreen,
    frame,
    rgb: { data: pick(3), width, height },
    rgba: { data: rgba, width, height },
  };
  if (url === '/grey.png') sources['grey'] = { data: pick(1), width, height };
  const different: Record<string, number> = {};
  const copies: Record<string, number> = {};
  for (const [kind, source] of Object.entries(sources)) {
    const got = await segmenter.segment(source, { withImage: true });
    different[kind] = got.mask.reduce((n, value, i) => n + Number(value !== expected.mask[i]), 0);
    copies[kind] = got.image!.data.reduce((n, value, i) => n + Number(value !== rgba[i]), 0);
  }
  frame.close();
  return { classes: new Set(expected.mask).size, different, copies };
}

for (const name of ['grey', 'colour', 'clear'])
  test(`every kind of source gives the mask of the file: ${name}`, async () => {
    const { classes, different, copies } = await open.page.evaluate(compareKinds, `/${name}.png`);
    assert.ok(classes > 1);
    const kinds = name === 'grey' ? 12 : 11;
    assert.equal(Object.keys(different).length, kinds);
    assert.deepEqual(
      Object.entries(different).filter(([, count]) => count > 0),
      [],
    );
    assert.deepEqual(
      Object.entries(copies).filter(([, count]) => count > 0),
      [],
    );
  });

test('of a video its frame is taken', async () => {
  const shares = await open.page.evaluate(async () => {
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width: 96, height: 64 });
    const context = canvas.getContext('2d', { alpha: false })!;
    const paint = () => {
      context.fillStyle = '#000';
      context.fillRect(0, 0, 48, 64);
      context.fillStyle = '#fff';
      context.fillRect(48, 0, 48, 64);
    };
    paint();
    const video = document.createElement('video');
    video.muted = true;
    video.srcObject = canvas.captureStream(30);
    const painting = setInterval(paint, 30);
    await video.play();
    await new Promise((resolve) => video.requestVideoFrameCallback(resolve));
    clearInterval(painting);
    const result = await segmenter.segment(video);
    const drawn = await segmenter.segment(canvas);
    const same = result.mask.filter((value, i) => value === drawn.mask[i]).length;
    return {
      width: result.width,
      same: same / drawn.mask.length,
      classes: new Set(drawn.mask).size,
    };
  });
  assert.equal(shares.width, 96);
  assert.ok(shares.classes > 1);
  assert.ok(shares.same > 0.97, `${shares.same} of the pixels agree`); // the stream blurs the edge
});

test('what gives no picture is refused in words', async () => {
  const errors = await open.page.evaluate(async () => {
    const sources = [
      '/absent.png',
      '/', // as servers answer for what they do not have
      'https://',
      { data: new Uint8Array(10), width: 3, height: 3 },
      { data: new Uint8Array(0), width: 0, height: 3 },
      { data: new Float32Array(9) as unknown as Uint8Array, width: 3, height: 3 },
      new Blob(['\n<!DOCTYPE html><title>Start</title><svg></svg>']),
      null as unknown as Blob,
      document.createElement('video'),
      new OffscreenCanvas(0, 0),
    ];
    const said: string[] = [];
    for (const source of sources)
      await segmenter
        .segment(source)
        .catch((error: Error & { code: string }) => said.push(`${error.code}: ${error.message}`));
    return said;
  });
  const expected = [
    /^notFound: .*absent\.png: status 404/,
    /^notFound: could not fetch http:.*\/: a web page came, not an image$/,
    /^badArgument: 'https:\/\/' is no URL/,
    /^badArgument: 3 x 3 pixels are 9 grey, 27 RGB or 36 RGBA bytes, got 10/,
    /^badArgument: .*whole numbers from 1, got Uint8Array, 0, 3/,
    /^badArgument: .*whole numbers from 1, got Float32Array, 3, 3/,
    /^badData: this is a web page, not an image/,
    /^badArgument: segment\(\) takes .*, got null/,
    /^badArgument: this HTMLVideoElement has no picture/,
    /^badArgument: this OffscreenCanvas has no picture/,
  ];
  assert.equal(errors.length, expected.length);
  errors.forEach((error, i) => assert.match(error, expected[i]!));
});

test('pictures of another origin that does not let them be read: said what to do', async () => {
  const browser = open.page.context().browser()!;
  const site = { origin: new URL(open.page.url()).origin };
  const { page, finish } = await openPage(browser, site, { bypassCSP: true });
  await page.route('http://elsewhere.test/*', (route) =>
    route.fulfill({ contentType: 'image/png', body: Buffer.from(files['/grey.png']) }),
  );
  const errors = await page.evaluate(async () => {
    const image = new Image();
    image.src = 'http://elsewhere.test/grey.png';
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.getContext('2d')!.drawImage(image, 0, 0);
    const bitmap = await createImageBitmap(image);
    const closed = await createImageBitmap(new ImageData(2, 2));
    closed.close();
    const loaded = await limbus.Segmenter.load('/model.onnx');
    const said: string[] = [];
    for (const source of [image, canvas, bitmap, closed])
      await loaded
        .segment(source)
        .catch((error: Error & { code: string }) => said.push(`${error.code}: ${error.message}`));
    return said;
  });
  await finish();
  assert.equal(errors.length, 4);
  for (const error of errors.slice(0, 3))
    assert.match(error, /^badArgument: .*another origin.*crossorigin.*Access-Control-Allow-Origin/);
  assert.match(errors[3]!, /^badArgument: this cannot be sent to the worker/);
});

test('a model comes as a file, a response or bytes, of a pool too; all else is refused', async () => {
  const { names, errors } = await open.page.evaluate(async () => {
    const bytes = await (await fetch('/model.onnx')).arrayBuffer();
    const read = await fetch('/model.onnx');
    await read.arrayBuffer();
    const names: string[] = [];
    const errors: string[] = [];
    const load = async (source: unknown, how: 'Segmenter' | 'SegmenterPool' = 'Segmenter') => {
      const model = source as string;
      try {
        const loaded = await limbus[how].load(model, { size: 1 } as object);
        names.push(loaded.manifest.name);
        loaded.dispose();
      } catch (error) {
        errors.push(`${(error as { code: string }).code}: ${(error as Error).message}`);
      }
    };
    await load(new File([bytes], 'model.onnx'));
    await load(new Blob([bytes]));
    await load(await fetch('/model.onnx'));
    await load(new Response(bytes));
    await load(bytes);
    await load(new Blob([bytes]), 'SegmenterPool');
    await load(await fetch('/absent.onnx'));
    const { fetch: real } = globalThis;
    globalThis.fetch = () => Promise.reject(new TypeError('Failed to fetch')); // no network
    await load('/model.onnx');
    globalThis.fetch = real;
    await load(new Response('<!doctype html><title>Start</title>'));
    await load(read);
    await load(new Response());
    await load({ url: '/model.onnx' });
    await load(undefined, 'SegmenterPool');
    return { names, errors };
  });
  assert.deepEqual(names, Array(6).fill('thresholds'));
  const expected = [
    /^notFound: could not fetch .*absent\.onnx: status 404/,
    /^io: could not fetch .*model\.onnx: Failed to fetch; .*network.* \(CORS\)\?$/,
    /^notFound: could not fetch the model: a web page came, not an \.onnx$/,
    /^badArgument: .*read already/,
    /^badData: .*empty/,
    /^badArgument: a model is a URL, Blob, .*, got Object$/,
    /^badArgument: a model is .*, got undefined$/,
  ];
  assert.equal(errors.length, expected.length);
  errors.forEach((error, i) => assert.match(error, expected[i]!));
});

test('answers keep the order of the calls whatever their sources', async () => {
  const order = await open.page.evaluate(async () => {
    const blob = await (await fetch('/grey.png')).blob();
    const done: string[] = [];
    const calls = { url: '/grey.png', blob, canvas: new OffscreenCanvas(4, 4), last: blob };
    calls.canvas.getContext('2d');
    await Promise.all(
      Object.entries(calls).map(([name, source]) =>
        segmenter.segment(source).then(() => done.push(name)),
      ),
    );
    return done;
  });
  assert.deepEqual(order, ['url', 'blob', 'canvas', 'last']);
});

test('aborting a call rejects with the reason, and the next one is answered', async () => {
  const outcome = await open.page.evaluate(async () => {
    const blob = await (await fetch('/grey.png')).blob();
    const reasons: unknown[] = [];
    const collect = (error: unknown) => reasons.push((error as Error).name ?? error);
    await segmenter.segment(blob, { signal: AbortSignal.abort('before') }).catch(collect);
    for (const source of [blob, '/grey.png', new URL('/grey.png', location.href)]) {
      const abort = new AbortController();
      const pending = segmenter.segment(source, { signal: abort.signal });
      abort.abort();
      await pending.catch(collect);
    }
    const unused = new AbortController();
    const result = await segmenter.segment(blob, { signal: unused.signal });
    unused.abort();
    return { reasons, pixels: result.mask.length };
  });
  assert.deepEqual(outcome.reasons, ['before', 'AbortError', 'AbortError', 'AbortError']);
  assert.equal(outcome.pixels, kWidth * kHeight);
});

test('aborting a load at every stage ends its worker', async () => {
  const workers = () => open.page.workers().length;
  const running = workers();
  for (const stage of ['fetch', 'core', 'runtime', 'warmup']) {
    const name = await open.page.evaluate(async (stage) => {
      const abort = new AbortController();
      try {
        await limbus.Segmenter.load('/model.onnx', {
          signal: abort.signal,
          onStatus: (status) => status.stage === stage && abort.abort(),
        });
        return 'loaded';
      } catch (error) {
        return (error as Error).name;
      }
    }, stage);
    assert.equal(name, 'AbortError', stage);
    for (let i = 0; i < 50 && workers() > running; ++i) await open.page.waitForTimeout(20);
    assert.equal(workers(), running, stage);
  }
});

interface Told {
  stage: string;
  bytes: { loaded: number; total: number | null; percent: number | null };
}

test('loading tells bytes and percent of model, core and runtime; `using` ends the worker', async () => {
  const told = await open.page.evaluate(async () => {
    const seen: Told[] = [];
    const loaded = await limbus.Segmenter.load('/large.onnx', {
      onStatus: ({ stage, bytes }) => bytes && seen.push({ stage, bytes }),
    });
    loaded[Symbol.dispose]();
    const after = await loaded.segment('/grey.png').catch((error: { code: string }) => error.code);
    return { seen, after };
  });
  assert.equal(told.after, 'disposed');
  const whole = kLarge.length + kCoreBytes + kRuntimeBytes;
  const last = told.seen.at(-1)!;
  assert.deepEqual(last.bytes, { loaded: whole, total: whole, percent: 100 });
  const ends = ['fetch', 'core', 'runtime'].map(
    (stage) => told.seen.filter((each) => each.stage === stage).at(-1)!.bytes.loaded,
  );
  // The last percents of a part are not all told.
  const expected = [kLarge.length, kLarge.length + kCoreBytes, whole];
  ends.forEach((end, i) => assert.ok(expected[i]! - end < whole / 50, `${end} of ${expected[i]}`));
  assert.ok(
    told.seen.every(({ bytes }, i) => i === 0 || bytes.loaded >= told.seen[i - 1]!.bytes.loaded),
  );
});

test('what is sent compressed has a percent too', async () => {
  const percents = await open.page.evaluate(async () => {
    const bytes = await (await fetch('/large.onnx')).arrayBuffer();
    const headers = { 'Content-Encoding': 'br', 'Content-Length': String(bytes.byteLength >> 1) };
    const seen: (number | null | undefined)[] = [];
    const loaded = await limbus.Segmenter.load(new Response(bytes, { headers }), {
      onStatus: (status) => status.bytes && seen.push(status.bytes.percent),
    });
    loaded.dispose();
    return seen;
  });
  assert.ok(percents.length > 3);
  assert.ok(percents.every((percent) => typeof percent === 'number' && percent <= 100));
  assert.equal(percents.at(-1), 100);
});

test('aborted calls of the core reject with the reason, in a worker and without', async () => {
  const { reasons, width } = await open.page.evaluate(async () => {
    const path = '/lib/core_alone.js';
    const alone = (await import(path)) as typeof limbus;
    const mask = { data: new Uint8Array(4), width: 2, height: 2 };
    const manifest = { formatVersion: 1, input: { width: 8, height: 8 }, classes: [{ name: 'a' }] };
    const reasons: unknown[] = [];
    const caught = (call: Promise<unknown>) =>
      call.then(
        () => reasons.push('answered'),
        (reason) => reasons.push(reason),
      );
    for (const core of [limbus, alone]) {
      const options = { signal: AbortSignal.abort('before') };
      const file = await (await fetch('/model.onnx')).blob();
      const bytes = await file.arrayBuffer();
      await caught(core.renderEye('openeds2019', 1, 0, options));
      await caught(core.analyse(mask, manifest, options));
      await caught(core.confusion(mask, mask, 1, options));
      await caught(core.score([{ classes: 1, counts: [4] }], 'dataset', options));
      await caught(core.inspect(bytes, options));
      await caught(core.withManifest(bytes, manifest, options));
      for (const model of ['/model.onnx', file, new Response(bytes), bytes])
        await caught(core.readManifest(model, options));
    }
    await caught(segmenter.useManifest(manifest, { signal: AbortSignal.abort('before') }));
    const later = new AbortController();
    const pending = limbus.renderEye('openeds2019', 1, 0, { signal: later.signal });
    later.abort('later');
    await caught(pending);
    const { width } = await limbus.renderEye('openeds2019', 1, 0);
    alone.closeCore();
    limbus.closeCore();
    return { reasons, width };
  });
  assert.deepEqual(reasons, [...Array(21).fill('before'), 'later']);
  assert.equal(width, 400);
});
