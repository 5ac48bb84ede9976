// What a worker is sent of a source: the one of its forms that is quickest read there.
import { orAborted } from './abort.js';
import { whyUnsent } from './connection.js';
import { LimbusError } from './error.js';
import { isPart, isPlain, kindOf, toPlain, type ImageSource } from './image_source.js';
import type { SentImage } from './protocol.js';
import type { PlainImage, RawPixels } from './types.js';

/** `ours`: made here, so that it moves to the worker instead of being copied. */
export interface Sent {
  image: SentImage;
  ours: boolean;
}

/**
 * Of the source as it is now: it may be changed or closed before its turn comes. A source may never come, and few know
 * a signal: nobody waits past an end, and what comes then is closed.
 */
export function sentUnlessEnded(
  source: ImageSource,
  signal: AbortSignal | undefined,
  ended: AbortSignal,
): Promise<Sent> {
  const making = toSent(source, signal);
  const sent = orAborted(orAborted(making, signal), ended);
  sent.catch(() => making.then(closeOurs)).catch(() => {}); // whoever waits is told
  return sent;
}

/** To be sent at once, which copies it, without what lies beside its pixels. */
export function sentAtOnce(image: PlainImage): Sent {
  return 'data' in image && isPart(image.data) ? copyOf(image) : { image, ours: false };
}

/** What moves to the worker. */
export function movedOf({ image, ours }: Sent): Transferable[] {
  if (!ours) return [];
  return ['data' in image ? image.data.buffer : (image as ImageBitmap | VideoFrame)];
}

/** No more than a word where it moved. */
export function closeOurs({ image, ours }: Sent): void {
  if (ours && 'close' in image) image.close();
}

async function toSent(source: ImageSource, signal: AbortSignal | undefined): Promise<Sent> {
  if (isPlain(source)) return copyOf(source);
  const frame = frameOf(source);
  return frame ? { image: frame, ours: true } : toPlain(source, signal);
}

/** Files never change, and what no worker takes is refused there. */
function copyOf(image: PlainImage): Sent {
  try {
    if (kindOf(image) === 'ImageBitmap')
      return { image: structuredClone(image as ImageBitmap), ours: true };
    const { data, width, height } = image as RawPixels; // of an ImageData, too
    if (/^Uint8(Clamped)?Array$/.test(kindOf(data)))
      return { image: { data: new Uint8Array(data), width, height }, ours: true };
  } catch (error) {
    throw new LimbusError('badArgument', whyUnsent({ source: image }, error));
  }
  return { image, ours: false };
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
