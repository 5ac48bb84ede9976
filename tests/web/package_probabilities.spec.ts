// withProbabilities, by the shipped model on rendered eyes and by foreign files of every kind.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import type * as Limbus from '../../web/src/index.js';
import type { ManifestDraft } from '../../web/src/types.js';
import { kForeignCases } from '../../web/test/support/foreign_cases.js';
import { foreignModel } from '../../web/test/support/foreign_model.js';
import { merged } from '../../web/test/support/merge.js';
import { usePage } from './hooks.js';
import { loadInPage } from './package_calls.js';

const files = kForeignCases.map(({ name, model }) => [`/${name}.onnx`, foreignModel(model)]);
const open = usePage({ files: Object.fromEntries(files) });

interface Compared {
  different: number; // pixels whose mask is not what the probabilities say
  outside: number; // values that are not in [0,1]
  unequal: number; // pixels whose values do not sum to 1
}

/** Runs in the page: a ramp of greys by the file at `url`. */
async function compare(call: { url: string; manifest: object }): Promise<Compared | string> {
  const options = { manifest: call.manifest as Limbus.ManifestDraft };
  const loaded = await limbus.Segmenter.load(call.url, options);
  const [width, height] = [64, 48];
  const data = Uint8Array.from({ length: width * height }, (_, i) => (i * 7) % 256);
  const result = await loaded
    .segment({ data, width, height }, { withProbabilities: true })
    .catch((error: Limbus.LimbusError) => `${error.code}: ${error.message}`);
  const { classes } = loaded.manifest;
  loaded.dispose();
  if (typeof result === 'string') return result;
  const { mask, probabilities } = result;
  const found = { different: 0, outside: 0, unequal: 0 };
  const plane = width * height;
  for (let i = 0; i < plane; ++i) {
    const of = classes.map((_, c) => probabilities![c * plane + i]!);
    if (of.indexOf(Math.max(...of)) !== mask[i]) found.different += 1;
    if (of.some((each) => !(each >= 0 && each <= 1))) found.outside += 1;
    if (Math.abs(of.reduce((sum, each) => sum + each) - 1) > 1e-5) found.unequal += 1;
  }
  return found;
}

for (const row of kForeignCases.filter(({ obstacle }) => !obstacle))
  test(`foreign file ${row.name}: probabilities that explain the mask, or none`, async () => {
    const url = `/${row.name}.onnx`;
    const draft = await open.page.evaluate(async (from) => {
      const facts = await limbus.inspect(await (await fetch(from)).arrayBuffer());
      return facts.draft ?? { formatVersion: 1, input: { width: 64, height: 48 }, classes: [] };
    }, url);
    const manifest = merged(draft, row.answers ?? {}) as ManifestDraft;
    const found = await open.page.evaluate(compare, { url, manifest });
    if (typeof found === 'string')
      assert.deepEqual(
        [row.name.startsWith('argmax'), /^unsupported: .*argmax/.test(found)],
        [true, true],
        found,
      );
    else assert.deepEqual(found, { different: 0, outside: 0, unequal: 0 });
  });

test('the most probable class of every pixel is the mask; unasked nothing comes', async () => {
  const loaded = await open.page.evaluate(loadInPage, { url: '/lib/limbus/eye-s.onnx' });
  assert.equal(loaded.error, null);
  const seen = await open.page.evaluate(async () => {
    const { image, width, height } = await limbus.renderEye('openeds2019', 7, 3);
    const plain = await segmenter.segment(image);
    const result = await segmenter.segment(image, { withProbabilities: true });
    const [values, plane] = [result.probabilities!, width * height];
    const classes = segmenter.manifest.classes.length;
    let [different, worstSum, unsure] = [0, 0, 0];
    for (let i = 0; i < plane; ++i) {
      let [best, sum] = [0, 0];
      for (let c = 0; c < classes; ++c) {
        sum += values[c * plane + i]!;
        if (values[c * plane + i]! > values[best * plane + i]!) best = c;
      }
      if (best !== result.mask[i]) different += 1;
      if (values[best * plane + i]! < 0.9) unsure += 1;
      worstSum = Math.max(worstSum, Math.abs(sum - 1));
    }
    const same = plain.mask.every((value, i) => value === result.mask[i]);
    const kind = values.constructor.name;
    const shaped = values.length === classes * plane;
    return {
      kind,
      shaped,
      same,
      different,
      worstSum,
      unsure,
      plane,
      unasked: 'probabilities' in plain,
    };
  });
  assert.deepEqual(
    [seen.kind, seen.shaped, seen.same, seen.different, seen.unasked],
    ['Float32Array', true, true, 0, false],
  );
  assert.ok(seen.worstSum < 1e-6, `${seen.worstSum}`);
  // Sure of most, not of borders: they are no copies of the mask.
  assert.ok(seen.unsure > 50 && seen.unsure < seen.plane / 10, `${seen.unsure}`);
});
