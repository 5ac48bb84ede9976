/**
 * The core without a network, in the thread that calls: no worker, no ONNX Runtime Web. On the main thread a
 * page waits for each call; README.md says how long. Of the options `assetsUrl` and `signal` count here.
 *
 * @module limbus/core
 */
export * from './core_functions.js';
export { LimbusError } from './error.js';
export type * from './types.js';
