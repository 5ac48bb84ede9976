// What a worker is sent of a source: the one of its forms that is quickest read there.
import { kindOf, toPlain, type ImageSource } from './image_source.js';
import type { SentImage } from './protocol.js';

/** `ours`: made here, so that it moves to the worker instead of being copied. */
export async function toSent(
  source: ImageSource,
  signal: AbortSignal | undefined,
): Promise<{ image: SentImage; ours: boolean }> {
  const frame = frameOf(source);
  return frame ? { image: frame, ours: true } : toPlain(source, signal);
}

/** Null: a bitmap must do, or there is no picture, as making the bitmap will tell. */
function frameOf(source: ImageSource): VideoFrame | null {
  const kind = kindOf(source);
  try {
    const frame =
      kind === 'VideoFrame'
        ? (source as VideoFrame).clone()
        : kind === 'HTMLVideoElement'
          ? new VideoFrame(source as HTMLVideoElement)
          : null;
    if (!frame || readsLikeBitmap(frame)) return frame;
    frame.close();
  } catch {
    // Closed, without a picture yet, of another origin, or the browser has no such frames.
  }
  return null;
}

/** Not in TypeScript's library yet; absent where the browser does not tell. */
interface Turned {
  rotation?: number;
  flip?: boolean;
}

// Between these browsers convert nothing; from others copyTo() does, and a bitmap, as files are read, does not.
const kPrimaries: (string | null)[] = ['bt709', 'smpte170m', null];
const kTransfers: (string | null)[] = ['bt709', 'smpte170m', 'iec61966-2-1', null];

/** Whether copyTo() gives the pixels of a bitmap: as large, upright, in the same colours. */
function readsLikeBitmap(frame: VideoFrame): boolean {
  const { format, visibleRect, displayWidth, displayHeight, colorSpace } = frame;
  const { rotation, flip } = frame as Turned;
  return (
    format !== null &&
    displayWidth === visibleRect?.width &&
    displayHeight === visibleRect.height &&
    rotation === 0 &&
    flip === false &&
    kPrimaries.includes(colorSpace.primaries) &&
    kTransfers.includes(colorSpace.transfer) &&
    convertsToRgba(frame)
  );
}

/** Browsers that do not know the option never look at it. */
function convertsToRgba(frame: VideoFrame): boolean {
  let known = false;
  frame.allocationSize({
    get format() {
      known = true;
      return 'RGBA' as const;
    },
  });
  return known;
}
