// Models whose weights lie in a file beside the .onnx: fetched from there, or handed in.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  bandOf,
  externalWeights,
  thresholdManifest,
  thresholdModel,
} from '../../web/test/support/threshold_model.js';
import { usePage } from './hooks.js';

const kName = 'my weights.data'; // of which a URL is made
const weights = externalWeights();
const open = usePage({
  files: {
    '/models/split.onnx': thresholdModel({ externalData: kName }),
    '/models/foreign.onnx': thresholdModel({ externalData: kName, manifest: null }),
    [`/models/${encodeURIComponent(kName)}`]: weights,
    '/models/cut.onnx': thresholdModel({ externalData: 'cut.data' }),
    '/models/cut.data': weights.subarray(0, 70),
    '/models/markup.onnx': thresholdModel({ externalData: 'markup.data' }),
    '/models/markup.data': new Uint8Array(weights).fill(0x3c, 0, 1), // '<', but no page
    '/kept.bin': weights,
  },
});

const grey = Array.from({ length: 64 * 48 }, (_, i) => (i * 7) % 256);
const bands = grey.map(bandOf);

type Call = [source: 'url' | 'response' | 'blob' | 'bytes', data?: 'blob' | 'bytes' | 'url'];

/** The mask of `grey`, or what the load was refused with, and what was fetched for it. */
async function loaded([source, data]: Call, how: 'Segmenter' | 'SegmenterPool' = 'Segmenter') {
  const asked: string[] = [];
  const note = (request: { url(): string }) => asked.push(new URL(request.url()).pathname);
  open.page.on('request', note);
  const answer = await open.page.evaluate(
    async ({ source, data, how, name, grey }) => {
      const url = '/models/split.onnx';
      const blob = async (from: string) => (await fetch(from)).blob();
      const sources = {
        url: () => url,
        response: () => fetch(url),
        blob: () => blob(url),
        bytes: async () => (await blob(url)).arrayBuffer(),
      };
      const weights = {
        blob: () => blob('/kept.bin'),
        bytes: async () => new Uint8Array(await (await blob('/kept.bin')).arrayBuffer()),
        url: () => '/kept.bin',
      };
      const externalData = data ? { [name]: await weights[data]() } : {};
      try {
        const model = await sources[source]();
        const segmenter = await limbus[how].load(model, { externalData, ...{ size: 2 } });
        const pixels = { data: Uint8Array.from(grey), width: 64, height: 48 };
        const { mask } = await segmenter.segment(pixels);
        segmenter.dispose();
        return [...mask];
      } catch (error) {
        const { code, message } = error as Error & { code: string };
        return `${code}: ${message}`;
      }
    },
    { source, data, how, name: kName, grey },
  );
  open.page.off('request', note);
  return { answer, asked: asked.filter((path) => /\.(data|bin)$/.test(path)) };
}

const kBeside = `/models/${encodeURIComponent(kName)}`;

test('of a model with a URL they are fetched from beside it, once for a whole pool', async () => {
  for (const source of ['url', 'response'] as const)
    assert.deepEqual(await loaded([source]), { answer: bands, asked: [kBeside] }, source);
  assert.deepEqual(await loaded(['url'], 'SegmenterPool'), { answer: bands, asked: [kBeside] });
});

test('or handed in by name, as a file, bytes or another URL', async () => {
  for (const data of ['blob', 'bytes', 'url'] as const)
    for (const source of ['url', 'blob', 'bytes'] as const)
      assert.deepEqual(
        await loaded([source, data]),
        { answer: bands, asked: ['/kept.bin'] },
        `${source}, ${data}`,
      );
});

test('without them the load is refused with their name', async () => {
  for (const source of ['blob', 'bytes'] as const)
    assert.deepEqual(await loaded([source]), {
      answer: `notFound: the model keeps its weights in ${kName}, which is not here; hand it in as externalData`,
      asked: [],
    });
  const said = await open.page.evaluate(() =>
    Promise.all(
      ['cut', 'markup'].map((name) =>
        limbus.Segmenter.load(`/models/${name}.onnx`).then(
          (segmenter) => (segmenter.dispose(), 'loaded'),
          (error: Error) => error.message,
        ),
      ),
    ),
  );
  assert.deepEqual(said, [
    'cut.data has 70 bytes, the model expects 80; it is cut off, or of another model',
    'loaded',
  ]);
});

test('inspect() names them, withManifest() gives the one file', async () => {
  const { files, alone, whole } = await open.page.evaluate(async (manifest) => {
    const url = '/models/foreign.onnx';
    const bytes = await (await fetch(url)).arrayBuffer();
    const { externalFiles: files } = await limbus.inspect(bytes);
    const alone = await limbus.withManifest(bytes, manifest).catch((error: Error) => error.message);
    const blob = await limbus.withManifest(url, manifest);
    return { files, alone, whole: [...new Uint8Array(await blob.arrayBuffer())] };
  }, thresholdManifest());
  assert.deepEqual(files, [{ name: kName, bytes: weights.length }]);
  assert.match(String(alone), /keeps its weights in my weights\.data/);
  const expected = thresholdModel({ manifest: null });
  assert.deepEqual(Uint8Array.from(whole).subarray(0, expected.length), expected);
});
