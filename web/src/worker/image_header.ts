// What an image file says of itself before anybody decodes it: size, depth, and whether it is whole.
import { LimbusError } from '../error.js';

export interface ImageHeader {
  format: 'png' | 'jpeg';
  width: number;
  height: number;
  bitDepth: number; // per channel
}

// Browsers allocate 4 bytes per pixel, several times over; the core takes sides up to 16384.
export const kMaxPixels = 2 ** 26;
export const kMaxSide = 16384;

export function checkSize(width: number, height: number): void {
  if (width < 1 || height < 1)
    throw new LimbusError('badData', `an image of ${width} x ${height} pixels has no content`);
  if (width > kMaxSide || height > kMaxSide || width * height > kMaxPixels)
    throw new LimbusError(
      'unsupported',
      `the image has ${width} x ${height} pixels; at most ${Math.floor(kMaxPixels / 1e6)} ` +
        `megapixels in all and ${kMaxSide} pixels on a side can be segmented in a page, make it smaller`,
    );
}

/** PNG and JPEG are checked; null for other formats, which the browser may know. */
export function readImageHeader(bytes: Uint8Array): ImageHeader | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.byteLength >= 8 && view.getUint32(0) === 0x89504e47 && view.getUint32(4) === 0x0d0a1a0a)
    return readPng(view);
  if (view.byteLength >= 3 && view.getUint16(0) === 0xffd8 && view.getUint8(2) === 0xff)
    return readJpeg(view);
  return null;
}

function truncated(format: string): LimbusError {
  return new LimbusError(
    'badData',
    `the ${format} ends before its image does; the file is cut off`,
  );
}

function readPng(view: DataView): ImageHeader {
  const kIhdr = 0x49484452;
  const kIend = 0x49454e44;
  if (view.byteLength < 33) throw truncated('PNG');
  if (view.getUint32(12) !== kIhdr)
    throw new LimbusError('badData', 'the PNG does not start with an IHDR chunk');
  const header: ImageHeader = {
    format: 'png',
    width: view.getUint32(16),
    height: view.getUint32(20),
    bitDepth: view.getUint8(24),
  };
  checkSize(header.width, header.height);
  for (let at = 8; at + 12 <= view.byteLength; at += 12 + view.getUint32(at))
    if (view.getUint32(at + 4) === kIend) return header;
  throw truncated('PNG');
}

function readJpeg(view: DataView): ImageHeader {
  let header: ImageHeader | null = null;
  let at = 2;
  let scanned = false;
  while (at + 2 <= view.byteLength) {
    if (view.getUint8(at) !== 0xff)
      throw new LimbusError('badData', `the JPEG has no marker at byte ${at}`);
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at += 1; // fill byte
      continue;
    }
    if (marker === 0xd9) {
      if (header && scanned) return header;
      break;
    }
    if (at + 4 > view.byteLength) break;
    const length = view.getUint16(at + 2);
    if (isStartOfFrame(marker) && at + 9 <= view.byteLength) {
      header = {
        format: 'jpeg',
        bitDepth: view.getUint8(at + 4),
        height: view.getUint16(at + 5),
        width: view.getUint16(at + 7),
      };
      checkSize(header.width, header.height);
    }
    at += 2 + length;
    if (marker !== 0xda) continue;
    scanned = true;
    at = endOfScan(view, at);
    if (at + 2 <= view.byteLength && !mayFollowScan(view.getUint8(at + 1)))
      throw new LimbusError(
        'badData',
        `the JPEG is damaged at byte ${at}; take another copy of it`,
      );
  }
  throw truncated('JPEG');
}

/** Where the marker stands that ends the data from `at` on; those that restart the decoder are numbered 0 to 7. */
function endOfScan(view: DataView, at: number): number {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  for (let restarts = 0; ; at += 2) {
    at = bytes.indexOf(0xff, at);
    if (at < 0) return bytes.length;
    const next = bytes[at + 1];
    if (next === 0xff) at -= 1;
    else if (next === 0xd0 + (restarts % 8)) restarts += 1;
    else if (next !== 0) return at;
  }
}

// Of another kind are those that bytes look like which are not what was written.
function mayFollowScan(marker: number): boolean {
  const known = [0xc4, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xfe];
  return known.includes(marker) || (marker >= 0xe0 && marker <= 0xef);
}

// C0..CF are frames, but for tables (C4), reserved (C8) and arithmetic conditioning (CC).
function isStartOfFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}
