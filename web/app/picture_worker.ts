// The page's second worker: what is shown and saved, made from pixels. Requests may overtake each other.
import { zipSync, type Zippable } from 'fflate';

import { messageOf } from '../src/error.js';
import { openFile } from '../src/worker/decode.js';
import type {
  PictureAnswer,
  PictureCalls,
  PictureKind,
  PictureRequest,
  Plane,
  Rgba,
} from './picture_calls.js';
import { encodePng } from '../src/png.js';
import { fitted, shrink } from './shrink.js';

declare const self: DedicatedWorkerGlobalScope;

const kThumbnail = 176; // pixels of its longer side: twice what the list shows
const kPlainly = { resizeQuality: 'medium', colorSpaceConversion: 'none' } as const;
const kFaint = 64; // 14 of 16 bits
const kTint = 0.35; // opacity of classes over a thumbnail

/** What 'show' leaves for 'pack': its mask goes back to the page, and sending it twice would cost the page time. */
let nextKey = 0;
const kept = new Map<number, { mask: Plane; small: Rgba }>();

/** The shown image, where the page has a smaller copy: 4 bytes a pixel, for 'crop'. */
let whole: { key: number; image: Rgba | ImageBitmap } | null = null;

/** In place of the one before; null: none. Returns the key for 'crop'. */
function keepWhole(image: Rgba | ImageBitmap | null): number | null {
  if (whole?.image instanceof ImageBitmap) whole.image.close();
  whole = image && { key: nextKey++, image };
  return whole?.key ?? null;
}

self.onmessage = async ({ data: request }: MessageEvent<PictureRequest>) => {
  try {
    const value = await handle(request);
    post({ id: request.id, value }, transferables(value));
  } catch (error) {
    post({ id: request.id, error: messageOf(error) }, []);
  }
};

function handle(request: PictureRequest): Promise<PictureCalls[PictureKind][1]> {
  switch (request.kind) {
    case 'preview':
      return preview(request.parameters);
    case 'thumbnail':
      return thumbnail(request.parameters);
    case 'show':
      return show(request.parameters);
    case 'crop':
      return crop(request.parameters);
    case 'pack':
      return pack(request.parameters);
    case 'zip':
      return packZip(request.parameters);
  }
}

async function preview({
  source,
  side,
}: PictureCalls['preview'][0]): Promise<PictureCalls['preview'][1]> {
  keepWhole(null);
  const opened = source instanceof Blob ? await openFile(source) : source;
  const { width, height } = opened;
  const image = await resized(opened, side);
  const wholeKey = keepWhole(image.width === width && image.height === height ? null : opened);
  if (wholeKey === null && opened instanceof ImageBitmap) opened.close();
  const thumbnail = await thumbnailOf(await resized(image, kThumbnail));
  return { image, width, height, thumbnail, wholeKey };
}

async function thumbnail({ file }: PictureCalls['thumbnail'][0]): Promise<Blob> {
  const opened = await openFile(file);
  const small = await resized(opened, kThumbnail);
  opened.close();
  return thumbnailOf(small);
}

async function show({
  image: source,
  file,
  mask,
  side,
  keep,
  pack,
}: PictureCalls['show'][0]): Promise<PictureCalls['show'][1]> {
  const { width, height } = source;
  if (keep) keepWhole(null);
  const faint = file && (await isWide(file)) ? faintOf(source) : null;
  const image = await resized(source, side);
  const same = image.width === width && image.height === height;
  const plane = same ? null : shrink({ mask, width, height }, image);
  const packKey = pack ? nextKey++ : null;
  const wholeKey = keep && !same ? keepWhole(source) : null;
  if (pack && packKey !== null) {
    const small = await resized(image, kThumbnail);
    const own = small === image ? { ...small, data: small.data.slice() } : small; // `image` moves
    tint(own, shrink({ mask, width, height }, own).mask, pack.colours);
    kept.set(packKey, { mask: { mask: mask.slice(), width, height }, small: own });
  }
  return { image, mask, plane, faint, packKey, wholeKey };
}

/** A PNG of 16 bits. What cannot be read any more is none. */
async function isWide(file: Blob): Promise<boolean> {
  const start = new Uint8Array(
    await file
      .slice(0, 25)
      .arrayBuffer()
      .catch(() => new ArrayBuffer(0)),
  );
  return start[0] === 0x89 && start[1] === 0x50 && start[24] === 16;
}

/** The largest of its values; null where it is none to tell of. */
function faintOf({ data }: Rgba): number | null {
  let largest = 0;
  for (let at = 0; at < data.length && largest < kFaint; at += 4)
    largest = Math.max(largest, data[at]!, data[at + 1]!, data[at + 2]!);
  return largest < kFaint ? largest : null;
}

async function crop({
  key,
  part,
  width,
  height,
}: PictureCalls['crop'][0]): Promise<PictureCalls['crop'][1]> {
  if (whole?.key !== key) return null;
  if (whole.image instanceof ImageBitmap)
    return drawn(
      await createImageBitmap(whole.image, part.left, part.top, part.width, part.height, {
        ...kPlainly,
        resizeWidth: width,
        resizeHeight: height,
      }),
    );
  const { data, width: stride } = whole.image;
  const cut = new Uint8ClampedArray(4 * part.width * part.height);
  for (let y = 0; y < part.height; ++y) {
    const from = 4 * ((part.top + y) * stride + part.left);
    cut.set(data.subarray(from, from + 4 * part.width), 4 * y * part.width);
  }
  return scaled({ data: cut, width: part.width, height: part.height }, width, height);
}

async function pack({ key }: PictureCalls['pack'][0]): Promise<PictureCalls['pack'][1]> {
  const parts = kept.get(key);
  if (!parts) throw new Error('packed already');
  kept.delete(key);
  const { mask, width, height } = parts.mask;
  const [png, thumbnail] = await Promise.all([
    encodePng(mask, width, height),
    thumbnailOf(parts.small),
  ]);
  return { png, thumbnail };
}

async function packZip({ files }: PictureCalls['zip'][0]): Promise<Blob> {
  const content: Zippable = {};
  for (const { name, blob } of files) content[name] = new Uint8Array(await blob.arrayBuffer());
  // PNGs are packed already.
  return new Blob([zipSync(content, { level: 0 })], { type: 'application/zip' });
}

/** The image itself where no side is longer than `side`; otherwise smaller, its shape kept. */
async function resized(image: Rgba | ImageBitmap, side: number): Promise<Rgba> {
  const { width, height } = fitted(image.width, image.height, side);
  return scaled(image, width, height);
}

async function scaled(image: Rgba | ImageBitmap, width: number, height: number): Promise<Rgba> {
  const isBitmap = image instanceof ImageBitmap;
  if (!isBitmap && width === image.width && height === image.height) return image;
  const source = isBitmap ? image : imageDataOf(image);
  return drawn(
    await createImageBitmap(source, { ...kPlainly, resizeWidth: width, resizeHeight: height }),
  );
}

/** Its pixels; the bitmap goes. */
function drawn(bitmap: ImageBitmap): Rgba {
  const { width, height } = bitmap;
  const context = canvasOf(width, height);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return { data: context.getImageData(0, 0, width, height).data, width, height };
}

function imageDataOf({ data, width, height }: Rgba): ImageData {
  return new ImageData(data, width, height);
}

function canvasOf(width: number, height: number): OffscreenCanvasRenderingContext2D {
  const context = new OffscreenCanvas(width, height).getContext('2d', {
    alpha: false,
    willReadFrequently: true,
  });
  if (!context) throw new Error(`no memory for ${width} x ${height} pixels`);
  return context;
}

/** Classes over the image; the first one, the background, is left as it is. */
function tint({ data }: Rgba, indices: Uint8Array, colours: [number, number, number][]): void {
  indices.forEach((index, i) => {
    const colour = index > 0 ? colours[index] : undefined;
    if (!colour) return;
    for (let c = 0; c < 3; ++c)
      data[4 * i + c] = (1 - kTint) * data[4 * i + c]! + kTint * colour[c]!;
  });
}

function thumbnailOf(small: Rgba): Promise<Blob> {
  const context = canvasOf(small.width, small.height);
  context.putImageData(imageDataOf(small), 0, 0);
  return context.canvas.convertToBlob({ type: 'image/jpeg', quality: 0.85 });
}

/** Pixels move to the page, they are not copied. */
function transferables(value: PictureCalls[PictureKind][1]): Transferable[] {
  if (value === null || value instanceof Blob) return [];
  if ('data' in value) return [value.data.buffer];
  const moved = new Set<ArrayBufferLike>();
  if ('image' in value) moved.add(value.image.data.buffer);
  if ('mask' in value) moved.add(value.mask.buffer);
  if ('plane' in value && value.plane) moved.add(value.plane.mask.buffer);
  return [...moved] as ArrayBuffer[];
}

function post(message: PictureAnswer, moved: Transferable[]): void {
  self.postMessage(message, moved);
}
