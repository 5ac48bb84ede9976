// A source -> what is shown and what is sent to the worker, decoded once for both.
import { kBitmapRules } from '../bitmap_rules.js';
import { toPlain, type ImageSource } from '../image_source.js';
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
  if (image instanceof ImageBitmap)
    return { image, shown: image, close: () => ours && image.close() };
  const bitmap = await decoded(image);
  const close = () => bitmap?.close();
  // Pixels go to the worker as they are: a bitmap would round what is transparent.
  return { image: image instanceof Blob && bitmap ? bitmap : image, shown: bitmap, close };
}

async function decoded(image: Exclude<PlainImage, ImageBitmap>): Promise<ImageBitmap | null> {
  if (!(image instanceof Blob || image instanceof ImageData)) return null;
  // Refuses what claims to be too large before the browser makes room for it.
  if (image instanceof Blob) readImageHeader(new Uint8Array(await image.arrayBuffer()));
  return createImageBitmap(image, kBitmapRules).catch(() => null);
}
