// What a visit costs: bytes, requests, time until the sample is drawn and until it is segmented.
//
// On localhost and through a line of 10 Mbit/s that delays each answer by 20 ms; a cold browser each time. After
// the first visit the server goes away, and the same browser comes again. Goals for times hold on an idle machine.
// LIMBUS_BEFORE: a built page (a folder like web/dist) to compare with, measured in the same run.
import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { cpus, loadavg } from 'node:os';
import { test } from 'node:test';
import type { Page } from 'playwright-core';

import { createServer } from '../../web/serve.mjs';
import { launch } from '../web/browsers.js';
import { kDist, kWebGl } from '../web/page_site.js';
import { openLine, type LineOptions } from '../web/slow_line.js';

const kRounds = 3;
const kSlowLine: LineOptions = { bitsPerSecond: 10e6, delayMs: 20 };

interface Seen {
  drawnMs: number;
  segmentedMs: number;
}

interface Visit {
  bytes: number;
  requests: number;
  drawnMs: number;
  segmentedMs: number;
  againMs: number; // the second visit, until it is segmented; 0: the page does not work offline
}

const kGoals = { bytes: 4.5e6, drawnMs: 1000, segmentedMs: 3000, againMs: 1500 };
const kGoalsSlow = { ...kGoals, drawnMs: Infinity, segmentedMs: 6000 };

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

async function visit(page: Page, origin: string): Promise<Seen> {
  await page.addInitScript(kWatch);
  await page.goto(`${origin}/`, { waitUntil: 'commit' });
  await page.waitForFunction(() => visitSeen.drawnMs && visitSeen.segmentedMs, null, {
    timeout: 120_000,
  });
  return page.evaluate(() => visitSeen);
}

async function visits(dist: string, options: LineOptions): Promise<Visit> {
  const server = createServer(dist);
  server.keepAliveTimeout = 60_000; // a slow line still sends what this end is done with
  let requests = 0;
  server.on('request', () => (requests += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const line = await openLine((server.address() as AddressInfo).port, options);
  const browser = await launch(kWebGl);
  try {
    const context = await browser.newContext();
    const first = await context.newPage();
    const times = await visit(first, line.origin);
    let againMs = 0;
    if ((await first.locator('#offline').count()) > 0) {
      await first.getByText('Works offline').waitFor();
      await first.close();
      const counted = { requests, bytes: line.bytes() }; // the service worker's too
      await line.close();
      againMs = (await visit(await context.newPage(), line.origin)).segmentedMs;
      return { ...times, ...counted, againMs };
    }
    return { ...times, requests, bytes: line.bytes(), againMs };
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
      (all[name] ??= []).push(await visits(dist, options));
  return Object.fromEntries(
    Object.entries(all).map(([name, rounds]) => {
      const pick = (key: keyof Visit) => median(rounds.map((each) => each[key]));
      const typical = {
        bytes: pick('bytes'),
        requests: pick('requests'),
        drawnMs: pick('drawnMs'),
        segmentedMs: pick('segmentedMs'),
        againMs: pick('againMs'),
      };
      console.log(
        `${name}, medians of ${rounds.length}: ${(typical.bytes / 1e6).toFixed(2)} MB in ` +
          `${typical.requests} requests, drawn after ${typical.drawnMs.toFixed(0)} ms, ` +
          `segmented after ${typical.segmentedMs.toFixed(0)} ms; ` +
          (typical.againMs ? `again, offline: ${typical.againMs.toFixed(0)} ms` : 'not offline'),
      );
      return [name, typical];
    }),
  );
}

const kBefore = process.env['LIMBUS_BEFORE'];
const pages = { ...(kBefore ? { before: kBefore } : {}), now: kDist };

function promise(visit: Visit, goals: typeof kGoals, idle: boolean): void {
  assert.ok(visit.bytes <= goals.bytes, `${visit.bytes} bytes`);
  assert.ok(visit.againMs > 0, 'a second visit needs the network');
  if (!idle) return console.log('a busy machine: times are not judged');
  for (const key of ['drawnMs', 'segmentedMs', 'againMs'] as const)
    assert.ok(visit[key] <= goals[key], `${key}: ${visit[key]}, at most ${goals[key]}`);
}

const isIdle = () => loadavg()[0]! < cpus().length / 4;

test('a visit on localhost', async () => {
  const idle = isIdle();
  promise((await measure(pages, {}))['now']!, kGoals, idle);
});

test('a visit at 10 Mbit/s', async () => {
  const idle = isIdle();
  promise((await measure(pages, kSlowLine))['now']!, kGoalsSlow, idle);
});
