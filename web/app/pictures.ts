// Everything that touches each pixel of an image, off the page's thread: copies to show, thumbnails, PNG, ZIP.
//
//   const pictures = new Pictures();
//   const shown = await pictures.call('show', result, [result.mask.buffer]);
//   view.setImage(shown.image, width, height);
import type { PictureAnswer, PictureCalls, PictureKind } from './picture_calls.js';

interface Pending {
  resolve(value: never): void;
  reject(error: Error): void;
}

export class Pictures {
  private readonly worker: Worker;
  private readonly pending = new Map<number, Pending>();
  private nextId = 0;
  private failed: Error | null = null;

  constructor() {
    this.worker = new Worker(new URL('./picture_worker.js', import.meta.url), { type: 'module' });
    this.worker.onmessage = ({ data }: MessageEvent<PictureAnswer>) => {
      const waiting = this.pending.get(data.id);
      this.pending.delete(data.id);
      if ('error' in data) waiting?.reject(new Error(data.error));
      else waiting?.resolve(data.value as never);
    };
    this.worker.onerror = (event) => {
      event.preventDefault();
      this.failed = new Error(`the page's worker failed: ${event.message || 'it did not start'}`);
      for (const waiting of this.pending.values()) waiting.reject(this.failed);
      this.pending.clear();
    };
  }

  call<K extends PictureKind>(
    kind: K,
    parameters: PictureCalls[K][0],
    moved: Transferable[] = [],
  ): Promise<PictureCalls[K][1]> {
    if (this.failed) return Promise.reject(this.failed);
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
      this.worker.postMessage({ id, kind, parameters }, moved);
    });
  }
}
