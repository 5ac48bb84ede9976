// What is shown of large images is smaller than they are; results are not touched.

import type { Plane } from './picture_calls.js';

/** The size in which no side is longer than `side`, the shape kept; the same size where none is. */
export function fitted(
  width: number,
  height: number,
  side: number,
): { width: number; height: number } {
  const factor = Math.min(1, side / Math.max(width, height));
  const scaled = (length: number) => Math.max(1, Math.floor(length * factor));
  return { width: scaled(width), height: scaled(height) };
}

/** Nearest pixels of a mask, in another size; the mask itself in its own. */
export function shrink(plane: Plane, to: { width: number; height: number }): Plane {
  const { mask, width, height } = plane;
  if (to.width === width && to.height === height) return plane;
  const small = new Uint8Array(to.width * to.height);
  const columns = Int32Array.from({ length: to.width }, (_, x) =>
    Math.floor(((x + 0.5) * width) / to.width),
  );
  for (let y = 0; y < to.height; ++y) {
    const row = Math.floor(((y + 0.5) * height) / to.height) * width;
    for (let x = 0; x < to.width; ++x) small[y * to.width + x] = mask[row + columns[x]!]!;
  }
  return { mask: small, width: to.width, height: to.height };
}
