// Pages with <limbus-segmenter> under the strict policy, with the shipped model and the sample.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContextOptions, Page } from 'playwright-core';

import type * as Element from '../../web/src/element.js';
import type * as Limbus from '../../web/src/index.js';
import { writePng } from '../../web/test/support/png_writer.js';
import { thresholdManifest } from '../../web/test/support/threshold_model.js';
import type { Ground } from './hooks.js';
import { openPage, serve, type OpenPage, type Site, type SiteOptions } from './package_site.js';

declare global {
  var element: typeof Element;
  /** What happened to the elements of the page, in order: `ID type`. */
  var told: string[];
}

const kRoot = process.env['LIMBUS_ROOT']!;
export const kSample = readFileSync(join(kRoot, 'web/app/samples/anonymized.png'));
export const kModel = readFileSync(join(kRoot, 'models/eye-s/model.onnx'));
/** Of a model without one. */
export const kHandedIn = { ...thresholdManifest(), name: 'handed in' };
export const kPlain =
  '<limbus-segmenter id="eye" src="/eye.png" model="/eye-s.onnx" alt="Left eye">';

const samples = Array<number>(64 * 48).fill(255);
/** White. */
export const kBlank = writePng({ width: 64, height: 48, bitDepth: 8, colourType: 0, samples });

// Events are heard before the elements are there.
const kScript = `
import * as limbus from '/lib/index.js';
import * as element from '/lib/element.js';
globalThis.told = [];
for (const type of ['load', 'progress', 'result', 'error'])
  document.addEventListener(type, ({ target }) => {
    if (target.localName !== 'limbus-segmenter') return;
    const line = target.id + ' ' + type;
    if (told.at(-1) !== line) told.push(line); // progress comes many times
  }, true);
Object.assign(globalThis, { limbus, element });
`;

export type Elements = Element.LimbusSegmenterElement;

/** '/eye.png' and '/eye-s.onnx', and what the test adds. */
export function serveElements({ files, scripts, ...rest }: SiteOptions = {}): Promise<Site> {
  return serve({
    files: { '/eye.png': kSample, '/eye-s.onnx': kModel, ...files },
    scripts: { '/page.js': kScript, ...scripts },
    ...rest,
  });
}

interface ElementPage extends OpenPage {
  asked: string[];
}

/** A page whose body is `html`; every path that is asked for, queries included, is in `asked`. */
export async function openElements(
  { browser, site }: Ground,
  html: string,
  options: BrowserContextOptions = {},
): Promise<ElementPage> {
  const open = await openPage(browser, site, options);
  const asked: string[] = [];
  open.page.on('request', (request) => asked.push(request.url().slice(site.origin.length)));
  await open.page.evaluate((html) => (document.body.innerHTML = html), html);
  return { ...open, asked };
}

/** Pages that tests have given back. */
const shared = new WeakMap<Site, ElementPage>();

/**
 * As `openElements`, or the page of a test before that had it from here and gave it back: for tests that change only
 * its body. `finish()` empties that and waits until no worker is left. What a failed test has used is not used again.
 */
export async function shareElements(ground: Ground, html: string): Promise<ElementPage> {
  const { site } = ground;
  const open = shared.get(site) ?? (await openElements(ground, ''));
  shared.delete(site);
  const { page, asked } = open;
  asked.length = 0;
  await page.evaluate((html) => {
    globalThis.told.length = 0;
    document.body.innerHTML = html;
  }, html);
  return {
    ...open,
    async finish() {
      await page.evaluate(() => {
        document.body.innerHTML = '';
        document.adoptedStyleSheets = [];
      });
      await workers(page, 0);
      await page.unrouteAll();
      open.check();
      shared.set(site, open);
    },
  };
}

/** Waits for the result of `#id`; fails with the element's error. */
export async function resultOf(page: Page, id: string): Promise<Limbus.SegmentResult> {
  await page.waitForFunction(
    (id) => {
      const found = document.getElementById(id) as Elements;
      return !found.busy && (found.result ?? found.error);
    },
    id,
    { timeout: 30_000 },
  );
  return page.evaluate((id) => {
    const { result, error } = document.getElementById(id) as Elements;
    if (error) throw new Error(`${error.code}: ${error.message}`);
    // Typed arrays cross as objects.
    return { ...result!, mask: [...result!.mask] as unknown as Limbus.OwnBytes, regions: [] };
  }, id);
}

/** The words of a part in the shadow root of `#id`; null while it is hidden. */
export function partText(page: Page, id: string, part: string): Promise<string | null> {
  return page.evaluate(
    ([id, part]) => {
      const root = document.getElementById(id!)!.shadowRoot!;
      const found = root.querySelector<HTMLElement>(`[part=${part}]`)!;
      return found.checkVisibility() ? found.innerText : null;
    },
    [id, part] as const,
  );
}

/** Holds back what is asked under `path` until it is let go. */
export async function hold(page: Page, path: string): Promise<() => void> {
  let letGo = () => {};
  const free = new Promise<void>((resolve) => (letGo = resolve));
  await page.route(`**${path}`, async (route) => {
    await free;
    await route.continue().catch(() => {}); // nobody may be waiting any more
  });
  return letGo;
}

/** Waits until the page has so many workers. */
export async function workers(page: Page, count: number): Promise<void> {
  for (let tries = 0; page.workers().length !== count && tries < 100; ++tries)
    await page.waitForTimeout(50);
  assert.equal(page.workers().length, count, 'workers');
}
