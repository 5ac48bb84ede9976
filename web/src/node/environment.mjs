// In place of src/environment.ts: Node decodes no files, and has no page.
export const kPlainKinds = [];
export const kFetchedKinds = [];
export const kPageKinds = [];
export const kSources = 'Node decodes no files: segment() takes { data, width, height }';
export const kLacking = {
  'wasm-threads': 'in Node the network runs on wasm alone, without threads',
  webgpu: 'Node has no WebGPU',
};
