// Which parts of an image that is drawn smaller are fetched, with a canvas and a picture worker that the test plays.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import type { CanvasView } from '../app/canvas.js';
import { Detail } from '../app/detail.js';
import type { PictureCalls } from '../app/picture_calls.js';
import type { Pictures } from '../app/pictures.js';

type Crop = PictureCalls['crop'][0];

/** What waits for a pause of moving. */
let paused: (() => void) | null = null;
const { setTimeout: real } = globalThis;
globalThis.setTimeout = ((run: () => void) => void (paused = run)) as unknown as typeof real;
after(() => (globalThis.setTimeout = real));

/** An image 8000 x 8000 on a canvas of this many device pixels on a side; `look` at a place, at a density. */
function looking(side: number) {
  const asked: Crop[] = [];
  let sight: ReturnType<CanvasView['inSight']> = null;
  const canvas = {
    onView: () => {},
    inSight: () => sight,
    setDetail: () => {},
    clearDetail: () => {},
  };
  const pictures = {
    call: async (_: string, crop: Crop) => {
      asked.push(crop);
      return { data: new Uint8ClampedArray(0), width: crop.width, height: crop.height };
    },
  };
  const detail = new Detail(canvas as unknown as CanvasView, pictures as unknown as Pictures);
  detail.set({ key: 1, width: 8000, height: 8000, shownWidth: 2048, mask: null });
  return async (left: number, density: number) => {
    const seen = side / density;
    sight = { left, top: left, right: left + seen, bottom: left + seen, density };
    canvas.onView();
    paused?.();
    for (let turns = 0; turns < 10; ++turns) await Promise.resolve();
    return asked.splice(0);
  };
}

for (const side of [1000, 3000])
  test(`a canvas of ${side} pixels: a part is fetched anew for what it lacks alone`, async () => {
    const look = looking(side);
    const [first, ...more] = await look(2000, 1);
    assert.equal(more.length, 0);
    assert.ok(first!.width * first!.height <= 1.01 * 2 ** 22, `${first!.width} on a side`);
    if (side === 1000) assert.equal(first!.width, first!.part.width, 'all its pixels');
    assert.equal((await look(2020, 1)).length, 0, 'a small move');
    assert.equal((await look(4000, 1)).length, 1, 'a large one');
    // Closer: finer only where the part before had to be coarser than the screen.
    const closer = await look(4100, 2);
    assert.equal(closer.length, side === 1000 ? 0 : 1);
    assert.deepEqual(await look(0, 0.2), [], 'the smaller copy is enough');
  });
