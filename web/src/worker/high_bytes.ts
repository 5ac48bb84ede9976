// A PNG of 16 bits -> the same of 8: of each value the high byte, which is what the command line reads. Left to
// themselves some browsers round (Firefox) and others cut (Chromium).
import { chunk, deflate } from '../png.js';

const kChannels = [1, 0, 3, 0, 2, 0, 4]; // by colour type
// The first column and row of each pass of Adam7, and how far it is to the next; of a file without passes.
const kPasses = ['0088', '4088', '0448', '2044', '0224', '1022', '0112'];
const kPlain = ['0011'];

/** The file itself where that cannot be done: damaged, or with one transparent 16-bit colour (`tRNS`). */
export async function highBytes(file: Blob, bytes: Uint8Array<ArrayBuffer>): Promise<Blob> {
  const view = new DataView(bytes.buffer);
  const header = bytes.slice(16, 29);
  const packed: Uint8Array<ArrayBuffer>[] = [];
  const others: Uint8Array<ArrayBuffer>[] = []; // as they are; the last one ends the file
  for (let at = 33, type = ''; type !== 'IEND';) {
    const end = at + 12 + view.getUint32(at);
    type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (type === 'tRNS') return file;
    if (type === 'IDAT') packed.push(bytes.subarray(at + 8, end - 4));
    else others.push(bytes.subarray(at, end));
    at = end;
  }
  const stream = new Blob(packed).stream().pipeThrough(new DecompressionStream('deflate'));
  const wide = await new Response(stream).arrayBuffer().catch(() => null);
  if (!wide) return file;
  // Filters work on bytes, with the bytes of the same place in the pixels around (PNG, 9.2): the high bytes of a
  // filtered row are the filtered row of the high bytes.
  const from = new Uint8Array(wide);
  const narrow = new Uint8Array(from.length);
  let read = 0;
  let size = 0;
  for (const pass of header[12] ? kPasses : kPlain) {
    const [left, top, right, down] = [...pass].map(Number) as [number, number, number, number];
    const columns = Math.ceil((view.getUint32(16) - left) / right);
    const values = columns * kChannels[header[9]!]!;
    if (values > 0)
      for (let y = top; y < view.getUint32(20); y += down) {
        narrow[size++] = from[read++]!;
        for (const end = size + values; size < end; read += 2) narrow[size++] = from[read]!;
      }
  }
  if (read > from.length) return file;
  header[8] = 8;
  const image = chunk('IDAT', await deflate(narrow.subarray(0, size)));
  others.splice(-1, 0, image);
  return new Blob([bytes.subarray(0, 8), chunk('IHDR', header), ...others]);
}
