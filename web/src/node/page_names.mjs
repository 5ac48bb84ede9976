// What the page's side of the package finds under browser names when it runs in Node: build.mjs puts
// these in for the free names of lib/node/index.js, so that no global is touched.
import { availableParallelism, totalmem } from 'node:os';
import { pathToFileURL } from 'node:url';
import { Worker as Thread } from 'node:worker_threads';

export { fetch } from './fetch.mjs';
export { ImageData } from './image_data.mjs';

export const location = {
  origin: 'null',
  get href() {
    return pathToFileURL(`${process.cwd()}/`).href;
  },
};

export const navigator = {
  hardwareConcurrency: availableParallelism(),
  deviceMemory: totalmem() / 2 ** 30,
};

export class Worker {
  constructor(url) {
    this.thread = new Thread(new URL(url));
    this.thread.on('message', (data) => this.onmessage?.({ data }));
    this.thread.on('messageerror', () => this.onmessageerror?.());
    this.thread.on('error', ({ message }) => this.onerror?.({ message, preventDefault() {} }));
  }

  postMessage(message, moved) {
    this.thread.postMessage(message, moved);
  }

  terminate() {
    void this.thread.terminate();
  }
}
