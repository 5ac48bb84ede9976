// The entry `limbus/core`: the core without a network, in the thread that calls. No worker, no runtime.
//
// On the main thread a page waits for each call: see web/README.md for what they take.
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
export type * from './types.js';
