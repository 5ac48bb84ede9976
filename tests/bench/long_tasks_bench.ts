// How long the page's thread is held: tasks over 50 ms in the browser's own log, while 300 images of 400x640
// and while one JPEG of 48 megapixels are segmented and shown. The graphics card is software here.
//
// LIMBUS_BEFORE: a built page (a folder like web/dist) to compare with, measured in the same run.
import type { AddressInfo } from 'node:net';
import { loadavg } from 'node:os';
import { test } from 'node:test';
import type { Page } from 'playwright-core';

import { createServer } from '../../web/serve.mjs';
import {
  dropPrepared,
  kWatchLongTasks,
  largeJpeg,
  manyFiles,
  renderedEyes,
} from '../web/long_tasks.js';
import { launch } from '../web/browsers.js';
import { idle, kDist, kWebGl } from '../web/page_site.js';

const kImages = 300;
const kBefore = process.env['LIMBUS_BEFORE'];
const pages = { ...(kBefore ? { before: kBefore } : {}), now: kDist };

async function measure(what: string, prepare: (page: Page) => Promise<void>): Promise<void> {
  for (const [name, dist] of Object.entries(pages)) {
    const server = createServer(dist);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const browser = await launch(kWebGl);
    try {
      const page = await browser.newPage();
      await page.addInitScript(kWatchLongTasks);
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      await idle(page);
      await prepare(page);
      const { count, longestMs, sumMs, wallMs, longestCpuMs } = await dropPrepared(page);
      console.log(
        `${what}, ${name}: ${count} long tasks, the longest ${longestMs.toFixed(0)} ms, ` +
          `${sumMs.toFixed(0)} ms in all; the most that one used ${longestCpuMs.toFixed(0)} ms; ` +
          `done after ${wallMs.toFixed(0)} ms ` +
          `(load ${loadavg()[0]!.toFixed(1)})`,
      );
    } finally {
      await browser.close();
      server.closeAllConnections();
      server.close();
    }
  }
}

test(`${kImages} images of 400x640`, async () => {
  const eyes = await renderedEyes(12);
  await measure(`${kImages} images`, (page) => manyFiles(page, eyes, kImages));
});

test('one JPEG of 8000x6000', () =>
  measure('48 megapixels', (page) => largeJpeg(page, 8000, 6000)));
