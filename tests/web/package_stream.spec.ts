// stream(): a video, tracks by both ways to their frames, a generator; with the real worker.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { bandOf, thresholdModel } from '../../web/test/support/threshold_model.js';
import { usePage } from './hooks.js';

const open = usePage(
  { files: { '/model.onnx': thresholdModel() } },
  {
    flags: ['--autoplay-policy=no-user-gesture-required'],
    model: '/model.onnx',
    prepare: (page) => page.evaluate(prepare),
  },
);

interface Painted {
  canvas: HTMLCanvasElement;
  stop(): void;
}

declare global {
  /** A canvas that is painted in another grey every 20 ms. */
  var paintedCanvas: () => Painted;
}

function prepare(): void {
  globalThis.paintedCanvas = () => {
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width: 64, height: 48 });
    document.body.append(canvas);
    const context = canvas.getContext('2d', { willReadFrequently: true })!;
    let turn = 0;
    const paint = () => {
      turn += 1;
      const grey = (((turn * (turn + 1)) / 2) % 7) * 42; // no rhythm that a reader could share
      context.fillStyle = `rgb(${grey} ${grey} ${grey})`;
      context.fillRect(0, 0, 64, 48);
    };
    paint();
    const timer = setInterval(paint, 20);
    return { canvas, stop: () => (clearInterval(timer), canvas.remove()) };
  };
}

interface Seen {
  sizes: string[];
  bands: number[]; // classes seen, of whole frames
  frames: number[];
  times: (number | null)[];
  dropped: number;
  live: string; // state of the track afterwards
}

/** Runs in the page: some results of the painted canvas, by the named way. */
async function watch(call: { as: string; dropLate: boolean; results: number }): Promise<Seen> {
  const { canvas, stop } = paintedCanvas();
  const media = canvas.captureStream(50);
  const [track] = media.getVideoTracks();
  const video = document.createElement('video');
  let source: Parameters<typeof segmenter.stream>[0] = media;
  if (call.as === 'video') {
    Object.assign(video, { muted: true, srcObject: media });
    document.body.append(video);
    await video.play();
    source = video;
  }
  const processor = globalThis as { MediaStreamTrackProcessor?: unknown };
  const kept = processor.MediaStreamTrackProcessor;
  if (call.as === 'hidden video') processor.MediaStreamTrackProcessor = undefined;
  if (call.as !== 'video') source = track!;
  const results = segmenter.stream(source, { dropLate: call.dropLate });
  processor.MediaStreamTrackProcessor = kept;
  const seen: Seen = { sizes: [], bands: [], frames: [], times: [], dropped: 0, live: '' };
  for await (const result of results) {
    seen.sizes.push(`${result.width} x ${result.height}`);
    if (new Set(result.mask).size === 1) seen.bands.push(result.mask[0]!);
    seen.frames.push(result.frame);
    seen.times.push(result.timeMs);
    if (call.dropLate) await new Promise((resolve) => setTimeout(resolve, 60)); // a page that draws
    if (seen.frames.length === call.results) break;
  }
  seen.dropped = results.dropped;
  seen.live = track!.readyState;
  track!.stop();
  video.remove();
  stop();
  return seen;
}

for (const as of ['video', 'track', 'hidden video'])
  for (const dropLate of [true, false])
    test(`frames of a ${as}, dropLate ${dropLate}`, async () => {
      const seen = await open.page.evaluate(watch, { as, dropLate, results: 6 });
      assert.deepEqual(new Set(seen.sizes), new Set(['64 x 48']));
      assert.ok(seen.bands.length >= 5, `${seen.bands}`); // the first may be of a frame not painted yet
      assert.ok(new Set(seen.bands).size >= 2, `${seen.bands}`); // they move
      assert.deepEqual(
        seen.frames,
        [...seen.frames].sort((a, b) => a - b),
      );
      assert.equal(new Set(seen.frames).size, 6);
      const times = seen.times as number[];
      assert.ok(times.every((time, i) => i === 0 || time > times[i - 1]!));
      if (dropLate) assert.ok(seen.dropped > 0 && seen.frames.at(-1)! > 5, `${seen.dropped}`);
      else assert.deepEqual([seen.frames, seen.dropped], [[0, 1, 2, 3, 4, 5], 0]);
      assert.equal(seen.live, 'live'); // the track stays the caller's
    });

test('a video that ends, ends the stream; one that stands gives its frame', async () => {
  const seen = await open.page.evaluate(async () => {
    const { canvas, stop } = paintedCanvas();
    const media = canvas.captureStream(50);
    const video = document.createElement('video');
    Object.assign(video, { muted: true, srcObject: media });
    await video.play();
    setTimeout(() => media.getTracks().forEach((track) => track.stop()), 200);
    let played = 0;
    for await (const { frame } of segmenter.stream(video, { dropLate: true })) played = frame + 1;
    const standing: string[] = [];
    const again = canvas.captureStream(50);
    video.srcObject = again;
    await video.play();
    video.pause();
    for await (const { width, height } of segmenter.stream(video, { dropLate: true })) {
      standing.push(`${width} x ${height}`);
      break;
    }
    again.getTracks().forEach((track) => track.stop());
    stop();
    return { played, standing };
  });
  assert.ok(seen.played > 0);
  assert.deepEqual(seen.standing, ['64 x 48']);
});

test('pictures of a generator come in order, and an abort ends it', async () => {
  const greys = [0, 60, 130, 250, 60];
  const seen = await open.page.evaluate(async (greys) => {
    const closed: number[] = [];
    let cleaned = 0;
    const picture = (grey: number) => {
      const canvas = new OffscreenCanvas(32, 16);
      const context = canvas.getContext('2d', { willReadFrequently: true })!;
      context.fillStyle = `rgb(${grey} ${grey} ${grey})`;
      context.fillRect(0, 0, 32, 16);
      return canvas;
    };
    async function* pictures() {
      try {
        for (const [i, grey] of greys.entries()) {
          const frame = new VideoFrame(picture(grey), { timestamp: 1000 * i });
          const close = frame.close.bind(frame);
          frame.close = () => (closed.push(i), close());
          yield i % 2 ? frame : picture(grey);
        }
      } finally {
        cleaned += 1;
      }
    }
    const classes: number[] = [];
    for await (const { mask } of segmenter.stream(pictures())) classes.push(mask[100]!);
    const controller = new AbortController();
    const results = segmenter.stream(pictures(), { signal: controller.signal });
    await results.next();
    const running = results.next();
    controller.abort(new Error('enough'));
    const reason = await running.then(String, (error: Error) => error.message);
    const { done } = await results.next();
    const still = await segmenter.segment(picture(250)); // the segmenter itself goes on
    return { classes, closed, cleaned, reason, done, still: still.mask[0] };
  }, greys);
  assert.deepEqual(seen.classes, greys.map(bandOf));
  assert.deepEqual(seen.closed.slice(0, 2), [1, 3]);
  assert.deepEqual(
    [seen.cleaned, seen.reason, seen.done, seen.still],
    [2, 'enough', true, bandOf(250)],
  );
});
