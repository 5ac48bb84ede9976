// The executor that trains and ONNX Runtime in the page give the same numbers: every op graph and every
// whole network that `limbus_parity_export` writes (parity_folder.ts).
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type * as Ort from 'onnxruntime-web';

import { kFirefox } from '../web/browsers.js';
import { usePage } from '../web/hooks.js';
import { kSoftwareWebGpu } from '../web/package_site.js';
import { kExporter, kParityFolder, parityRows, type ParityRow } from './parity_folder.js';

interface Comparison {
  shape: number[];
  largest: number; // of the executor's output
  difference: number; // the largest
  sameArgmax: number; // share of pixels; 1 for op graphs
}

/** Runs in the page. */
async function compareInPage(call: {
  row: ParityRow;
  provider: 'wasm' | 'webgpu';
}): Promise<Comparison> {
  const { row, provider } = call;
  const runtime = `/onnxruntime-web/dist/ort.${provider}.min.mjs`;
  const ort = (await import(runtime)) as typeof Ort;
  ort.env.wasm.wasmPaths = `${location.origin}/onnxruntime-web/dist/`;
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
  const file = async (suffix: string) =>
    (await fetch(`/parity/${row.name}.${suffix}`)).arrayBuffer();
  const session = await ort.InferenceSession.create(await file('onnx'), {
    executionProviders: [provider],
  });
  const input = new ort.Tensor('float32', new Float32Array(await file('input.bin')), row.input);
  const outputs = await session.run({ [session.inputNames[0]!]: input });
  const output = outputs[session.outputNames[0]!]!;
  const got = output.data as Float32Array;
  const expected = new Float32Array(await file('output.bin'));
  let largest = 0;
  let difference = got.length === expected.length ? 0 : Infinity;
  for (let i = 0; i < expected.length; ++i) {
    largest = Math.max(largest, Math.abs(expected[i]!));
    const apart = Math.abs(got[i]! - expected[i]!);
    difference = apart <= difference ? difference : apart; // NaN counts
  }
  let sameArgmax = 1;
  if (row.network) {
    const [batch, classes, height, width] = row.output as [number, number, number, number];
    const plane = height * width;
    const argmax = (values: Float32Array, at: number) => {
      let best = 0;
      for (let k = 1; k < classes; ++k)
        if (values[at + k * plane]! > values[at + best * plane]!) best = k;
      return best;
    };
    let same = 0;
    for (let n = 0; n < batch; ++n)
      for (let i = 0; i < plane; ++i) {
        const at = n * classes * plane + i;
        if (argmax(got, at) === argmax(expected, at)) ++same;
      }
    sameArgmax = same / (batch * plane);
  }
  const shape = [...output.dims];
  await session.release();
  return { shape, largest, difference, sameArgmax };
}

const all = parityRows();

if (all.length === 0)
  test('parity with the executor', { skip: `${kExporter} has not been built` }, () => {});

// Software WebGPU takes seconds per large frame: whole networks run on wasm only.
const plans = [
  { provider: 'wasm', flags: [], tolerance: 1e-4, rows: all },
  {
    provider: 'webgpu',
    flags: kSoftwareWebGpu,
    tolerance: 1e-3,
    rows: all.filter((row) => !row.network),
  },
] as const;

for (const plan of plans) {
  if (plan.rows.length === 0 || (kFirefox && plan.provider === 'webgpu')) continue;
  describe(`ONNX Runtime Web on ${plan.provider}`, () => {
    const open = usePage({ folders: { '/parity/': kParityFolder } }, { flags: plan.flags });
    for (const row of plan.rows) {
      const compare = () => open.page.evaluate(compareInPage, { row, provider: plan.provider });
      // Its pooling gives no indices. The page goes on to the next provider then; once this fails,
      // the row can be compared like the others.
      if (plan.provider === 'webgpu' && row.indices) {
        test(`webgpu says that it cannot run: ${row.name}`, () =>
          assert.rejects(compare, /Indices output is not supported/));
        continue;
      }
      // The same for what it computes wrongly (kComputedWrongly in web/src/worker/segment.ts).
      if (plan.provider === 'webgpu' && row.name === 'hardSigmoid') {
        test(`webgpu computes it wrongly: ${row.name}`, async () =>
          assert.ok((await compare()).difference > 0.1));
        continue;
      }
      test(`${plan.provider} equals the executor: ${row.name}`, async () => {
        const found = await compare();
        assert.deepEqual(found.shape, row.output);
        const allowed = row.network
          ? 1e-3 * found.largest
          : plan.tolerance * Math.max(1, found.largest);
        assert.ok(
          found.difference <= allowed,
          `differs by ${found.difference}, allowed are ${allowed}`,
        );
        assert.ok(found.sameArgmax >= 0.9999, `equal argmax in ${found.sameArgmax} of the pixels`);
      });
    }
  });
}
