// <limbus-segmenter> told of another picture or model: who wins a race, what is let go.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';

import type * as Limbus from '../../web/src/index.js';
import { thresholdModel } from '../../web/test/support/threshold_model.js';
import { useSite } from './hooks.js';
import {
  hold,
  kBlank,
  kHandedIn,
  kPlain,
  openElements,
  resultOf,
  serveElements,
  shareElements,
  workers,
  type Elements,
} from './element_site.js';

const kInTime = { timeout: 60_000 }; // what is never rejected would wait for ever
interface Made {
  made: ImageBitmap[];
}

const ground = useSite(() =>
  serveElements({
    files: {
      '/blank.png': kBlank,
      '/broken.onnx': new TextEncoder().encode('no model'),
      '/bands.onnx': thresholdModel(),
      '/foreign.onnx': thresholdModel({ manifest: null }),
    },
    folders: { '/static/limbus/': join(process.env['LIMBUS_ROOT']!, 'web/lib/limbus') },
  }),
);

test('of two pictures the newer one wins, whichever comes first', kInTime, async () => {
  const { page, finish } = await shareElements(ground, '');
  const letGo = await hold(page, '/eye.png?slow');
  const waiting = page.waitForRequest('**/eye.png?slow');
  await page.evaluate(
    (html) => (document.body.innerHTML = html),
    kPlain.replace('eye.png', 'eye.png?slow'),
  );
  await waiting;
  const refused = await page.evaluate(async () => {
    const eye = document.getElementById('eye') as Elements;
    const first = eye.segment().catch((error: unknown) => (error as Error).name);
    eye.src = '/blank.png';
    return first;
  });
  assert.equal(refused, 'AbortError');
  assert.equal((await resultOf(page, 'eye')).width, 64);
  letGo();
  await page.waitForTimeout(500);
  assert.equal((await resultOf(page, 'eye')).width, 64);
  // Changes at all stages of a run: each result belongs to the source of its time.
  const seen = await page.evaluate(async () => {
    const eye = document.getElementById('eye') as Elements;
    const wrong: string[] = [];
    let results = 0;
    let wanted = 0;
    eye.addEventListener('result', ({ detail }) => {
      results += 1;
      if (detail.width !== wanted) wrong.push(`${detail.width} instead of ${wanted}`);
    });
    for (let i = 0; i < 40; ++i) {
      wanted = 100 + i;
      eye.source = new ImageData(wanted, 80);
      await new Promise((resolve) => setTimeout(resolve, i % 20));
      if (eye.result && eye.result.width !== wanted) wrong.push(`property ${eye.result.width}`);
    }
    while (eye.busy) await new Promise((resolve) => setTimeout(resolve, 20));
    return { wrong, results, last: eye.result?.width };
  });
  assert.deepEqual(seen.wrong, []);
  assert.ok(seen.results >= 1 && seen.results <= 40, `${seen.results} results`);
  assert.equal(seen.last, 139);
  await finish();
});

test('another model: its result replaces the former, whose worker ends', async () => {
  const { page, finish } = await shareElements(ground, kPlain);
  await resultOf(page, 'eye');
  const between = await page.evaluate(async () => {
    const eye = document.getElementById('eye') as Elements;
    eye.model = '/bands.onnx';
    await null;
    const label = eye.shadowRoot!.querySelector('[role=img]')!.getAttribute('aria-label');
    return [eye.result, eye.segmenter, label];
  });
  assert.deepEqual(between, [null, null, 'Left eye']);
  await resultOf(page, 'eye');
  const name = () =>
    page.evaluate(() => (document.getElementById('eye') as Elements).segmenter!.manifest.name);
  assert.equal(await name(), 'thresholds');
  await page.evaluate(() => ((document.getElementById('eye') as Elements).src = '/blank.png'));
  assert.deepEqual(
    [...new Set((await resultOf(page, 'eye')).mask)],
    [3],
    'white: the highest band',
  );
  await workers(page, 1);
  await finish();
});

test('segmented right after another model is asked for: by that one', async () => {
  const { page, asked, finish } = await shareElements(
    ground,
    '<limbus-segmenter id="eye" model="/bands.onnx"></limbus-segmenter>',
  );
  const seen = await page.evaluate(async (manifest) => {
    const eye = document.getElementById('eye') as Elements;
    await eye.segment('/blank.png');
    const names: string[] = [];
    const changes: (() => void)[] = [
      () => Object.assign(eye, { model: '/foreign.onnx', manifest }),
      () => (eye.manifest = { ...manifest, name: 'another' }),
      () => (eye.manifest!.name = 'changed later'), // which says nothing
      () => (eye.provider = 'wasm-threads'),
      () => (eye.assetsUrl = '/static/limbus/'),
    ];
    for (const change of changes) {
      change();
      await eye.segment();
      names.push(eye.segmenter!.manifest.name);
    }
    return { names, fallback: eye.segmenter!.fallbackReason };
  }, kHandedIn);
  assert.deepEqual(seen.names, ['handed in', 'another', 'another', 'another', 'another']);
  assert.match(seen.fallback!, /cross-origin isolated/);
  assert.ok(asked.includes('/static/limbus/worker.js'), asked.join());
  await workers(page, 1);
  await finish();
});

test('of src and source the last set counts, also where src is what it was', async () => {
  const { page, finish } = await shareElements(
    ground,
    '<limbus-segmenter id="eye" src="/blank.png" model="/bands.onnx"></limbus-segmenter>',
  );
  assert.equal((await resultOf(page, 'eye')).width, 64);
  await page.evaluate(
    () => ((document.getElementById('eye') as Elements).source = new ImageData(99, 80)),
  );
  assert.equal((await resultOf(page, 'eye')).width, 99);
  await page.evaluate(() => ((document.getElementById('eye') as Elements).src = '/blank.png'));
  assert.equal((await resultOf(page, 'eye')).width, 64);
  const same = await page.evaluate(async () => {
    const eye = document.getElementById('eye') as Elements;
    const { result, source } = eye;
    eye.src = '/blank.png'; // which it shows already
    await null;
    return [source, !eye.busy && eye.result === result];
  });
  assert.deepEqual(same, [null, true]);
  await finish();
});

test('a picture that was opened for nothing is closed', async () => {
  const { page, finish } = await openElements(ground, '');
  const letGo = await hold(page, '/broken.onnx');
  await page.evaluate(() => {
    const plain = createImageBitmap;
    const made: ImageBitmap[] = [];
    const kept = async (...given: Parameters<typeof plain>) => {
      const bitmap = await plain(...given);
      made.push(bitmap);
      return bitmap;
    };
    Object.assign(globalThis, { made, createImageBitmap: kept });
    document.body.innerHTML =
      '<limbus-segmenter id="eye" src="/blank.png" model="/broken.onnx"></limbus-segmenter>';
  });
  const made = (count: number) =>
    page.waitForFunction((count) => (globalThis as unknown as Made).made.length === count, count);
  await made(1);
  await page.evaluate(() => ((document.getElementById('eye') as Elements).src = '/eye.png'));
  await made(2);
  letGo();
  await page.waitForFunction(() => (document.getElementById('eye') as Elements).error);
  // Closed ones have no width.
  const widths = await page.evaluate(() =>
    (globalThis as unknown as Made).made.map(({ width }) => width),
  );
  assert.deepEqual(widths, [0, 0]);
  await finish();
});

test('segment() takes a signal: its reason is told, and no result comes', kInTime, async () => {
  const { page, finish } = await shareElements(
    ground,
    `<form><limbus-segmenter id="eye" model="/bands.onnx" src="/blank.png" loading="eager" required>
      </limbus-segmenter></form>`,
  );
  const before = await resultOf(page, 'eye');
  const letGo = await hold(page, '/slow.png');
  const seen = await page.evaluate(async () => {
    const eye = document.getElementById('eye') as Elements;
    const said = (call: Promise<Limbus.SegmentResult>) =>
      call.then(
        ({ width }) => width,
        (reason: unknown) => reason,
      );
    globalThis.told.length = 0;
    const early = await said(eye.segment('/none.png', { signal: AbortSignal.abort('before') }));
    const kept = eye.result?.width;
    const controller = new AbortController();
    const pending = said(eye.segment('/slow.png', { signal: controller.signal }));
    const busy = [eye.busy, eye.checkValidity()];
    controller.abort('enough');
    const aborted = await pending;
    const left = [eye.busy, eye.result, eye.error, eye.validity.valueMissing];
    const used = new AbortController();
    const next = await said(eye.segment(new ImageData(80, 48), { signal: used.signal }));
    const again = said(eye.segment());
    used.abort('late');
    return { early, kept, busy, aborted, left, next, again: await again, told: globalThis.told };
  });
  letGo();
  assert.deepEqual([seen.early, seen.kept], ['before', before.width]);
  assert.deepEqual([seen.busy, seen.aborted], [[true, false], 'enough']);
  assert.deepEqual(seen.left, [false, null, null, true]);
  assert.deepEqual([seen.next, seen.again], [80, 80]);
  assert.ok(!seen.told.includes('eye error'), seen.told.join());
  await finish();
});
