// The next files of a queue are decoded while the network runs: on threads of the browser's own, which the
// network, holding the worker's, does not disturb.
import { openFile } from './decode.js';

const kFiles = 2; // more would only hold memory
const kMostBytes = 6e6; // of a file: what is larger may be hundreds of megabytes of pixels

interface Waiting {
  id: number;
  file: Blob;
  bitmap: Promise<ImageBitmap> | null; // null: nobody has begun
}

export class Ahead {
  private waiting: Waiting[] = []; // in the order of the requests
  private begun: Promise<unknown> = Promise.resolve();

  add(id: number, file: Blob): void {
    this.waiting.push({ id, file, bitmap: null });
  }

  /** The request will not come: what was decoded for it is let go. */
  drop(id: number): void {
    void this.take(id)?.then(
      (bitmap) => bitmap.close(),
      () => {},
    );
  }

  /** The bitmap of a request that begins; null where nobody has begun with it. Begins with those after it. */
  take(id: number): Promise<ImageBitmap> | null {
    const taken = this.waiting.find((each) => each.id === id);
    this.waiting = this.waiting.filter((each) => each !== taken);
    for (const next of this.waiting.slice(0, kFiles)) this.open(next);
    return taken?.bitmap ?? null;
  }

  private open(next: Waiting): void {
    if (next.bitmap || next.file.size > kMostBytes) return;
    const begun = new Promise<void>((resolve) => {
      next.bitmap = openFile(next.file, resolve);
      next.bitmap.catch(() => resolve()); // told when its request begins
    });
    this.begun = Promise.all([this.begun, begun]);
  }

  /** Resolves when what `take` began goes on without this thread. */
  async underWay(): Promise<void> {
    await this.begun;
  }
}
