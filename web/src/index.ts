// The package `limbus`: see types.ts for what it promises.
export {
  closeCore,
  eyePresets,
  inputPresets,
  inspect,
  renderEye,
  withManifest,
} from './core_functions.js';
export { LimbusError } from './error.js';
export type { ImageSource } from './image_source.js';
export { Segmenter, type SegmenterApi } from './segmenter.js';
export type * from './types.js';
