// <limbus-segmenter> when something fails: what it says, how it recovers.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import type * as Limbus from '../../web/src/index.js';
import { chromiumOnly } from './browsers.js';
import { useSite } from './hooks.js';
import {
  kBlank,
  kPlain,
  kSample,
  openElements,
  partText,
  resultOf,
  serveElements,
  workers,
  type Elements,
} from './element_site.js';

let hidden = false; // '/later.png'

const ground = useSite(() =>
  serveElements({
    files: {
      '/broken.png': kBlank.subarray(0, kBlank.length - 20),
      '/broken.onnx': new TextEncoder().encode('no model'),
      '/later.png': kSample,
    },
    hide: (path) => hidden && path === '/later.png',
  }),
);

test('what fails says why and can be tried again, by keyboard too', async () => {
  hidden = true;
  const { page, finish } = await openElements(ground, kPlain.replace('eye.png', 'later.png'));
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
  const { page, finish } = await openElements(ground, kPlain);
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

const scripted = chromiumOnly('the driver runs nothing in workers');

test('a worker that dies is an error once; the next picture gets another', scripted, async () => {
  const { page } = await openElements(ground, kPlain);
  await resultOf(page, 'eye');
  await page.workers()[0]!.evaluate(() => {
    setTimeout(() => {
      throw new Error('ouch');
    });
  });
  await page.waitForTimeout(200);
  const code = await page.evaluate(() =>
    (document.getElementById('eye') as Elements).segment().then(
      () => 'none',
      (error: Limbus.LimbusError) => error.code,
    ),
  );
  assert.equal(code, 'internal');
  await page.evaluate(() => (document.getElementById('eye') as Elements).segment());
  assert.ok((await resultOf(page, 'eye')).eye);
  await workers(page, 1);
  await page.context().close(); // with the error that was thrown on purpose
});
