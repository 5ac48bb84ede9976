// What the page adds to a network: preprocess + fused tail + regions against DABNet-18's own inference,
// in one page, on one wasm thread, at 640x400.
//
// LIMBUS_BENCH_MODEL names a .onnx of DABNet width 18, one input channel, four classes.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { kExporter, kParityFolder, parityRows } from '../parity/parity_folder.js';
import '../web/package_calls.js';
import { launch, openPage, serve } from '../web/package_site.js';

const kRatio = 0.1;
const kRuns = 40;

/** LIMBUS_BENCH_MODEL, or the one that the parity exporter writes. */
function modelFile(): string | null {
  const named = process.env['LIMBUS_BENCH_MODEL'];
  if (named) return named;
  const exported = parityRows().some((row) => row.name === 'dabnet_18');
  return exported ? join(kParityFolder, 'dabnet_18.onnx') : null;
}

test('preprocess, tail and regions cost at most a tenth of the network', async (context) => {
  const model = modelFile();
  if (!model) {
    context.skip(`${kExporter} has not been built`);
    return;
  }
  const site = await serve({ files: { '/model.onnx': readFileSync(model) } });
  const browser = await launch();
  try {
    const open = await openPage(browser, site);
    const times = await open.page.evaluate(async (runs) => {
      const segmenter = await limbus.Segmenter.load('/model.onnx');
      const { image } = await limbus.renderEye('openeds2019', 1, 0);
      const bitmap = await createImageBitmap(image, { resizeWidth: 640, resizeHeight: 400 });
      const all = [];
      let regions = 0;
      for (let i = 0; i < runs; ++i) {
        const result = await segmenter.segment(bitmap);
        all.push(result.timings);
        regions = result.regions.length;
      }
      segmenter.dispose();
      limbus.closeCore();
      return { all, regions };
    }, kRuns);
    await open.finish();
    const median = (pick: (timings: (typeof times.all)[number]) => number) =>
      times.all.map(pick).sort((a, b) => a - b)[kRuns >> 1]!;
    const inference = median((each) => each.inferenceMs);
    const preprocess = median((each) => each.preprocessMs);
    const postprocess = median((each) => each.postprocessMs);
    const ratio = (preprocess + postprocess) / inference;
    const ms = (value: number) => `${value.toFixed(2)} ms`;
    console.log(
      `640x400, one wasm thread, medians of ${kRuns}: decode ${ms(median((each) => each.decodeMs))}, ` +
        `preprocess ${ms(preprocess)}, DABNet-18 ${ms(inference)}, tail + ${times.regions} regions ` +
        `${ms(postprocess)}; ratio ${ratio.toFixed(3)} (at most ${kRatio})`,
    );
    assert.ok(ratio <= kRatio, `ratio ${ratio.toFixed(3)}`);
  } finally {
    await browser.close();
    await site.close();
  }
});
