// tests/cases/*.json, which the C++ tests read too: the same rows hold for the wasm module.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import type { Pixels } from '../src/core.js';
import { LimbusError } from '../src/error.js';
import { coreCalls } from '../src/core_calls.js';
import type { ClassScores, ManifestDraft } from '../src/types.js';
import { fingerprint } from './support/fingerprint.js';
import { startCore } from './support/start_core.js';

const core = await startCore();

function rows<Row>(name: string): Row[] {
  const file = join(process.env['LIMBUS_ROOT']!, 'tests/cases', name);
  return JSON.parse(readFileSync(file, 'utf8')) as Row[];
}

interface TailRow {
  name: string;
  source: { width: number; height: number };
  input: ManifestDraft['input'];
  alignCorners: boolean;
  logits: { channels: number; height: number; width: number; values: number[] };
  mask: string[]; // a digit per pixel
}

for (const row of rows<TailRow>('tail.json'))
  test(`fused tail: ${row.name}`, () => {
    const { width, height } = row.source;
    const { logits } = row;
    core.useManifest({
      formatVersion: 1,
      input: row.input,
      classes: Array.from({ length: logits.channels }, (_, i) => ({ name: `class ${i}` })),
      output: { kind: 'logits', stride: 1, alignCorners: row.alignCorners },
    });
    core.preprocess({ data: new Uint8Array(width * height), width, height, channels: 1 });
    const { mask } = core.postprocess(Float32Array.from(logits.values), [
      logits.channels,
      logits.height,
      logits.width,
    ]);
    const lines = row.mask.map((_, y) => [...mask.subarray(y * width, (y + 1) * width)].join(''));
    assert.deepEqual(lines, row.mask);
  });

interface ManifestRow {
  name: string;
  manifest: ManifestDraft | string; // a text where the point is that it is no JSON
  complete?: unknown;
  error?: string;
}

for (const row of rows<ManifestRow>('manifests.json'))
  test(`manifest: ${row.name}`, () => {
    assert.deepEqual(core.useManifest(row.manifest), row.complete);
  });

for (const row of rows<ManifestRow>('manifest_errors.json'))
  test(`wrong manifest: ${row.name}`, () => {
    assert.throws(
      () => core.useManifest(row.manifest),
      (error) => error instanceof LimbusError && error.message.includes(row.error!),
    );
  });

interface RegionRow {
  name: string;
  classes: ManifestDraft['classes'];
  regions: ManifestDraft['regions'];
  mask: string[]; // digits are classes, a point is class 0, # is void
  analysis?: { areaPx: number[]; regions: { outline: number[][] }[]; eye: unknown };
  error?: string;
}

for (const row of rows<RegionRow>('regions.json'))
  test(`regions: ${row.name}`, () => {
    const [height, width] = [row.mask.length, row.mask[0]!.length];
    core.useManifest({
      formatVersion: 1,
      input: { width, height, pad: { to: 'multiple', multiple: 1 } },
      classes: row.classes,
      output: { kind: 'argmax', stride: 1, alignCorners: false },
      regions: row.regions!,
    });
    core.preprocess({ data: new Uint8Array(width * height), width, height, channels: 1 });
    const values = { '.': 0, '#': 255 } as Record<string, number>;
    const mask = Uint8Array.from([...row.mask.join('')].map((c) => values[c] ?? Number(c)));
    const analyse = () => core.postprocessIndices(mask, height, width);
    if (row.error !== undefined) {
      assert.throws(analyse, (error) => (error as Error).message.includes(row.error!));
      return;
    }
    const found = analyse();
    const { mask: _, ...alone } = found;
    const by = { classes: row.classes, regions: row.regions! };
    assert.deepEqual(coreCalls.analyse(core, { mask: { data: mask, width, height }, by }), alone);
    const { areaPx, regions, eye } = row.analysis!;
    assert.deepEqual(found.mask, mask);
    assert.deepEqual(found.areasPx, areaPx);
    assert.deepEqual(found.eye, eye);
    assert.deepEqual(
      found.regions.map(({ outline, ...region }) => ({ ...region, outline: [...outline] })),
      regions.map((region) => ({ ...region, outline: region.outline.flat() })),
    );
  });

interface MetricsRow extends Record<string, unknown> {
  name: string;
  convention: string;
  matrices: number[][][]; // [image][truth][prediction]
  error?: string;
}

/** To 12 digits: the rows are written by hand. */
function near(found: number | null, expected: unknown, what: string): void {
  if (found === null || expected === null) assert.equal(found, expected, what);
  else assert.ok(Math.abs(found - Number(expected)) < 1e-12, `${what}: ${found}`);
}

/** Two masks, one pixel high, that hold so many pixels of each pair; and one that is void. */
function masksOf(matrix: number[][]) {
  const pairs = matrix.flatMap((row, t) =>
    row.flatMap((count, p) => Array.from({ length: count }, () => [t, p] as const)),
  );
  const side = (which: 0 | 1, onVoid: number) => {
    const data = Uint8Array.from([...pairs.map((pair) => pair[which]), onVoid]);
    return { data, width: data.length, height: 1 };
  };
  return { truth: side(0, 255), prediction: side(1, 0), classes: matrix.length };
}

for (const row of rows<MetricsRow>('metrics.json'))
  test(`scores: ${row.name}`, () => {
    const { convention } = row;
    const matrices = row.matrices.map((matrix) => coreCalls.confusion(core, masksOf(matrix)));
    assert.deepEqual(
      matrices.map(({ counts }) => counts),
      row.matrices.map((matrix) => matrix.flat()),
    );
    const run = () => coreCalls.score(core, { matrices, convention });
    if (row.error !== undefined) {
      assert.throws(run, (error) => (error as Error).message.includes(row.error!));
      return;
    }
    const scores = run();
    for (const key of ['mIoU', 'mDice', 'pixelAccuracy', 'classAccuracy'] as const)
      near(scores[key], row[key], key);
    for (const [key, of] of [
      ...(['iou', 'dice', 'precision', 'recall'] as const).map((each) => [each, each] as const),
      ['f1', 'dice'] as const,
    ])
      scores.classes.forEach((each: ClassScores, k) =>
        near(each[key], (row[of] as (number | null)[])[k], `${key} of class ${k}`),
      );
  });

interface HashRow {
  name: string;
  of: 'image' | 'mask' | 'tensor';
  render?: { preset: string; seed: number; index: number };
  pattern?: { width: number; height: number; channels: 1 | 3 | 4; seed: number };
  input?: ManifestDraft['input'];
  hash: string;
}

/** A slope with noise on it, as tests/native/core_cases.h draws it. */
function pattern({ width, height, channels, seed }: NonNullable<HashRow['pattern']>): Pixels {
  const data = new Uint8Array(width * height * channels);
  let state = seed;
  for (let i = 0; i < data.length; ++i) {
    const [pixel, c] = [Math.floor(i / channels), i % channels];
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    data[i] = (((7 * x + 3 * y + 50 * c) >> 1) + (state >>> 26)) & 255;
  }
  return { data, width, height, channels };
}

function hashOf(row: HashRow): string {
  const eye = row.render && core.renderEye(row.render.preset, row.render.seed, row.render.index);
  if (row.of === 'mask') return fingerprint(eye!.mask);
  if (row.of === 'image') return fingerprint(eye!.pixels);
  core.useManifest({
    formatVersion: 1,
    input: row.input!,
    classes: [{ name: 'background' }, { name: 'eye' }],
  });
  const image = eye ? { ...eye, data: eye.pixels } : pattern(row.pattern!);
  return fingerprint(new Uint8Array(core.preprocess(image).data.buffer));
}

for (const row of rows<HashRow>('hashes.json'))
  test(`same bytes as natively: ${row.name}`, () => assert.equal(hashOf(row), row.hash));
