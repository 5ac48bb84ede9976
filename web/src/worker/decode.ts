// Any source a caller may hand in -> RGBA pixels, as the command line would read them.
//
// EXIF orientation is applied, colour profiles and gamma chunks are not, transparent pixels are
// composited over black: (v * a + 127) / 255 (the browser's own compositing may differ by one).
import { LimbusError } from '../error.js';
import type { ImageSource } from '../types.js';
import { checkSize, readImageHeader } from './image_header.js';

export interface Rgba {
  data: Uint8ClampedArray<ArrayBuffer>;
  width: number;
  height: number;
}

export async function decode(source: ImageSource): Promise<Rgba> {
  if (source instanceof ImageData) return fromImageData(source);
  if (source instanceof ImageBitmap) return fromBitmap(source);
  if (source instanceof Blob) return fromBlob(source);
  throw new LimbusError('badArgument', 'segment() takes a Blob, an ImageBitmap or an ImageData');
}

async function fromBlob(blob: Blob): Promise<Rgba> {
  if (blob.size === 0) throw new LimbusError('badData', 'the image file is empty');
  const header = readImageHeader(new Uint8Array(await blob.arrayBuffer()));
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(blob, {
      colorSpaceConversion: 'none',
      premultiplyAlpha: 'none',
      imageOrientation: 'from-image',
    });
  } catch {
    throw new LimbusError(
      'badData',
      header
        ? `the ${header.format.toUpperCase()} cannot be decoded; its content is damaged`
        : 'this is no image that the browser can decode; use PNG or JPEG',
    );
  }
  return fromBitmap(bitmap);
}

function fromBitmap(bitmap: ImageBitmap): Rgba {
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
    context.drawImage(bitmap, 0, 0);
    return { data: context.getImageData(0, 0, width, height).data, width, height };
  } finally {
    bitmap.close();
  }
}

function fromImageData(image: ImageData): Rgba {
  const { width, height } = image;
  checkSize(width, height);
  if (!(image.data instanceof Uint8ClampedArray))
    throw new LimbusError('unsupported', 'ImageData must hold 8-bit values (rgba-unorm8)');
  const data = new Uint8ClampedArray(image.data);
  for (let at = 0; at < data.length; at += 4) {
    const alpha = data[at + 3]!;
    if (alpha === 255) continue;
    for (let c = at; c < at + 3; ++c) data[c] = Math.floor((data[c]! * alpha + 127) / 255);
    data[at + 3] = 255;
  }
  return { data, width, height };
}
