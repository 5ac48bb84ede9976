// The pupil's diameter over a video, as a curve: where in it one is, and a way to each frame.
import type { Measured } from '../src/measurements.js';
import { byId } from './elements.js';
import type { ImageList } from './images.js';

const kWide = 300; // units of the drawing
const kHigh = 56;
const kMargin = 3; // above and below

/** `px`: null where there is no pupil. */
export interface Point {
  timeMs: number;
  px: number | null;
}

interface Scale {
  endMs: number;
  lowPx: number;
  highPx: number;
}

export class Curve {
  private readonly figure = byId('curve', HTMLElement);
  private readonly drawing = this.figure.querySelector('svg')!;

  constructor(private readonly list: ImageList) {
    this.drawing.addEventListener('click', (event) => this.lead(event));
  }

  /** Of the shown frame's video, as far as it is measured. */
  draw(): void {
    const frames = this.frames();
    const points = frames.flatMap(({ timeMs, measured }) =>
      measured ? { timeMs, px: measured.eye?.pupilDiameterPx ?? null } : [],
    );
    const diameters = points.flatMap(({ px }) => px ?? []);
    this.figure.hidden = diameters.length < 2;
    if (this.figure.hidden) return;
    const lowPx = diameters.reduce((a, b) => Math.min(a, b));
    const highPx = diameters.reduce((a, b) => Math.max(a, b));
    const endMs = frames.at(-1)!.timeMs;
    const path = pathOf(points, { endMs, lowPx, highPx });
    this.drawing.querySelector('path')!.setAttribute('d', path);
    const shown = frames.find(({ index }) => index === this.list.shown)!;
    const here = this.drawing.querySelector('line')!;
    for (const end of ['x1', 'x2']) here.setAttribute(end, String((kWide * shown.timeMs) / endMs));
    byId('curve-text', HTMLElement).textContent =
      `Pupil diameter over the video: ${lowPx.toFixed(1)} to ${highPx.toFixed(1)} px`;
  }

  /** Of the shown frame's video, in their order; none where an image is shown. */
  private frames(): { index: number; timeMs: number; measured: Measured | null }[] {
    const shown = this.list.current?.source;
    if (!shown || !('video' in shown)) return [];
    return this.list.items.flatMap(({ source, measured }, index) =>
      'video' in source && source.video === shown.video
        ? { index, timeMs: source.timeMs, measured }
        : [],
    );
  }

  /** To the nearest frame. */
  private lead(event: MouseEvent): void {
    const frames = this.frames();
    const { left, width } = this.drawing.getBoundingClientRect();
    const timeMs = ((event.clientX - left) / width) * frames.at(-1)!.timeMs;
    const away = (frame: { timeMs: number }) => Math.abs(frame.timeMs - timeMs);
    this.list.onPick(frames.reduce((a, b) => (away(b) < away(a) ? b : a)).index);
  }
}

/** Path data of a line that is broken where there is no pupil. Of many points in one place it has the least and the most. */
export function pathOf(points: Point[], { endMs, lowPx, highPx }: Scale): string {
  const y = (px: number) =>
    kHigh -
    kMargin -
    (kHigh - 2 * kMargin) * (highPx > lowPx ? (px - lowPx) / (highPx - lowPx) : 0.5);
  const parts: string[] = [];
  let column: { x: number; low: number; high: number } | null = null;
  let command = 'M';
  const finish = () => {
    if (!column) return;
    const { x, low, high } = column;
    for (const px of low === high ? [low] : [low, high]) {
      parts.push(`${command}${x} ${y(px).toFixed(1)}`);
      command = 'L';
    }
    column = null;
  };
  for (const { timeMs, px } of points) {
    const x = Math.round((kWide * timeMs) / endMs);
    if (column && (px === null || column.x !== x)) finish();
    if (px === null) command = 'M';
    else if (column) column = { x, low: Math.min(column.low, px), high: Math.max(column.high, px) };
    else column = { x, low: px, high: px };
  }
  finish();
  return parts.join('');
}
