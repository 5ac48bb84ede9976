import type { Pixels } from './core.js';

/** For the caller: RGBA, opaque. Four channels are taken over, not copied. */
export function toImageData({ data, width, height, channels }: Pixels): ImageData {
  if (channels === 4) return new ImageData(data as Uint8ClampedArray<ArrayBuffer>, width, height);
  const image = new ImageData(width, height);
  const step = channels === 3 ? 1 : 0; // grey: the same byte three times
  for (let from = 0, to = 0; to < image.data.length; from += channels, to += 4) {
    image.data[to] = data[from]!;
    image.data[to + 1] = data[from + step]!;
    image.data[to + 2] = data[from + 2 * step]!;
    image.data[to + 3] = 255;
  }
  return image;
}
