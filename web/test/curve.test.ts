import assert from 'node:assert/strict';
import { test } from 'node:test';

import { pathOf, type Point } from '../app/curve.js';

const scale = { endMs: 100, lowPx: 10, highPx: 60 };

test('a curve is broken where there is no pupil', () => {
  const points: Point[] = [
    { timeMs: 0, px: 10 },
    { timeMs: 10, px: 60 },
    { timeMs: 20, px: null },
    { timeMs: 50, px: 35 },
    { timeMs: 100, px: 10 },
  ];
  assert.equal(pathOf(points, scale), 'M0 53.0L30 3.0M150 28.0L300 53.0');
});

test('of many frames in one place the curve has the least and the most', () => {
  const points = Array.from({ length: 20_000 }, (_, i) => ({
    timeMs: i / 200,
    px: i % 2 === 0 ? 10 : 60,
  }));
  const path = pathOf(points, scale);
  assert.equal(path.match(/[ML]/g)?.length, 2 * 301);
  assert.match(path, /^M0 53\.0L0 3\.0L1 53\.0L1 3\.0/);
});

test('an even curve lies in the middle', () => {
  const even = [0, 100].map((timeMs) => ({ timeMs, px: 7 }));
  assert.equal(pathOf(even, { endMs: 100, lowPx: 7, highPx: 7 }), 'M0 28.0L300 28.0');
});
