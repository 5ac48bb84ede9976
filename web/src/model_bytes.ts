// A model's bytes from wherever it lies, with progress.
import { LimbusError, messageOf } from './error.js';
import { checkFound, fetched } from './image_source.js';
import { lengthOf, readBody } from './response_body.js';
import type { LoadOptions } from './types.js';

/** A URL of this origin (a string is one), or the bytes of an .onnx. */
export type ModelSource = string | URL | ArrayBuffer | Uint8Array;

export async function modelBytes(
  source: ModelSource,
  options: Pick<LoadOptions, 'signal' | 'onStatus'>,
): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  const path = new URL(source, location.href).pathname;
  options.onStatus?.({ stage: 'fetch', provider: null, message: `fetching ${path}` });
  const response = await fetched(source, options.signal);
  checkFound(response);
  try {
    const total = lengthOf(response);
    return await readBody(response, (loaded) => {
      const percent = total ? Math.min(100, Math.round((100 * loaded) / total)) : null;
      options.onStatus?.({
        stage: 'fetch',
        provider: null,
        message: `fetching ${path}${percent === null ? '' : ` (${percent} %)`}`,
        bytes: { loaded, total, percent },
      });
    });
  } catch (error) {
    options.signal?.throwIfAborted();
    throw new LimbusError('io', `could not fetch ${response.url}: ${messageOf(error)}`);
  }
}
