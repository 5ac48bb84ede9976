// Pictures that keep coming -> results that keep coming.
import { following, orAborted } from './abort.js';
import type { Frames } from './frames.js';
import type { ImageSource } from './image_source.js';
import type { ResultStream, SegmentOptions, SegmentResult, StreamResult } from './types.js';

type Segment = (source: ImageSource, options: SegmentOptions) => Promise<SegmentResult>;

const kReturned = Symbol('nobody takes results any more');

/** `frames` begins with the first result that is asked for, and is stopped at the end of whatever kind. */
export function resultsOf(
  frames: Frames,
  segment: Segment,
  { signal, ...options }: SegmentOptions,
): ResultStream {
  const { controller, leave } = following(signal);
  const stop = controller.signal;
  // At once, also while nobody asks for the next result.
  const freed = () => void Promise.resolve(frames.stop()).catch(() => {});
  stop.addEventListener('abort', freed);

  async function* results(): AsyncGenerator<StreamResult, undefined> {
    try {
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
    } catch (error) {
      if (error !== kReturned) throw error;
      return undefined;
    } finally {
      leave();
      stop.removeEventListener('abort', freed);
      await frames.stop();
    }
  }

  const generator = results();
  return {
    get dropped() {
      return frames.dropped;
    },
    next: () => generator.next(),
    return() {
      leave();
      controller.abort(kReturned); // of no effect where it was aborted before
      return generator.return(undefined);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
