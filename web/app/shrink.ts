// Images larger than the graphics card's textures are shown smaller; results are not touched.

/** Nearest pixels, so that neither side passes `limit`. The bytes themselves when they fit. */
export function shrink(
  bytes: Uint8Array,
  width: number,
  height: number,
  channels: number,
  limit: number,
): { bytes: Uint8Array; width: number; height: number } {
  if (width <= limit && height <= limit) return { bytes, width, height };
  const factor = limit / Math.max(width, height);
  const w = Math.max(1, Math.floor(width * factor));
  const h = Math.max(1, Math.floor(height * factor));
  const small = new Uint8Array(w * h * channels);
  for (let y = 0; y < h; ++y) {
    const row = Math.floor(((y + 0.5) * height) / h) * width;
    for (let x = 0; x < w; ++x) {
      const from = (row + Math.floor(((x + 0.5) * width) / w)) * channels;
      const to = (y * w + x) * channels;
      for (let c = 0; c < channels; ++c) small[to + c] = bytes[from + c] ?? 0;
    }
  }
  return { bytes: small, width: w, height: h };
}
