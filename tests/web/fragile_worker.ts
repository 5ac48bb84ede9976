// Workers that fail at files 13 pixels wide when their turn comes.

/** It dies, and says before that it has begun one. */
export const kFragile = `
import '/lib/limbus/worker.js';
const begun = new BroadcastChannel('begun');
const wait = () => { for (const end = performance.now() + 100; performance.now() < end;); };
self.OffscreenCanvas = class extends OffscreenCanvas {
  constructor(width, height) {
    super(width, height);
    if (width !== 13) return;
    begun.postMessage(null);
    wait();
    reportError(new Error('out of luck'));
    wait();
  }
};`;

/** It answers that it has failed, as one does whose memory or graphics processor is gone. */
export const kFailing = `
import '/lib/limbus/worker.js';
self.OffscreenCanvas = class extends OffscreenCanvas {
  constructor(width, height) {
    if (width === 13) throw new Error('out of luck');
    super(width, height);
  }
};`;
