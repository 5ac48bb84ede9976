// What a 640x400 image costs in the page, on one wasm thread, against published networks.
//
// Ratios of one run: networks take turns, so that a busy machine slows all of them alike.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import '../web/package_calls.js';
import { launch, openPage, serve } from '../web/package_site.js';
import type { Timings } from '../../web/src/index.js';
import { benchModel, kWriter, releasedModel } from './bench_models.js';

const kStagesOfDabnet = 1 / 10; // preprocess, tail and regions against DABNet-18's own inference
const kPipelineOfRitnet = 1 / 80; // all of eye-s against RITnet's own inference

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
