// The page: a list of images, one model, one canvas. Images are segmented one after the other; what
// is shown follows the work until the user picks an image.
import { confusion, eyePresets, LimbusError, renderEye, score } from '../src/index.js';
import type { ClassSpec, RenderedEye, SegmentResult } from '../src/index.js';
import { Ahead } from './ahead.js';
import { CanvasView, type Layers } from './canvas.js';
import { enableDownloads, listenForDownloads, type Downloadable } from './downloads.js';
import { byId } from './elements.js';
import { ImageList, kUntouched, type Item } from './images.js';
import { listenForFiles, pathOf } from './intake.js';
import { measuredOf, type Failed, type Measured } from '../src/measurements.js';
import { clearMessages, showError, showMessage, showState, textOf } from './messages.js';
import type { PreviewImage } from './manifest_preview.js';
import { Models } from './models.js';
import { keepForOffline } from './offline.js';
import { Pictures } from './pictures.js';
import type { Plane, Rgba, ShownPicture } from './picture_calls.js';
import { rememberLayers, withRemembered } from './remembered.js';
import { colourOf, showClasses, showEye, showTime } from './results.js';
import { iousOf, layersOf, shownResult, shownTruth } from './shown.js';

const kPreset = 'openeds2019';
const kSample = 'samples/anonymized.png';
const kCanvasWaitsMs = 1000;
const kMostShown = 4096; // pixels on a side: more would hold the page's thread on their way to the screen

class Page implements Downloadable {
  canvas: CanvasView | null = null;
  private readonly list = new ImageList();
  private readonly models = new Models(() => this.imageToTry());
  private readonly pictures = new Pictures();
  private readonly ahead = new Ahead();
  private packing: Promise<void> = Promise.resolve(); // of the image before
  private layers: Layers = { opacity: 0.45, outlines: true, ellipses: true, classes: [] };
  private classes: ClassSpec[] = []; // of the model; without one, of the shown render
  private modelKey: unknown = null;
  private result: SegmentResult | null = null; // of the shown image
  private plane: Plane | null = null; // its mask as the canvas takes it
  private truth: RenderedEye | null = null;
  private ious: (number | null)[] | null = null; // of the classes, where the truth is known
  private wanted = -1; // the image to show next; -1: whatever is worked on
  private working = false;
  private onlySample = true; // the first own image takes the sample's place
  private sayFirstDone: () => void = () => {};
  private readonly firstDone = new Promise<void>((resolve) => (this.sayFirstDone = resolve));
  private nextSeed = 2; // seed 1 draws a nearly closed eye: a poor first one

  constructor() {
    this.list.onPick = (index) => this.pick(index);
    this.list.onClear = () => this.clear();
    this.list.thumbnails.onWanted = (file) => this.pictures.call('thumbnail', { file });
    this.models.onChange = () => this.modelChanged();
    listenForFiles({
      onImages: (files) => this.add(files.map((file) => ({ name: pathOf(file), source: file }))),
      onModels: (files) => void this.openModels(files),
    });
    listenForDownloads(this);
    byId('sample', HTMLButtonElement).addEventListener('click', () => void this.addSample(false));
    byId('synthetic', HTMLButtonElement).addEventListener('click', () => void this.addSynthetic());
    byId('truth', HTMLInputElement).addEventListener('change', () => this.draw());
  }

  async start(): Promise<void> {
    await Promise.all([this.openCanvas(), this.addSample(true), this.models.start()]);
    await this.firstDone;
    await keepForOffline();
  }

  // --- Downloadable ---

  shown() {
    const item = this.list.current;
    if (!this.result || !item?.mask) return null;
    const { width, height } = this.result;
    const colours = this.layers.classes.map((layer) => layer.colour);
    return { name: item.name, png: item.mask, width, height, colours };
  }

  measured(): Measured[] {
    return this.list.items.flatMap((item) => item.measured ?? []);
  }

  failed(): Failed[] {
    return this.list.items.flatMap(({ name, failure }) =>
      failure === null ? [] : { image: name, error: failure },
    );
  }

  masks(): { name: string; png: Blob }[] {
    return this.list.items.flatMap(({ name, mask }) => (mask ? { name, png: mask } : []));
  }

  zip(files: { name: string; blob: Blob }[]): Promise<Blob> {
    return this.pictures.call('zip', { files });
  }

  /** One after the other: each may ask for a manifest. The last one stays. */
  private async openModels(files: File[]): Promise<void> {
    for (const file of files) await this.models.open(file);
  }

  // --- images ---

  /** Making it blocks this thread for a while: the worker, which takes longest, is to be on its way. */
  private async openCanvas(): Promise<void> {
    await Promise.race([
      this.models.begun,
      new Promise((resolve) => setTimeout(resolve, kCanvasWaitsMs)),
    ]);
    try {
      const canvas = await CanvasView.open(byId('view', HTMLCanvasElement));
      canvas.onChange = (layers) => {
        this.setLayers(layers, 'canvas');
        rememberLayers(layers, layersOf(this.classes));
      };
      canvas.onLost = (lost) => {
        if (lost)
          showMessage('warn', 'The graphics driver took the canvas away; it comes back by itself.');
      };
      this.canvas = canvas;
      canvas.setLayers(this.layers);
      if (this.list.current) this.pick(this.list.shown);
    } catch (error) {
      showMessage(
        'error',
        `The image cannot be drawn: ${textOf(error)}. Results and downloads still work.`,
      );
    }
  }

  private add(items: Pick<Item, 'name' | 'source'>[]): void {
    if (this.onlySample) this.list.clear();
    this.onlySample = false;
    this.ahead.drop();
    clearMessages();
    const first = this.list.add(items);
    this.wanted = first;
    void this.work();
  }

  private async addSample(first: boolean): Promise<void> {
    try {
      const response = await fetch(kSample);
      if (!response.ok) throw new Error(`status ${response.status}`);
      const source = await response.blob();
      if (first && this.list.items.length > 0) return; // the user was faster
      this.add([{ name: 'open-iris sample.png', source }]);
      this.onlySample = first;
    } catch (error) {
      showError('The sample image', error);
    }
  }

  private async addSynthetic(): Promise<void> {
    try {
      const presets = await eyePresets();
      const preset = presets.find(({ name }) => name === kPreset) ?? presets[0];
      if (!preset) throw new LimbusError('internal', 'the renderer has no presets');
      const seed = this.nextSeed++;
      this.add([{ name: `synthetic eye ${seed}`, source: { preset: preset.name, seed } }]);
    } catch (error) {
      showError('Rendering an eye', error);
    }
  }

  private pick(index: number): void {
    if (!this.list.items[index]) return;
    this.ahead.drop();
    this.wanted = index;
    void this.work();
  }

  private clear(): void {
    this.ahead.drop();
    this.list.clear();
    this.onlySample = true;
    void this.addSample(true);
  }

  /** The shown image; without one that can be read, the sample. */
  private imageToTry(): PreviewImage {
    const item = this.list.current;
    if (!item || item.status === 'failed')
      return { name: 'sample', key: kSample, source: async () => (await fetch(kSample)).blob() };
    const source = async () => (await this.truthOf(item))?.image ?? (item.source as Blob);
    return { name: item.name, key: item, source };
  }

  private modelChanged(): void {
    const { segmenter, loading } = this.models;
    if (segmenter && segmenter !== this.modelKey) {
      this.modelKey = segmenter;
      this.setClasses(segmenter.manifest.classes);
      for (const item of this.list.items) Object.assign(item, kUntouched);
      this.wanted = Math.max(0, this.list.shown);
    }
    if (loading) this.busy('Loading the model…');
    else void this.work();
  }

  // --- the work ---

  private busy(text: string): void {
    byId('results', HTMLElement).setAttribute('aria-busy', String(text !== ''));
    showState(text);
  }

  private nextIndex(): number {
    if (this.list.items[this.wanted]) return this.wanted;
    return this.list.items.findIndex(isWaiting);
  }

  private async work(): Promise<void> {
    if (this.working) return;
    this.working = true;
    let follow = false; // show the next one too: it comes right after what the user asked for
    let last = -1;
    try {
      for (let index = this.nextIndex(); index >= 0; index = this.nextIndex()) {
        const item = this.list.items[index];
        if (!item) break;
        const asked = index === this.wanted;
        if (asked) this.wanted = -1;
        if (!this.models.segmenter) {
          if (asked) await this.preview(item, index);
          if (!this.models.segmenter) break;
          continue;
        }
        follow = asked || (follow && index === last + 1);
        last = index;
        await this.segment(item, index, follow, asked);
      }
    } finally {
      this.working = false;
      await this.packing;
      if (!this.working) this.settle();
    }
  }

  private settle(): void {
    this.list.refresh();
    enableDownloads(this);
    const { loading, segmenter } = this.models;
    this.busy(loading ? 'Loading the model…' : '');
    if (!loading && !segmenter)
      showState('No model is loaded: open an .onnx file to segment this image.');
    if (!loading) this.sayFirstDone();
  }

  private async segment(item: Item, index: number, show: boolean, asked: boolean): Promise<void> {
    const { segmenter } = this.models;
    if (!segmenter) return;
    const count = this.list.items.length;
    this.busy(count > 1 ? `Segmenting ${index + 1} of ${count}…` : 'Segmenting…');
    item.status = 'working';
    this.list.refresh();
    try {
      const truth = await this.truthOf(item);
      const source = truth?.image ?? item.source;
      if (!(source instanceof Blob || source instanceof ImageData)) return;
      const answer = this.ahead.take(segmenter, item, source);
      this.ahead.ask(segmenter, this.list.items.filter(isWaiting));
      const result = await answer;
      const measured = measuredOf(item.name, result, segmenter.manifest);
      const { width, height } = result;
      const ious = await this.scoreOf(result, truth);
      const { image, mask, plane, packKey } = await this.prepare(result, item.mask === null);
      if (segmenter !== this.models.segmenter) {
        if (packKey !== null) await this.pictures.call('pack', { key: packKey }); // lets it go
        return; // the new model sees the image again
      }
      item.measured = measured;
      item.status = 'done';
      if (show && this.list.items[index] === item)
        this.show(index, { ...result, mask }, image, plane ?? { mask, width, height }, truth, ious);
      if (packKey === null) return;
      await this.packing;
      this.packing = this.pack(item, measured, packKey);
    } catch (error) {
      const disposed = error instanceof LimbusError && error.code === 'disposed';
      item.status = disposed ? 'waiting' : 'failed';
      if (disposed && show && this.wanted < 0) this.wanted = index; // again, with the new model
      if (!disposed) this.showFailure(item, index, asked || (show && !this.result), error);
    }
  }

  /** The result's pixels and mask move. */
  private prepare({ image, mask }: SegmentResult, toPack: boolean): Promise<ShownPicture> {
    if (!image) throw new LimbusError('internal', 'the worker gave no image');
    const pack = toPack ? { colours: this.classes.map((spec) => colourOf(spec.colour)) } : null;
    const request = { image: rgbaOf(image), mask, side: this.mostShown(), pack };
    return this.pictures.call('show', request, [image.data.buffer, mask.buffer as ArrayBuffer]);
  }

  private async pack(item: Item, measured: Measured, key: number): Promise<void> {
    try {
      const { png, thumbnail } = await this.pictures.call('pack', { key });
      if (item.measured !== measured) return; // another model's comes
      item.mask = png;
      this.list.thumbnails.set(item, thumbnail);
    } catch (error) {
      showError(`The mask of ${item.name}`, error);
    }
  }

  private mostShown(): number {
    return Math.min(kMostShown, this.canvas?.maxTextureSize() ?? kMostShown);
  }

  /** What was to be shown and cannot be leaves nothing of the image before it. */
  private showFailure(item: Item, index: number, show: boolean, error: unknown): void {
    item.failure = textOf(error);
    showError(item.name, error);
    if (!show || this.list.items[index] !== item) return;
    this.list.shown = index;
    this.result = null;
    this.plane = null;
    this.truth = null;
    this.ious = null;
    this.canvas?.clearImage();
    this.draw();
    this.endFirstSight();
  }

  private async truthOf(item: Item): Promise<RenderedEye | null> {
    if (item.source instanceof Blob) return null;
    return renderEye(item.source.preset, item.source.seed, 0);
  }

  /** Of the network's mask against the true one. */
  private async scoreOf(
    { mask, width, height }: SegmentResult,
    truth: RenderedEye | null,
  ): Promise<(number | null)[] | null> {
    if (!truth) return null;
    const wanted = shownTruth(truth, this.classes).mask;
    const counts = await confusion(
      { data: wanted, width: truth.width, height: truth.height },
      { data: mask, width, height },
      this.classes.length,
    );
    return iousOf(counts, await score([counts], 'dataset'));
  }

  /** Before there is a model: the image alone. */
  private async preview(item: Item, index: number): Promise<void> {
    try {
      const truth = await this.truthOf(item);
      const source = truth ? rgbaOf(truth.image) : (item.source as Blob);
      const { image, width, height, thumbnail } = await this.pictures.call('preview', {
        source,
        side: this.mostShown(),
      });
      this.list.thumbnails.set(item, thumbnail);
      if (this.models.segmenter || this.list.items[index] !== item) {
        this.wanted = index; // a model came meanwhile
        return;
      }
      this.list.shown = index;
      this.truth = truth;
      this.result = null;
      this.ious = null;
      this.plane = null;
      if (truth) this.setClasses(truth.classes);
      this.canvas?.setImage(image, width, height);
      this.draw();
      this.endFirstSight();
    } catch (error) {
      item.status = 'failed';
      this.showFailure(item, index, true, error);
    }
  }

  // --- showing ---

  private show(
    index: number,
    result: SegmentResult,
    image: Rgba,
    plane: Plane,
    truth: RenderedEye | null,
    ious: (number | null)[] | null,
  ): void {
    const { image: _, ...rest } = result;
    this.list.shown = index;
    this.result = rest;
    this.plane = plane;
    this.truth = truth;
    this.ious = ious;
    this.canvas?.setImage(image, result.width, result.height);
    this.draw();
    this.endFirstSight();
  }

  /** What the page showed before the canvas could goes when the canvas has drawn, or shows another image. */
  private endFirstSight(): void {
    if (this.canvas || !this.onlySample)
      requestAnimationFrame(() => document.getElementById('first-sight')?.remove());
  }

  /** Everything but the image itself, from the state. */
  private draw(): void {
    const item = this.list.current;
    const label = byId('truth-label', HTMLLabelElement);
    label.hidden = this.truth === null;
    const truth = this.truth && shownTruth(this.truth, this.classes);
    const found = this.result && shownResult(this.result, this.classes);
    const content = truth && byId('truth', HTMLInputElement).checked ? truth : found;
    if (content) {
      const { mask, width, height } = (content === found && this.plane) || content;
      this.canvas?.setMask(mask, width, height);
      this.canvas?.setShapes(content.outlines, content.ellipses);
    } else {
      this.canvas?.clearMask();
      this.canvas?.setShapes([], []);
    }
    byId('file-name', HTMLParagraphElement).textContent = item
      ? `${item.name}${this.result ? `, ${this.result.width} x ${this.result.height}` : ''}`
      : '';
    showEye(this.result, this.classes, this.truth);
    showTime(this.result);
    this.showTable();
    enableDownloads(this);
    this.list.refresh();
  }

  private showTable(): void {
    const measured = this.result ? (this.list.current?.measured ?? null) : null;
    const edit = (change: () => void) => {
      change();
      this.setLayers(this.layers);
      rememberLayers(this.layers, layersOf(this.classes));
    };
    showClasses(this.layers.classes, measured, this.ious, {
      onVisible: (index, visible) =>
        edit(() => Object.assign(this.layers.classes[index] ?? {}, { visible })),
      onColour: (index, colour) =>
        edit(() => Object.assign(this.layers.classes[index] ?? {}, { colour })),
    });
  }

  /** The user's colours and switches outlive a model of the same classes. */
  private setClasses(classes: ClassSpec[]): void {
    const same = JSON.stringify(classes) === JSON.stringify(this.classes);
    this.classes = classes;
    if (same) return;
    this.setLayers(withRemembered({ ...this.layers, classes: layersOf(classes) }));
  }

  /** One state, two places to change it: the canvas's panel and the table. */
  private setLayers(layers: Layers, from: 'page' | 'canvas' = 'page'): void {
    this.layers = layers;
    if (from === 'page') this.canvas?.setLayers(layers);
    this.showTable();
  }
}

const isWaiting = ({ status }: Item) => status === 'waiting';

function rgbaOf({ data, width, height }: ImageData): Rgba {
  return { data: data as Rgba['data'], width, height };
}

const page = new Page();
// For tests and the curious: where things lie on the canvas, and what its module holds.
Object.assign(globalThis, {
  limbusDiagnostics: {
    view: () => page.canvas?.viewState() ?? null,
    canvasHeapBytes: () => page.canvas?.heapBytes() ?? 0,
  },
});
addEventListener('unhandledrejection', (event) => showError('', event.reason));
void page.start();
