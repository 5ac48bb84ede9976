// What the segmenter is asked before the page has use for the answer: while an image is shown, the worker has the next
// ones, and decodes them while the network runs.
import type { Segmenter, SegmentOptions, SegmentResult } from '../src/index.js';
import type { Item } from './images.js';
import { withFrame, type Moment } from './videos.js';

const kAhead = 3; // the worker decodes two while it runs the third

type Readable = Blob | ImageData | Moment;

interface Asked {
  segmenter: Segmenter;
  answer: Promise<SegmentResult>;
  abort: AbortController;
}

export class Ahead {
  private readonly asked = new Map<Item, Asked>();

  /** The answer for this image, perhaps on its way already; `source`: what it is read from. */
  take(segmenter: Segmenter, item: Item, source: Readable): Promise<SegmentResult> {
    const known = this.asked.get(item);
    this.asked.delete(item);
    if (known?.segmenter === segmenter) return known.answer;
    return segmented(segmenter, source);
  }

  /** Asks for the next ones; those that are not rendered. */
  ask(segmenter: Segmenter, next: Item[]): void {
    for (const item of next.slice(0, kAhead)) {
      if (this.asked.has(item) || 'preset' in item.source) continue;
      const abort = new AbortController();
      const answer = segmented(segmenter, item.source, { signal: abort.signal });
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

function segmented(
  segmenter: Segmenter,
  source: Readable,
  options: SegmentOptions = {},
): Promise<SegmentResult> {
  const segment = (pixels: Blob | ImageData | VideoFrame) =>
    segmenter.segment(pixels, { ...options, withImage: true });
  return 'video' in source ? withFrame(source, segment, options.signal) : segment(source);
}
