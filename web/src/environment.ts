// What a browser can do, by the names of classes and in words; node/environment.mjs takes its place in Node.
import type { Provider } from './types.js';

/** Sources that a worker is sent as they are, beside pixels. By name, because a frame has classes of its own. */
export const kPlainKinds = ['Blob', 'File', 'ImageBitmap', 'ImageData'];
/** Those that a file is fetched from. */
export const kFetchedKinds = ['String', 'URL', 'Response'];
/** Those that only a page has. */
export const kPageKinds = [
  'HTMLImageElement',
  'HTMLCanvasElement',
  'HTMLVideoElement',
  'OffscreenCanvas',
  'VideoFrame',
];
export const kSources =
  `segment() takes a Blob, Response, URL, ${kPageKinds.join(', ')}, ImageBitmap, ImageData or ` +
  '{ data, width, height }';

/** Why a provider cannot run where it lacks what it needs. */
export const kLacking: Record<Exclude<Provider, 'wasm'>, string> = {
  'wasm-threads':
    'wasm threads need a cross-origin isolated page (headers COOP same-origin and COEP require-corp)',
  webgpu: 'this browser offers no WebGPU',
};
