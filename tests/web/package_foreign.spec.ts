// Files of other people's exporters, one per trait: each answers the question that its pixels put, or
// is refused in the core's one line before the runtime starts.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { ManifestDraft } from '../../web/src/types.js';
import { kForeignCases } from '../../web/test/support/foreign_cases.js';
import { foreignModel } from '../../web/test/support/foreign_model.js';
import { merged } from '../../web/test/support/merge.js';
import { writePng } from '../../web/test/support/png_writer.js';
import { kThresholds } from '../../web/test/support/threshold_model.js';
import { kFragile } from './fragile_worker.js';
import { usePage } from './hooks.js';
import { loadInPage, segmentInPage } from './package_calls.js';

const kSize = { width: 64, height: 48 }; // where a file fixes it
const ramp = Array.from({ length: kSize.width * kSize.height }, (_, i) => (i * 7) % 256);

const open = usePage({
  files: {
    ...Object.fromEntries(
      kForeignCases.map(({ name, model }) => [`/${name}.onnx`, foreignModel(model)]),
    ),
    '/ramp.png': writePng({ ...kSize, bitDepth: 8, colourType: 0, samples: ramp }),
  },
  scripts: { '/fragile.js': kFragile },
});

for (const row of kForeignCases)
  test(`${row.name}: ${row.obstacle ? 'refused' : 'the mask that its pixels ask for'}`, async () => {
    const url = `/${row.name}.onnx`;
    const facts = await open.page.evaluate(
      async (from) => limbus.inspect(await (await fetch(from)).arrayBuffer()),
      url,
    );
    const draft = facts.draft ?? { formatVersion: 1, input: kSize, classes: [] };
    const manifest = merged(draft, row.answers ?? {}) as ManifestDraft;
    if (row.obstacle) manifest.classes = [{ name: 'a' }, { name: 'b' }];
    const loaded = await open.page.evaluate(loadInPage, { url, options: { manifest } });
    if (row.obstacle) {
      assert.equal(loaded.error?.code, 'unsupported');
      assert.equal(loaded.error?.message, facts.obstacle);
      assert.ok(!loaded.stages.includes('runtime'));
      return;
    }
    assert.equal(loaded.error, null, JSON.stringify(loaded.error));
    const result = await open.page.evaluate(segmentInPage, { url: '/ramp.png', as: 'blob' });
    assert.equal(result.error, null);
    const thresholds = row.thresholds ?? kThresholds;
    assert.deepEqual(
      result.mask,
      ramp.map((grey) => thresholds.filter((threshold) => grey > threshold).length),
    );
  });

test('a manifest is changed without loading, kept when it does not fit, and written into the file', async () => {
  const said = await open.page.evaluate(async () => {
    const bytes = new Uint8Array(await (await fetch('/planes.onnx')).arrayBuffer());
    const { draft } = await limbus.inspect('/planes.onnx');
    const manifest = { ...draft!, input: { ...draft!.input, width: 64, height: 48 } };
    const loaded = await limbus.Segmenter.load(bytes, { manifest });
    const grey = { data: new Uint8Array(64 * 48).fill(100), width: 64, height: 48 };
    const first = (await loaded.segment(grey)).mask[0];
    const brighter = { name: 'zero-one', mean: [-0.3] };
    await loaded.useManifest({ ...manifest, input: { ...manifest.input, normalise: brighter } });
    const second = (await loaded.segment(grey)).mask[0];
    const wrong = { ...manifest, classes: manifest.classes.slice(0, 3) };
    const refused = await loaded.useManifest(wrong).catch((error: Error) => error.message);
    const third = (await loaded.segment(grey)).mask[0];
    // What was asked for before has the manifest of then, however long its picture takes to come.
    await loaded.useManifest(manifest);
    const kinds = async () => new Set((await loaded.segment('/ramp.png')).mask).size;
    const dark = { name: 'zero-one', mean: [10] };
    const before = kinds();
    const used = loaded.useManifest({ ...manifest, input: { ...manifest.input, normalise: dark } });
    const inOrder = [await before, await kinds()];
    await used;
    const whole = await limbus.withManifest(new Blob([bytes]), { ...manifest, name: 'mine' });
    const again = await limbus.inspect(whole);
    const twice = await limbus.withManifest(whole, manifest).catch((error: Error) => error.message);
    loaded.dispose();
    return { first, second, refused, third, inOrder, name: again.manifest?.name, twice };
  });
  assert.equal(said.first, 1);
  assert.equal(said.second, 2);
  assert.match(said.refused as string, /'y' has 4 channels, but the manifest says 3 classes/);
  assert.equal(said.third, 2);
  assert.deepEqual(said.inOrder, [4, 1]);
  assert.equal(said.name, 'mine');
  assert.match(said.twice as string, /carries a manifest already \('mine'\)/);
  const presets = await open.page.evaluate(() => limbus.inputPresets());
  assert.deepEqual(presets.find(({ name }) => name === 'imagenet')?.mean, [0.485, 0.456, 0.406]);
});

test('a manifest is what it was at the call, whatever becomes of the object', async () => {
  const said = await open.page.evaluate(async () => {
    const { draft } = await limbus.inspect('/planes.onnx');
    const manifest = { ...draft!, input: { ...draft!.input, width: 64, height: 48 } };
    const whose = async <Loaded extends { manifest: { name: string } }>(
      name: string,
      call: () => Promise<Loaded>,
    ) => {
      manifest.name = name;
      const answer = call();
      manifest.name = `not ${name}`;
      return answer;
    };
    const loaded = await whose('load', () => limbus.Segmenter.load('/planes.onnx', { manifest }));
    const names = [loaded.manifest.name];
    const slow = loaded.segment('/ramp.png'); // useManifest() waits for its turn
    const used = await whose('use', async () => ({
      manifest: await loaded.useManifest(manifest),
    }));
    await slow;
    names.push(used.manifest.name);
    const file = await whose('with', async () => {
      const whole = await limbus.withManifest('/planes.onnx', manifest);
      return { manifest: (await limbus.readManifest(whole))! };
    });
    names.push(file.manifest.name);
    loaded.dispose();

    // Of a pool, also where another worker takes the place of one that died.
    const grey = { data: new Uint8Array(64 * 48).fill(100), width: 64, height: 48 };
    const options = { manifest, size: 1, workerUrl: '/fragile.js' };
    const pool = await limbus.SegmenterPool.load('/planes.onnx', options);
    const before = (await pool.segment(grey)).mask[0];
    Object.assign(manifest.input, { normalise: { name: 'zero-one', mean: [10] } });
    await pool.segment({ data: new Uint8Array(13 * 8), width: 13, height: 8 }).catch(() => {});
    const after = (await pool.segment(grey)).mask[0];
    pool.dispose();
    return { names, before, after };
  });
  assert.deepEqual(said.names, ['load', 'use', 'with']);
  assert.deepEqual([said.before, said.after], [1, 1]);
});
