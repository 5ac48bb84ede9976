// What came from the page -> pixels, as the command line would read them.
//
// EXIF orientation is applied, colour profiles and gamma chunks are not, transparent pixels are
// composited over black: (v * a + 127) / 255 (the browser's own compositing may differ by one).
//
// Files come as bitmaps, and as RGBA: of none that is grey does the browser hand out a plane. Chromium's ImageDecoder
// gives BGRA of PNG and BGRX of JPEG with one component. JPEG with three it gives as I420 or I444, and the Y plane is
// what the command line computes where nothing is coloured, in a third of the time; of two photographs it was up to 5
// levels off in 0.4 and 2 % of the pixels, and which kind a file is shows only when it is decoded.
// A grey PNG inflated and unfiltered here, without RGBA, took 0.6 to 1.2 of the time (640 x 400, Chromium), but all
// of it on the thread that the network wants, where bitmaps are decoded beside it.
// Read as video frames are (read_frame.ts) opaque bitmaps took 0.75 of a canvas's time, transparent ones more than it.
import { kBitmapRules } from '../bitmap_rules.js';
import { LimbusError } from '../error.js';
import type { Pixels } from '../core.js';
import type { SentImage } from '../protocol.js';
import { readBlob } from '../read_blob.js';
import type { RawPixels } from '../types.js';
import { highBytes } from './high_bytes.js';
import { checkSize, readImageHeader } from './image_header.js';
import { checkReadBack } from './read_back.js';
import { readFrame } from './read_frame.js';

/** `opened`: a file that is being decoded already. */
export async function decode(
  source: SentImage,
  opened: Promise<ImageBitmap> | null = null,
): Promise<Pixels> {
  if (source instanceof ImageData) return fromImageData(source);
  if (source instanceof ImageBitmap) return fromBitmap(source);
  if (source instanceof Blob) return fromBitmap(await (opened ?? openFile(source)));
  if ('copyTo' in source) return fromFrame(source);
  return fromRaw(source);
}

function fromRaw({ data, width, height }: RawPixels): Pixels {
  const bytes = data instanceof Uint8Array || data instanceof Uint8ClampedArray;
  const whole = [width, height].every((side) => Number.isInteger(side) && side > 0);
  if (!bytes || !whole)
    throw new LimbusError(
      'badArgument',
      'pixels are { data: Uint8Array, width, height } with whole numbers from 1, ' +
        `got ${(data as object | undefined)?.constructor.name}, ${width}, ${height}`,
    );
  checkSize(width, height);
  const channels = data.length / (width * height);
  if (channels === 4) return overBlack(data, width, height);
  if (channels !== 1 && channels !== 3)
    throw new LimbusError(
      'badArgument',
      `${width} x ${height} pixels are ${width * height} grey, ${3 * width * height} RGB or ` +
        `${4 * width * height} RGBA bytes, got ${data.length}`,
    );
  return { data, width, height, channels };
}

/** A file, checked and then decoded on the browser's own threads; `onBegun`: now it is they who work. */
export async function openFile(blob: Blob, onBegun: () => void = () => {}): Promise<ImageBitmap> {
  if (blob.size === 0) throw new LimbusError('badData', 'the image file is empty');
  const bytes = new Uint8Array(await readBlob(blob));
  const header = readImageHeader(bytes);
  const wide = header?.format === 'png' && header.bitDepth === 16;
  try {
    const bitmap = createImageBitmap(wide ? await highBytes(blob, bytes) : blob, kBitmapRules);
    onBegun();
    return await bitmap;
  } catch {
    throw new LimbusError(
      'badData',
      header
        ? `the ${header.format.toUpperCase()} cannot be decoded; its content is damaged`
        : whatElse(new TextDecoder().decode(bytes.subarray(0, 1000))),
    );
  }
}

/** Of a file that is no image, by how it begins. */
function whatElse(text: string): string {
  if (/^\s*<(!doctype )?html/i.test(text))
    return 'this is a web page, not an image: servers send one in place of what they do not have';
  if (text.startsWith('PK\x03\x04')) return 'this is a ZIP archive; unpack it first';
  const what = text.includes('<svg') // behind declarations and comments
    ? 'SVG is not taken'
    : 'this is no image that the browser can decode';
  return `${what}; use PNG or JPEG`;
}

function fromBitmap(bitmap: ImageBitmap): Pixels {
  const { width, height } = bitmap;
  try {
    checkSize(width, height);
    // Opaque: what is drawn lies over black. In memory: nothing goes through the GPU and back.
    const context = new OffscreenCanvas(width, height).getContext('2d', {
      alpha: false,
      willReadFrequently: true,
    });
    if (!context)
      throw new LimbusError('io', `no memory for an image of ${width} x ${height} pixels`);
    checkReadBack();
    context.drawImage(bitmap, 0, 0);
    return { data: context.getImageData(0, 0, width, height).data, width, height, channels: 4 };
  } finally {
    bitmap.close();
  }
}

/** Frees the frame, for which cameras and decoders wait, before the network runs. */
async function fromFrame(frame: VideoFrame): Promise<Pixels> {
  try {
    checkSize(frame.displayWidth, frame.displayHeight);
    // Null, too, where the browser lets it be drawn alone, as of a graphics processor that is lost.
    const pixels = await readFrame(frame).catch(() => null);
    return pixels ?? fromBitmap(await createImageBitmap(frame, kBitmapRules));
  } finally {
    frame.close();
  }
}

function fromImageData(image: ImageData): Pixels {
  const { width, height } = image;
  checkSize(width, height);
  if (!(image.data instanceof Uint8ClampedArray))
    throw new LimbusError('unsupported', 'ImageData must hold 8-bit values (rgba-unorm8)');
  return overBlack(image.data, width, height);
}

function overBlack(rgba: Uint8Array | Uint8ClampedArray, width: number, height: number): Pixels {
  const data = new Uint8ClampedArray(rgba);
  for (let at = 0; at < data.length; at += 4) {
    const alpha = data[at + 3]!;
    if (alpha === 255) continue;
    for (let c = at; c < at + 3; ++c) data[c] = Math.floor((data[c]! * alpha + 127) / 255);
    data[at + 3] = 255;
  }
  return { data, width, height, channels: 4 };
}
