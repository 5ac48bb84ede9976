/**
 * Segments images with tiny networks, in a worker: `Segmenter` one by one, `SegmenterPool` many at once.
 * The functions need no network; they ask a worker that they share.
 *
 * Lengths are source pixels, areas source pixels squared; integer coordinates are pixel centres. Angles are
 * degrees in (-90, 90], clockwise on the screen. What is absent is null, never zero.
 *
 * @module limbus
 */
export * from './core_functions.js';
export { LimbusError } from './error.js';
export type { ManySources, StreamSource } from './frames.js';
export type { ImageSource } from './image_source.js';
export { SegmenterPool, type PoolItem } from './pool.js';
export { Segmenter, type SegmenterApi } from './segmenter.js';
export type * from './types.js';
