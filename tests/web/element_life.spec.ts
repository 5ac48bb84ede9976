// <limbus-segmenter> over time: when it fetches, what it shares, who wins a race, how it recovers.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';

import type * as Limbus from '../../web/src/index.js';
import { writePng } from '../../web/test/support/png_writer.js';
import { thresholdManifest, thresholdModel } from '../../web/test/support/threshold_model.js';
import { chromiumOnly } from './browsers.js';
import { useSite } from './hooks.js';
import {
  kSample,
  openElements,
  partText,
  resultOf,
  serveElements,
  type Elements,
} from './element_site.js';

const kPlain = '<limbus-segmenter id="eye" src="/eye.png" model="/eye-s.onnx" alt="Left eye">';
const kHandedIn = { ...thresholdManifest(), name: 'handed in' };
interface Made {
  made: ImageBitmap[];
}

const kInTime = { timeout: 60_000 }; // what is never rejected would wait for ever
const kWorker = '/lib/limbus/worker.js';

let hidden = false; // '/later.png'

const samples = Array<number>(64 * 48).fill(255);
const blank = writePng({ width: 64, height: 48, bitDepth: 8, colourType: 0, samples });
const ground = useSite(() =>
  serveElements({
    files: {
      '/blank.png': blank,
      '/broken.png': blank.subarray(0, blank.length - 20),
      '/broken.onnx': new TextEncoder().encode('no model'),
      '/bands.onnx': thresholdModel(),
      '/foreign.onnx': thresholdModel({ manifest: null }),
      '/later.png': kSample,
    },
    folders: { '/static/limbus/': join(process.env['LIMBUS_ROOT']!, 'web/lib/limbus') },
    hide: (path) => hidden && path === '/later.png',
  }),
);

/** Holds back what is asked under `path` until it is let go. */
async function hold(page: Page, path: string): Promise<() => void> {
  let letGo = () => {};
  const free = new Promise<void>((resolve) => (letGo = resolve));
  await page.route(`**${path}`, async (route) => {
    await free;
    await route.continue().catch(() => {}); // nobody may be waiting any more
  });
  return letGo;
}

async function workers(page: Page, count: number): Promise<void> {
  for (let tries = 0; page.workers().length !== count && tries < 100; ++tries)
    await page.waitForTimeout(50);
  assert.equal(page.workers().length, count, 'workers');
}

test('lazy: nothing is fetched far from the viewport; eager fetches at once', async () => {
  const { page, asked, finish } = await openElements(ground, '<div></div>');
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
  const { page, asked, finish } = await openElements(
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
  const { page, asked, finish } = await openElements(ground, kPlain);
  await resultOf(page, 'eye');
  await page.evaluate(() =>
    document.getElementById('eye')!.replaceWith(document.getElementById('eye')!.cloneNode()),
  );
  await resultOf(page, 'eye');
  assert.equal(asked.filter((path) => path === kWorker).length, 1);
  await finish();
});

test('a segmenter of your own is used and left alone', async () => {
  const { page, finish } = await openElements(
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
  await finish();
});

test('manifest, assets-url and provider reach the segmenter', async () => {
  const { page, asked, finish } = await openElements(
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
    const { page, finish } = await openElements(ground, '');
    const letGo = await hold(page, '/eye-s.onnx');
    const failed: string[] = [];
    page.on('requestfailed', (request) => failed.push(request.url()));
    const waiting = page.waitForRequest('**/eye-s.onnx');
    await page.evaluate((html) => (document.body.innerHTML = html), kPlain);
    await waiting;
    await page.evaluate(() => {
      Object.assign(globalThis, { eye: document.getElementById('eye') });
      document.getElementById('eye')!.remove();
    });
    await page.waitForTimeout(200);
    assert.ok(failed.includes(`${ground.site.origin}/eye-s.onnx`), failed.join());
    letGo();
    await page.waitForTimeout(200);
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

test('of two pictures the newer one wins, whichever comes first', kInTime, async () => {
  const { page, finish } = await openElements(ground, '');
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
  const { page, finish } = await openElements(ground, kPlain);
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
  const { page, asked, finish } = await openElements(
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
  assert.deepEqual(seen.names, ['handed in', 'another', 'another', 'another']);
  assert.match(seen.fallback!, /cross-origin isolated/);
  assert.ok(asked.includes('/static/limbus/worker.js'), asked.join());
  await workers(page, 1);
  await finish();
});

test('of src and source the last set counts, also where src is what it was', async () => {
  const { page, finish } = await openElements(
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

test('slots take the place of what is built in', async () => {
  const html = `${kPlain.replace('src="/eye.png"', '')}
    <span id="nothing">Choose a picture</span>
    <b id="own-progress" slot="progress">one moment</b>
    <b id="own-error" slot="error">sorry</b>
    <b id="own-legend" slot="legend">found</b>
  </limbus-segmenter>
  <limbus-segmenter><img id="own-poster" slot="poster" src="/blank.png" alt=""></limbus-segmenter>`;
  const { page, finish } = await openElements(ground, html);
  const visible = () =>
    page.evaluate(() =>
      ['nothing', 'own-progress', 'own-error', 'own-legend', 'own-poster']
        .filter((id) => document.getElementById(id)!.checkVisibility())
        .join(' '),
    );
  assert.equal(await visible(), 'nothing own-poster');
  const letGo = await hold(page, '/eye-s.onnx');
  await page.evaluate(() => void ((document.getElementById('eye') as Elements).src = '/eye.png'));
  await page.waitForTimeout(300);
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
