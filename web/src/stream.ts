// Pictures that keep coming -> results that keep coming.
import { orAborted, stoppable } from './abort.js';
import type { Frames } from './frames.js';
import type { ImageSource } from './image_source.js';
import type { ResultStream, SegmentOptions, SegmentResult, StreamResult } from './types.js';

type Segment = (source: ImageSource, options: SegmentOptions) => Promise<SegmentResult>;

/** `frames` begins with the first result that is asked for, and is stopped at the end of whatever kind. */
export function resultsOf(
  frames: Frames,
  segment: Segment,
  { signal, ...options }: SegmentOptions,
): ResultStream {
  async function* results(stop: AbortSignal): AsyncGenerator<StreamResult, undefined> {
    for (;;) {
      stop.throwIfAborted();
      const asked = frames.next();
      const frame = await orAborted(asked, stop).catch((error: unknown) => {
        void asked.then((late) => late?.close()).catch(() => {});
        throw error;
      });
      if (!frame) return undefined;
      const { index, timeMs } = frame;
      let result: SegmentResult;
      try {
        result = await segment(await frame.source, { ...options, signal: stop });
      } finally {
        frame.close();
      }
      yield { ...result, frame: index, timeMs, dropped: frames.dropped };
    }
  }

  const iterator = stoppable([signal], results, () => frames.stop());
  return Object.defineProperty(iterator, 'dropped', {
    get: () => frames.dropped,
  }) as ResultStream;
}
