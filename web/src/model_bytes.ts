// A model's bytes from wherever it lies, with progress.
import { orAborted } from './abort.js';
import { LimbusError, messageOf } from './error.js';
import { checkUsable, fetched, kindOf } from './image_source.js';
import { LoadBytes } from './load_bytes.js';
import { lengthOf, readBody } from './response_body.js';
import type { LoadOptions } from './types.js';
import { urlOf } from './url.js';

const kMarkup = 0x3c; // '<', with which no .onnx begins

/** A URL (a string is one), a file or response that holds an .onnx, or its bytes. */
export type ModelSource = string | URL | Blob | Response | ArrayBuffer | Uint8Array;

export async function modelBytes(
  source: ModelSource,
  { signal, onStatus, provider = 'wasm' }: Pick<LoadOptions, 'signal' | 'onStatus' | 'provider'>,
): Promise<Uint8Array> {
  const kind = kindOf(source);
  switch (kind) {
    case 'Uint8Array':
      return source as Uint8Array;
    case 'ArrayBuffer':
      return new Uint8Array(source as ArrayBuffer);
    case 'Blob':
    case 'File':
      return new Uint8Array(await orAborted((source as Blob).arrayBuffer(), signal));
    case 'String':
    case 'URL':
    case 'Response':
      break;
    default:
      throw new LimbusError(
        'badArgument',
        `a model is a URL, Blob, Response, ArrayBuffer or Uint8Array, got ${kind}`,
      );
  }
  const given = kind === 'Response' ? (source as Response) : null;
  const what = given ? 'the model' : urlOf(source as string).pathname;
  onStatus?.({ stage: 'fetch', provider: null, message: `fetching ${what}` });
  const response = given ?? (await fetched(source as string, signal));
  checkUsable(response);
  const place = response.url || what;
  let bytes: Uint8Array;
  try {
    const total = lengthOf(response);
    const sofar = new LoadBytes(provider === 'auto' ? 'wasm' : provider);
    const body = readBody(response, (loaded) => {
      if (!sofar.came('model', loaded, total)) return;
      const message = `fetching ${what}`;
      onStatus?.({ stage: 'fetch', provider: null, message, bytes: sofar.told });
    });
    bytes = await orAborted(body, signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw new LimbusError('io', `could not fetch ${place}: ${messageOf(error)}`);
  }
  // Servers send their start page in place of what they do not have.
  if (bytes[0] === kMarkup)
    throw new LimbusError('notFound', `could not fetch ${place}: a web page came, not an .onnx`);
  return bytes;
}
