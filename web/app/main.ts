// The page: a list of images, one model, one canvas, put together here.
import { eyePresets, LimbusError } from '../src/index.js';
import type { Failed, Measured } from '../src/measurements.js';
import { Curve } from './curve.js';
import { breaksOff } from './cut_off.js';
import { enableDownloads, listenForDownloads, type Downloadable } from './downloads.js';
import { byId } from './elements.js';
import { ImageList, isUnsaved, kUntouched, type Item } from './images.js';
import { listenForFiles, pathOf, type OpenedModel } from './intake.js';
import type { PreviewImage } from './manifest_preview.js';
import { clearMessages, closeMessage, showError, showMessage, showState } from './messages.js';
import { kEyeSample, Models } from './models.js';
import { followNewVersions, keepForOffline } from './offline.js';
import { Pictures } from './pictures.js';
import { Stage } from './stage.js';
import { maskFileOf, momentsOf, openVideo, pictureOf, placeOf, type Moment } from './videos.js';
import { failureText, showBusy, Work } from './work.js';

const kPreset = 'openeds2019';
const kCanvasWaitsMs = 1000;

class Page implements Downloadable {
  private readonly list = new ImageList();
  private readonly models = new Models(() => this.imageToTry());
  private readonly pictures = new Pictures();
  readonly stage = new Stage(this.list, this.pictures);
  private readonly curve = new Curve(this.list);
  private readonly work = new Work(this.list, this.models, this.pictures, this.stage);
  private modelKey: unknown = null;
  private onlySample = true; // the first own image takes the sample's place
  private sample = kEyeSample; // the last that was shown
  private sayFirstDone: () => void = () => {};
  private readonly firstDone = new Promise<void>((resolve) => (this.sayFirstDone = resolve));
  private clears = 0; // of the list: what was being opened before one is not wanted
  private nextSeed = 2; // seed 1 draws a nearly closed eye: a poor first one

  constructor() {
    this.list.onPick = (index) => this.pick(index);
    this.list.onRemove = (index) => this.remove(index);
    this.list.onClear = () => this.clear();
    this.list.thumbnails.onWanted = (file) => this.pictures.call('thumbnail', { file });
    this.models.onChange = () => this.modelChanged();
    this.work.onSettled = () => this.settle();
    this.work.onPacked = () => this.followResults();
    this.stage.onShown = () => this.endFirstSight();
    this.stage.onDrawn = () => {
      this.followResults();
      this.list.refresh();
    };
    listenForFiles({
      onImages: (files) => this.add(files.map((file) => ({ name: pathOf(file), source: file }))),
      onVideos: (files) => void this.openVideos(files),
      onModels: (models) => void this.openModels(models),
    });
    listenForDownloads(this);
    addEventListener('beforeunload', (event) => this.askBeforeLeaving(event));
    byId('sample', HTMLButtonElement).addEventListener('click', () => void this.addSample(false));
    byId('synthetic', HTMLButtonElement).addEventListener('click', () => void this.addSynthetic());
  }

  async start(): Promise<void> {
    await Promise.all([this.openCanvas(), this.addSample(true), this.models.start()]);
    await this.firstDone;
    await keepForOffline();
  }

  // --- Downloadable ---

  shown() {
    const item = this.list.current;
    const { result } = this.stage.known;
    if (!result || !item?.mask) return null;
    const { width, height } = result;
    const colours = this.stage.layers.classes.map((layer) => layer.colour);
    return { stem: item.stem, png: item.mask, width, height, colours };
  }

  measured(): Measured[] {
    return this.list.items.flatMap((item) => item.measured ?? []);
  }

  failed(): Failed[] {
    return this.list.items.flatMap((item) =>
      item.failure === null ? [] : { ...placeOf(item), error: item.failure },
    );
  }

  progress(): { images: number; left: number } {
    const { items } = this.list;
    const left = items.filter(({ measured, failure }) => !measured && failure === null).length;
    return { images: items.length, left };
  }

  masks(): { name: string; blob: Blob }[] {
    return this.list.items.flatMap((item) =>
      item.mask ? { name: maskFileOf(item), blob: item.mask } : [],
    );
  }

  zip(files: { name: string; blob: Blob }[]): Promise<Blob> {
    return this.pictures.call('zip', { files });
  }

  packed(): Promise<void> {
    return this.work.packed();
  }

  saved(which: 'shown' | 'all' | Blob[]): void {
    const { items, current } = this.list;
    for (const item of items) {
      const among =
        which === 'shown'
          ? item === current
          : which === 'all' || (item.mask !== null && which.includes(item.mask));
      if (among) item.saved ||= item.measured !== null;
    }
  }

  // --- the visit ---

  /** The browser asks before results are lost that nobody has saved. */
  private askBeforeLeaving(event: BeforeUnloadEvent): void {
    if (!this.list.unsaved) return;
    event.preventDefault();
    event.returnValue = true; // Chromium before 119
  }

  /** One after the other: each may ask for a manifest. The last one stays. */
  private async openModels(models: OpenedModel[]): Promise<void> {
    for (const { file, beside } of models) await this.models.open(file, beside);
  }

  // --- images ---

  /** One after the other; each frame becomes an image. */
  private async openVideos(files: File[]): Promise<void> {
    const { clears } = this;
    for (const file of files) {
      try {
        showBusy(`Opening ${file.name}…`);
        const video = await openVideo(file);
        if (clears !== this.clears) return video.close();
        const { items, left } = momentsOf(pathOf(file), video);
        this.add(items, file === files[0]);
        if (video.absentBytes > 0)
          showMessage(
            'warn',
            `${file.name}: ${breaksOff(video.absentBytes)}; the frames that are there are taken.`,
          );
        if (left > 0)
          showMessage(
            'warn',
            `${file.name}: the first ${items.length} frames are taken; the ${left} after them are not.`,
          );
      } catch (error) {
        if (clears !== this.clears) return;
        showError(file.name, error);
      }
    }
    void this.work.go(); // says again how things are
  }

  /** Making it blocks this thread for a while: the worker, which takes longest, is to be on its way. */
  private async openCanvas(): Promise<void> {
    await Promise.race([
      this.models.begun,
      new Promise((resolve) => setTimeout(resolve, kCanvasWaitsMs)),
    ]);
    await this.stage.open();
    if (this.stage.canvas && this.list.current) this.pick(this.list.at);
  }

  private add(items: Pick<Item, 'name' | 'source'>[], asked = true): void {
    if (this.onlySample) this.list.clear();
    this.onlySample = false;
    if (asked) clearMessages();
    this.work.want(this.list.add(items));
  }

  private async addSample(first: boolean): Promise<void> {
    const { sample } = this.models;
    try {
      const response = await fetch(sample.file);
      if (!response.ok) throw new Error(`status ${response.status}`);
      const source = await response.blob();
      // The user was faster: there are own images, or there is another model.
      if (first && (!this.onlySample || sample !== this.models.sample)) return;
      this.add([{ name: sample.name, source }], !first); // by itself it leaves what is said of the models
      this.onlySample = first;
      this.sample = sample;
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
    if (this.list.items[index]) this.work.want(index);
  }

  /** In the place of the shown one, or of the one that was asked for, comes the one behind it. */
  private remove(index: number): void {
    const item = this.list.items[index];
    if (!item) return;
    if (isUnsaved(item) && !confirm(`Remove ${item.name}? What was found is not saved.`)) return;
    const { at, shown } = this.list;
    this.list.remove(index);
    this.closeFailures([item]);
    this.work.removed(index);
    if (index === shown) this.stage.clear(-1);
    if (index === at) this.pick(Math.min(index, this.list.items.length - 1));
    this.followResults();
  }

  /** What was said of these images, where it is not said of others that stay as they are. */
  private closeFailures(of: Item[]): void {
    const textsOf = (items: Item[]) =>
      items.filter((item) => item.failure !== null).map(failureText);
    const going = new Set(of);
    const others = new Set(textsOf(this.list.items.filter((item) => !going.has(item))));
    for (const text of textsOf(of)) if (!others.has(text)) closeMessage(text);
  }

  private clear(): void {
    if (this.list.unsaved && !confirm('Clear the list? What was found is not saved.')) return;
    this.clears += 1;
    this.work.drop();
    this.list.clear();
    clearMessages();
    this.stage.clear(-1); // the sample may not come
    this.onlySample = true;
    void this.addSample(true);
  }

  /** The shown image; without one that can be read, the sample. */
  private imageToTry(): PreviewImage {
    const item = this.list.current;
    if (!item || item.status === 'failed') {
      const { file } = this.models.sample;
      return { name: 'sample', key: file, source: async () => (await fetch(file)).blob() };
    }
    const source = async () =>
      (await this.work.truthOf(item))?.image ?? pictureOf(item.source as Blob | Moment);
    return { name: item.name, key: item, source };
  }

  private modelChanged(): void {
    const { segmenter, loading } = this.models;
    if (segmenter && segmenter !== this.modelKey) {
      this.modelKey = segmenter;
      if (!this.models.renewed) {
        this.stage.setClasses(segmenter.manifest.classes);
        this.closeFailures(this.list.items);
        for (const item of this.list.items) Object.assign(item, kUntouched);
        this.work.again();
      }
      if (this.onlySample && this.models.sample !== this.sample) void this.addSample(true);
    }
    if (loading) showBusy('Loading the model…');
    else void this.work.go();
  }

  private followResults(): void {
    enableDownloads(this);
    this.curve.draw();
  }

  private settle(): void {
    this.list.refresh();
    enableDownloads(this);
    const { loading, segmenter } = this.models;
    showBusy(loading ? 'Loading the model…' : '');
    const { current } = this.list;
    if (!loading && current?.failure) showState(`${current.name} is not shown: ${current.failure}`);
    else if (!loading && !segmenter)
      showState('No model is loaded: open an .onnx file to segment this image.');
    if (!loading) this.sayFirstDone();
  }

  /** What the page showed before the canvas could goes when the canvas has drawn, or shows another image. */
  private endFirstSight(): void {
    if (this.stage.canvas || !this.onlySample)
      requestAnimationFrame(() => document.getElementById('first-sight')?.remove());
  }
}

const page = new Page();
// For tests and the curious: where things lie on the canvas, and what its module holds.
Object.assign(globalThis, {
  limbusDiagnostics: {
    view: () => page.stage.canvas?.viewState() ?? null,
    canvasHeapBytes: () => page.stage.canvas?.heapBytes() ?? 0,
  },
});
addEventListener('unhandledrejection', (event) => showError('', event.reason));
followNewVersions();
void page.start();
