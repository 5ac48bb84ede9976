// ONNX Runtime Web as a bundler finds it: this file takes the place of runtime_folder.ts in the worker
// for bundlers. A static import, because Vite builds workers as one script that cannot be split.
// WebAssembly alone: a WebGPU import, even a lazy one, would put 27 MB into everybody's build.
import * as ort from 'onnxruntime-web/wasm';

import { LimbusError } from '../error.js';
import type { Provider } from '../types.js';

export async function importRuntime(provider: Provider): Promise<typeof ort> {
  if (provider === 'webgpu')
    throw new LimbusError(
      'unsupported',
      'webgpu: bundled is the WebAssembly runtime alone; run `npx limbus copy-assets DIR --webgpu` ' +
        'and say where DIR is served as assetsUrl',
    );
  return ort;
}
