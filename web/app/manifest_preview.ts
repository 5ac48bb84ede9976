// The current image through a model whose description is still being typed: what is typed last is
// computed next, what is out of date is passed over.
import { kBitmapRules } from '../src/bitmap_rules.js';
import { Segmenter } from '../src/index.js';
import type { ManifestDraft, Region, SegmentResult } from '../src/index.js';
import { byId, make } from './elements.js';
import { showInput } from './network_input.js';
import { colourOf } from './results.js';

const kPauseMs = 250; // of typing, before it is computed
const kMaxSide = 2048; // larger images are previewed as smaller copies
const kOpacity = 0.5;
const kMostListed = 8; // classes below the image

export interface PreviewImage {
  name: string;
  key: unknown; // tells images apart
  source(): Promise<Blob | ImageData | ImageBitmap>;
}

interface Picture {
  name: string;
  bitmap: ImageBitmap;
  smaller: boolean;
}

export interface PreviewOptions {
  bytes: Uint8Array;
  /** The one to try it on. */
  image(): PreviewImage;
  onError(error: unknown): void;
  /** It ran with these values. */
  onDrawn(): void;
}

export class Preview {
  private segmenter: Segmenter | null = null;
  private wanted: ManifestDraft | null = null;
  private drawn = ''; // the manifest that is shown, as JSON
  private timer = 0;
  private working: Promise<unknown> | null = null;
  private run = new AbortController();
  private readonly closed = new AbortController();
  private image: { key: unknown; picture: Promise<Picture | null> } | null = null;
  private painted = false; // a result

  constructor(private readonly options: PreviewOptions) {
    say('');
    busy(false);
    byId('preview-classes', HTMLUListElement).replaceChildren();
    const canvas = byId('preview', HTMLCanvasElement);
    canvas.width = canvas.height = 0;
    showInput(undefined, 'nchw');
    dim(false);
    void this.picture(); // alone, until something runs
  }

  /** Null: it cannot run, and `why` says what is missing. */
  show(manifest: ManifestDraft | null, why = ''): void {
    clearTimeout(this.timer);
    this.run.abort();
    this.wanted = manifest;
    this.drawn = '';
    dim(this.painted);
    busy(manifest !== null);
    if (!manifest) say(why);
    if (manifest) this.timer = window.setTimeout(() => void this.work(), kPauseMs);
  }

  /** The segmenter, with this manifest and after a run; it is the caller's from now on. */
  async take(manifest: ManifestDraft): Promise<Segmenter> {
    clearTimeout(this.timer);
    this.wanted = null;
    const json = JSON.stringify(manifest);
    if (this.drawn !== json) this.run.abort();
    await this.working;
    if (this.drawn !== json) {
      const drawing = this.draw(manifest);
      this.working = drawing.catch(() => {}); // what is typed meanwhile waits
      try {
        await drawing;
      } catch (error) {
        failed();
        throw error;
      } finally {
        this.working = null;
        if (this.wanted) void this.work();
      }
    }
    this.closed.signal.throwIfAborted();
    const { segmenter } = this;
    if (!segmenter) throw new Error('the model was lost');
    this.segmenter = null;
    return segmenter;
  }

  close(): void {
    clearTimeout(this.timer);
    this.wanted = null;
    this.closed.abort();
    this.run.abort();
    this.segmenter?.dispose();
    this.segmenter = null;
    void this.image?.picture.then((picture) => picture?.bitmap.close());
  }

  private async work(): Promise<void> {
    if (this.working) return; // which takes what is wanted when it is done
    this.working = this.drawWanted();
    await this.working;
    this.working = null;
  }

  private async drawWanted(): Promise<void> {
    for (;;) {
      const manifest = this.wanted;
      if (!manifest || this.closed.signal.aborted) return;
      this.wanted = null;
      try {
        await this.draw(manifest);
      } catch (error) {
        if (!this.run.signal.aborted && !this.closed.signal.aborted) {
          failed();
          this.options.onError(error);
        }
      }
    }
  }

  private async draw(manifest: ManifestDraft): Promise<void> {
    this.run = new AbortController();
    const { signal } = this.run;
    busy(true);
    const segmenter = await this.ready(manifest);
    const picture = await this.picture();
    signal.throwIfAborted();
    if (picture) {
      const result = await segmenter.segment(picture.bitmap, { signal, withInput: true });
      paintResult(segmenter, result, picture);
      showInput(result.input, segmenter.manifest.input.layout ?? 'nchw');
      this.painted = true;
    } else {
      say('The image cannot be shown.');
    }
    busy(false);
    this.drawn = JSON.stringify(manifest);
    this.options.onDrawn();
  }

  private async ready(manifest: ManifestDraft): Promise<Segmenter> {
    if (this.segmenter) {
      await this.segmenter.useManifest(manifest);
      return this.segmenter;
    }
    const { signal } = this.closed;
    const segmenter = await Segmenter.load(this.options.bytes, { manifest, signal });
    if (signal.aborted) segmenter.dispose();
    signal.throwIfAborted();
    this.segmenter = segmenter;
    return segmenter;
  }

  /** The current image, which is decoded once; null: it cannot be. */
  private picture(): Promise<Picture | null> {
    const image = this.options.image();
    if (this.image && this.image.key === image.key) return this.image.picture;
    void this.image?.picture.then((picture) => picture?.bitmap.close());
    const picture = decoded(image).catch(() => null);
    this.image = { key: image.key, picture };
    void picture.then((ready) => {
      if (ready && this.image?.picture === picture && !this.closed.signal.aborted)
        paintPicture(ready);
    });
    return picture;
  }
}

async function decoded({ name, source }: PreviewImage): Promise<Picture> {
  const whole = await createImageBitmap(await source(), kBitmapRules);
  const factor = kMaxSide / Math.max(whole.width, whole.height);
  if (factor >= 1) return { name, bitmap: whole, smaller: false };
  const bitmap = await createImageBitmap(whole, {
    resizeWidth: Math.max(1, Math.round(whole.width * factor)),
    resizeHeight: Math.max(1, Math.round(whole.height * factor)),
    resizeQuality: 'medium',
  });
  whole.close();
  return { name, bitmap, smaller: true };
}

function paintPicture({ bitmap, name }: Picture): CanvasRenderingContext2D {
  const canvas = byId('preview', HTMLCanvasElement);
  Object.assign(canvas, { width: bitmap.width, height: bitmap.height });
  canvas.setAttribute('aria-label', name);
  const context = canvas.getContext('2d')!;
  context.drawImage(bitmap, 0, 0);
  return context;
}

function paintResult({ manifest }: Segmenter, result: SegmentResult, shown: Picture): void {
  const { width, height } = result;
  const context = paintPicture(shown);
  context.globalAlpha = kOpacity;
  const layers = manifest.classes.map(({ colour, role }) => ({
    colour: colourOf(colour),
    visible: role !== 'background',
  }));
  context.drawImage(coloured(result, layers), 0, 0);
  context.globalAlpha = 1;
  for (const region of result.regions) outline(context, region, layers[region.classIndex]!.colour);
  const found = manifest.classes.map(({ name, colour }, i) => ({
    name,
    colour,
    share: percent((result.areasPx[i] ?? 0) / (width * height)),
    parts: result.regions.filter(({ classIndex }) => classIndex === i).length,
    areaPx: result.areasPx[i] ?? 0,
  }));
  const text = found.map(({ name, share }) => `${name} ${share}`).join(', ');
  context.canvas.setAttribute('aria-label', `${shown.name}: ${text}`);
  found.sort((a, b) => b.areaPx - a.areaPx); // of a hundred classes few are there
  byId('preview-classes', HTMLUListElement).replaceChildren(
    ...found.slice(0, kMostListed).map(({ name, colour, share, parts }) => {
      const swatch = make('span', { class: 'swatch' });
      swatch.style.background = colour;
      return make(
        'li',
        {},
        swatch,
        make('span', {}, name),
        make('span', {}, parts > 0 ? `${share}, ${partsText(parts)}` : share),
      );
    }),
  );
  dim(false);
  const ms = result.timings.inferenceMs.toFixed(0);
  say(`${shown.name}${shown.smaller ? ', a smaller copy' : ''}; the network took ${ms} ms.`);
}

const partsText = (count: number) => (count === 1 ? '1 part' : `${count} parts`);

function outline(
  context: CanvasRenderingContext2D,
  { outline: points }: Region,
  [r, g, b]: [number, number, number],
): void {
  context.beginPath();
  for (let i = 0; i < points.length; i += 2) context.lineTo(points[i]! + 0.5, points[i + 1]! + 0.5);
  context.closePath();
  context.lineWidth = Math.max(1, context.canvas.width / 300);
  context.strokeStyle = `rgb(${r} ${g} ${b})`;
  context.stroke();
}

const percent = (part: number) => `${(100 * part).toFixed(1)} %`;

function coloured(
  { mask, width, height }: SegmentResult,
  layers: { colour: [number, number, number]; visible: boolean }[],
): OffscreenCanvas {
  const image = new ImageData(width, height);
  const palette = new Uint32Array(256);
  layers.forEach(({ colour, visible }, i) => {
    const [r, g, b] = colour;
    if (visible) new Uint8Array(palette.buffer, 4 * i, 4).set([r, g, b, 255]);
  });
  const words = new Uint32Array(image.data.buffer);
  for (let at = 0; at < mask.length; ++at) words[at] = palette[mask[at]!]!;
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')!.putImageData(image, 0, 0);
  return canvas;
}

function say(text: string): void {
  const state = byId('preview-state', HTMLParagraphElement);
  if (state.textContent !== text) state.textContent = text;
}

function busy(is: boolean): void {
  byId('preview-box', HTMLElement).setAttribute('aria-busy', String(is));
}

function failed(): void {
  busy(false);
  say('Nothing is computed with what is typed now.');
}

function dim(old: boolean): void {
  for (const id of ['preview', 'network-input-picture'])
    byId(id, HTMLCanvasElement).classList.toggle('old', old);
}
