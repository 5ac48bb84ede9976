// The first visit's picture, later ones without a network or after a new build, and what the browser was asked for in all of them.
import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';

import { createServer } from '../../web/serve.mjs';
import { kFirefox, launch } from './browsers.js';
import { scratchFolder } from './hooks.js';
import { idle, kDist, kWebGl, view } from './page_site.js';

const folder = scratchFolder('offline');
let browser: Browser;
const stops: (() => Promise<void>)[] = [];
const requests: { url: string; byServiceWorker: boolean }[] = []; // of all contexts

before(async () => {
  browser = await launch(kWebGl);
});

after(async () => {
  await browser.close();
  for (const stop of stops) await stop();
});

async function openContext(options: BrowserContextOptions = {}): Promise<BrowserContext> {
  const context = await browser.newContext(options);
  context.on('request', (request) =>
    requests.push({ url: request.url(), byServiceWorker: request.serviceWorker() !== null }),
  );
  return context;
}

interface Site {
  origin: string;
  asked: string[]; // paths that were answered with content
  askedMs: number[]; // when each came
  server: ReturnType<typeof createServer>;
  stop(): Promise<void>;
}

async function site(dir: string): Promise<Site> {
  const server = createServer(dir);
  const asked: string[] = [];
  const askedMs: number[] = [];
  server.on('request', (request, response) => {
    const cameMs = performance.now();
    response.on('finish', () => {
      if (response.statusCode !== 200) return;
      asked.push(String(request.url));
      askedMs.push(cameMs);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  stops.push(stop);
  return { origin: `http://127.0.0.1:${port}`, asked, askedMs, server, stop };
}

/** Another text for a served one; its compressed copies go. */
function rewrite(dir: string, file: string, change: (text: string) => string): void {
  for (const ending of ['.br', '.gz']) rmSync(join(dir, file + ending), { force: true });
  writeFileSync(join(dir, file), change(readFileSync(join(dir, file), 'utf8')));
}

/** As build.mjs leaves it: another index.html, hence another service worker. */
function rebuild(dir: string, title: string, version: string): void {
  rewrite(dir, 'index.html', (html) => html.replace('<h1>Limbus</h1>', `<h1>${title}</h1>`));
  rewrite(dir, 'service_worker.js', (worker) =>
    worker.replace(/"[0-9a-f]{8}"/, JSON.stringify(version)),
  );
}

/** `files` of the page as they are asked for by it; null: not within some seconds. */
const fetched = (page: Page, ...files: string[]) =>
  page.evaluate(
    (names) =>
      Promise.all(
        names.map((name) => {
          const text = fetch(name).then((response) => response.text());
          const late = new Promise<null>((resolve) => setTimeout(resolve, 10_000, null));
          return Promise.race([text, late]).catch(String);
        }),
      ),
    files,
  );

interface Visit {
  page: Page;
  errors: string[];
}

async function visit(context: BrowserContext, origin: string): Promise<Visit> {
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => {
    if (/error|warning/.test(message.type())) errors.push(message.text());
  });
  await page.goto(`${origin}/`);
  await idle(page);
  return { page, errors };
}

const saysOffline = (page: Page) =>
  page.waitForFunction(() =>
    /Works offline/.test(document.querySelector('#offline')!.textContent!),
  );

test('a second visit without a server: the sample is segmented, and a new eye is rendered', async () => {
  const { origin, asked, askedMs, stop } = await site(kDist);
  const context = await openContext();
  const first = await visit(context, origin);
  await saysOffline(first.page);
  // Chromium waits 20 s for what another request is putting into its cache, then asks by itself: at a high load that
  // is no mistake of the page.
  const twice = asked.filter((path, i) => {
    const before = asked.indexOf(path);
    return before !== i && Math.abs(askedMs[i]! - askedMs[before]!) < 15_000;
  });
  assert.deepEqual(twice, [], 'sent twice');
  assert.ok(!asked.some((path) => /webgpu|asyncify/.test(path)), asked.join(' '));
  assert.deepEqual(first.errors, []);
  await first.page.close();
  await stop();

  const second = await visit(context, origin);
  const { page } = second;
  assert.match((await page.textContent('#file-name'))!, /open-iris sample/);
  assert.ok(await page.evaluate('document.querySelector("#time").childElementCount > 0'));
  await page.click('#synthetic');
  await page.waitForFunction(() =>
    /synthetic eye.*x/.test(document.querySelector('#file-name')!.textContent!),
  );
  assert.ok(await page.evaluate('crossOriginIsolated'));
  await context.close();
  // Only the look for a newer service worker may fail.
  assert.deepEqual(
    second.errors.filter((text) => !text.includes('service_worker.js')),
    [],
  );
});

test('before any script the sample is seen where the canvas draws it', async () => {
  const { origin, stop } = await site(kDist);
  const context = await openContext({ serviceWorkers: 'block' }); // the script is held up here
  for (const viewport of [
    { width: 1280, height: 860 },
    { width: 1700, height: 900 },
  ]) {
    const page = await context.newPage();
    await page.setViewportSize(viewport);
    let go = () => {};
    const held = new Promise<void>((resolve) => (go = resolve));
    await page.route('**/app-*.js', async (route) => {
      await held;
      await route.continue();
    });
    const opened = page.goto(`${origin}/`);
    const early = page.locator('#first-sight');
    await page.waitForFunction(() => {
      const image = document.querySelector<HTMLImageElement>('#first-sight');
      return image?.complete && image.naturalWidth === 640;
    });
    const box = (await early.boundingBox())!; // its content keeps the image's proportions inside
    const frame = (await page.locator('#view').boundingBox())!;
    go();
    await opened;
    await idle(page);
    await early.waitFor({ state: 'detached' });
    const zoom = Math.min(box.width / 640, box.height / 400);
    const drawn = await view(page);
    assert.ok(Math.abs(drawn.zoom / zoom - 1) < 0.01, `${drawn.zoom}, ${zoom} before`);
    const left = box.x - frame.x + (box.width - 640 * zoom) / 2;
    const top = box.y - frame.y + (box.height - 400 * zoom) / 2;
    assert.ok(Math.abs(drawn.imageLeft - left) < 4, `left ${drawn.imageLeft}, ${left} before`);
    assert.ok(Math.abs(drawn.imageTop - top) < 4, `top ${drawn.imageTop}, ${top} before`);
    await page.close();
  }
  await context.close();
  await stop();
});

test('a new build: one line says so, and a click brings it', async () => {
  const dated = '/limbus-20251130'; // as names with a hash end
  const dir = join(folder, 'dist', dated);
  cpSync(kDist, dir, { recursive: true, preserveTimestamps: true });
  const { origin: host, asked, stop } = await site(join(folder, 'dist'));
  const origin = host + dated;
  const context = await openContext();
  const first = await visit(context, origin);
  await saysOffline(first.page); // it stays open

  rebuild(dir, 'Limbus 2', '00000002');
  asked.length = 0;

  const waiting = await context.newPage(); // for its list of models: it has not segmented an image yet
  await waiting.addInitScript(`
    const { fetch } = globalThis;
    globalThis.fetch = (url, options) =>
      String(url).endsWith('models/index.json') ? new Promise(() => {}) : fetch(url, options);`);
  await waiting.goto(`${origin}/`);
  const { page, errors } = await visit(context, origin);
  assert.equal(await page.textContent('h1'), 'Limbus');
  await page.waitForSelector('#update');
  assert.match((await page.textContent('#offline'))!, /A new version is ready/);
  await first.page.waitForSelector('#update');
  assert.match((await first.page.textContent('#offline'))!, /A new version is ready/);
  // What has kept its name is not sent again.
  assert.deepEqual([...new Set(asked)].sort(), [`${dated}/`, `${dated}/service_worker.js`]);
  await Promise.all([page.waitForEvent('load'), page.click('#update')]);
  await idle(page);
  assert.equal(await page.textContent('h1'), 'Limbus 2');
  await saysOffline(page);
  assert.deepEqual(await page.evaluate('caches.keys()'), [`limbus ${dated}/ 00000002`]);
  // What the other tab still runs is not kept any more, and it says so.
  for (const other of [first.page, waiting])
    await other.waitForFunction(() =>
      /A new version is in use/.test(document.querySelector('#offline')!.textContent!),
    );
  assert.equal(await first.page.textContent('h1'), 'Limbus');
  assert.deepEqual(errors, []);
  await context.close();
  await stop();
});

test('a model that is offered later is listed at once, and kept', async () => {
  const dir = join(folder, 'offered');
  cpSync(kDist, dir, { recursive: true, preserveTimestamps: true });
  const running = await site(dir);
  const context = await openContext();
  const first = await visit(context, running.origin);
  await saysOffline(first.page);
  const index = join(dir, 'models/index.json');
  const list = JSON.parse(readFileSync(index, 'utf8')) as { file: string; title: string }[];
  const file = 'trained-00aa00aa.onnx';
  cpSync(join(dir, 'models', list[0]!.file), join(dir, 'models', file));
  writeFileSync(index, JSON.stringify([...list, { ...list[0], file, title: 'Trained here' }]));
  await first.page.reload();
  await idle(first.page);
  await first.page.selectOption('#model', { label: 'Trained here' });
  await idle(first.page);
  assert.match((await first.page.textContent('#model-facts'))!, /^Filetrained\.onnx/);
  await first.page.close();
  await running.stop();

  const { page } = await visit(context, running.origin);
  await page.selectOption('#model', { label: 'Trained here' });
  await idle(page);
  assert.match((await page.textContent('#model-facts'))!, /^Filetrained\.onnx/);
  await context.close();
});

for (const [storage, stored] of [
  ['full', "Promise.reject(new DOMException('full', 'QuotaExceededError'))"],
  ['slow', 'new Promise(() => {})'],
] as const)
  test(`where storage is ${storage}, what the network answers is there all the same`, async () => {
    const dir = join(folder, storage);
    cpSync(kDist, dir, { recursive: true, preserveTimestamps: true });
    rewrite(
      dir,
      'service_worker.js',
      (worker) => `{
        const { put } = Cache.prototype;
        Cache.prototype.put = function (...words) {
          return self.registration.active ? ${stored} : put.apply(this, words);
        };
      }
      ${worker}`,
    );
    const { origin, stop } = await site(dir);
    const context = await openContext();
    const { page } = await visit(context, origin);
    await saysOffline(page);
    writeFileSync(join(dir, 'models/trained-00aa00aa.onnx'), 'a model');
    const index = join(dir, 'models/index.json');
    writeFileSync(index, readFileSync(index, 'utf8').replace('"title"', '"now": 1, "title"'));
    const [list, model] = await fetched(page, 'models/index.json', 'models/trained-00aa00aa.onnx');
    assert.equal(list, readFileSync(index, 'utf8'));
    assert.equal(model, 'a model');
    await context.close();
    await stop();
  });

test('of a list of models that stops half-way or fails at the server: the one that is kept', async () => {
  const { origin, server, stop } = await site(kDist);
  const context = await openContext();
  const { page } = await visit(context, origin);
  await saysOffline(page);
  const answers: ((response: ServerResponse) => void)[] = [
    (response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.write('[');
    },
    (response) => response.writeHead(503).end('Service unavailable'),
  ];
  for (const answer of answers) {
    server.removeAllListeners('request');
    server.on('request', (_request, response) => answer(response));
    const [list] = await fetched(page, 'models/index.json');
    assert.equal(list, readFileSync(join(kDist, 'models/index.json'), 'utf8'));
  }
  await context.close();
  await stop();
});

test('two copies of the page on one origin leave each other what they keep', async () => {
  const dir = join(folder, 'two');
  for (const copy of ['limbus', 'limbus-test'])
    cpSync(kDist, join(dir, copy), { recursive: true, preserveTimestamps: true });
  rebuild(join(dir, 'limbus-test'), 'Limbus 2', '00000002');
  const { origin, stop } = await site(dir);
  const context = await openContext();
  const [first, second] = [`${origin}/limbus`, `${origin}/limbus-test`];

  // As builds before named them, whatever the folder.
  const early = await context.newPage();
  await early.goto(`${first}/LICENSE`);
  const held: Record<string, string[]> = {
    'limbus-0000000a': [`${first}/`],
    'limbus-0000000b': [`${first}/`, `${second}/`],
    'limbus-0000000c': [`${origin}/another/`],
  };
  await early.evaluate(async (all) => {
    for (const [name, urls] of Object.entries(all)) {
      const cache = await caches.open(name);
      for (const url of urls) await cache.put(url, new Response('old'));
    }
  }, held);
  const earlyNames = () =>
    early.evaluate(async () => (await caches.keys()).filter((name) => name.startsWith('limbus-')));

  await saysOffline((await visit(context, first)).page);
  assert.deepEqual(await earlyNames(), ['limbus-0000000b', 'limbus-0000000c']);
  await saysOffline((await visit(context, second)).page);
  assert.deepEqual(await earlyNames(), ['limbus-0000000c']);
  for (const page of context.pages()) await page.close();
  await stop();

  for (const [address, title] of [
    [first, 'Limbus'],
    [second, 'Limbus 2'],
  ] as const)
    assert.equal(await (await visit(context, address)).page.textContent('h1'), title);
  await context.close();
});

test('nothing of all that asked another origin', () => {
  assert.ok(requests.some(({ byServiceWorker }) => byServiceWorker || kFirefox)); // not told there
  const foreign = requests.filter(({ url }) => !/^(http:\/\/127\.0\.0\.1:|blob:|data:)/.test(url));
  assert.deepEqual(foreign, []);
});
