// A PNG of 16 bits -> the same of 8: of each value the high byte, which is what the command line reads. Left to
// themselves some browsers round (Firefox) and others cut (Chromium).
import { chunk, deflate } from '../png.js';

const kChannels = [1, 0, 3, 0, 2, 0, 4]; // by colour type
// The first column and row of each pass of Adam7, and how far it is to the next; of a file without passes.
const kPasses = ['0088', '4088', '0448', '2044', '0224', '1022', '0112'];
const kPlain = ['0011'];

/**
 * The file itself where one 16-bit colour is transparent (`tRNS`), too little is packed, or the browser cannot unpack;
 * else damage throws, which Firefox would draw.
 */
export async function highBytes(file: Blob, bytes: Uint8Array<ArrayBuffer>): Promise<Blob> {
  if (!('CompressionStream' in globalThis)) return file;
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
  const passes = [...(header[12] ? kPasses : kPlain)].map((pass) => {
    const [left, top, right, down] = [...pass].map(Number) as [number, number, number, number];
    const columns = Math.max(0, Math.ceil((view.getUint32(16) - left) / right));
    const rows = Math.max(0, Math.ceil((view.getUint32(20) - top) / down));
    return { rows: columns ? rows : 0, values: columns * kChannels[header[9]!]! };
  });
  // No more than the image holds, whatever else is packed there.
  const from = new Uint8Array(
    passes.reduce((sum, { rows, values }) => sum + rows * (1 + 2 * values), 0),
  );
  const stream = new Blob(packed).stream().pipeThrough(new DecompressionStream('deflate'));
  const reader = stream.getReader();
  let read = 0;
  while (read < from.length) {
    const { value } = await reader.read();
    if (!value) return file;
    from.set(value.subarray(0, from.length - read), read);
    read += value.length;
  }
  // Filters work on bytes, with the bytes of the same place in the pixels around (PNG, 9.2): the high bytes of a
  // filtered row are the filtered row of the high bytes.
  const narrow = new Uint8Array(from.length);
  let size = 0;
  read = 0;
  for (const { rows, values } of passes)
    for (let y = 0; y < rows; y++) {
      narrow[size++] = from[read++]!;
      for (const end = size + values; size < end; read += 2) narrow[size++] = from[read]!;
    }
  header[8] = 8;
  const image = chunk('IDAT', await deflate(narrow.subarray(0, size)));
  others.splice(-1, 0, image);
  return new Blob([bytes.subarray(0, 8), chunk('IHDR', header), ...others]);
}
