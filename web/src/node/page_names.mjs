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

/** While it owes an answer the process waits for it; one that does nothing keeps no process. */
export class Worker {
  owed = new Set();

  constructor(url) {
    // What the caller's own script was started with (--input-type, loaders) is not for this file.
    this.thread = new Thread(new URL(url), { execArgv: [] });
    this.thread.unref();
    this.thread.on('message', (data) => {
      this.settle(data.id);
      this.onmessage?.({ data });
    });
    this.thread.on('messageerror', () => this.onmessageerror?.());
    this.thread.on('error', ({ message }) => this.onerror?.({ message, preventDefault() {} }));
  }

  postMessage(message, moved) {
    this.thread.postMessage(message, moved);
    if ('cancel' in message) return this.settle(message.cancel);
    this.owed.add(message.id);
    this.thread.ref();
  }

  settle(id) {
    if (this.owed.delete(id) && this.owed.size === 0) this.thread.unref();
  }

  terminate() {
    void this.thread.terminate();
  }
}
