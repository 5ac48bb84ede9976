// The package `limbus`: see types.ts for what it promises.
export {
  analyse,
  confusion,
  conventions,
  eyePresets,
  fitEllipse,
  inspect,
  readManifest,
  renderEye,
  score,
} from './core_functions.js';
export { closeCore } from './core_in_worker.js';
export { LimbusError } from './error.js';
export type { ManySources, StreamSource } from './frames.js';
export type { ImageSource } from './image_source.js';
export type { ModelSource } from './model_bytes.js';
export { SegmenterPool } from './pool.js';
export { Segmenter, type SegmenterApi } from './segmenter.js';
export type * from './types.js';
