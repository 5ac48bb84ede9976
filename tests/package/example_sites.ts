// Where web/examples are built, and how their pages are served and visited.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';

export const kRoot = process.env['LIMBUS_ROOT']!;
export const kExamples = join(kRoot, 'web/examples');

const kOurServer = pathToFileURL(join(kRoot, 'web/serve.mjs')).href;
/** The page's own server, with its strict policy. */
export const serving = import(kOurServer) as Promise<{ createServer(dir: string): Server }>;

export function npm(folder: string, ...words: string[]): string {
  return execFileSync('npm', words, {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** The same files without a policy for the page, and with `more` headers. */
export function withoutPolicy(files: Server, more: Record<string, string> = {}): Server {
  return createServer((request, response) => {
    const setHead = response.writeHead.bind(response);
    response.writeHead = ((status: number, headers: Record<string, string>) => {
      const { 'Content-Security-Policy': _, ...rest } = headers;
      return setHead(status, { ...rest, ...more });
    }) as typeof response.writeHead;
    files.emit('request', request, response);
  });
}

/** Listens on a port of its own while `use` runs. */
export async function listening<T>(
  server: Server,
  use: (origin: string) => Promise<T>,
): Promise<T> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

export interface Visit {
  origins?: string[];
  selector?: string; // of what says it
  ownScriptsOnly?: false; // the page has scripts in its HTML, which the strict policy forbids
  /** What else there is to do, before the page goes. */
  then?: (page: Page) => Promise<void>;
}

/** What the page at `url` says, and what it asked for; fails on a policy violation. */
export async function visit(
  browser: Browser,
  url: string,
  { origins = [new URL(url).origin], selector = 'body', then }: Visit = {},
): Promise<{ line: string; asked: string[] }> {
  const page = await browser.newPage();
  const asked: string[] = [];
  const refused: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) refused.push(message.text());
  });
  try {
    await page.goto(url);
    await page.waitForFunction(
      (selector) => document.querySelector(selector)?.textContent?.trim(),
      selector,
      { timeout: 40_000 },
    );
    const line = (await page.textContent(selector))!.trim();
    await then?.(page);
    assert.deepEqual(refused, []);
    const foreign = asked.filter(
      (each) => !/^(blob|data):/.test(each) && !origins.includes(new URL(each).origin),
    );
    assert.deepEqual(foreign, []);
    return { line, asked };
  } finally {
    await page.close();
  }
}
