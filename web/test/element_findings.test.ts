import assert from 'node:assert/strict';
import { test } from 'node:test';

import { describe, findingsOf, sizeOf } from '../src/element/findings.js';
import { paintMask, shownSize } from '../src/element/layers.js';
import type { EyeMeasurements, SegmentResult } from '../src/types.js';

const classes = [
  { name: 'background', colour: '#000000', role: 'background' as const },
  { name: 'sclera', colour: '#40a0ff', role: 'sclera' as const },
  { name: 'iris', colour: '#50dc78', role: 'iris' as const },
  { name: 'pupil', colour: '#ff6050', role: 'pupil' as const },
];

function resultWith(areasPx: number[], eye: Partial<EyeMeasurements> | null): SegmentResult {
  return { width: 20, height: 10, areasPx, eye } as SegmentResult;
}

test('pupil and iris have diameters, other classes a share; what is absent is left out', () => {
  const eye = { irisDiameterPx: 12.04, pupilDiameterPx: null };
  const findings = findingsOf(resultWith([100, 25, 75, 0], eye), classes);
  assert.deepEqual(
    findings.map(({ name }) => name),
    ['sclera', 'iris'],
  );
  assert.deepEqual(findings.map(sizeOf), ['12.5 %', 'Ø 12.0 px']);
  assert.equal(describe(findings), 'sclera 12.5 % of the picture, iris 12.0 pixels in diameter');
});

test('a pupil too small for an ellipse keeps its share; nothing found is said', () => {
  const [found] = findingsOf(resultWith([199, 0, 0, 1], null), classes);
  assert.equal(sizeOf(found!), '0.5 %');
  assert.equal(describe(findingsOf(resultWith([200, 0, 0, 0], null), classes)), 'nothing found');
});

test('a picture of up to 16 megapixels is shown pixel by pixel, a larger one smaller', () => {
  assert.deepEqual(shownSize(4096, 4096), { width: 4096, height: 4096 });
  const { width, height } = shownSize(8192, 8192);
  assert.deepEqual([width, height], [4096, 4096]);
  assert.deepEqual(shownSize(16384, 1), { width: 16384, height: 1 });
});

test('the mask is painted in the colours of its classes, also smaller than it is', () => {
  const mask = Uint8Array.from([0, 1, 2, 3, 3, 2, 1, 0]); // 4 x 2
  const colours: ([number, number, number] | null)[] = [
    null,
    [1, 2, 3],
    [250, 251, 252],
    [7, 8, 9],
  ];
  const paint = (width: number, height: number) => {
    const rgba = new Uint8Array(4 * width * height);
    const shown = { width, height };
    paintMask(new DataView(rgba.buffer), shown, { mask, width: 4, height: 2 }, colours);
    return Array.from({ length: width * height }, (_, i) => [...rgba.subarray(4 * i, 4 * i + 4)]);
  };
  const rgba = [0, 1, 2, 3].map((c) => (colours[c] ? [...colours[c], 255] : [0, 0, 0, 0]));
  assert.deepEqual(
    paint(4, 2),
    [...mask].map((c) => rgba[c]),
  );
  assert.deepEqual(paint(2, 1), [rgba[2], rgba[0]]); // of each block the pixel behind its middle
});
