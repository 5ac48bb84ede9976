// `limbus/core` on a page's own thread: no worker, no runtime, the numbers that a segmenter gives.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';

import type * as LimbusCore from '../../web/src/core_alone.js';
import { thresholdModel } from '../../web/test/support/threshold_model.js';
import { usePage } from './hooks.js';

const open = usePage({
  files: { '/model.onnx': thresholdModel() },
  folders: { '/elsewhere/': join(process.env['LIMBUS_ROOT']!, 'web/lib/limbus') },
});

test('the core alone measures and scores as a segmenter does, and asks for nothing else', async () => {
  const { page } = open;
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  const alone = await page.evaluate(async () => {
    const path = '/lib/core_alone.js';
    const core = (await import(path)) as typeof LimbusCore;
    const { image, mask, width, height, classes } = await core.renderEye('openeds2019', 7, 3);
    const pixels = { data: mask, width, height };
    const measured = await core.analyse(pixels, { classes });
    const counts = await core.confusion(pixels, pixels, classes.length);
    const scores = await core.score([counts]);
    const model = await (await fetch('/model.onnx')).blob();
    const manifests = [
      await core.readManifest(model),
      await core.readManifest(await model.arrayBuffer()),
      await core.readManifest('/model.onnx'),
      await core.readManifest(new URL('/model.onnx', location.href)),
    ];
    core.closeCore();
    const { width: again } = await core.renderEye('openeds2019', 7, 3, { assetsUrl: '/elsewhere' });
    core.closeCore();
    const missing = await core
      .eyePresets({ assetsUrl: '/nowhere/' })
      .catch((error: LimbusCore.LimbusError) => `${error.code}: ${error.message}`);
    return {
      ...{ measured, scores, counts, again, missing },
      kind: image.constructor.name,
      names: manifests.map((each) => each?.name),
    };
  });
  assert.deepEqual(
    asked.filter((path) => !path.endsWith('model.onnx')),
    ['/lib/core_alone.js', '/lib/limbus/limbus_core.wasm', '/elsewhere/limbus_core.wasm'].concat(
      '/nowhere/limbus_core.wasm',
    ),
  );
  const inWorker = await page.evaluate(async () => {
    const { image, mask, width, height, classes } = await limbus.renderEye('openeds2019', 7, 3);
    const pixels = { data: mask, width, height };
    const counts = await limbus.confusion(pixels, pixels, classes.length);
    return {
      kind: image.constructor.name,
      measured: await limbus.analyse(pixels, { classes }),
      counts,
      scores: await limbus.score([counts]),
    };
  });
  const { names, again, missing, ...same } = alone;
  assert.deepEqual(same, inWorker);
  assert.equal(alone.scores.mIoU, 1);
  assert.ok(alone.measured.eye?.pupil);
  assert.deepEqual(names, Array(4).fill('thresholds'));
  assert.equal(again, 400);
  assert.match(String(missing), /^io: could not fetch .*nowhere.*assetsUrl/);
});
