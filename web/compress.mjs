// Puts FILE.br and FILE.gz beside each file of a folder that they make smaller, for servers to send.
//
// Results are kept in a folder of their own, named by content and by this file: the best brotli takes half a minute for
// the runtime, and the runtime hardly ever changes.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const leastBytes = 1024;
const mostShare = 0.95; // of the plain size: for less gain nobody needs to unpack
const slowBytes = 16e6; // from here on (the WebGPU runtime) brotli's best is not worth its minute

const ownText = readFileSync(new URL(import.meta.url));
const encoders = {
  br: (bytes) =>
    promisify(brotliCompress)(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: bytes.length < slowBytes ? 11 : 9,
        [constants.BROTLI_PARAM_LGWIN]: 24,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }),
  gz: (bytes) => promisify(gzip)(bytes, { level: 9 }),
};

async function compressFile(file, kept) {
  const bytes = readFileSync(file);
  const name = createHash('sha256').update(ownText).update(bytes).digest('hex').slice(0, 32);
  for (const [ending, encode] of Object.entries(encoders)) {
    const keptFile = join(kept, `${name}.${ending}`);
    let packed;
    try {
      packed = readFileSync(keptFile);
    } catch {
      packed = await encode(bytes);
      // What is there is whole, whenever a build was broken off: it is taken for good.
      const unfinished = `${keptFile}.${process.pid}`;
      writeFileSync(unfinished, packed);
      renameSync(unfinished, keptFile);
    }
    if (packed.length < mostShare * bytes.length) writeFileSync(`${file}.${ending}`, packed);
  }
}

/** `kept`: where results of former calls lie. */
export async function compressFolder(folder, kept) {
  mkdirSync(kept, { recursive: true });
  const files = readdirSync(folder, { recursive: true }).map((name) => join(folder, name));
  await Promise.all(
    files
      .filter((file) => statSync(file).isFile() && statSync(file).size >= leastBytes)
      .map((file) => compressFile(file, kept)),
  );
}
