// What the segmenter is asked before the page has use for the answer: while an image is shown, the worker has the next
// ones, and decodes them while the network runs.
import type { Segmenter, SegmentResult } from '../src/index.js';
import type { Item } from './images.js';

const kAhead = 3; // the worker decodes two while it runs the third

interface Asked {
  segmenter: Segmenter;
  answer: Promise<SegmentResult>;
  abort: AbortController;
}

export class Ahead {
  private readonly asked = new Map<Item, Asked>();

  /** The answer for this image, perhaps on its way already; `source`: its pixels, if it is no file. */
  take(segmenter: Segmenter, item: Item, source: Blob | ImageData): Promise<SegmentResult> {
    const known = this.asked.get(item);
    this.asked.delete(item);
    if (known?.segmenter === segmenter) return known.answer;
    return segmenter.segment(source, { withImage: true });
  }

  /** Asks for the next ones; those that are files. */
  ask(segmenter: Segmenter, next: Item[]): void {
    for (const item of next.slice(0, kAhead)) {
      if (this.asked.has(item) || !(item.source instanceof Blob)) continue;
      const abort = new AbortController();
      const answer = segmenter.segment(item.source, { withImage: true, signal: abort.signal });
      answer.catch(() => {}); // told when its turn comes
      this.asked.set(item, { segmenter, answer, abort });
    }
  }

  /** Something else comes first. */
  drop(): void {
    for (const { abort } of this.asked.values()) abort.abort();
    this.asked.clear();
  }
}
