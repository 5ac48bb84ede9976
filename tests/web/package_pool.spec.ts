// SegmenterPool: the masks of one segmenter, their order, back-pressure, failures, an end that frees.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { thresholdModel } from '../../web/test/support/threshold_model.js';
import type * as Limbus from '../../web/src/index.js';
import { kFailing as kFailingFiles, kFragile as kFragileFiles } from './fragile_worker.js';
import { usePage } from './hooks.js';

/** A worker that dies of pictures 13 pixels wide. */
const kFragile = `
import '/lib/limbus/worker.js';
const listener = self.onmessage;
self.onmessage = (event) => {
  if (event.data.parameters?.source?.width === 13) throw new Error('out of luck');
  listener(event);
};`;

/** A worker that waits with pictures 16 pixels wide, and what comes behind them, for a word; not for ever. */
const kWaiting = `
import '/lib/limbus/worker.js';
const listener = self.onmessage;
const go = new BroadcastChannel('go');
let held = Promise.resolve();
self.onmessage = (event) => {
  if (event.data.parameters?.source?.width === 16)
    held = new Promise((resolve) => {
      go.onmessage = resolve;
      setTimeout(resolve, 10_000);
    });
  held = held.then(() => listener(event));
};`;

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

declare global {
  var pool: Limbus.SegmenterPool;
  /** Pictures of one grey each, told apart by their width. */
  var pictures: (count: number) => { data: Uint8Array; width: number; height: number }[];
}

const files = {
  '/model.onnx': thresholdModel(),
  '/text.onnx': new TextEncoder().encode('hello'),
};
const open = usePage(
  {
    files,
    scripts: {
      '/fragile.js': kFragile,
      '/waiting.js': kWaiting,
      '/fragile_files.js': kFragileFiles,
      '/failing_files.js': kFailingFiles,
    },
  },
  { prepare: (page) => page.evaluate(preparePictures) },
);

function preparePictures(): void {
  globalThis.pictures = (count) =>
    Array.from({ length: count }, (_, i) => ({
      data: new Uint8Array((i + 16) * 24).map((_, at) => (at * 7 + i * 31) % 256),
      width: i + 16,
      height: 24,
    }));
}

/** A worker that was ended goes a moment later. */
async function workersBecome(count: number): Promise<void> {
  const { page } = open;
  for (let i = 0; i < 50 && page.workers().length !== count; ++i) await page.waitForTimeout(20);
  assert.equal(page.workers().length, count);
}

test('a pool fetches its model once and gives the masks of one segmenter, in order', async () => {
  const asked: string[] = [];
  const note = (request: { url(): string }) => asked.push(new URL(request.url()).pathname);
  open.page.on('request', note);
  const before = open.page.workers().length;
  const seen = await open.page.evaluate(async () => {
    const stages: string[] = [];
    globalThis.pool = await limbus.SegmenterPool.load('/model.onnx', {
      size: 3,
      onStatus: ({ stage, message }) => stages.push(`${stage}: ${message}`),
    });
    const segmenter = await limbus.Segmenter.load('/model.onnx?again');
    const list = pictures(24);
    const indices: number[] = [];
    let different = 0;
    for await (const { index, source, result } of pool.map(list)) {
      indices.push(index);
      const expected = await segmenter.segment(list[index]!);
      if (source !== list[index]) different += 1;
      if (result?.mask.join() !== expected.mask.join()) different += 1;
    }
    segmenter.dispose();
    return { size: pool.size, last: stages.at(-1), indices, different };
  });
  open.page.off('request', note);
  assert.equal(asked.filter((path) => path === '/model.onnx').length, 2); // ours, and the one asked again
  assert.deepEqual(
    [seen.size, seen.last, seen.different],
    [3, 'ready: ready: 3 workers on wasm', 0],
  );
  assert.deepEqual(seen.indices, upTo(24));
  await workersBecome(before + 3);
});

for (const order of ['input', 'completed'] as const)
  test(`a picture that takes long holds up the others only in order 'input': '${order}'`, async () => {
    const indices = await open.page.evaluate(async (order) => {
      const slow = await limbus.SegmenterPool.load('/model.onnx', {
        size: 3,
        workerUrl: '/waiting.js',
      });
      const go = new BroadcastChannel('go');
      const all: number[] = [];
      const list = pictures(20);
      // All but the first and what was given to its worker behind it.
      const done = order === 'completed' ? list.length - 2 : 0;
      const results = slow.map(list, { order });
      for (;;) {
        const next = results.next();
        if (all.length === done) {
          const early = await Promise.race([next, new Promise((r) => setTimeout(r, 300, 'none'))]);
          if (early !== 'none') all.push(-1);
          go.postMessage(null);
        }
        const { value } = await next;
        if (!value) break;
        all.push(value.index);
      }
      go.close();
      slow.dispose();
      return all;
    }, order);
    if (order === 'input') return assert.deepEqual(indices, upTo(20));
    assert.deepEqual(indices.slice(-2), [0, 3]);
    assert.deepEqual(
      [...indices].sort((a, b) => a - b),
      upTo(20),
    );
  });

test('sources are asked for as results are taken', async () => {
  const seen = await open.page.evaluate(async () => {
    let given = 0;
    let cleaned = 0;
    async function* source() {
      try {
        for (const picture of pictures(1000)) {
          given += 1;
          yield picture;
        }
      } finally {
        cleaned += 1;
      }
    }
    const results = pool.map(source());
    const untouched = given;
    await results.next();
    await new Promise((resolve) => setTimeout(resolve, 200));
    const ahead = given;
    for await (const { index } of results) if (index === 9) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
    return { untouched, ahead, given, cleaned, after: await results.next() };
  });
  assert.equal(seen.untouched, 0);
  assert.ok(seen.ahead >= 4 && seen.ahead <= 7, `${seen.ahead}`); // 2 for each of 3 workers, 1 taken
  assert.ok(seen.given <= 17, `${seen.given}`);
  assert.deepEqual([seen.cleaned, seen.after.done], [1, true]);
});

for (const order of ['input', 'completed'] as const)
  test(`a picture that fails is an item and ends nothing, in order '${order}'`, async () => {
    const seen = await open.page.evaluate(async (order) => {
      const list: Limbus.ImageSource[] = pictures(9);
      list[4] = new Blob(['no picture']);
      list[6] = '/missing.png';
      const lines: string[] = [];
      for await (const { index, error, result } of pool.map(list, { order }))
        lines.push(`${index} ${error ? (error as Limbus.LimbusError).code : result!.width}`);
      async function* broken() {
        yield* pictures(3);
        throw new Error('the disk is gone');
      }
      let before = 0;
      const said = await (async () => {
        for await (const { result } of pool.map(broken(), { order })) before += result ? 1 : 0;
        return 'nothing';
      })().catch((error: Error) => error.message);
      return { lines, before, said };
    }, order);
    if (order === 'completed') seen.lines.sort();
    assert.deepEqual(
      seen.lines,
      [0, 1, 2, 3, 4, 5, 6, 7, 8].map(
        (i) => `${i} ${i === 4 ? 'badData' : i === 6 ? 'notFound' : i + 16}`,
      ),
    );
    assert.deepEqual([seen.before, seen.said], [3, 'the disk is gone']);
  });

test('an abort ends a map, frees its source, and leaves the pool usable', async () => {
  const seen = await open.page.evaluate(async () => {
    let cleaned = 0;
    async function* source() {
      try {
        for (;;) yield* pictures(10);
      } finally {
        cleaned += 1;
      }
    }
    const controller = new AbortController();
    const results = pool.map(source(), { signal: controller.signal });
    await results.next();
    const running = results.next().then(() => results.next());
    controller.abort(new Error('enough'));
    const said = await running.then(
      () => 'nothing',
      (error: Error) => error.message,
    );
    const { done } = await results.next();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const again = await pool.segment(pictures(1)[0]!);
    const early = await limbus.SegmenterPool.load('/model.onnx', {
      signal: AbortSignal.abort(new Error('early')),
    }).catch((error: Error) => error.message);
    return { said, done, cleaned, width: again.width, early };
  });
  assert.deepEqual(seen, { said: 'enough', done: true, cleaned: 1, width: 16, early: 'early' });
});

test('disposing ends what runs and every worker', async () => {
  const seen = await open.page.evaluate(async () => {
    const results = pool.map(pictures(50));
    await results.next();
    const rest = (async () => {
      for await (const _ of results);
      return 'all came';
    })().catch((error: Limbus.LimbusError) => error.code);
    pool.dispose();
    const after = await pool
      .segment(pictures(1)[0]!)
      .catch((error: Limbus.LimbusError) => error.code);
    return { rest: await rest, after, size: pool.size };
  });
  assert.deepEqual(seen, { rest: 'disposed', after: 'disposed', size: 0 });
  await workersBecome(0);
});

test('loads that are refused or aborted leave no worker', async () => {
  const seen = await open.page.evaluate(async () => {
    const controller = new AbortController();
    const said: string[] = [];
    const refused = (error: Limbus.LimbusError) => void said.push(error.code ?? error.message);
    const { SegmenterPool } = limbus;
    await SegmenterPool.load('/text.onnx', { size: 3 }).catch(refused);
    await SegmenterPool.load('/model.onnx', { size: 0 }).catch(refused);
    const loading = SegmenterPool.load('/model.onnx', {
      size: 4,
      signal: controller.signal,
      onStatus: ({ stage }) => stage === 'warmup' && controller.abort(new Error('enough')),
    });
    await loading.catch(refused);
    return said;
  });
  assert.deepEqual(seen, ['badData', 'badArgument', 'enough']);
  await workersBecome(0);
});

test('a worker that dies is replaced, and the rest of the pictures come', async () => {
  const seen = await open.page.evaluate(async () => {
    const fragile = await limbus.SegmenterPool.load('/model.onnx', {
      size: 2,
      workerUrl: '/fragile.js',
    });
    const list = pictures(20);
    list[5] = { data: new Uint8Array(13 * 24), width: 13, height: 24 };
    const failed: string[] = [];
    let good = 0;
    for await (const { index, error, result } of fragile.map(list)) {
      if (error) failed.push(`${index} ${(error as Limbus.LimbusError).code}`);
      else if (result.width === index + 16) good += 1;
    }
    const { size } = fragile;
    fragile.dispose();
    return { failed, good, size };
  });
  // With it may go the picture that waited for the same worker.
  assert.ok(seen.failed.includes('5 internal') && seen.failed.length <= 2, `${seen.failed}`);
  assert.deepEqual([seen.good + seen.failed.length, seen.size], [20, 2]);
});

const kEnds = { dies: '/fragile_files.js', 'answers that it failed': '/failing_files.js' };
for (const [end, url] of Object.entries(kEnds))
  test(`files that waited for a worker which ${end} at another are asked for again`, () =>
    filesAroundFailures(url));

async function filesAroundFailures(workerUrl: string): Promise<void> {
  const seen = await open.page.evaluate(async (workerUrl) => {
    const fragile = await limbus.SegmenterPool.load('/model.onnx', { size: 1, workerUrl });
    const files = await Promise.all(
      [16, 17, 13, 18, 13, 19, 20].map((width) => {
        const canvas = new OffscreenCanvas(width, 8);
        canvas.getContext('2d');
        return canvas.convertToBlob();
      }),
    );
    const all: (number | string)[] = [];
    for await (const { error, result } of fragile.map(files))
      all.push(result?.width ?? (error as Limbus.LimbusError).code);
    fragile.dispose();
    return all;
  }, workerUrl);
  assert.deepEqual(seen, [16, 17, 'internal', 18, 'internal', 19, 20]);
}

test('a frame may be closed after the call, also where a worker is being replaced', async () => {
  const seen = await open.page.evaluate(async () => {
    let clones = 0;
    const clone = VideoFrame.prototype.clone;
    const made: VideoFrame[] = [];
    VideoFrame.prototype.clone = function () {
      clones += 1;
      const copy = clone.call(this);
      made.push(copy);
      return copy;
    };
    const fragile = await limbus.SegmenterPool.load('/model.onnx', {
      size: 1,
      workerUrl: '/fragile.js',
    });
    const end = () => fragile.segment({ data: new Uint8Array(13 * 24), width: 13, height: 24 });
    const frame = () =>
      new VideoFrame(new Uint8Array(4 * 64 * 48).fill(90), {
        format: 'RGBA',
        codedWidth: 64,
        codedHeight: 48,
        timestamp: 0,
      });
    await end().catch(() => {});
    const given = frame();
    const answer = fragile.segment(given);
    given.close();
    const width = await answer.then(
      (result) => result.width,
      (error: Error) => error.message,
    );
    await end().catch(() => {});
    const controller = new AbortController();
    const left = frame();
    const stopped = fragile
      .segment(left, { signal: controller.signal })
      .catch((error: Error) => error.message);
    left.close();
    controller.abort(new Error('enough'));
    const said = await stopped;
    await new Promise((resolve) => setTimeout(resolve, 50));
    VideoFrame.prototype.clone = clone;
    fragile.dispose();
    return { width, said, clones, open: made.filter(({ format }) => format !== null).length };
  });
  assert.deepEqual([seen.width, seen.said, seen.open], [64, 'enough', 0]);
  assert.ok(seen.clones >= 2, `${seen.clones}`);
});

test('pixels are those of the call, also where a worker is being replaced', async () => {
  const seen = await open.page.evaluate(async () => {
    const fragile = await limbus.SegmenterPool.load('/model.onnx', {
      size: 1,
      workerUrl: '/fragile.js',
    });
    const rgba = new Uint8ClampedArray(4 * 64 * 48).map((_, i) => (i % 4 === 3 ? 255 : i % 251));
    const image = new ImageData(rgba, 64, 48);
    const raw = { data: Uint8Array.from(rgba), width: 64, height: 48 };
    const bitmap = await createImageBitmap(image);
    const say = (call: Promise<Limbus.SegmentResult>) =>
      call.then(
        ({ mask }) => mask.join(''),
        (error: Error) => error.message,
      );
    const expected = await say(fragile.segment(raw));
    await fragile.segment({ data: new Uint8Array(13 * 24), width: 13, height: 24 }).catch(() => {});
    const answers = [image, raw, bitmap].map((source) => say(fragile.segment(source)));
    image.data.fill(0);
    raw.data.fill(0);
    bitmap.close();
    const got = await Promise.all(answers);
    fragile.dispose();
    return { different: got.filter((mask) => mask !== expected), expected };
  });
  assert.equal(new Set(seen.expected).size > 1, true);
  assert.deepEqual(seen.different, []);
});

test('without a worker the rest of the pictures say so', async () => {
  const seen = await open.page.evaluate(async () => {
    const fragile = await limbus.SegmenterPool.load('/model.onnx', {
      size: 1,
      workerUrl: '/fragile.js',
    });
    const { Worker } = globalThis;
    globalThis.Worker = class {
      constructor() {
        throw new Error('none starts');
      }
    } as unknown as typeof Worker;
    const list = pictures(8);
    list[1] = { data: new Uint8Array(13 * 24), width: 13, height: 24 };
    const said: string[] = [];
    for await (const { error } of fragile.map(list)) said.push(error?.message ?? 'good');
    globalThis.Worker = Worker;
    const { size } = fragile;
    fragile.dispose();
    return { said, size };
  });
  assert.deepEqual([seen.said.length, seen.size], [8, 0]);
  assert.deepEqual(seen.said.slice(4), Array(4).fill('no worker is left'));
});

test('the usual size fits the machine', async () => {
  const [size, cores] = await open.page.evaluate(async () => {
    const usual = await limbus.SegmenterPool.load('/model.onnx');
    const { size } = usual;
    usual.dispose();
    return [size, navigator.hardwareConcurrency] as const;
  });
  assert.ok(size >= 1 && size <= Math.max(1, Math.min(8, cores - 1)), `${size} of ${cores}`);
});
