// Glyphs drawn by the browser's own font engine, in the layout that the canvas module takes:
// six int32 per glyph (code point, width, height, left, top, advance in 1/64), then coverage bytes.

export interface GlyphSheet {
  lineHeightPx: number; // device pixels
  count: number;
  bytes: Uint8Array;
}

const kLineHeight = 16; // CSS pixels
const kFontSize = 13.5;
const kFamily = 'system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

/** Printable ASCII and Latin-1; `extra` adds what class names need. */
export function codePoints(extra: Iterable<string>): number[] {
  const all = new Set<number>();
  for (let c = 32; c < 127; ++c) all.add(c);
  for (let c = 160; c < 256; ++c) all.add(c);
  for (const text of extra)
    for (const letter of text) {
      const c = letter.codePointAt(0) ?? 0;
      if (c >= 32 && c < 0x10000) all.add(c);
    }
  return [...all];
}

export function drawGlyphs(points: number[], pixelRatio: number): GlyphSheet {
  const lineHeightPx = Math.round(kLineHeight * pixelRatio);
  const surface = new OffscreenCanvas(lineHeightPx * 4, lineHeightPx * 3);
  const context = surface.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('no 2D canvas to draw glyphs with');
  context.font = `500 ${kFontSize * pixelRatio}px ${kFamily}`;
  context.fillStyle = '#fff';
  const metrics = context.measureText('Mg');
  const ascent = metrics.fontBoundingBoxAscent;
  const baseline = Math.round(
    (lineHeightPx - ascent - metrics.fontBoundingBoxDescent) / 2 + ascent,
  );

  const rows = new Int32Array(points.length * 6);
  const coverage: Uint8Array[] = [];
  points.forEach((point, i) => {
    const letter = String.fromCodePoint(point);
    const size = context.measureText(letter);
    const left = Math.floor(-size.actualBoundingBoxLeft) - 1;
    const up = Math.ceil(size.actualBoundingBoxAscent) + 1;
    const width = Math.min(Math.ceil(size.actualBoundingBoxRight) + 1 - left, surface.width);
    const height = Math.min(up + Math.ceil(size.actualBoundingBoxDescent) + 1, surface.height);
    const empty = width <= 2 || height <= 2;
    rows.set(
      empty
        ? [point, 0, 0, 0, 0, Math.round(size.width * 64)]
        : [point, width, height, left, baseline - up, Math.round(size.width * 64)],
      i * 6,
    );
    if (empty) return;
    context.clearRect(0, 0, surface.width, surface.height);
    context.fillText(letter, -left, up);
    const rgba = context.getImageData(0, 0, width, height).data;
    coverage.push(Uint8Array.from({ length: width * height }, (_, p) => rgba[p * 4 + 3] ?? 0));
  });

  const total = coverage.reduce((sum, part) => sum + part.length, rows.byteLength);
  const bytes = new Uint8Array(total);
  bytes.set(new Uint8Array(rows.buffer));
  let at = rows.byteLength;
  for (const part of coverage) {
    bytes.set(part, at);
    at += part.length;
  }
  return { lineHeightPx, count: points.length, bytes };
}
