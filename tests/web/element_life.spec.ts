// <limbus-segmenter> from its arrival to its removal: when it fetches, what it shares, what it shows meanwhile.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';

import { thresholdModel } from '../../web/test/support/threshold_model.js';
import { chromiumOnly } from './browsers.js';
import { useSite } from './hooks.js';
import {
  hold,
  kBlank,
  kHandedIn,
  kPlain,
  partText,
  resultOf,
  serveElements,
  shareElements,
  workers,
  type Elements,
} from './element_site.js';

const kWorker = '/lib/limbus/worker.js';

const ground = useSite(() =>
  serveElements({
    files: {
      '/blank.png': kBlank,
      '/bands.onnx': thresholdModel(),
      '/foreign.onnx': thresholdModel({ manifest: null }),
    },
    folders: { '/static/limbus/': join(process.env['LIMBUS_ROOT']!, 'web/lib/limbus') },
  }),
);

test('lazy: nothing is fetched far from the viewport; eager fetches at once', async () => {
  const { page, asked, finish } = await shareElements(ground, '<div></div>');
  await page.evaluate(
    (html) => {
      document.querySelector('div')!.style.height = '20000px';
      document.body.insertAdjacentHTML('beforeend', html);
    },
    `${kPlain.replace('alt', 'poster="/blank.png" alt')}</limbus-segmenter>
     <limbus-segmenter id="now" src="/eye.png?now" model="/bands.onnx" loading="eager">`,
  );
  await resultOf(page, 'now');
  const before = [...asked];
  assert.ok(before.includes('/eye.png?now') && before.includes('/bands.onnx'), before.join());
  assert.ok(
    !before.some((path) => /^\/(eye\.png|eye-s\.onnx|blank\.png)$/.test(path)),
    before.join(),
  );
  const letGo = await hold(page, '/eye.png');
  await page.locator('#eye').scrollIntoViewIfNeeded();
  await page.waitForFunction(() => {
    const poster = document.getElementById('eye')!.shadowRoot!.querySelector('img')!;
    return poster.naturalWidth === 64 && poster.checkVisibility();
  });
  letGo();
  assert.ok((await resultOf(page, 'eye')).eye);
  assert.equal(await partText(page, 'eye', 'poster'), null);
  await finish();
});

test('elements with one model share one worker, which ends after the last', async () => {
  const { page, asked, finish } = await shareElements(
    ground,
    `<main>${['a', 'b', 'c'].map((id) => kPlain.replace('eye', id)).join('</limbus-segmenter>')}`,
  );
  for (const id of ['a', 'b', 'c']) await resultOf(page, id);
  assert.equal(asked.filter((path) => path === '/eye-s.onnx').length, 1);
  assert.equal(asked.filter((path) => path === kWorker).length, 1);
  await workers(page, 1);
  const told = await page.evaluate(() => [...new Set(globalThis.told)].sort());
  assert.deepEqual(
    told,
    ['a', 'b', 'c'].flatMap((id) => ['load', 'progress', 'result'].map((type) => `${id} ${type}`)),
  );
  // Moved: it keeps its result and asks for nothing.
  const count = asked.length;
  await page.evaluate(() => {
    globalThis.told.length = 0;
    document.body.append(document.getElementById('a')!);
    document.getElementById('b')!.remove();
    document.getElementById('c')!.remove();
  });
  await page.waitForTimeout(800);
  assert.ok((await resultOf(page, 'a')).eye);
  assert.deepEqual(
    [asked.length - count, await page.evaluate(() => globalThis.told.length)],
    [0, 0],
  );
  await workers(page, 1);
  await page.evaluate(() => document.getElementById('a')!.remove());
  await workers(page, 0);
  await finish();
});

test('replaced by another element of the same model, the worker stays', async () => {
  const { page, asked, finish } = await shareElements(ground, kPlain);
  await resultOf(page, 'eye');
  await page.evaluate(() =>
    document.getElementById('eye')!.replaceWith(document.getElementById('eye')!.cloneNode()),
  );
  await resultOf(page, 'eye');
  assert.equal(asked.filter((path) => path === kWorker).length, 1);
  await finish();
});

test('a segmenter of your own is used and left alone', async () => {
  const { page, finish } = await shareElements(
    ground,
    '<limbus-segmenter id="eye" src="/eye.png" loading="eager"></limbus-segmenter>',
  );
  await page.evaluate(async () => {
    globalThis.segmenter = await limbus.Segmenter.load('/eye-s.onnx');
    (document.getElementById('eye') as Elements).segmenter = segmenter;
  });
  await resultOf(page, 'eye');
  const lives = await page.evaluate(async () => {
    document.getElementById('eye')!.remove();
    await new Promise((resolve) => setTimeout(resolve, 700));
    return (await segmenter.segment(new ImageData(8, 8))).width;
  });
  assert.equal(lives, 8);
  await workers(page, 1);
  await page.evaluate(() => segmenter.dispose());
  await finish();
});

test('manifest, assets-url and provider reach the segmenter', async () => {
  const { page, asked, finish } = await shareElements(
    ground,
    `<limbus-segmenter id="eye" src="/blank.png" model="/foreign.onnx" assets-url="static/limbus"
      provider="wasm-threads" loading="eager"></limbus-segmenter>`,
  );
  await page.evaluate((manifest) => {
    (document.getElementById('eye') as Elements).manifest = manifest;
  }, kHandedIn);
  assert.deepEqual([...new Set((await resultOf(page, 'eye')).mask)], [3]);
  const used = await page.evaluate(() => {
    const { manifest, provider, fallbackReason } = (document.getElementById('eye') as Elements)
      .segmenter!;
    return [manifest.name, provider, fallbackReason];
  });
  assert.deepEqual(used.slice(0, 2), ['handed in', 'wasm']);
  assert.match(used[2]!, /cross-origin isolated/); // which this page is not
  assert.ok(asked.includes('/static/limbus/worker.js') && !asked.includes(kWorker), asked.join());
  await finish();
});

const aborts = chromiumOnly('the driver does not tell of aborted requests');

test(
  'removed while it loads: the fetch is aborted, no worker stays; back again it loads',
  aborts,
  async () => {
    const { page, finish } = await shareElements(ground, '');
    const letGo = await hold(page, '/eye-s.onnx');
    const aborted = page.waitForEvent('requestfailed', (request) =>
      request.url().endsWith('/eye-s.onnx'),
    );
    const waiting = page.waitForRequest('**/eye-s.onnx');
    await page.evaluate((html) => (document.body.innerHTML = html), kPlain);
    await waiting;
    await page.evaluate(() => {
      Object.assign(globalThis, { eye: document.getElementById('eye') });
      document.getElementById('eye')!.remove();
    });
    await aborted;
    letGo();
    // By then an answer to it would have come, too.
    await page.evaluate(async () => (await fetch('/eye-s.onnx')).arrayBuffer());
    await workers(page, 0);
    const busy = await page.evaluate(() => {
      const { eye } = globalThis as unknown as { eye: Elements };
      const { busy } = eye;
      document.body.append(eye);
      return [busy, globalThis.told.some((line) => /result|error/.test(line))];
    });
    assert.deepEqual(busy, [false, false]);
    assert.ok((await resultOf(page, 'eye')).eye);
    await finish();
  },
);

test('slots take the place of what is built in', async () => {
  const html = `${kPlain.replace('src="/eye.png"', '')}
    <span id="nothing">Choose a picture</span>
    <b id="own-progress" slot="progress">one moment</b>
    <b id="own-error" slot="error">sorry</b>
    <b id="own-legend" slot="legend">found</b>
  </limbus-segmenter>
  <limbus-segmenter><img id="own-poster" slot="poster" src="/blank.png" alt=""></limbus-segmenter>`;
  const { page, finish } = await shareElements(ground, html);
  const visible = () =>
    page.evaluate(() =>
      ['nothing', 'own-progress', 'own-error', 'own-legend', 'own-poster']
        .filter((id) => document.getElementById(id)!.checkVisibility())
        .join(' '),
    );
  assert.equal(await visible(), 'nothing own-poster');
  const letGo = await hold(page, '/eye-s.onnx');
  await page.evaluate(() => void ((document.getElementById('eye') as Elements).src = '/eye.png'));
  // It shows from the beginning, the picture once it is read.
  await page.waitForFunction(
    () =>
      document.getElementById('own-progress')!.checkVisibility() &&
      !document.getElementById('nothing')!.checkVisibility(),
  );
  assert.equal(await visible(), 'own-progress own-poster');
  letGo();
  await resultOf(page, 'eye');
  assert.equal(await visible(), 'own-legend own-poster');
  await page.evaluate(() => ((document.getElementById('eye') as Elements).src = '/none.png'));
  await page.waitForFunction(() => (document.getElementById('eye') as Elements).error);
  assert.equal(await visible(), 'nothing own-error own-poster');
  await page.evaluate(() => (document.getElementById('eye') as Elements).reset());
  assert.equal(await visible(), 'nothing own-poster');
  await finish();
});
