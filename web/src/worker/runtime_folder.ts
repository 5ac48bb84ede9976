// ONNX Runtime Web from a folder, for workers that no bundler has seen. A worker has no import map, so
// the runtime is found by its place; only the flavour that is asked for is fetched.
import type * as Ort from 'onnxruntime-web';

import { LimbusError } from '../error.js';
import type { Provider } from '../types.js';
import { text } from './text.js';

/** Put in by build.mjs: the neighbour in node_modules or on a CDN; ort/ in the page and after copy-assets. */
declare const LIMBUS_RUNTIME: string;

export async function importRuntime(provider: Provider): Promise<typeof Ort> {
  const folder = new URL(LIMBUS_RUNTIME, import.meta.url).href;
  const file = provider === 'webgpu' ? 'ort.webgpu.min.mjs' : 'ort.wasm.min.mjs';
  try {
    const ort = (await import(folder + file)) as typeof Ort;
    ort.env.wasm.wasmPaths = folder;
    return ort;
  } catch (error) {
    throw new LimbusError('io', `could not load the runtime from ${folder}: ${text(error)}`);
  }
}
