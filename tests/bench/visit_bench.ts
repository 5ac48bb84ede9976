// What a visit costs: bytes, requests, time until the sample is drawn and until it is segmented.
//
// On localhost and through a line of 10 Mbit/s that delays each answer by 20 ms; a cold browser each time.
// LIMBUS_BEFORE: a built page (a folder like web/dist) to compare with, measured in the same run.
import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { BrowserContext } from 'playwright-core';

import { createServer } from '../../web/serve.mjs';
import { launch } from '../web/package_site.js';
import { kDist, kWebGl } from '../web/page_site.js';
import { openLine, type LineOptions } from '../web/slow_line.js';

const kRounds = 3;
const kSlowLine: LineOptions = { bitsPerSecond: 10e6, delayMs: 20 };

interface Seen {
  drawnMs: number;
  segmentedMs: number;
}

interface Visit extends Seen {
  bytes: number;
  requests: number;
}

declare const visitSeen: Seen; // in the page, by kWatch

/** Notes when the sample is on the screen (as an element or in the canvas), and when its measurements are. */
const kWatch = `(() => {
  const seen = { drawnMs: 0, segmentedMs: 0 };
  globalThis.visitSeen = seen;
  const look = () => {
    const early = document.querySelector('#first-sight');
    const view = globalThis.limbusDiagnostics?.view();
    const named = document.querySelector('#file-name')?.textContent;
    if (!seen.drawnMs && ((early?.complete && early.naturalWidth) || (view?.imageLeft && named)))
      requestAnimationFrame(() => setTimeout(() => (seen.drawnMs ||= performance.now())));
    if (!seen.segmentedMs && document.querySelector('#time')?.childElementCount)
      seen.segmentedMs = performance.now();
    if (!seen.drawnMs || !seen.segmentedMs) setTimeout(look, 4);
  };
  look();
})()`;

async function visit(context: BrowserContext, origin: string): Promise<Seen> {
  const page = await context.newPage();
  await page.addInitScript(kWatch);
  await page.goto(`${origin}/`, { waitUntil: 'commit' });
  await page.waitForFunction(() => visitSeen.drawnMs && visitSeen.segmentedMs, null, {
    timeout: 120_000,
  });
  const seen = await page.evaluate(() => visitSeen);
  await page.close();
  return seen;
}

async function firstVisit(dist: string, options: LineOptions): Promise<Visit> {
  const server = createServer(dist);
  server.keepAliveTimeout = 60_000; // a slow line still sends what this end is done with
  let requests = 0;
  server.on('request', () => (requests += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const line = await openLine((server.address() as AddressInfo).port, options);
  const browser = await launch(kWebGl);
  try {
    const context = await browser.newContext();
    const times = await visit(context, line.origin);
    return { ...times, requests, bytes: line.bytes() };
  } finally {
    await browser.close();
    await line.close();
    server.closeAllConnections();
    server.close();
  }
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1]!;
}

async function measure(
  pages: Record<string, string>,
  options: LineOptions,
): Promise<Record<string, Visit>> {
  const all: Record<string, Visit[]> = {};
  for (let round = 0; round < kRounds; ++round)
    for (const [name, dist] of Object.entries(pages))
      (all[name] ??= []).push(await firstVisit(dist, options));
  return Object.fromEntries(
    Object.entries(all).map(([name, visits]) => {
      const pick = (key: keyof Visit) => median(visits.map((each) => each[key]));
      const typical = {
        bytes: pick('bytes'),
        requests: pick('requests'),
        drawnMs: pick('drawnMs'),
        segmentedMs: pick('segmentedMs'),
      };
      console.log(
        `${name}, medians of ${visits.length}: ${(typical.bytes / 1e6).toFixed(2)} MB in ` +
          `${typical.requests} requests, drawn after ${typical.drawnMs.toFixed(0)} ms, ` +
          `segmented after ${typical.segmentedMs.toFixed(0)} ms`,
      );
      return [name, typical];
    }),
  );
}

const kBefore = process.env['LIMBUS_BEFORE'];
const pages = { ...(kBefore ? { before: kBefore } : {}), now: kDist };

test('a first visit on localhost', async () => {
  const { now } = await measure(pages, {});
  assert.ok(now!.segmentedMs > 0);
});

test('a first visit at 10 Mbit/s', async () => {
  const { now } = await measure(pages, kSlowLine);
  assert.ok(now!.segmentedMs > 0);
});
