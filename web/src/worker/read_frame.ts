// A video frame -> its pixels without a canvas: those of its bitmap to the last level, where no graphics processor
// makes that, each of which rounds in its own way.
//
// The browser converts to RGBA. Where a frame has no colours, as from infrared cameras, its Y plane is the image, by a
// table: of limited range Y is no grey level yet. Of a frame with colours Y is not quite the grey of R, G and B: with
// BT.601's matrix 1 or 2 levels off in a seventh of the pixels, more where a colour is clamped or the matrix another.
import type { Pixels } from '../core.js';

const kPlanar: (VideoPixelFormat | null)[] = ['I420', 'I422', 'I444', 'NV12']; // Y first, no alpha, 8 bits
const kNoColour = 128; // U and V
const kGlance = 16; // rows in the middle: what has colours mostly has some there

/** Null where something shows through, which only a canvas composites as it does bitmaps. */
export async function readFrame(frame: VideoFrame): Promise<Pixels | null> {
  const { width, height } = frame.visibleRect!;
  const planar = kPlanar.includes(frame.format);
  const grey = planar ? await greyPlane(frame) : null;
  if (grey) return { data: grey, width, height, channels: 1 };
  const data = await copied(frame, { format: 'RGBA' });
  return planar || isOpaque(data) ? { data, width, height, channels: 4 } : null;
}

async function copied(
  frame: VideoFrame,
  options: VideoFrameCopyToOptions,
): Promise<Uint8ClampedArray> {
  const data = new Uint8ClampedArray(frame.allocationSize(options));
  await frame.copyTo(data, options);
  return data;
}

/** Null where the frame has colours. */
async function greyPlane(frame: VideoFrame): Promise<Uint8ClampedArray | null> {
  const levels = await greyLevels(frame);
  if (!levels) return null;
  const { x, y, width, height } = frame.visibleRect!;
  const above = 2 * (height >> 2); // even: between rows that share their colours copyTo() does not begin
  const glance = { x, y: y + above, width, height: Math.min(kGlance, height - above) };
  let grey: Uint8ClampedArray | null = null;
  for (const rect of [glance, { x, y, width, height }]) {
    const planes = await copied(frame, { rect });
    const count = rect.width * rect.height;
    for (let i = count; i < planes.length; ++i) if (planes[i] !== kNoColour) return null;
    grey = planes.subarray(0, count);
  }
  for (let i = 0; i < grey!.length; ++i) grey![i] = levels[grey![i]!]!;
  return grey;
}

const levelsBySpace = new Map<string, Uint8Array | null>();

/** What the browser makes of each Y where there is no colour; null where that is no grey. */
async function greyLevels({ format, colorSpace }: VideoFrame): Promise<Uint8Array | null> {
  const key = `${format} ${JSON.stringify(colorSpace)}`;
  const known = levelsBySpace.get(key);
  if (known !== undefined) return known;
  const size = { codedWidth: 256, codedHeight: 2 };
  const bytes = new Uint8Array(3 * 512).fill(kNoColour);
  for (let i = 0; i < 512; ++i) bytes[i] = i;
  const ramp = new VideoFrame(bytes, { format: format!, ...size, timestamp: 0, colorSpace });
  const rgba = await copied(ramp, { format: 'RGBA' }).finally(() => ramp.close());
  const levels = Uint8Array.from({ length: 256 }, (_, i) => rgba[4 * i]!);
  const grey = levels.every((level, i) => rgba[4 * i + 1] === level && rgba[4 * i + 2] === level);
  levelsBySpace.set(key, grey ? levels : null);
  return grey ? levels : null;
}

function isOpaque(rgba: Uint8ClampedArray): boolean {
  for (let i = 3; i < rgba.length; i += 4) if (rgba[i] !== 255) return false;
  return true;
}
