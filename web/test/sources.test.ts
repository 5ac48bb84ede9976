// Pictures and models as people have them -> what a worker is sent.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { analyse, closeCore, confusion } from '../src/core_functions.js';
import { LimbusError } from '../src/error.js';
import { toPlain } from '../src/image_source.js';
import { modelBytes, ModelBytes } from '../src/model_bytes.js';
import { movedOf, sentAtOnce } from '../src/sent_image.js';
import type { RawPixels } from '../src/types.js';

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

const size = { width: 4, height: 3 };
const shared = () => new Uint8Array(new SharedArrayBuffer(12)).fill(7);
/** As of WebAssembly's heap. */
const heap = () => new Uint8ClampedArray(1 << 20).fill(7).subarray(100, 112);

test('of pixels that are part of a buffer, or shared, a copy moves; others stay the caller’s', () => {
  for (const data of [shared(), heap()]) {
    const sent = sentAtOnce({ data, ...size });
    const copy = (sent.image as RawPixels).data;
    data.fill(1);
    assert.deepEqual([...copy], Array(12).fill(7));
    assert.equal(copy.buffer.byteLength, 12);
    assert.deepEqual(movedOf(sent), [copy.buffer]);
  }
  const whole = { data: new Uint8Array(12), ...size };
  const sent = sentAtOnce(whole);
  assert.deepEqual([sent.image, movedOf(sent)], [whole, []]);
});

test('of a model, too', async () => {
  const part = heap();
  for (const given of [shared(), new Uint8Array(part.buffer, part.byteOffset, part.length)]) {
    const asked = modelBytes(given, {});
    given.fill(1);
    const bytes = await asked;
    assert.deepEqual([[...bytes], bytes.buffer.byteLength], [Array(12).fill(7), 12]);
  }
  const whole = new Uint8Array(12);
  assert.equal(await modelBytes(whole, {}), whole);
});

test('of masks, too', async () => {
  const calls: { parameters: Record<string, RawPixels>; moved: Transferable[] }[] = [];
  class SilentWorker {
    postMessage({ parameters }: (typeof calls)[0], moved: Transferable[]) {
      calls.push({ parameters, moved });
    }
    terminate() {}
  }
  const before = globalThis.Worker;
  const location = Object.getOwnPropertyDescriptor(globalThis, 'location');
  Object.assign(globalThis, { Worker: SilentWorker, location: new URL('http://page/') });
  after(() => {
    globalThis.Worker = before;
    if (location) Object.defineProperty(globalThis, 'location', location);
    else Reflect.deleteProperty(globalThis, 'location');
  });
  const options = { workerUrl: 'http://page/worker.js' };
  const classes = [{ name: 'a' }, { name: 'b' }];
  const whole = { data: new Uint8Array(12), ...size };
  const asked = [
    analyse({ data: heap(), ...size }, { classes }, options),
    confusion({ data: shared(), ...size }, whole, 2, options),
  ];
  closeCore();
  for (const each of asked) await assert.rejects(each, /the next call starts another/);
  const sizes = calls.map(({ parameters }) =>
    Object.values(parameters).flatMap((value) => value.data?.buffer.byteLength ?? []),
  );
  assert.deepEqual(sizes, [[12], [12, 12]]);
  const { mask } = calls[0]!.parameters;
  const { truth, prediction } = calls[1]!.parameters;
  assert.deepEqual([...truth!.data, ...mask!.data], Array(24).fill(7));
  assert.equal(prediction, whole);
  assert.deepEqual(
    calls.map(({ moved }) => moved),
    [[mask!.data.buffer], [truth!.data.buffer]],
  );
});
