// What streams promise, with a segmenter that the test holds the clock of.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { LimbusError } from '../src/error.js';
import { framesOf, type StreamSource } from '../src/frames.js';
import type { ImageSource } from '../src/image_source.js';
import { resultsOf } from '../src/stream.js';
import type { SegmentOptions, SegmentResult, StreamOptions } from '../src/types.js';

class FakeFrame {
  static open = 0;
  readonly [Symbol.toStringTag] = 'VideoFrame';

  constructor(readonly timestamp: number) {
    FakeFrame.open += 1;
  }

  close(): void {
    FakeFrame.open -= 1;
  }
}

const frame = (timestamp: number) => new FakeFrame(timestamp) as unknown as VideoFrame;
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Frames at 0, 1, 2, ... ms of their medium; `cleaned` counts how often its end was seen to. */
function camera(count: number, everyMs: number) {
  const state = { given: 0, cleaned: 0 };
  async function* frames() {
    try {
      for (; state.given < count; ++state.given) {
        if (everyMs > 0) await pause(everyMs);
        yield frame(1000 * state.given);
      }
    } finally {
      state.cleaned += 1;
    }
  }
  return { state, frames };
}

/** Takes `ms` for each, and an abort ends it; fails at frame `damaged`. */
function segmenter(ms: number, damaged = -1) {
  const seen: number[] = [];
  const segment = async (source: ImageSource, { signal }: SegmentOptions) => {
    const at = (source as unknown as FakeFrame).timestamp / 1000;
    const until = performance.now() + ms;
    do {
      await pause(1);
      signal?.throwIfAborted();
    } while (performance.now() < until);
    if (at === damaged) throw new LimbusError('badData', 'frame 13 is damaged');
    seen.push(at);
    return { width: at } as SegmentResult;
  };
  const stream = (source: StreamSource, { dropLate = false, ...rest }: StreamOptions = {}) =>
    resultsOf(framesOf(source, dropLate), segment, rest);
  return { seen, stream };
}

async function all<T>(results: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const result of results) list.push(result);
  return list;
}

test('every frame is done in order, the source waits, and each is closed', async () => {
  const { state, frames } = camera(6, 0);
  const { seen, stream } = segmenter(3);
  const results = stream(frames());
  assert.equal(state.given, 0); // nothing begins before the first result is asked for
  await results.next();
  await pause(30);
  assert.ok(state.given <= 1, `${state.given}`);
  const rest = await all(results);
  assert.deepEqual(seen, [0, 1, 2, 3, 4, 5]);
  assert.deepEqual(
    rest.map(({ frame, timeMs, dropped, width }) => [frame, timeMs, dropped, width]),
    [1, 2, 3, 4, 5].map((i) => [i, i, 0, i]),
  );
  assert.deepEqual([FakeFrame.open, state.cleaned], [0, 1]);
  assert.deepEqual(await results.next(), { done: true, value: undefined });
});

/** A camera and a segmenter that do each step when the test says so; `give` frames of `count` up to this one. */
function byHand(count: number) {
  const state = { cleaned: 0, begun: [] as number[] };
  let allowed = 0;
  let come = () => {};
  let given = () => {};
  let done = () => {};
  async function* frames() {
    try {
      for (let i = 0; i < count; ++i) {
        while (i >= allowed) {
          given();
          await new Promise<void>((resolve) => (come = resolve));
        }
        yield frame(1000 * i);
      }
    } finally {
      state.cleaned += 1;
      given();
    }
  }
  const segment = async (source: ImageSource) => {
    const at = (source as unknown as FakeFrame).timestamp / 1000;
    state.begun.push(at);
    await new Promise<void>((resolve) => (done = resolve));
    return { width: at } as SegmentResult;
  };
  const results = resultsOf(framesOf(frames(), true), segment, {});
  const settled = () => pause(0); // nothing but promises is waited for
  return {
    state,
    results,
    async give(last: number) {
      allowed = last + 1;
      const all = new Promise<void>((resolve) => (given = resolve));
      come();
      await all;
      await settled();
    },
    async finish() {
      done();
      await settled();
    },
  };
}

test('late frames are dropped, counted and closed; the newest is done', async () => {
  const { state, results, give, finish } = byHand(12);
  const list = all(results);
  await give(0);
  await give(8);
  assert.deepEqual([state.begun, FakeFrame.open], [[0], 2]); // the newest waits, the others are closed
  await finish();
  assert.deepEqual([state.begun, results.dropped], [[0, 8], 7]);
  await give(11);
  await finish();
  await finish(); // the last picture stays, so it is worth a mask
  assert.deepEqual(
    (await list).map(({ frame, timeMs, dropped, width }) => [frame, timeMs, dropped, width]),
    [
      [0, 0, 7, 0],
      [8, 8, 9, 8],
      [11, 11, 9, 11],
    ],
  );
  assert.deepEqual([FakeFrame.open, state.cleaned, results.dropped], [0, 1, 9]);
});

test('frames that come while the taker is busy are late too', async () => {
  const { results, give, finish } = byHand(20);
  const first = results.next();
  await give(0);
  await finish();
  assert.equal((await first).value.frame, 0);
  await give(6);
  const second = results.next();
  await pause(0);
  await finish();
  assert.equal((await second).value.frame, 6);
  await results.return();
  assert.equal(FakeFrame.open, 0);
});

for (const dropLate of [false, true])
  test(`leaving the loop stops the source, dropLate ${dropLate}`, async () => {
    const { state, frames } = camera(1000, 1);
    const { stream } = segmenter(2);
    for await (const { frame } of stream(frames(), { dropLate })) if (frame >= 3) break;
    const { given } = state;
    await pause(20);
    assert.ok(state.given <= given + 1 && given < 1000);
    assert.deepEqual([FakeFrame.open, state.cleaned], [0, 1]);
  });

test('return() ends a wait for a source that says nothing', async () => {
  async function* silent(): AsyncGenerator<ImageSource> {
    await new Promise(() => {});
  }
  for (const dropLate of [false, true]) {
    const results = segmenter(1).stream(silent(), { dropLate });
    const waiting = results.next();
    await pause(5);
    assert.deepEqual(await results.return(), { done: true, value: undefined });
    assert.deepEqual(await waiting, { done: true, value: undefined });
  }
});

for (const dropLate of [false, true])
  test(`an abort rejects once, and frees at once, dropLate ${dropLate}`, async () => {
    const { state, frames } = camera(1000, 1);
    const { stream } = segmenter(5);
    const controller = new AbortController();
    const results = stream(frames(), { dropLate, signal: controller.signal });
    await results.next();
    await pause(5);
    const running = results.next();
    controller.abort(new Error('enough'));
    await assert.rejects(running, /enough/);
    assert.deepEqual(await results.next(), { done: true, value: undefined });
    await pause(10);
    assert.deepEqual([FakeFrame.open, state.cleaned], [0, 1]);
  });

test('an abort while nobody asks frees at once too, and is told by the next call', async () => {
  const { state, frames } = camera(1000, 1);
  const controller = new AbortController();
  const results = segmenter(1).stream(frames(), { dropLate: true, signal: controller.signal });
  await results.next();
  await pause(10);
  controller.abort(new Error('enough'));
  await pause(10);
  assert.deepEqual([FakeFrame.open, state.cleaned], [0, 1]);
  await assert.rejects(results.next(), /enough/);
  const late = segmenter(1).stream(camera(3, 0).frames(), { signal: controller.signal });
  await assert.rejects(late.next(), /enough/);
});

test('an error of a frame or of the source surfaces once and ends the stream', async () => {
  const { state, frames } = camera(1000, 0);
  const results = segmenter(0, 13).stream(frames());
  const done: number[] = [];
  const run = async () => {
    for await (const { frame } of results) done.push(frame);
  };
  await assert.rejects(run(), /frame 13 is damaged/);
  assert.equal(done.length, 13);
  assert.deepEqual(await results.next(), { done: true, value: undefined });
  assert.deepEqual([FakeFrame.open, state.cleaned], [0, 1]);

  async function* broken() {
    yield frame(0);
    throw new Error('the camera was unplugged');
  }
  for (const dropLate of [false, true]) {
    const stream = segmenter(0).stream(broken(), { dropLate });
    assert.equal((await stream.next()).value.frame, 0);
    await assert.rejects(stream.next(), /unplugged/);
    assert.equal((await stream.next()).done, true);
  }
  assert.equal(FakeFrame.open, 0);
});

test('a source that is always ready leaves the thread to others, and late frames are dropped', async () => {
  const { state, frames } = camera(1_000_000, 0);
  const done: number[] = [];
  for await (const { frame } of segmenter(5).stream(frames(), { dropLate: true }))
    if (done.push(frame) === 3) break;
  assert.ok(done[2]! > done[1]! + 1, `${done}`);
  assert.ok(state.given < 1_000_000, `${state.given}`);
  assert.deepEqual([FakeFrame.open, state.cleaned], [0, 1]);
});

test('streams of frames, and lists', async () => {
  let cancelled = 0;
  let at = 0;
  const readable = () =>
    new ReadableStream<VideoFrame>({
      pull: (controller) => controller.enqueue(frame(1000 * at++)),
      cancel: () => void (cancelled += 1),
    });
  const { stream } = segmenter(1);
  for await (const { frame } of stream(readable())) if (frame === 4) break;
  assert.equal(cancelled, 1);
  // What the stream had queued itself is its own: one frame at its default.
  assert.ok(FakeFrame.open <= 1, `${FakeFrame.open}`);
  FakeFrame.open = 0;
  const list = await all(stream([frame(0), frame(1000)]));
  assert.deepEqual([list.length, FakeFrame.open], [2, 0]);
});

test('what is no stream is refused at once', () => {
  const { stream } = segmenter(0);
  for (const wrong of ['/video.mp4', 5, null, undefined, {}, new Uint8Array(3)])
    assert.throws(
      () => stream(wrong as never),
      (error) => error instanceof LimbusError && /stream\(\) takes/.test(error.message),
    );
});
