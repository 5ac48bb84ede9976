// What people call the places where a network runs.
import type { Provider } from '../src/index.js';

export const kProviderNames: Record<Provider, string> = {
  wasm: 'WebAssembly',
  'wasm-threads': 'WebAssembly, threads',
  webgpu: 'WebGPU',
};
