// The same for the worker, lib/node/worker.js. Node decodes no images: of its kinds of sources only bytes
// are left, and an ImageData that goes out is { data, width, height }.
import { parentPort } from 'node:worker_threads';

export { fetch } from './fetch.mjs';
export { ImageData } from './image_data.mjs';

export const self = {
  name: 'limbus',
  location: { href: import.meta.url },
  postMessage: (message, moved) => parentPort.postMessage(message, moved),
  set onmessage(listener) {
    parentPort.on('message', (data) => listener({ data }));
  },
};

export class Blob {}
export class ImageBitmap {}
