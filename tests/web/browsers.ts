// The browser that specs run in: Chromium, or Firefox where LIMBUS_BROWSER says so.
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { chromium, firefox, type Browser, type BrowserContext, type Page } from 'playwright-core';

export const kFirefox = process.env['LIMBUS_BROWSER'] === 'firefox';

/** For the options of a test that asks Chromium for what Firefox has no way to be asked for. */
export const chromiumOnly = (reason: string) => ({ skip: kFirefox && `in Firefox: ${reason}` });

const kChromium = process.env['LIMBUS_CHROMIUM'] ?? '/usr/bin/chromium';
const kChromiumFlags = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const saved = new WeakMap<Browser, string>(); // where a Firefox saves files

/** `flags` are Chromium's; Firefox gets none of them. */
export async function launch(flags: readonly string[] = []): Promise<Browser> {
  if (!kFirefox)
    return chromium.launch({
      executablePath: kChromium,
      args: [...kChromiumFlags, ...flags],
    });
  const folder = mkdtempSync(join(tmpdir(), 'limbus-firefox-'));
  // Mozilla's own build, by WebDriver BiDi: Playwright's name for that is the channel.
  const starting = firefox.launch({
    channel: 'moz-firefox',
    executablePath: process.env['LIMBUS_FIREFOX'] ?? '/usr/bin/firefox-esr',
    headless: false, // without a screen it has no WebGL on Linux
    downloadsPath: folder,
  });
  const browser = await starting.catch((error: Error) => {
    if (!error.message.includes('unknown command')) throw error;
    throw new Error(
      'this Firefox is too old to be driven: ESR 153 is not (Debian 12: bookworm-security)',
    );
  });
  saved.set(browser, folder);
  browser.on('disconnected', () => rmSync(folder, { recursive: true, force: true }));
  return browser;
}

/** Chromium with an extension, whose folder this is. */
export function launchExtension(folder: string): Promise<BrowserContext> {
  return chromium.launchPersistentContext('', {
    executablePath: kChromium,
    ignoreDefaultArgs: ['--disable-extensions'],
    args: [
      ...kChromiumFlags,
      `--disable-extensions-except=${folder}`,
      `--load-extension=${folder}`,
    ],
  });
}

// What Playwright itself puts into a page for each screenshot in Firefox, against the page's policy.
const kOfScreenshots = createHash('sha256').update('body {}').digest('base64');

/** Collects in `errors` what scripts did not catch and, of the console, what `counts`. */
export function collectErrors(
  page: Page,
  errors: string[],
  counts: (type: string, text: string) => boolean,
): void {
  page.on('pageerror', (error) => {
    if (!error.message.includes(kOfScreenshots)) errors.push(String(error));
  });
  page.on('console', (message) => {
    if (counts(message.type(), message.text())) errors.push(message.text());
  });
}

export interface SavedFile {
  name: string;
  bytes: Buffer;
}

/** What a click on `button` saves. */
export async function download(page: Page, button: string): Promise<SavedFile> {
  if (!kFirefox) {
    const [event] = await Promise.all([page.waitForEvent('download'), page.click(button)]);
    return { name: event.suggestedFilename(), bytes: readFileSync((await event.path())!) };
  }
  // Playwright hears of no download that is no navigation. A file is whole when it has its own name and a size.
  const folder = saved.get(page.context().browser()!)!;
  await page.click(button);
  for (const end = Date.now() + 30_000; Date.now() < end; await pause(20)) {
    const names = readdirSync(folder);
    const name = names.find((each) => statSync(join(folder, each)).size > 0);
    if (name === undefined || names.length > 1) continue;
    const bytes = readFileSync(join(folder, name));
    rmSync(join(folder, name));
    return { name, bytes };
  }
  throw new Error(`nothing was saved by ${button}: ${readdirSync(folder).join(' ') || 'no file'}`);
}
