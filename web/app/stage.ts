// What the page shows of one image: the canvas, the table of classes and the figures follow one state.
import type { ClassSpec, RenderedEye, SegmentResult } from '../src/index.js';
import { CanvasView, type Layers } from './canvas.js';
import { Detail } from './detail.js';
import { byId } from './elements.js';
import type { ImageList } from './images.js';
import { closeMessage, showMessage, textOf } from './messages.js';
import type { Plane, Rgba } from './picture_calls.js';
import type { Pictures } from './pictures.js';
import { rememberLayers, withRemembered } from './remembered.js';
import { showClasses, showMeasurements, showTime } from './results.js';
import { layersOf, shownResult, shownTruth } from './shown.js';

const kLost = 'The graphics driver took the canvas away; it comes back by itself.';
const kGone =
  'The image cannot be drawn: the canvas that the graphics driver took away did not come back. ' +
  'Results and downloads still work; load the page again to see images.';
const kMostShown = 2048; // pixels on a side: more would hold the page's thread on their way to the screen

/** What is known of the shown image beside its pixels. */
export interface Known {
  result: SegmentResult | null;
  plane: Plane | null; // the result's mask as the canvas takes it
  truth: RenderedEye | null;
  ious: (number | null)[] | null; // of the classes, where the truth is known
  faint: number | null; // its largest value, where of 16 bits hardly more than the low byte is used
  wholeKey: number | null; // of its pixels with the picture worker, where the canvas has fewer
}

const kNothing: Known = {
  result: null,
  plane: null,
  truth: null,
  ious: null,
  faint: null,
  wholeKey: null,
};

export class Stage {
  canvas: CanvasView | null = null;
  layers: Layers = { opacity: 0.45, outlines: true, ellipses: true, classes: [] };
  classes: ClassSpec[] = []; // of the model; without one, of the shown render
  known: Known = kNothing;
  /** Everything but the image itself has been drawn from the state. */
  onDrawn: () => void = () => {};
  /** Another image is shown, or none. */
  onShown: () => void = () => {};

  private detail: Detail | null = null; // once there is a canvas
  private shownWidth = 0; // of the picture on the canvas
  private size = { width: 0, height: 0 }; // of what it is a copy of

  constructor(
    private readonly list: ImageList,
    private readonly pictures: Pictures,
  ) {
    byId('truth', HTMLInputElement).addEventListener('change', () => this.draw());
  }

  /** Does not reject: without a canvas there are still results. */
  async open(): Promise<void> {
    try {
      const canvas = await CanvasView.open(byId('view', HTMLCanvasElement));
      canvas.onChange = (layers) => {
        this.setLayers(layers, 'canvas');
        rememberLayers(layers, layersOf(this.classes));
      };
      canvas.onContext = (now) => {
        if (now === 'lost') showMessage('warn', kLost);
        else closeMessage(kLost);
        if (now === 'back') this.detail?.again();
        if (now === 'gone') showMessage('error', kGone);
      };
      this.canvas = canvas;
      this.detail = new Detail(canvas, this.pictures);
      canvas.setLayers(this.layers);
    } catch (error) {
      showMessage(
        'error',
        `The image cannot be drawn: ${textOf(error)}. Results and downloads still work.`,
      );
    }
  }

  /** Of either side of an image that is shown whole. */
  mostShown(): number {
    return Math.min(kMostShown, this.canvas?.maxTextureSize() ?? kMostShown);
  }

  /** `width` and `height`: of the source, of which `image` may be a smaller copy. */
  show(index: number, image: Rgba, width: number, height: number, known: Partial<Known>): void {
    this.list.show(index);
    this.known = { ...kNothing, ...known };
    this.shownWidth = image.width;
    this.size = { width, height };
    this.canvas?.setImage(image, width, height);
    this.draw();
    this.onShown();
  }

  /** An image that cannot be shown leaves nothing of the one before it. */
  clear(index: number): void {
    this.list.show(index);
    this.known = kNothing;
    this.canvas?.clearImage();
    this.draw();
    this.onShown();
  }

  /** Everything but the image itself, from the state. */
  private draw(): void {
    const { result, plane, truth: rendered, faint, wholeKey } = this.known;
    const item = this.list.current;
    const label = byId('truth-label', HTMLLabelElement);
    const truth = rendered && shownTruth(rendered, this.classes);
    label.hidden = truth === null;
    const found = result && shownResult(result, this.classes);
    const content = truth && byId('truth', HTMLInputElement).checked ? truth : found;
    if (content) {
      const { mask, width, height } = (content === found && plane) || content;
      this.canvas?.setMask(mask, width, height);
      this.canvas?.setShapes(content.outlines, content.ellipses);
    } else {
      this.canvas?.clearMask();
      this.canvas?.setShapes([], []);
    }
    const { size, shownWidth } = this;
    const mask = result?.mask ?? null;
    this.detail?.set(wholeKey === null ? null : { key: wholeKey, shownWidth, ...size, mask });
    byId('file-name', HTMLParagraphElement).textContent = item
      ? `${item.name}${result ? `, ${result.width} x ${result.height}` : ''}${wholeKey === null ? '' : ', drawn smaller until zoomed into'}`
      : '';
    const note = byId('faint', HTMLParagraphElement);
    note.hidden = faint === null;
    note.textContent = note.hidden
      ? ''
      : `Of its 16-bit values the high byte is seen, which reaches only ${faint} of 255; spread them over all 16 bits.`;
    showMeasurements(result, this.classes, rendered);
    showTime(result);
    this.showTable();
    this.onDrawn();
  }

  private showTable(): void {
    const measured = this.known.result ? (this.list.current?.measured ?? null) : null;
    const edit = (change: () => void) => {
      change();
      this.setLayers(this.layers);
      rememberLayers(this.layers, layersOf(this.classes));
    };
    showClasses(this.layers.classes, measured, this.known.ious, {
      onVisible: (index, visible) =>
        edit(() => Object.assign(this.layers.classes[index] ?? {}, { visible })),
      onColour: (index, colour) =>
        edit(() => Object.assign(this.layers.classes[index] ?? {}, { colour })),
    });
  }

  /** The user's colours and switches outlive a model of the same classes. */
  setClasses(classes: ClassSpec[]): void {
    const same = JSON.stringify(classes) === JSON.stringify(this.classes);
    this.classes = classes;
    if (same) return;
    this.known = { ...this.known, result: null, plane: null, ious: null }; // by other classes
    this.setLayers(withRemembered({ ...this.layers, classes: layersOf(classes) }));
    this.draw();
  }

  /** One state, two places to change it: the canvas's panel and the table. */
  private setLayers(layers: Layers, from: 'page' | 'canvas' = 'page'): void {
    this.layers = layers;
    if (from === 'page') this.canvas?.setLayers(layers);
    this.showTable();
  }
}
