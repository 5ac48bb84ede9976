// The package's program for Node: what only a browser has is refused in words that are true there.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import type * as Limbus from '../../web/src/index.js';
import { bandOf, thresholdModel } from '../../web/test/support/threshold_model.js';

const kRoot = process.env['LIMBUS_ROOT']!;
const kModel = new Uint8Array(thresholdModel());
const levels = Array.from({ length: 256 }, (_, i) => i);
const pixels = { data: Uint8Array.from(levels), width: 16, height: 16 };

let limbus: typeof Limbus;
let segmenter: Limbus.Segmenter;
before(async () => {
  limbus = await import(pathToFileURL(join(kRoot, 'web/lib/node/index.js')).href);
  segmenter = await limbus.Segmenter.load(new Blob([kModel]));
});
after(() => {
  segmenter.dispose();
  limbus.closeCore();
});

test('pixels are segmented; a file, wherever it lies, is not decoded', async () => {
  const file = join(kRoot, 'web/app/samples/anonymized.png');
  for (const source of [file, pathToFileURL(file), new Blob([readFileSync(file)])])
    await assert.rejects(segmenter.segment(source), {
      code: 'badArgument',
      message: /^Node decodes no files: segment\(\) takes \{ data, width, height \}, got \w+$/,
    });
  // What reads a file gives a Buffer, which is of another class than its bytes.
  const buffer = readFileSync(file) as unknown as Blob;
  await assert.rejects(segmenter.segment(buffer), /Node decodes no files.*got Uint8Array$/);
  assert.deepEqual([...(await segmenter.segment(pixels)).mask], levels.map(bandOf));
});

test('README.md names the oldest Node that package.json takes', () => {
  const read = (name: string) => readFileSync(join(kRoot, 'web', name), 'utf8');
  const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
  const oldest = engines.node.replace(/^>=/, '');
  assert.ok(read('README.md').includes(`| Node ${oldest} or newer `), oldest);
});

for (const provider of ['wasm-threads', 'webgpu'] as const)
  test(`${provider}: wasm takes its place, for a reason that holds in Node`, async () => {
    const loaded = await limbus.Segmenter.load(kModel, { provider });
    assert.equal(loaded.provider, 'wasm');
    assert.match(loaded.fallbackReason!, /\bNode\b/);
    assert.doesNotMatch(loaded.fallbackReason!, /page|browser/);
    loaded.dispose();
  });

test('a script that frees nothing ends with its last line, and not before its answers', () => {
  const from = JSON.stringify(pathToFileURL(join(kRoot, 'web/lib/node/index.js')).href);
  const model = JSON.stringify(join(kRoot, 'models/eye-s/model.onnx'));
  const lines = `import { renderEye, Segmenter } from ${from};
    const segmenter = await Segmenter.load(${model});
    const { image, width, height } = await renderEye('openeds2019', 1, 0);
    const { mask } = await segmenter.segment({ data: image.data, width, height });
    console.log(mask.length);`;
  const words = ['--input-type=module', '--eval', lines];
  const said = execFileSync(process.execPath, words, { encoding: 'utf8', timeout: 120_000 });
  assert.equal(said, '256000\n');
});
