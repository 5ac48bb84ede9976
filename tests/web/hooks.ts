// What specs do around their tests: a site and a browser before them, closed after them, and what a page of it
// did wrong fails them.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import type { Browser, Page } from 'playwright-core';

import { launch } from './browsers.js';
import { loadInPage } from './package_calls.js';
import { openPage, serve, type OpenPage, type Site, type SiteOptions } from './package_site.js';
import { startSite, stopSite } from './page_site.js';

/** Where pages are opened; there from the first test on. */
export interface Ground {
  readonly browser: Browser;
  readonly site: Site;
}

/** Both, for all tests of a file or suite, which open pages of their own. */
export function useSite(start: () => Promise<Site>): Ground {
  const ground = {} as { browser: Browser; site: Site };
  before(async () => {
    ground.site = await start();
    ground.browser = await launch();
  });
  after(async () => {
    await ground.browser?.close();
    await ground.site?.close();
  });
  return ground;
}

export interface PageHooks {
  flags?: readonly string[]; // of the browser
  model?: string; // a path of the site: loaded as `segmenter`
  /** Before the first test. Hooks of a file do not wait for each other: this one runs when the page is there. */
  prepare?: (page: Page) => Promise<unknown>;
}

/** One page of the package for all tests of a file or suite. */
export function usePage(
  options: SiteOptions,
  { flags = [], model, prepare }: PageHooks = {},
): OpenPage {
  const open = {} as OpenPage;
  let close = async () => {};
  before(async () => {
    const site = await serve(options);
    const browser = await launch([...flags]);
    close = async () => {
      await browser.close();
      await site.close();
    };
    Object.assign(open, await openPage(browser, site));
    if (model !== undefined)
      assert.equal((await open.page.evaluate(loadInPage, { url: model })).error, null);
    await prepare?.(open.page);
  });
  after(async () => {
    try {
      await open.finish?.();
    } finally {
      await close();
    }
  });
  return open;
}

/** One page of the package for one test. */
export async function withPage<Value>(
  options: SiteOptions,
  use: (open: OpenPage) => Promise<Value>,
  flags: readonly string[] = [],
): Promise<Value> {
  const site = await serve(options);
  const browser = await launch([...flags]);
  try {
    const open = await openPage(browser, site);
    const value = await use(open);
    await open.finish();
    return value;
  } finally {
    await browser.close();
    await site.close();
  }
}

/** The built page for all tests of a file: `openApp` opens it. */
export function useApp(flags: readonly string[] = []): void {
  before(() => startSite([...flags]));
  after(stopSite);
}

/** A folder until the tests have run. */
export function scratchFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `limbus-${name}-`));
  after(() => rmSync(folder, { recursive: true }));
  return folder;
}
