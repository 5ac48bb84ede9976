// The package in an otherwise empty page: a server of our own, a strict CSP, and a browser in which
// any request to another origin fails the test.
import assert from 'node:assert/strict';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

import { collectErrors } from './browsers.js';
import type {} from './package_calls.js'; // declares `limbus`

const kRoot = process.env['LIMBUS_ROOT']!;

export const kSoftwareWebGpu = [
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
  '--use-vulkan=swiftshader',
];

export const kPolicy =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; " +
  "style-src 'self'; img-src 'self' blob: data:";

const kTypes: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
};

const kPage =
  '<!doctype html><meta charset="utf-8"><title>package</title><script type="module" src="/page.js"></script>';
const kScript = "import * as limbus from '/lib/index.js';\nglobalThis.limbus = limbus;\n";

export interface SiteOptions {
  isolated?: boolean; // COOP and COEP
  policy?: string; // instead of kPolicy
  files?: Record<string, Uint8Array>; // by path, beside the package
  scripts?: Record<string, string>; // by path
  folders?: Record<string, string>; // '/name/' -> folder on disk
  hide?: (path: string) => boolean; // answers 404
}

export interface Site {
  origin: string;
  close(): Promise<void>;
}

/** web/lib under /lib/, the runtime beside it, a page that offers it as `limbus`, and what the test hands in. */
export async function serve(options: SiteOptions = {}): Promise<Site> {
  const folders: Record<string, string> = {
    '/lib/': join(kRoot, 'web/lib'),
    '/onnxruntime-web/': join(kRoot, 'web/node_modules/onnxruntime-web'), // the neighbour, as in node_modules
    ...options.folders,
  };
  const texts: Record<string, [string, string]> = {
    '/': ['text/html', kPage],
    '/page.js': ['text/javascript', kScript],
  };
  for (const [path, script] of Object.entries(options.scripts ?? {}))
    texts[path] = ['text/javascript', script];
  const server: Server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? '/', 'http://site').pathname);
    response.setHeader('Content-Security-Policy', options.policy ?? kPolicy);
    if (options.isolated) {
      response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
      response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    }
    const type = kTypes[extname(path)] ?? 'application/octet-stream';
    const missing = () => response.writeHead(404, { 'Content-Type': type }).end();
    if (options.hide?.(path)) return missing();
    const text = texts[path];
    if (text) return response.setHeader('Content-Type', text[0]).end(text[1]);
    const bytes = options.files?.[path];
    if (bytes)
      return response
        .writeHead(200, {
          'Content-Type': 'application/octet-stream',
          'Content-Length': bytes.length,
        })
        .end(bytes);
    const prefix = Object.keys(folders).find((each) => path.startsWith(each));
    const file = prefix && join(folders[prefix]!, path.slice(prefix.length));
    if (!file || !existsSync(file) || !statSync(file).isFile()) return missing();
    response.setHeader('Content-Type', type);
    return createReadStream(file).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

export interface OpenPage {
  page: Page;
  /** Fails if anything was asked of another origin or the page said something went wrong. */
  check(): void;
  /** Closes the page, and checks. */
  finish(): Promise<void>;
}

/** A page with `limbus` in its globals. Its own errors and foreign requests are collected. */
export async function openPage(
  browser: Browser,
  site: Pick<Site, 'origin'>,
  options: BrowserContextOptions = {},
): Promise<OpenPage> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const foreign: string[] = [];
  const errors: string[] = [];
  await context.route('**/*', (route) => {
    const url = route.request().url();
    if (url.startsWith(`${site.origin}/`) || url.startsWith('blob:') || url.startsWith('data:'))
      return route.continue();
    foreign.push(url);
    return route.abort();
  });
  collectErrors(page, errors, (_, text) => /content[ -]security[ -]policy/i.test(text));
  await page.goto(`${site.origin}/`);
  // As text it would be evaluated anew each time, which the policy forbids in Firefox.
  await page.waitForFunction(() => globalThis.limbus !== undefined);
  const check = () => {
    assert.deepEqual(foreign, [], 'requests to other origins');
    assert.deepEqual(errors, [], 'errors in the page');
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
