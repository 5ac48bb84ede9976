// The picture and what lies over it: three canvases, one upon the other.
import type { ClassSpec, SegmentResult } from '../types.js';

/** Browsers draw no canvas that is larger (iOS); a larger picture is shown smaller, not segmented smaller. */
const kMostShownPixels = 2 ** 24;

const kLinePx = 2; // CSS pixels; finer on a picture narrower than this:
const kFullLineAtPx = 480;

type Rgb = [number, number, number]; // 8 bits

/** Any colour of CSS as what a canvas draws. */
function rgbOf(colour: string): Rgb {
  const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!;
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  const [r, g, b] = context.getImageData(0, 0, 1, 1).data;
  return [r!, g!, b!];
}

/** '#rrggbb' per class: the manifest's, or `--limbus-class-N` where the page's style says so. */
export function coloursOf(classes: ClassSpec[], host: Element): string[] {
  const style = getComputedStyle(host);
  return classes.map((spec, i) => {
    const own = style.getPropertyValue(`--limbus-class-${i}`).trim();
    return own && CSS.supports('color', own) ? own : spec.colour;
  });
}

export class Layers {
  readonly picture = canvas('picture');
  readonly mask = canvas('mask');
  readonly outlines = canvas('outlines');
  private result: SegmentResult | null = null;
  private colours: string[] = [];
  private observer: ResizeObserver | null = null;

  /** Outlines are drawn in the pixels of the screen: again whenever their number changes. */
  watch(): void {
    this.observer ??= new ResizeObserver(([entry]) => this.resize(entry!));
    try {
      this.observer.observe(this.outlines, { box: 'device-pixel-content-box' });
    } catch {
      this.observer.observe(this.outlines); // Safari counts in CSS pixels only
    }
  }

  unwatch(): void {
    this.observer?.disconnect();
  }

  showPicture(picture: ImageBitmap): void {
    const { width, height } = shownSize(picture.width, picture.height);
    Object.assign(this.picture, { width, height });
    // Opaque, over black: as the network sees it.
    this.picture.getContext('2d', { alpha: false })!.drawImage(picture, 0, 0, width, height);
  }

  /** `colours`: per class; a class of role background stays clear. */
  showResult(result: SegmentResult, classes: ClassSpec[], colours: string[]): void {
    this.result = result;
    this.colours = colours;
    const { width, height } = shownSize(result.width, result.height);
    Object.assign(this.mask, { width, height });
    const image = new ImageData(width, height);
    paintMask(
      new DataView(image.data.buffer),
      { width, height },
      result,
      classes.map((spec, i) => (spec.role === 'background' ? null : rgbOf(colours[i]!))),
    );
    this.mask.getContext('2d')!.putImageData(image, 0, 0);
    this.drawOutlines();
  }

  clearResult(): void {
    this.result = null;
    // Also gives the memory back.
    Object.assign(this.mask, { width: 0, height: 0 });
    this.drawOutlines();
  }

  clearPicture(): void {
    Object.assign(this.picture, { width: 0, height: 0 });
  }

  private resize(entry: ResizeObserverEntry): void {
    const [device] = entry.devicePixelContentBoxSize ?? [];
    const sides = [
      [entry.contentRect.width, device?.inlineSize],
      [entry.contentRect.height, device?.blockSize],
    ].map(([css, exact]) => {
      const nearly = css! * devicePixelRatio;
      // Exact where it means the same pixels: emulated ratios are not in it.
      return exact !== undefined && Math.abs(exact - nearly) < 1 ? exact : Math.round(nearly);
    });
    const [width, height] = sides as [number, number];
    if (width === this.outlines.width && height === this.outlines.height) return;
    Object.assign(this.outlines, { width, height });
    this.drawOutlines();
  }

  private drawOutlines(): void {
    const { width, height } = this.outlines;
    const context = this.outlines.getContext('2d')!;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    if (!this.result || width === 0 || height === 0) return;
    // Where `object-fit: contain` puts the picture.
    const scale = Math.min(width / this.result.width, height / this.result.height);
    const left = (width - scale * this.result.width) / 2;
    const top = (height - scale * this.result.height) / 2;
    const drawnPx = (scale * this.result.width) / devicePixelRatio;
    const linePx = kLinePx * Math.min(1, Math.max(0.6, drawnPx / kFullLineAtPx));
    context.lineJoin = 'round';
    for (const { classIndex, outline } of this.result.regions) {
      const path = new Path2D();
      // Integer coordinates are pixel centres.
      for (let i = 0; i + 1 < outline.length; i += 2)
        path.lineTo(left + scale * (outline[i]! + 0.5), top + scale * (outline[i + 1]! + 0.5));
      path.closePath();
      for (const [colour, widthPx] of [
        ['#0009', linePx + 1.5], // seen on bright and on dark pictures
        [this.colours[classIndex] ?? '#fff', linePx],
      ] as const) {
        context.strokeStyle = colour;
        context.lineWidth = widthPx * devicePixelRatio;
        context.stroke(path);
      }
    }
  }
}

function canvas(part: string): HTMLCanvasElement {
  const made = document.createElement('canvas');
  made.className = part;
  made.setAttribute('part', part);
  Object.assign(made, { width: 0, height: 0 });
  return made;
}

/** Whole numbers from 1, in the same proportion, of at most `kMostShownPixels` pixels. */
export function shownSize(width: number, height: number): { width: number; height: number } {
  const scale = Math.min(1, Math.sqrt(kMostShownPixels / (width * height)));
  const side = (length: number) => Math.max(1, Math.floor(scale * length));
  return { width: side(width), height: side(height) };
}

/** RGBA of each shown pixel; `colours`: per class, null stays clear. */
export function paintMask(
  rgba: DataView,
  shown: { width: number; height: number },
  { mask, width, height }: Pick<SegmentResult, 'mask' | 'width' | 'height'>,
  colours: (Rgb | null)[],
): void {
  const words = Uint32Array.from(colours, (colour) =>
    colour ? ((colour[0] << 24) | (colour[1] << 16) | (colour[2] << 8) | 255) >>> 0 : 0,
  );
  const columns = Uint32Array.from({ length: shown.width }, (_, x) =>
    Math.floor(((x + 0.5) * width) / shown.width),
  );
  for (let y = 0, at = 0; y < shown.height; ++y) {
    const row = Math.floor(((y + 0.5) * height) / shown.height) * width;
    for (let x = 0; x < shown.width; ++x, at += 4)
      rgba.setUint32(at, words[mask[row + columns[x]!]!] ?? 0);
  }
}
