// A worker that dies of files 13 pixels wide when their turn comes, and says before that it has begun one.
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
