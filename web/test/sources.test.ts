// Pictures and models as people have them -> what a worker is sent.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { LimbusError } from '../src/error.js';
import { toPlain } from '../src/image_source.js';
import { modelBytes, ModelBytes } from '../src/model_bytes.js';

const broken = () => new DOMException('its permission is gone', 'NotReadableError');

/** A file that was deleted since it was chosen, whole and in part. */
class LostFile extends Blob {
  override arrayBuffer = () => Promise.reject(broken());
  override slice = () => new LostFile(['x']);
}

function breakingOff(): Response {
  let parts = 0;
  const body = new ReadableStream({
    pull: (at) => (parts++ ? at.error(broken()) : at.enqueue(new Uint8Array(9))),
  });
  return new Response(body);
}

test('what cannot be read is an error of the file, in words', async () => {
  const whole = async () => {
    const options = { externalData: { weights: new LostFile(['x'.repeat(8)]) } };
    const model = await ModelBytes.of(new Uint8Array(4), options);
    await model.complete({
      files: [{ name: 'weights', bytes: 8 }],
      text: new Uint8Array(2),
      parts: Float64Array.of(0, 0, 2, 2, 0, 8),
    });
  };
  const reads: [string, () => Promise<unknown>][] = [
    ['picture of a response', () => toPlain(breakingOff(), undefined)],
    ['model of a file', () => modelBytes(new LostFile(['x']), {})],
    ['model of a response', () => modelBytes(breakingOff(), {})],
    ['weights of a file', whole],
  ];
  for (const [what, read] of reads)
    await assert.rejects(read(), (error) => {
      assert.ok(error instanceof LimbusError, `${what}: ${error}`);
      assert.match(
        `${error.code}: ${error.message}`,
        /^io: (the file cannot be read|could not fetch the)/,
      );
      return true;
    });
});
