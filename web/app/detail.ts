// Of an image that is shown smaller than it is: the part in sight in the screen's own resolution, once it is zoomed into.
import type { CanvasView } from './canvas.js';
import type { Part } from './picture_calls.js';
import type { Pictures } from './pictures.js';
import { cropped } from './shrink.js';

const kPauseMs = 150; // of moving
const kMargin = 0.1; // of the part in sight, on each side: a small move needs nothing new
const kMostPixels = 2 ** 22; // at once: what goes to the screen holds the page's thread

export interface Whole {
  key: number; // of the picture worker's
  width: number;
  height: number;
  shownWidth: number; // of its smaller copy
  mask: Uint8Array | null; // of all its pixels, where one is shown
}

export class Detail {
  private whole: Whole | null = null;
  private have: { part: Part; scale: number } | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly canvas: CanvasView,
    private readonly pictures: Pictures,
  ) {
    canvas.onView = () => this.follow();
  }

  /** The image or mask on the canvas changed; null: all its pixels are there, or none. */
  set(whole: Whole | null): void {
    this.whole = whole;
    this.have = null; // went with what it lay over
    this.follow();
  }

  /** The canvas is a new one, and has the smaller copy alone. */
  again(): void {
    this.set(this.whole);
  }

  private follow(): void {
    clearTimeout(this.timer);
    if (this.whole) this.timer = setTimeout(() => void this.look(this.whole), kPauseMs);
  }

  private async look(whole: Whole | null): Promise<void> {
    const sight = this.canvas.inSight();
    if (!whole || !sight) return;
    const { left, top, right, bottom, density } = sight;
    if (density <= whole.shownWidth / whole.width || right <= left || bottom <= top) {
      if (this.have) this.canvas.clearDetail();
      this.have = null;
      return;
    }
    const wanted = Math.min(1, density);
    const part = widened(sight, whole);
    const scale = Math.min(wanted, Math.sqrt(kMostPixels / (part.width * part.height)));
    if (this.have && covers(this.have.part, sight) && this.have.scale >= 0.99 * scale) return;
    const width = Math.max(1, Math.round(part.width * scale));
    const height = Math.max(1, Math.round(part.height * scale));
    const image = await this.pictures.call('crop', { key: whole.key, part, width, height });
    if (!image || whole !== this.whole) return;
    const { mask } = whole;
    const indices = mask && cropped({ mask, width: whole.width }, part, image);
    this.canvas.setDetail(part, image, indices);
    this.have = { part, scale };
  }
}

interface Sides {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

function covers(part: Part, { left, top, right, bottom }: Sides): boolean {
  return (
    part.left <= left &&
    part.top <= top &&
    part.left + part.width >= right &&
    part.top + part.height >= bottom
  );
}

function widened({ left, top, right, bottom }: Sides, { width, height }: Whole): Part {
  const [x, y] = [Math.ceil(kMargin * (right - left)), Math.ceil(kMargin * (bottom - top))];
  const [from, above] = [Math.max(0, left - x), Math.max(0, top - y)];
  return {
    left: from,
    top: above,
    width: Math.min(width, right + x) - from,
    height: Math.min(height, bottom + y) - above,
  };
}
