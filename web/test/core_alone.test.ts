// What `limbus/core` answers, as its functions ask for it.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { coreCalls } from '../src/core_calls.js';
import { LimbusError } from '../src/error.js';
import type { MaskPixels } from '../src/types.js';
import { startCore } from './support/start_core.js';
import { kEyeClasses, thresholdModel } from './support/threshold_model.js';

const core = await startCore();

function refused(run: () => unknown, code: string, words: RegExp): void {
  assert.throws(run, (error) => {
    assert.ok(error instanceof LimbusError);
    assert.equal(error.code, code);
    assert.match(error.message, words);
    return true;
  });
}

const line = (...data: number[]): MaskPixels => ({
  data: Uint8Array.from(data),
  width: data.length,
  height: 1,
});

test('two masks are counted, void left out', () => {
  const truth = line(0, 1, 1, 1, 0, 1, 255, 255);
  const prediction = line(0, 0, 1, 1, 1, 2, 1, 200);
  const counts = coreCalls.confusion(core, { truth, prediction, classes: 4 });
  assert.deepEqual(counts, { classes: 4, counts: [1, 1, 0, 0, 1, 2, 1, 0, ...Array(8).fill(0)] });
  const scores = coreCalls.score(core, { matrices: [counts], convention: 'dataset' });
  assert.deepEqual(
    scores.classes.map(({ iou }) => iou),
    [1 / 3, 2 / 5, 0, 0],
  );
  assert.equal(scores.pixelAccuracy, 0.5);
});

test('counts that JSON kept score the same', () => {
  const matrices = [{ classes: 2, counts: [6, 2, 0, 2] }];
  const call = { matrices: JSON.parse(JSON.stringify(matrices)), convention: 'openeds2019' };
  assert.equal(coreCalls.score(core, call).pixelAccuracy, 0.8);
  const names = coreCalls.conventions(core, {}).map(({ name }) => name);
  assert.deepEqual(names, [
    'openeds2019',
    'dataset',
    'dataset-nonzero',
    'drop-first',
    'image-mean',
    'dice-foreground',
    'signate',
  ]);
});

test('masks and counts that do not fit are refused in words', () => {
  const [a, b] = [line(0, 1), line(0, 1, 1)];
  const count = (truth: MaskPixels, prediction: MaskPixels, classes: number) => () =>
    coreCalls.confusion(core, { truth, prediction, classes });
  refused(count(a, b, 2), 'badData', /truth's size 2x1, got 3x1/);
  refused(count(a, a, 1), 'badData', /truth label 1 in a set of 1 classes/);
  for (const classes of [256, 2.7, 2 ** 32 + 3])
    refused(count(a, a, classes), 'badArgument', /1 to 255 classes, got \d/);
  refused(count({ ...a, width: 3 }, a, 2), 'badArgument', /3 x 1 with 2 bytes/);
  const rate = (classes: number, counts: number[], convention = 'dataset') => {
    const matrices = [
      { classes: 2, counts: [1, 0, 0, 1] },
      { classes, counts },
    ];
    return () => coreCalls.score(core, { matrices, convention });
  };
  refused(rate(3, Array(9).fill(1)), 'badArgument', /of 2 classes.*got one of 3/);
  refused(rate(2, [1, 2, 3]), 'badArgument', /4 counts each.*3 counts/);
  refused(rate(2, [1, 2, 3, 0.5]), 'badArgument', /whole numbers.*0\.5/);
  refused(rate(2, [1, 2, 3, -1]), 'badArgument', /whole numbers.*-1/);
  refused(rate(2, [1, 2, 3, 4], 'mine'), 'badArgument', /convention 'mine'; known: openeds2019/);
});

test('the outline of a rendered pupil gives back its ellipse', () => {
  const eye = core.renderEye('openeds2019', 7, 3);
  const mask = { data: eye.mask, width: eye.width, height: eye.height };
  const found = coreCalls.analyse(core, { mask, by: { classes: kEyeClasses } });
  assert.ok(eye.pupil && found.eye?.pupil);
  assert.ok(Math.abs(found.eye.pupil.majorPx - eye.pupil.majorPx) < 1);
  const angles = Array.from({ length: 40 }, (_, i) => (2 * Math.PI * i) / 40);
  const points = Float32Array.from(
    angles.flatMap((a) => [30 + 12 * Math.cos(a), 20 + 5 * Math.sin(a)]),
  );
  const ellipse = coreCalls.fitEllipse(core, { points });
  const wanted = { centreX: 30, centreY: 20, majorPx: 24, minorPx: 10, angleDegrees: 0 };
  for (const key of Object.keys(wanted) as (keyof typeof wanted)[])
    assert.ok(Math.abs(ellipse![key] - wanted[key]) < 1e-3, `${key} ${ellipse![key]}`);
  assert.equal(coreCalls.fitEllipse(core, { points: points.subarray(0, 8) }), null);
  const straight = Float32Array.from({ length: 40 }, (_, i) => i >> 1);
  assert.equal(coreCalls.fitEllipse(core, { points: straight }), null);
});

test('a mask is measured by the classes that come with it', () => {
  const mask = { data: new Uint8Array(64).fill(1), width: 8, height: 8 };
  const by = { classes: kEyeClasses.slice(0, 2) };
  const [region] = coreCalls.analyse(core, { mask, by }).regions;
  assert.deepEqual([region!.className, region!.areaPx], [kEyeClasses[1]!.name, 64]);
  const large = { ...by, regions: { minAreaPx: 65 } };
  assert.deepEqual(coreCalls.analyse(core, { mask, by: large }).regions, []);
  refused(
    () => coreCalls.analyse(core, { mask: { ...mask, data: mask.data.fill(7) }, by }),
    'badData',
    /label 7/,
  );
});

test('the manifest of a file', () => {
  const { manifest } = coreCalls.inspect(core, { bytes: thresholdModel() });
  assert.equal(manifest?.classes.length, 4);
});
