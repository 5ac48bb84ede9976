// The browser's own log of tasks over 50 ms on the page's thread, and the pictures that fill it.
import { randomBytes } from 'node:crypto';
import type { Page } from 'playwright-core';

import { startCore } from '../../web/test/support/start_core.js';
import { greyPng, idle, type NamedBytes } from './page_site.js';

export interface LongTasks {
  count: number;
  longestMs: number; // 0: none
  sumMs: number;
  wallMs: number;
  longestCpuMs: number; // of any task: what it used, however long others kept it waiting
}

declare global {
  var longTasks: { startTime: number; duration: number }[];
}

/** To run in every page before its own scripts. */
export const kWatchLongTasks = `
  globalThis.longTasks = [];
  new PerformanceObserver((list) => longTasks.push(...list.getEntries()))
    .observe({ type: 'longtask', buffered: true });`;

/** Eyes rendered by the core, 400x640, as PNG files. */
export async function renderedEyes(count: number): Promise<NamedBytes[]> {
  const core = await startCore();
  return Array.from({ length: count }, (_, i) => {
    const { pixels, width, height } = core.renderEye('openeds2019', 100 + i, 0);
    return greyPng(`eye ${i}.png`, width, height, [...pixels]);
  });
}

/** A JPEG of `width` x `height`, made in the page: a photograph's amount of detail. */
export async function largeJpeg(page: Page, width: number, height: number): Promise<void> {
  await page.evaluate(
    async ({ width, height, noise }) => {
      const tile = new ImageData(64, 64);
      const bytes = Uint8Array.from(atob(noise), (letter) => letter.charCodeAt(0));
      for (let i = 0; i < 64 * 64; ++i)
        tile.data.set([bytes[i]! >> 1, bytes[i]! >> 1, bytes[i]! >> 1, 255], 4 * i);
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext('2d')!;
      const pattern = new OffscreenCanvas(64, 64);
      pattern.getContext('2d')!.putImageData(tile, 0, 0);
      context.fillStyle = context.createPattern(pattern, 'repeat')!;
      context.fillRect(0, 0, width, height);
      const rings = [
        [0.42, '#a98'],
        [0.2, '#665'],
        [0.09, '#111'],
      ] as const;
      context.globalAlpha = 0.8;
      for (const [radius, colour] of rings) {
        context.fillStyle = colour;
        context.beginPath();
        context.arc(width / 2, height / 2, radius * height, 0, 2 * Math.PI);
        context.fill();
      }
      const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 });
      Object.assign(globalThis, { prepared: [new File([blob], 'large.jpg')] });
    },
    { width, height, noise: randomBytes(64 * 64).toString('base64') },
  );
}

/** `count` files, in turn with the bytes of `files`. */
export async function manyFiles(page: Page, files: NamedBytes[], count: number): Promise<void> {
  await page.evaluate(
    ({ list, count }) => {
      const blobs = list.map((base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)));
      const prepared = Array.from(
        { length: count },
        (_, i) => new File([blobs[i % blobs.length]!], `eye ${i}.png`, { type: 'image/png' }),
      );
      Object.assign(globalThis, { prepared });
    },
    { list: files.map(({ bytes }) => Buffer.from(bytes).toString('base64')), count },
  );
}

interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  dur?: number; // microseconds
  tdur?: number; // of them on a processor
  args: { name?: string };
}

/** Starts the browser's trace; what it returns ends it and gives the most that one task of the page used. */
async function traceTasks(page: Page): Promise<() => Promise<number>> {
  const client = await page.context().newCDPSession(page);
  const events: TraceEvent[] = [];
  client.on('Tracing.dataCollected', ({ value }) =>
    events.push(...(value as unknown as TraceEvent[])),
  );
  await client.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['toplevel', '__metadata'] },
  });
  return async () => {
    const complete = new Promise((resolve) => client.once('Tracing.tracingComplete', resolve));
    await client.send('Tracing.end');
    await complete;
    const byThread = new Map<string, TraceEvent[]>();
    for (const { pid, tid, name, args } of events)
      if (name === 'thread_name' && args.name === 'CrRendererMain')
        byThread.set(`${pid} ${tid}`, []);
    for (const event of events)
      if (event.ph === 'X' && event.name.endsWith('RunTask'))
        byThread.get(`${event.pid} ${event.tid}`)?.push(event);
    const used = (tasks: TraceEvent[]) => tasks.reduce((sum, { tdur }) => sum + (tdur ?? 0), 0);
    const [ours] = [...byThread.values()].sort((a, b) => used(b) - used(a)); // a spare one idles
    if (!ours || ours.length < 100)
      throw new Error(`no trace of the page: ${events.length} events`);
    return ours.reduce((most, { tdur }) => Math.max(most, tdur ?? 0), 0) / 1000;
  };
}

/** Drops what was prepared on the page; the long tasks until all of it is segmented. */
export async function dropPrepared(page: Page): Promise<LongTasks> {
  await idle(page);
  const endTrace = await traceTasks(page);
  const from = await page.evaluate(async () => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    const transfer = new DataTransfer();
    for (const file of (globalThis as unknown as { prepared: File[] }).prepared)
      transfer.items.add(file);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const from = performance.now();
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true }));
    return from;
  });
  await idle(page);
  const logged = await page.evaluate(async (from) => {
    const wallMs = performance.now() - from;
    await new Promise((resolve) => setTimeout(resolve, 500)); // entries come late
    const tasks = longTasks.filter(({ startTime }) => startTime >= from);
    return {
      count: tasks.length,
      longestMs: Math.max(0, ...tasks.map(({ duration }) => duration)),
      sumMs: tasks.reduce((sum, { duration }) => sum + duration, 0),
      wallMs,
    };
  }, from);
  return { ...logged, longestCpuMs: await endTrace() };
}
