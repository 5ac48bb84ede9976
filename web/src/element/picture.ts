// A source -> what is shown and what is sent to the worker, decoded once for both where that gives the same pixels.
import { kBitmapRules } from '../bitmap_rules.js';
import { LimbusError } from '../error.js';
import { toPlain, type ImageSource } from '../image_source.js';
import { readBlob } from '../read_blob.js';
import type { PlainImage } from '../types.js';
import { readImageHeader } from '../worker/image_header.js';

export interface Picture {
  /** For `segment`. */
  image: PlainImage;
  /** Null where only the worker can make sense of it: raw bytes, or a file that the browser refuses. */
  shown: ImageBitmap | null;
  /** Frees what was made here. */
  close(): void;
}

export async function openPicture(source: ImageSource, signal: AbortSignal): Promise<Picture> {
  const { image, ours } = await toPlain(source, signal);
  if (image instanceof ImageBitmap && image.width === 0)
    throw new LimbusError(
      'badArgument',
      'this ImageBitmap was closed; make another of its picture',
    );
  if (image instanceof ImageBitmap)
    return { image, shown: image, close: () => ours && image.close() };
  const { bitmap, exact } = await decoded(image);
  const close = () => bitmap?.close();
  return { image: bitmap && exact ? bitmap : image, shown: bitmap, close };
}

/** `exact`: the bitmap has the pixels that the worker would read. */
async function decoded(
  image: Exclude<PlainImage, ImageBitmap>,
): Promise<{ bitmap: ImageBitmap | null; exact: boolean }> {
  if (!(image instanceof Blob || image instanceof ImageData)) return { bitmap: null, exact: false };
  let exact = false; // of pixels: a bitmap would round what is transparent
  if (image instanceof Blob) {
    // Refuses what claims to be too large before the browser makes room for it.
    const header = readImageHeader(new Uint8Array(await readBlob(image)));
    exact = header?.bitDepth !== 16; // of which the worker takes the high bytes, where browsers may round
  }
  return { bitmap: await createImageBitmap(image, kBitmapRules).catch(() => null), exact };
}
