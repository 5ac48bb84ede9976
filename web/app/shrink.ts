// What is shown of large images is smaller than they are; results are not touched.

import type { Part, Plane } from './picture_calls.js';

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
  const { width, height } = plane;
  if (to.width === width && to.height === height) return plane;
  const mask = cropped(plane, { left: 0, top: 0, width, height }, to);
  return { mask, width: to.width, height: to.height };
}

/** Nearest pixels of a part of a mask, in another size. */
export function cropped(
  { mask, width: stride }: Pick<Plane, 'mask' | 'width'>,
  part: Part,
  to: { width: number; height: number },
): Uint8Array {
  const small = new Uint8Array(to.width * to.height);
  const columns = Int32Array.from(
    { length: to.width },
    (_, x) => part.left + Math.floor(((x + 0.5) * part.width) / to.width),
  );
  for (let y = 0; y < to.height; ++y) {
    const row = (part.top + Math.floor(((y + 0.5) * part.height) / to.height)) * stride;
    for (let x = 0; x < to.width; ++x) small[y * to.width + x] = mask[row + columns[x]!]!;
  }
  return small;
}
