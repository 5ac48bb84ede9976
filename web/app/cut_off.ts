// Whether a video file breaks off: readers of WebM and Matroska then give the frames before, without a word.
const kMostBoxes = 10_000; // fragments of hours

export const breaksOff = (bytes: number) =>
  `the file breaks off, ${bytes.toLocaleString('en')} bytes are missing at its end`;

/** Bytes that the file says it has, and that are not there; 0 also where it does not say. */
export async function absentBytes(file: Blob): Promise<number> {
  const start = await viewAt(file, 0);
  const isMatroska = start.byteLength >= 4 && start.getUint32(0) === 0x1a45dfa3;
  return Math.max(0, (await (isMatroska ? endOfSegment(file) : endOfBoxes(file))) - file.size);
}

async function viewAt(file: Blob, at: number): Promise<DataView> {
  return new DataView(await file.slice(at, at + 16).arrayBuffer());
}

/** Matroska: a header, then the segment, which is all the rest (RFC 8794, 9559). */
async function endOfSegment(file: Blob): Promise<number> {
  const header = endOf(await viewAt(file, 0), 0);
  const next = await viewAt(file, header);
  const isSegment = next.byteLength >= 4 && next.getUint32(0) === 0x18538067;
  return isSegment ? endOf(next, header) : 0;
}

/** Of an element with an ID of 4 bytes; 0 where it is not told, as of streams. */
function endOf(view: DataView, at: number): number {
  if (view.byteLength < 12) return 0;
  const bytes = Math.clz32(view.getUint8(4)) - 23; // of the size: as many as its leading zeros and one
  let size = view.getUint8(4) & (0xff >> bytes);
  let unknown = size === 0xff >> bytes;
  for (let i = 5; i < 4 + bytes; ++i) {
    size = 256 * size + view.getUint8(i);
    unknown &&= view.getUint8(i) === 0xff;
  }
  return unknown ? 0 : at + 4 + bytes + size;
}

/** MP4 and MOV: boxes, one behind the other (ISO/IEC 14496-12, 4.2). What is behind the last may be anything. */
async function endOfBoxes(file: Blob): Promise<number> {
  let at = 0;
  for (let i = 0; i < kMostBoxes; ++i) {
    const view = await viewAt(file, at);
    if (view.byteLength < 16) break;
    const type = String.fromCharCode(...[4, 5, 6, 7].map((k) => view.getUint8(k)));
    const short = view.getUint32(0);
    const size = short === 1 ? Number(view.getBigUint64(8)) : short;
    if (size < 8) break; // 0: to the end
    if (at + size > file.size) return /^(mdat|moov|moof)$/.test(type) ? at + size : 0;
    at += size;
  }
  return 0;
}
