// <limbus-segmenter> when something fails: what it says, how it recovers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';

import type * as Limbus from '../../web/src/index.js';
import { writePng } from '../../web/test/support/png_writer.js';
import { thresholdModel } from '../../web/test/support/threshold_model.js';
import { chromiumOnly } from './browsers.js';
import { kFragile } from './fragile_worker.js';
import { useSite } from './hooks.js';
import {
  hold,
  kBlank,
  kPlain,
  kSample,
  openElements,
  partText,
  resultOf,
  serveElements,
  shareElements,
  workers,
  type Elements,
} from './element_site.js';

let hidden = false; // '/later.png'

const widths = [13, 16, 17, 18, 19, 20, 21];
const pictures = widths.map((width): [string, Uint8Array] => {
  const samples = Array<number>(width * 8).fill(99);
  return [`/${width}.png`, writePng({ width, height: 8, bitDepth: 8, colourType: 0, samples })];
});

const ground = useSite(() =>
  serveElements({
    files: {
      '/broken.png': kBlank.subarray(0, kBlank.length - 20),
      '/broken.onnx': new TextEncoder().encode('no model'),
      '/later.png': kSample,
      '/bands.onnx': thresholdModel(),
      ...Object.fromEntries(pictures),
    },
    scripts: { '/fragile.js': kFragile },
    hide: (path) => hidden && path === '/later.png',
  }),
);

test('what fails says why and can be tried again, by keyboard too', async () => {
  hidden = true;
  const { page, finish } = await shareElements(ground, kPlain.replace('eye.png', 'later.png'));
  await page.waitForFunction(() => (document.getElementById('eye') as Elements).error);
  assert.match((await partText(page, 'eye', 'error'))!, /later\.png: status 404\s+Try again$/);
  const said = await page.evaluate(() => {
    const eye = document.getElementById('eye') as Elements;
    const { textContent } = eye.shadowRoot!.querySelector('[role=status]')!;
    return [
      eye.error instanceof limbus.LimbusError && eye.error.code,
      textContent,
      told.includes('eye error'),
    ];
  });
  assert.deepEqual([said[0], said[2]], ['notFound', true]);
  assert.match(String(said[1]), /status 404$/);
  hidden = false;
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  assert.ok((await resultOf(page, 'eye')).eye);
  assert.equal(await partText(page, 'eye', 'error'), null);
  assert.equal(await page.evaluate(() => document.activeElement!.id), 'eye', 'focus is not lost');
  await finish();
});

const kFailures: [what: string, value: string, code: string][] = [
  ['src', '/broken.png', 'badData'],
  ['model', '/broken.onnx', 'badData'],
  ['model', '/none.onnx', 'notFound'],
  ['provider', 'gpu', 'badArgument'],
  ['src', 'https://', 'badArgument'],
  ['model', 'https://', 'badArgument'],
  ['assets-url', 'https://', 'badArgument'],
];

test('after an error a new picture or model recovers', async () => {
  const { page, finish } = await shareElements(ground, kPlain);
  await resultOf(page, 'eye');
  for (const [what, value, code] of kFailures) {
    const right = await page.evaluate(
      async ([what, value]) => {
        const eye = document.getElementById('eye') as Elements;
        const right = eye.getAttribute(what!);
        const failed = new Promise<Limbus.LimbusError>((resolve) =>
          eye.addEventListener('error', ({ detail }) => resolve(detail), { once: true }),
        );
        eye.setAttribute(what!, value!);
        const { code } = await failed;
        return { right, code, result: eye.result, same: eye.error === (await failed) };
      },
      [what, value] as const,
    );
    assert.deepEqual(
      [right.code, right.result, right.same],
      [code, null, true],
      `${what}=${value}`,
    );
    await page.evaluate(
      ([what, right]) => {
        const eye = document.getElementById('eye') as Elements;
        if (right === null) eye.removeAttribute(what!);
        else eye.setAttribute(what!, right!);
      },
      [what, right.right] as const,
    );
    assert.ok((await resultOf(page, 'eye')).eye, `${what} again`);
  }
  await finish();
});

test('a picture that cannot be read is its own error, and the model stays', async () => {
  const { page, finish } = await shareElements(ground, kPlain);
  await resultOf(page, 'eye');
  const [worker] = page.workers();
  const said = await page.evaluate(async () => {
    const eye = document.getElementById('eye') as Elements;
    const lost = () => Promise.reject(new DOMException('it is gone', 'NotReadableError'));
    const closed = await createImageBitmap(new ImageData(4, 4));
    closed.close();
    const body = new ReadableStream({ pull: (at) => at.error(new Error('it broke off')) });
    const said: string[] = [];
    const lostFile = Object.assign(new Blob(['x']), { arrayBuffer: lost });
    for (const source of [lostFile, new Response(body), closed]) {
      const failed = new Promise<Limbus.LimbusError>((resolve) =>
        eye.addEventListener('error', ({ detail }) => resolve(detail), { once: true }),
      );
      eye.source = source;
      const { code, message } = await failed;
      said.push(`${code}: ${message}`);
    }
    eye.source = null;
    return said;
  });
  assert.match(said[0]!, /^io: the file cannot be read: it is gone/);
  assert.match(said[1]!, /^io: could not fetch the picture: /);
  assert.match(said[2]!, /^badArgument: this ImageBitmap was closed/);
  assert.ok((await resultOf(page, 'eye')).eye);
  assert.deepEqual(page.workers(), [worker]);
  await finish();
});

const scripted = chromiumOnly('the driver runs nothing in workers');

test('a worker that dies while nobody asks is no error', scripted, async () => {
  const { page } = await openElements(ground, kPlain);
  await resultOf(page, 'eye');
  await page.workers()[0]!.evaluate(() => {
    setTimeout(() => {
      throw new Error('ouch');
    });
  });
  await page.waitForTimeout(200);
  await page.evaluate(() => (document.getElementById('eye') as Elements).segment());
  assert.ok((await resultOf(page, 'eye')).eye);
  await workers(page, 1);
  await page.context().close(); // with the error that was thrown on purpose
});

const kIds = ['a', 'b', 'c', 'd', 'e'];
const kGallery = kIds
  .map(
    (id) => `<limbus-segmenter id="${id}" src="/16.png" model="/bands.onnx" loading="eager"
      worker-url="/fragile.js"></limbus-segmenter>`,
  )
  .join('');

/** Widths of the results, or codes of the errors, once all have one or the other. */
async function outcomes(page: Page): Promise<(number | string)[]> {
  const all = await page.waitForFunction((ids) => {
    const found = ids.map((id) => document.getElementById(id) as Elements);
    const done = found.every(({ busy, result, error }) => !busy && (result ?? error));
    return done && found.map(({ result, error }) => result?.width ?? error!.code);
  }, kIds);
  return all.jsonValue() as Promise<(number | string)[]>;
}

test('a picture of which the shared worker dies is an error of its own element alone', async () => {
  const { page } = await openElements(ground, kGallery);
  assert.deepEqual(await outcomes(page), [16, 16, 16, 16, 16]);
  const change = (id: string, width: number) =>
    page.evaluate(
      ([id, width]) => document.getElementById(id)!.setAttribute('src', `/${width}.png`),
      [id, width] as const,
    );
  await change('b', 13);
  assert.deepEqual(await outcomes(page), [16, 'internal', 16, 16, 16]);
  await page.evaluate(() => (globalThis.told.length = 0));
  for (const [i, id] of kIds.entries()) await change(id, 17 + i);
  assert.deepEqual(await outcomes(page), [17, 18, 19, 20, 21]);
  const [told, shared] = await page.evaluate((ids) => {
    const used = ids.map((id) => (document.getElementById(id) as Elements).segmenter);
    return [globalThis.told, new Set(used).size];
  }, kIds);
  assert.ok(!told.some((line) => line.endsWith('error')), told.join());
  assert.equal(shared, 1);
  await workers(page, 1);
  await page.context().close(); // with the errors that were thrown on purpose
});

test('two pictures of which the shared worker dies cost the other elements nothing', async () => {
  const { page } = await openElements(ground, kGallery);
  await outcomes(page);
  await page.evaluate((ids) => {
    for (const [i, id] of ids.entries())
      document.getElementById(id)!.setAttribute('src', `/${i < 2 ? 13 : 17 + i}.png`);
  }, kIds);
  assert.deepEqual(await outcomes(page), ['internal', 'internal', 19, 20, 21]);
  await workers(page, 1);
  await page.context().close(); // with the errors that were thrown on purpose
});

test('what waited for a worker that dies of another picture is asked again', async () => {
  const { page } = await openElements(ground, kGallery);
  await outcomes(page);
  const letGo = await hold(page, '/21.png'); // opened only after the worker has died
  await page.evaluate((ids) => {
    for (const [i, id] of ids.entries())
      document.getElementById(id)!.setAttribute('src', `/${id === 'b' ? 13 : 17 + i}.png`);
  }, kIds);
  await page.waitForFunction(() => (document.getElementById('b') as Elements).error);
  letGo();
  assert.deepEqual(await outcomes(page), [17, 'internal', 19, 20, 21]);
  await workers(page, 1);
  await page.context().close(); // with the error that was thrown on purpose
});

test('where a worker dies of a picture that nobody wants any more, the next one is asked again', async () => {
  const { page } = await openElements(ground, kGallery);
  await outcomes(page);
  await page.evaluate(async (ids) => {
    const show = (id: string, width: number) =>
      document.getElementById(id)!.setAttribute('src', `/${width}.png`);
    const begun = new BroadcastChannel('begun');
    const first = new Promise((resolve) => (begun.onmessage = resolve));
    show('b', 13);
    await first;
    for (const [i, id] of ids.entries()) show(id, 17 + i);
  }, kIds);
  assert.deepEqual(await outcomes(page), [17, 18, 19, 20, 21]);
  await workers(page, 1);
  await page.context().close(); // with the error that was thrown on purpose
});
