// What people have an image as -> what a worker can be sent. Pixels and files go as they are; what only
// exists in a page becomes an ImageBitmap, by the rules that files are decoded by (bitmap_rules.ts).
import { kBitmapRules } from './bitmap_rules.js';
import { kFetchedKinds, kPageKinds, kPlainKinds, kSources } from './environment.js';
import { LimbusError, messageOf } from './error.js';
import type { PlainImage, RawPixels } from './types.js';
import { urlOf } from './url.js';

/** A string is a URL. Of a video: the frame shown now. */
export type ImageSource =
  | PlainImage
  | Response
  | URL
  | string
  | HTMLImageElement
  | HTMLCanvasElement
  | HTMLVideoElement
  | OffscreenCanvas
  | VideoFrame;

export function kindOf(source: unknown): string {
  if (source === null || source === undefined) return String(source);
  return Object.prototype.toString.call(source).slice(8, -1);
}

/** Of a buffer that others see, too, or that holds more: sent, the one is not copied, and the other all of it. */
export function isPart(data: unknown): data is Uint8Array | Uint8ClampedArray {
  if (!/^Uint8(Clamped)?Array$/.test(kindOf(data))) return false;
  const { buffer, byteLength } = data as Uint8Array;
  return kindOf(buffer) !== 'ArrayBuffer' || buffer.byteLength > byteLength;
}

function isRaw(source: object): source is RawPixels {
  return 'data' in source && 'width' in source && 'height' in source;
}

export function isPlain(source: ImageSource): source is PlainImage {
  const kind = kindOf(source);
  return kPlainKinds.includes(kind) || (kind === 'Object' && isRaw(source as object));
}

/** `ours`: made here, so that it moves to the worker instead of being copied. */
export async function toPlain(
  source: ImageSource,
  signal: AbortSignal | undefined,
): Promise<{ image: PlainImage; ours: boolean }> {
  if (isPlain(source)) return { image: source, ours: false };
  const kind = kindOf(source);
  if (kFetchedKinds.includes(kind)) {
    const response = kind === 'Response' ? source : await fetched(source as string | URL, signal);
    return { image: await blobOf(response as Response, signal), ours: false };
  }
  if (kPageKinds.includes(kind))
    return { image: await bitmapOf(source as HTMLImageElement, kind), ours: true };
  throw new LimbusError('badArgument', `${kSources}, got ${kind}`);
}

/** Also for models. An abort stays what it is: the signal's reason. */
export async function fetched(
  source: string | URL,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const url = urlOf(source);
  try {
    return await fetch(url, signal ? { signal } : {});
  } catch (error) {
    signal?.throwIfAborted();
    const why = messageOf(error);
    // A policy's connect-src may leave these out; what they stand for needs no fetch.
    const advice =
      url.protocol === 'blob:'
        ? 'hand in the File or Blob itself'
        : 'is the network there, and does that server let this page read it (CORS)?';
    throw new LimbusError('io', `could not fetch ${url.href}: ${why}; ${advice}`);
  }
}

export function checkUsable(response: Response): void {
  if (!response.ok)
    throw new LimbusError('notFound', `could not fetch ${response.url}: status ${response.status}`);
  if (response.bodyUsed)
    throw new LimbusError('badArgument', 'the body of this Response has been read already');
}

async function blobOf(response: Response, signal: AbortSignal | undefined): Promise<Blob> {
  checkUsable(response);
  const place = response.url || 'the picture';
  let blob: Blob;
  try {
    blob = await response.blob();
  } catch (error) {
    signal?.throwIfAborted();
    throw new LimbusError('io', `could not fetch ${place}: ${messageOf(error)}`);
  }
  // Servers send their start page in place of what they do not have.
  if (blob.type.startsWith('text/html') && /^\s*</.test(await blob.slice(0, 1000).text()))
    throw new LimbusError('notFound', `could not fetch ${place}: a web page came, not an image`);
  return blob;
}

export async function bitmapOf(
  source: HTMLImageElement | HTMLVideoElement,
  kind: string,
): Promise<ImageBitmap> {
  try {
    if (kind === 'HTMLImageElement') await (source as HTMLImageElement).decode();
    return await createImageBitmap(source, kBitmapRules);
  } catch (error) {
    const why = messageOf(error);
    throw new LimbusError('badArgument', `this ${kind} has no picture to read: ${why}`);
  }
}
