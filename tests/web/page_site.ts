// The built page (web/dist) behind its own server, in a browser that fails the test when the page
// logs an error or asks another origin for anything.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Browser, Dialog, Page } from 'playwright-core';

import { createServer } from '../../web/serve.mjs';
import { writePng } from '../../web/test/support/png_writer.js';
import { thresholdModel } from '../../web/test/support/threshold_model.js';
import { collectErrors, launch } from './browsers.js';
import { readPng } from './page_png.js';

export const kRoot = process.env['LIMBUS_ROOT']!;
export const kDist = join(kRoot, 'web/dist');
export const kWebGl = ['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'];

declare global {
  var limbusDiagnostics: { view(): View | null; canvasHeapBytes(): number };
  var release: (part?: string) => void; // with kHold
  var held: RegExp | null; // with kHoldImages
  var letGo: (() => void)[];
}

/** What `limbusDiagnostics.view()` says. */
export interface View {
  zoom: number;
  imageLeft: number;
  imageTop: number;
  hoverX: number;
  hoverY: number;
  hoverClass: number;
  switches: { x: number; y: number }[];
}

export interface AppOptions {
  width?: number;
  height?: number;
  pixelRatio?: number;
  noWebGpu?: boolean;
  touch?: boolean;
  noModels?: boolean; // as a page that was built without any
  scripts?: string[]; // run before the page's own
}

export interface App {
  page: Page;
  /** Fails on foreign requests and on errors in the console. */
  check(): void;
  /** Closes the page, and checks. */
  finish(): Promise<void>;
}

/** Fetches of what has one of these in its address wait until `release(part)`, by default of the first. */
export const kHold = (...parts: string[]) => `{
  const fetchNow = globalThis.fetch;
  const parts = ${JSON.stringify(parts)};
  const go = {};
  const held = parts.map((part) => new Promise((resolve) => (go[part] = resolve)));
  globalThis.release = (part = parts[0]) => go[part]();
  globalThis.fetch = async (url, options) => {
    await held[parts.findIndex((part) => String(url).includes(part))];
    return fetchNow(url, options);
  };
}`;

/** Images by these names go to the segmenter when what is in `letGo` is called. */
export const kHoldImages = `{
  const post = Worker.prototype.postMessage;
  Object.assign(globalThis, { held: null, letGo: [] });
  Worker.prototype.postMessage = function (message, ...rest) {
    const send = () => post.call(this, message, ...rest);
    if (held?.test(message?.parameters?.source?.name ?? '')) letGo.push(send);
    else send();
  };
}`;

/** The list is cleared, and that its results are lost is fine. */
export async function clearList(page: Page, click = () => page.click('#clear')): Promise<void> {
  const agree = (dialog: Dialog) => void dialog.accept();
  page.on('dialog', agree);
  await click();
  page.off('dialog', agree);
}

export async function letAllGo(page: Page): Promise<void> {
  await page.evaluate(() => {
    globalThis.held = null;
    for (const send of letGo.splice(0)) send();
  });
  await idle(page);
}

let server: ReturnType<typeof createServer> | null = null;
let browser: Browser | null = null;

/** Pages that tests have given back, by their options, and what they looked like when they were opened. */
const shared = new Map<string, { app: App; look: Look }>();

export async function startSite(flags: string[] = []): Promise<void> {
  server = createServer(kDist);
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  // Beside the canvas the page is put together without WebGL, which takes a fifth less of a processor.
  browser = await launch([...kWebGl, '--disable-gpu-compositing', ...flags]);
}

export async function stopSite(): Promise<void> {
  shared.clear();
  await browser?.close();
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve));
}

/** The page, open and idle. */
export async function openApp(options: AppOptions = {}): Promise<App> {
  const origin = `http://127.0.0.1:${(server!.address() as AddressInfo).port}`;
  const context = await browser!.newContext({
    // Little to draw, by software, of the wide layout: 1280 x 860 takes a third more of a processor.
    viewport: { width: options.width ?? 960, height: options.height ?? 680 },
    deviceScaleFactor: options.pixelRatio ?? 1,
    hasTouch: options.touch ?? false,
    acceptDownloads: true,
    serviceWorkers: 'block', // page_offline.spec.ts has them
  });
  const page = await context.newPage();
  const foreign: string[] = [];
  const errors: string[] = [];
  await context.route('**/*', (route) => {
    const url = route.request().url();
    if (url.startsWith(`${origin}/`) || /^(blob|data):/.test(url)) return route.continue();
    foreign.push(url);
    return route.abort();
  });
  if (options.noModels)
    await context.route(`${origin}/models/index.json`, (route) => route.fulfill({ json: [] }));
  collectErrors(page, errors, (type) => type === 'error');
  if (options.noWebGpu)
    await page.addInitScript(() =>
      Object.defineProperty(Navigator.prototype, 'gpu', { get: () => undefined }),
    );
  for (const content of options.scripts ?? []) await page.addInitScript({ content });
  await page.goto(`${origin}/`);
  // Canvas and result come in either order, and in Firefox after `goto` has returned.
  await page.waitForFunction(
    () =>
      document.querySelector('#messages [role=alert]') ||
      (limbusDiagnostics.view() &&
        (document.querySelector('#time')!.childElementCount > 0 ||
          /^No model/.test(document.querySelector('#state')!.textContent!))),
    null,
    { timeout: 120_000 },
  );
  await idle(page);
  const check = () => {
    assert.deepEqual(foreign, [], 'requests to other origins');
    assert.deepEqual(errors, [], 'errors in the console');
  };
  return {
    page,
    check,
    async finish() {
      await context.close();
      check();
    },
  };
}

/** The page with the threshold model and no other one. */
export async function openThresholdApp(options: AppOptions = {}): Promise<App> {
  const app = await openApp({ ...options, noModels: true });
  await openThresholds(app.page);
  return app;
}

/** What a test may find otherwise in a page that another one has used; the picture without its corners. */
async function lookOf(page: Page) {
  const { x, y, width, height } = (await page.locator('#view').boundingBox())!;
  const clip = { x: x + 20, y: y + 20, width: width - 40, height: height - 40 };
  const picture = createHash('sha256').update(await page.screenshot({ clip }));
  const seen = await page.evaluate(() => {
    const values = [
      ...document.querySelectorAll<HTMLInputElement>('#results input, #results select'),
    ];
    return {
      values: values.map(({ id, type, checked, value }) => [id, type, checked, value]),
      models: [...document.querySelectorAll('#model option')].map((option) => option.textContent),
      file: document.querySelector('#file-name')!.textContent,
      messages: document.querySelector('#messages')!.textContent,
      images: document.querySelectorAll('#thumbs button').length,
    };
  });
  return { ...seen, size: page.viewportSize(), picture: picture.digest('hex') };
}
type Look = Awaited<ReturnType<typeof lookOf>>;

/**
 * As a visitor starts over: no message, no model that was opened since, no image but the whole sample, nothing under
 * the pointer.
 */
async function startOver(page: Page, { models, file }: Look): Promise<void> {
  for (const close = page.locator('#messages button'); (await close.count()) > 0;)
    await close.last().click();
  await page.mouse.move(0, 0);
  const model = (await page.locator('#model option:checked').textContent())!;
  if (!models.includes(model)) {
    await page.click('#forget-model');
    await page.locator('#model option', { hasText: model }).waitFor({ state: 'detached' });
    await idle(page);
  }
  // Of a single image the button is not shown.
  await clearList(page, () =>
    page.locator('#clear').evaluate((button: HTMLButtonElement) => button.click()),
  );
  await page.locator('#file-name').filter({ hasText: file }).waitFor(); // it is fetched first
  await idle(page);
  await page.press('#view', '0'); // the whole image
  await page.evaluate(() => {
    (document.activeElement as HTMLElement).blur();
    scrollTo(0, 0);
  });
  await idle(page);
}

/**
 * `open()`, or the page of a test before that had it from the same function and gave it back. Only for what a visitor
 * does: `finish()` starts over and fails where the page is not as it was opened then. One that a failed test has used
 * is not used again.
 */
async function share(key: string, open: () => Promise<App>): Promise<App> {
  const found = shared.get(key);
  shared.delete(key);
  const app = found?.app ?? (await open());
  const look = found?.look ?? (await lookOf(app.page));
  return {
    ...app,
    async finish() {
      await startOver(app.page, look);
      app.check();
      // The last frame may be on its way.
      for (let tries = 0; tries < 20 && !isDeepStrictEqual(await lookOf(app.page), look); ++tries)
        await app.page.waitForTimeout(100);
      assert.deepEqual(await lookOf(app.page), look, 'left by the test');
      shared.set(key, { app, look });
    },
  };
}

/** As `openApp`, shared. */
export const sharedApp = (): Promise<App> => share('served', openApp);
/** As `openThresholdApp`, shared. */
export const sharedThresholdApp = (options: AppOptions = {}): Promise<App> =>
  share(JSON.stringify(options), () => openThresholdApp(options));

/** Nothing is loading or being segmented, and the last frame is drawn. */
export async function idle(page: Page): Promise<void> {
  const waited = page.waitForFunction(
    () => document.querySelector('#results')?.getAttribute('aria-busy') === 'false',
    null,
    { timeout: 120_000 },
  );
  await waited.catch(async (error: Error) => {
    const said = page.locator('#state').textContent({ timeout: 5_000 });
    throw new Error(`${error.message} The page says: ${await said.catch(() => 'nothing')}`);
  });
  await page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        let frames = 0;
        const next = () => (++frames < 8 ? requestAnimationFrame(next) : resolve());
        next();
      }),
  );
}

export interface NamedBytes {
  name: string;
  bytes: Uint8Array;
}

/** Drops files on the page, as a mouse would. */
export async function drop(page: Page, files: NamedBytes[]): Promise<void> {
  const handle = await page.evaluateHandle(
    (list) => {
      const transfer = new DataTransfer();
      for (const { name, base64 } of list) {
        const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
        transfer.items.add(new File([bytes], name));
      }
      return transfer;
    },
    files.map(({ name, bytes }) => ({ name, base64: Buffer.from(bytes).toString('base64') })),
  );
  await page.dispatchEvent('body', 'dragover', { dataTransfer: handle });
  await page.dispatchEvent('body', 'drop', { dataTransfer: handle });
}

export async function openThresholds(page: Page): Promise<void> {
  await drop(page, [{ name: 'thresholds.onnx', bytes: thresholdModel() }]);
  await page.waitForFunction(
    () => document.querySelector('#model-facts')?.textContent?.includes('thresholds.onnx'),
    null,
    { timeout: 60_000 },
  );
  await idle(page);
}

/** Grey pixels -> a PNG file. */
export function greyPng(
  name: string,
  width: number,
  height: number,
  samples: number[],
): NamedBytes {
  return { name, bytes: writePng({ width, height, bitDepth: 8, colourType: 0, samples }) };
}

/** Rings around (cx, cy) whose grey levels the threshold model calls pupil, iris, sclera, background. */
export const kRings = { width: 160, height: 120, cx: 84, cy: 57, radii: [18, 38, 52] };
export function ringsSamples(): number[] {
  const { width, height, cx, cy, radii } = kRings;
  return Array.from({ length: width * height }, (_, i) => {
    const r = Math.hypot((i % width) - cx, Math.floor(i / width) - cy);
    const ring = radii.findIndex((radius) => r < radius);
    return [230, 160, 90][ring] ?? 20;
  });
}

/** A PNG file of them. */
export const rings = (name: string): NamedBytes =>
  greyPng(name, kRings.width, kRings.height, ringsSamples());

export async function view(page: Page): Promise<View> {
  return (await page.evaluate('limbusDiagnostics.view()')) as View;
}

/** Canvas pixels as the screen shows them: RGB at image pixel (x, y)'s centre. */
export async function canvasReader(page: Page, pixelRatio: number) {
  const box = (await page.locator('#view').boundingBox())!;
  const { zoom, imageLeft, imageTop } = await view(page);
  const shot = readPng(await page.screenshot({ scale: 'device' }));
  return (x: number, y: number): number[] => {
    const sx = Math.floor((box.x + imageLeft + (x + 0.5) * zoom) * pixelRatio);
    const sy = Math.floor((box.y + imageTop + (y + 0.5) * zoom) * pixelRatio);
    const at = (sy * shot.width + sx) * shot.channels;
    return [...shot.pixels.subarray(at, at + 3)];
  };
}

export async function alerts(page: Page): Promise<string[]> {
  return page.locator('#messages [role=alert] span').allTextContents();
}

/** The released model that the page starts with; null while there is none. */
export function shippedModel(): string | null {
  const list = JSON.parse(readFileSync(join(kDist, 'models/index.json'), 'utf8')) as {
    name: string;
  }[];
  const file = join(kRoot, 'models', list[0]?.name ?? '', 'model.onnx');
  return existsSync(file) ? file : null;
}
