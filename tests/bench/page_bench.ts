// What an image costs in the page, on one wasm thread: of 640x400 against published networks, queues of files, frames.
//
// Ratios of one run: networks take turns, so that a busy machine slows all of them alike.
import assert from 'node:assert/strict';
import { cpus, loadavg } from 'node:os';
import { test } from 'node:test';

import { renderedEyes } from '../web/long_tasks.js';
import '../web/package_calls.js';
import { launch } from '../web/browsers.js';
import { openPage, serve } from '../web/package_site.js';
import type { Timings } from '../../web/src/index.js';
import { benchModel, kWriter, releasedModel } from './bench_models.js';

const kStagesOfDabnet = 1 / 10; // preprocess, tail and regions against DABNet-18's own inference
const kPipelineOfRitnet = 1 / 80; // all of eye-s against RITnet's own inference
const kFrameOfBitmap = 1 / 1.2; // a video frame up to the network against its bitmap, page and worker

interface Measured {
  timings: Timings[];
  regions: number;
}

/** Rounds in which every model segments the same rendered eye, each `runs` times in a row. */
async function measure(
  models: { bytes: Uint8Array; runs: number }[],
  rounds: number,
): Promise<Measured[]> {
  const urls = models.map((_, i) => `/${i}.onnx`);
  const files = Object.fromEntries(models.map(({ bytes }, i) => [urls[i]!, bytes]));
  const site = await serve({ files });
  const browser = await launch();
  try {
    const open = await openPage(browser, site);
    const measured = await open.page.evaluate(
      async ({ urls, runs, rounds }) => {
        const { image } = await limbus.renderEye('openeds2019', 1, 0);
        const bitmap = await createImageBitmap(image, { resizeWidth: 640, resizeHeight: 400 });
        const segmenters = [];
        for (const url of urls)
          segmenters.push(await limbus.Segmenter.load(url, { provider: 'wasm' }));
        const all = urls.map(() => ({ timings: [] as Timings[], regions: 0 }));
        for (let round = 0; round < rounds; ++round)
          for (const [i, segmenter] of segmenters.entries())
            for (let run = 0; run < runs[i]!; ++run) {
              const result = await segmenter.segment(bitmap);
              all[i]!.timings.push(result.timings);
              all[i]!.regions = result.regions.length;
            }
        for (const segmenter of segmenters) segmenter.dispose();
        limbus.closeCore();
        return all;
      },
      { urls, runs: models.map(({ runs }) => runs), rounds },
    );
    await open.finish();
    return measured;
  } finally {
    await browser.close();
    await site.close();
  }
}

function median({ timings }: Measured, pick: (each: Timings) => number): number {
  return timings.map(pick).sort((a, b) => a - b)[timings.length >> 1]!;
}

function report(name: string, measured: Measured): void {
  const ms = (pick: (each: Timings) => number) => `${median(measured, pick).toFixed(2)} ms`;
  console.log(
    `${name}, medians of ${measured.timings.length}: decode ${ms((t) => t.decodeMs)}, ` +
      `preprocess ${ms((t) => t.preprocessMs)}, network ${ms((t) => t.inferenceMs)}, ` +
      `tail + ${measured.regions} regions ${ms((t) => t.postprocessMs)}`,
  );
}

function promise(what: string, ratio: number, most: number): void {
  console.log(`${what}: ${ratio.toFixed(4)}, one in ${(1 / ratio).toFixed(1)} (at most ${most})`);
  assert.ok(ratio <= most, `${what}: ${ratio.toFixed(4)}`);
}

test('preprocess, tail and regions cost at most a tenth of DABNet-18', async (context) => {
  const bytes = benchModel('dabnet_18');
  if (!bytes) return context.skip(`${kWriter} has not been built`);
  const [dabnet] = await measure([{ bytes, runs: 1 }], 40);
  report('DABNet-18', dabnet!);
  const stages = median(dabnet!, (t) => t.preprocessMs + t.postprocessMs);
  promise(
    "our stages of DABNet-18's inference",
    stages / median(dabnet!, (t) => t.inferenceMs),
    kStagesOfDabnet,
  );
});

test('eye-s segments and measures in an eightieth of the time of RITnet', async (context) => {
  const released = releasedModel('eye-s');
  const own = released ?? benchModel('eye_s');
  const bytes = benchModel('ritnet');
  if (!own || !bytes) return context.skip(`${kWriter} has not been built`);
  const [eye, ritnet] = await measure(
    [
      { bytes: own, runs: 12 },
      { bytes, runs: 1 },
    ],
    8,
  );
  report(released ? 'eye-s' : 'eye-s, untrained', eye!);
  report('RITnet', ritnet!);
  promise(
    "eye-s from pixels to measurements of RITnet's inference",
    median(eye!, (t) => t.preprocessMs + t.inferenceMs + t.postprocessMs) /
      median(ritnet!, (t) => t.inferenceMs),
    kPipelineOfRitnet,
  );
});

interface QueueTimes {
  decodeMs: number; // one by one
  queuedDecodeMs: number; // what of it is still waited for when a picture's turn comes
  oneByOneMs: number; // per picture, the next one asked for when the answer is there
  queuedMs: number; // all asked for at once
}

/** 24 files of `type`, each eye enlarged to `width`, with the released or an untrained eye-s, in rounds of both ways. */
async function measureQueue(type: string, width: number): Promise<QueueTimes> {
  const eyes = await renderedEyes(6);
  const files: Record<string, Uint8Array> = {
    '/model.onnx': releasedModel('eye-s') ?? benchModel('eye_s')!,
  };
  eyes.forEach(({ bytes }, i) => (files[`/${i}.png`] = bytes));
  const site = await serve({ files });
  const browser = await launch();
  try {
    const open = await openPage(browser, site);
    const measured = await open.page.evaluate(
      async ({ count, type, width }) => {
        const blobs: Blob[] = [];
        for (let i = 0; i < count; ++i) {
          const file = await (await fetch(`/${i}.png`)).blob();
          const bitmap = await createImageBitmap(file, { resizeWidth: width });
          const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
          canvas.getContext('2d')!.drawImage(bitmap, 0, 0);
          blobs.push(await canvas.convertToBlob({ type, quality: 0.9 }));
        }
        const list = [...blobs, ...blobs, ...blobs, ...blobs];
        const segmenter = await limbus.Segmenter.load('/model.onnx');
        const decodeMs: number[] = [];
        const queuedDecodeMs: number[] = [];
        const oneByOne: number[] = [];
        const queued: number[] = [];
        for (let round = 0; round < 5; ++round) {
          let start = performance.now();
          for (const blob of list) decodeMs.push((await segmenter.segment(blob)).timings.decodeMs);
          oneByOne.push((performance.now() - start) / list.length);
          start = performance.now();
          const results = await Promise.all(list.map((blob) => segmenter.segment(blob)));
          queued.push((performance.now() - start) / list.length);
          queuedDecodeMs.push(...results.map(({ timings }) => timings.decodeMs));
        }
        segmenter.dispose();
        return { decodeMs, queuedDecodeMs, oneByOne, queued };
      },
      { count: eyes.length, type, width },
    );
    await open.finish();
    const middle = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!;
    return {
      decodeMs: middle(measured.decodeMs),
      queuedDecodeMs: middle(measured.queuedDecodeMs),
      oneByOneMs: middle(measured.oneByOne),
      queuedMs: middle(measured.queued),
    };
  } finally {
    await browser.close();
    await site.close();
  }
}

for (const [type, width] of [
  ['image/png', 640],
  ['image/jpeg', 2000],
] as const)
  test(`a queue of files decodes while the network runs: ${type}, ${width} wide`, async () => {
    const { decodeMs, queuedDecodeMs, oneByOneMs, queuedMs } = await measureQueue(type, width);
    console.log(
      `per picture: ${oneByOneMs.toFixed(1)} ms one by one (decode ${decodeMs.toFixed(1)} ms), ` +
        `${queuedMs.toFixed(1)} ms in a queue (${queuedDecodeMs.toFixed(1)} ms of waiting for it)`,
    );
    const ratio = queuedMs / oneByOneMs;
    // Where all processors are busy there is no thread to decode on.
    if (loadavg()[0]! < cpus().length / 2) promise('in a queue, of one by one', ratio, 0.95);
    else console.log(`a busy machine: ${ratio.toFixed(2)} of one by one is not judged`);
  });

interface FrameTimes {
  frame: number[]; // decode and preprocess in the worker
  bitmap: number[]; // likewise
  making: number[]; // the bitmap, on the page's thread
}

/** An eye as a camera's I420 frame, in turns as it is and as a bitmap. */
async function measureFrames(size: [number, number], coloured: boolean): Promise<FrameTimes> {
  const site = await serve({
    files: { '/model.onnx': releasedModel('eye-s') ?? benchModel('eye_s')! },
  });
  const browser = await launch();
  try {
    const open = await openPage(browser, site);
    const times = await open.page.evaluate(
      async ({ size: [codedWidth, codedHeight], coloured }) => {
        const segmenter = await limbus.Segmenter.load('/model.onnx', { provider: 'wasm' });
        const { image } = await limbus.renderEye('openeds2019', 1, 0);
        const context = new OffscreenCanvas(codedWidth, codedHeight).getContext('2d')!;
        context.drawImage(await createImageBitmap(image), 0, 0, codedWidth, codedHeight);
        const { data } = context.getImageData(0, 0, codedWidth, codedHeight);
        const count = codedWidth * codedHeight;
        const bytes = new Uint8Array(1.5 * count).fill(128);
        for (let i = 0; i < count; ++i) bytes[i] = 16 + (data[4 * i]! * 219) / 255;
        if (coloured) for (let i = count; i < bytes.length; ++i) bytes[i] = 120 + ((i * 7) % 17);
        const times: FrameTimes = { frame: [], bitmap: [], making: [] };
        const colorSpace = { matrix: 'smpte170m', primaries: 'smpte170m' } as const;
        for (let round = 0; round < 60; ++round) {
          const frame = new VideoFrame(bytes, {
            format: 'I420',
            ...{ codedWidth, codedHeight, timestamp: 0 },
            colorSpace: { ...colorSpace, transfer: 'smpte170m', fullRange: false },
          });
          const read = async (source: VideoFrame | ImageBitmap) => {
            const { decodeMs, preprocessMs } = (await segmenter.segment(source)).timings;
            return decodeMs + preprocessMs;
          };
          times.frame.push(await read(frame));
          const start = performance.now();
          const making = createImageBitmap(frame);
          times.making.push(performance.now() - start);
          const bitmap = await making;
          times.bitmap.push(await read(bitmap));
          bitmap.close();
          frame.close();
        }
        segmenter.dispose();
        limbus.closeCore();
        return times;
      },
      { size, coloured },
    );
    await open.finish();
    return times;
  } finally {
    await browser.close();
    await site.close();
  }
}

for (const size of [
  [640, 400],
  [1920, 1080],
] as [number, number][])
  for (const coloured of [false, true])
    test(`a video frame is read in less time than its bitmap: ${size.join(' x ')}, ${coloured ? 'coloured' : 'grey'}`, async () => {
      const times = await measureFrames(size, coloured);
      const middle = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!;
      const [frame, bitmap, making] = [times.frame, times.bitmap, times.making].map(middle);
      console.log(
        `decode and preprocess: ${frame!.toFixed(2)} ms, of its bitmap ${bitmap!.toFixed(2)} ms ` +
          `after ${making!.toFixed(2)} ms on the page's thread`,
      );
      promise('a frame of its bitmap', frame! / (bitmap! + making!), kFrameOfBitmap);
    });
