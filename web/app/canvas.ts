// The canvas: the only file that calls its module.
//
//   const view = await CanvasView.open(document.querySelector('canvas')!);
//   view.setImage(image, width, height);         // at most maxTextureSize() on a side; size of the source
//   view.setLayers(layers);
//   view.setMask(mask, image.width, image.height); // may be smaller than the source, too
//   view.setShapes(outlines, ellipses);          // in pixels of the source
//   view.onChange = (changed) => use(changed);   // after a frame in which the user changed something
//
// Draws on demand: every call asks for an animation frame, and frames stop when nothing moves.
import { codePoints, drawGlyphs } from './glyphs.js';
import { rememberState } from './canvas_gl.js';
import { listenForInput, type CanvasInput, type Position } from './canvas_input.js';
import { kLayersChanged, kState, kViewChanged, type CanvasModule } from './canvas_module.js';
import type { Part, Rgba } from './picture_calls.js';

export interface ClassLayer {
  name: string;
  colour: [number, number, number]; // 8 bits
  visible: boolean;
}

export interface Layers {
  opacity: number; // of the overlay, [0,1]
  outlines: boolean;
  ellipses: boolean;
  classes: ClassLayer[];
}

export interface OutlineShape {
  classIndex: number;
  points: Float32Array; // x, y pairs; integers are pixel centres
}

export interface EllipseShape {
  classIndex: number;
  label: string;
  centreX: number;
  centreY: number;
  majorPx: number;
  minorPx: number;
  angleDegrees: number;
}

/** Where things are on the canvas, CSS pixels; for tests. */
export interface ViewState {
  zoom: number;
  imageLeft: number;
  imageTop: number;
  hoverX: number;
  hoverY: number;
  hoverClass: number;
  switches: { x: number; y: number }[]; // per class
}

const kSmallestMaxTexture = 2048; // of WebGL 2
const kCursors = ['default', 'pointer', 'crosshair', 'grabbing', 'text', 'ew-resize'];

interface Content {
  image: { pixels: Rgba; width: number; height: number } | null;
  mask: { indices: Uint8Array; width: number; height: number } | null;
  outlines: OutlineShape[];
  ellipses: EllipseShape[];
}

export class CanvasView implements CanvasInput {
  onChange: ((layers: Layers) => void) | null = null;
  /** The graphics driver took it away; it has drawn again; or none could be made anew. */
  onContext: ((now: 'lost' | 'back' | 'gone') => void) | null = null;
  /** Zoom, position or size of the canvas changed. */
  onView: (() => void) | null = null;

  private readonly element: HTMLCanvasElement;
  private readonly module: CanvasModule;
  private handle = 0; // 0 while the context is lost
  private layers: Layers = { opacity: 0.45, outlines: true, ellipses: true, classes: [] };
  private content: Content = { image: null, mask: null, outlines: [], ellipses: [] };
  private frameAsked = false;
  private pixelRatio = 0;
  private size = { width: 0, height: 0, ratio: 1 }; // of the element, in device pixels, as last told
  private glyphs = new Set<number>();

  private constructor(element: HTMLCanvasElement, module: CanvasModule) {
    this.element = element;
    this.module = module;
  }

  /** Rejects when the module cannot be loaded or the browser gives no WebGL 2. */
  static async open(element: HTMLCanvasElement): Promise<CanvasView> {
    const url = new URL('./limbus_canvas.js', import.meta.url).href;
    const { default: create } = (await import(url)) as { default: () => Promise<CanvasModule> };
    const view = new CanvasView(element, await create());
    if (!view.create()) throw new Error('this browser gives the page no WebGL 2 canvas');
    view.listen();
    return view;
  }

  /** `width` and `height`: of the source, in whose pixels shapes are given. */
  setImage(pixels: Rgba, width: number, height: number): void {
    const image = { pixels, width, height };
    this.content = { image, mask: null, outlines: [], ellipses: [] };
    this.sendImage();
  }

  clearImage(): void {
    this.content = { image: null, mask: null, outlines: [], ellipses: [] };
    if (this.handle) this.module._canvasClearImage(this.handle);
    this.ask();
  }

  setMask(indices: Uint8Array, width: number, height: number): void {
    this.content.mask = { indices, width, height };
    this.sendMask();
  }

  clearMask(): void {
    this.content.mask = null;
    if (this.handle) this.module._canvasClearMask(this.handle);
    this.ask();
  }

  /**
   * A part of an image that is shown smaller than it is, in finer pixels over it, and its mask in the same size where
   * one is shown. It goes when image or mask change.
   */
  setDetail(part: Part, { data, width, height }: Rgba, mask: Uint8Array | null): void {
    if (!this.handle) return;
    const at = this.module._canvasStage(this.handle, data.length + (mask?.length ?? 0));
    this.module.HEAPU8.set(data, at);
    if (mask) this.module.HEAPU8.set(mask, at + data.length);
    const where = [part.left, part.top, part.width, part.height] as const;
    this.module._canvasSetDetail(this.handle, ...where, width, height);
    this.ask();
  }

  clearDetail(): void {
    if (this.handle) this.module._canvasClearDetail(this.handle);
    this.ask();
  }

  /** Of the image, what can be seen of it: source pixels, perhaps none; and device pixels for each of them. */
  inSight(): { left: number; top: number; right: number; bottom: number; density: number } | null {
    const view = this.viewState();
    const { image } = this.content;
    if (!view || !image) return null;
    const { zoom, imageLeft, imageTop } = view;
    const { clientWidth, clientHeight } = this.element;
    return {
      left: Math.max(0, Math.floor(-imageLeft / zoom)),
      top: Math.max(0, Math.floor(-imageTop / zoom)),
      right: Math.min(image.width, Math.ceil((clientWidth - imageLeft) / zoom)),
      bottom: Math.min(image.height, Math.ceil((clientHeight - imageTop) / zoom)),
      density: zoom * this.pixelRatio,
    };
  }

  setShapes(outlines: OutlineShape[], ellipses: EllipseShape[]): void {
    this.content.outlines = outlines;
    this.content.ellipses = ellipses;
    this.sendShapes();
  }

  setLayers(layers: Layers): void {
    this.layers = structuredClone(layers);
    this.sendLayers();
  }

  fit(): void {
    if (this.handle) this.module._canvasFit(this.handle);
    this.ask();
  }

  viewState(): ViewState | null {
    if (!this.handle) return null;
    const at = this.module._canvasState(this.handle);
    const heap = new DataView(this.module.HEAPU8.buffer);
    const int = (offset: number) => heap.getInt32(at + offset, true);
    const float = (offset: number) => heap.getFloat32(at + offset, true);
    const switches = Array.from({ length: int(kState.classCount) }, (_, i) => ({
      x: float(kState.classes + i * kState.classStride + 8),
      y: float(kState.classes + i * kState.classStride + 12),
    }));
    return {
      zoom: float(kState.zoom),
      imageLeft: float(kState.imageLeft),
      imageTop: float(kState.imageTop),
      hoverX: int(kState.hoverX),
      hoverY: int(kState.hoverY),
      hoverClass: int(kState.hoverClass),
      switches,
    };
  }

  heapBytes(): number {
    return this.module.HEAPU8.byteLength;
  }

  // --- the module ---

  private create(): boolean {
    const selector = new TextEncoder().encode(`#${this.element.id}`);
    const at = this.module._canvasStageGlobal(selector.length);
    this.module.HEAPU8.set(selector, at);
    this.handle = this.module._canvasCreate();
    if (!this.handle) return false;
    const gl = this.element.getContext('webgl2');
    if (gl) rememberState(gl);
    this.pixelRatio = 0; // size and font are sent again
    this.sendLayers();
    this.sendImage();
    return true;
  }

  private stage(bytes: Uint8Array | Uint8ClampedArray): void {
    const at = this.module._canvasStage(this.handle, bytes.length);
    this.module.HEAPU8.set(bytes, at);
  }

  private stageText(text: string): void {
    this.stage(new TextEncoder().encode(`${text}\0`));
  }

  private ask(): void {
    if (this.frameAsked || !this.handle) return;
    this.frameAsked = true;
    requestAnimationFrame((time) => {
      this.frameAsked = false;
      this.draw(time);
    });
  }

  private draw(timeMs: number): void {
    if (!this.handle) return;
    const more = this.module._canvasFrame(this.handle, timeMs / 1000);
    const changes = this.module._canvasTakeChanges(this.handle);
    const at = this.module._canvasState(this.handle);
    const heap = new DataView(this.module.HEAPU8.buffer);
    this.element.style.cursor = kCursors[heap.getInt32(at + kState.cursor, true)] ?? 'default';
    if (changes & kLayersChanged) {
      this.readLayers(heap, at);
      this.onChange?.(structuredClone(this.layers));
    }
    if (changes & kViewChanged) this.onView?.();
    if (more) this.ask();
  }

  private readLayers(heap: DataView, at: number): void {
    this.layers.opacity = heap.getFloat32(at + kState.opacity, true);
    this.layers.outlines = heap.getInt32(at + kState.outlines, true) !== 0;
    this.layers.ellipses = heap.getInt32(at + kState.ellipses, true) !== 0;
    this.layers.classes.forEach((layer, i) => {
      const row = at + kState.classes + i * kState.classStride;
      const rgb = heap.getUint32(row, true);
      layer.colour = [(rgb >> 16) & 255, (rgb >> 8) & 255, rgb & 255];
      layer.visible = heap.getInt32(row + 4, true) !== 0;
    });
  }

  private sendLayers(): void {
    if (!this.handle) return;
    const { opacity, outlines, ellipses, classes } = this.layers;
    this.module._canvasSetLayers(this.handle, opacity, Number(outlines), Number(ellipses));
    this.module._canvasSetClassCount(this.handle, classes.length);
    classes.forEach((layer, i) => {
      const [r, g, b] = layer.colour;
      this.stageText(layer.name);
      this.module._canvasSetClass(this.handle, i, (r << 16) | (g << 8) | b, Number(layer.visible));
    });
    this.needGlyphs(classes.map((layer) => layer.name));
    this.ask();
  }

  private sendImage(): void {
    const { image } = this.content;
    if (!image || !this.handle) return;
    const { pixels, width, height } = image;
    this.stage(pixels.data);
    this.module._canvasSetImage(this.handle, width, height, pixels.width, pixels.height);
    this.sendMask();
    this.sendShapes();
  }

  private sendMask(): void {
    const { mask } = this.content;
    if (mask && this.handle) {
      this.stage(mask.indices);
      this.module._canvasSetMask(this.handle, mask.width, mask.height);
    }
    this.ask();
  }

  private sendShapes(): void {
    if (!this.handle) return;
    this.module._canvasClearShapes(this.handle);
    for (const { classIndex, points } of this.content.outlines) {
      this.stage(new Uint8Array(points.buffer, points.byteOffset, points.byteLength));
      this.module._canvasAddOutline(this.handle, classIndex, points.length / 2);
    }
    for (const e of this.content.ellipses) {
      this.stageText(e.label);
      this.module._canvasAddEllipse(
        this.handle,
        e.classIndex,
        e.centreX,
        e.centreY,
        e.majorPx,
        e.minorPx,
        e.angleDegrees,
      );
    }
    this.needGlyphs(this.content.ellipses.map((e) => e.label));
    this.ask();
  }

  /** Of either side of what `setImage` and `setMask` take. */
  maxTextureSize(): number {
    if (!this.handle) return kSmallestMaxTexture;
    const at = this.module._canvasState(this.handle);
    return new DataView(this.module.HEAPU8.buffer).getInt32(at + kState.maxTextureSize, true);
  }

  /** The font follows the pixel ratio and the letters in use. */
  private needGlyphs(texts: string[]): void {
    if (this.pixelRatio === 0) return; // the first resize draws them
    if (codePoints(texts).every((point) => this.glyphs.has(point))) return;
    this.sendFont(texts);
  }

  private sendFont(texts: string[]): void {
    const points = codePoints([...texts, String.fromCodePoint(...this.glyphs)]);
    this.glyphs = new Set(points);
    const sheet = drawGlyphs(points, this.pixelRatio);
    this.stage(sheet.bytes);
    this.module._canvasSetFont(this.handle, sheet.lineHeightPx, sheet.count);
  }

  // --- the element ---

  private listen(): void {
    const e = this.element;
    const observer = new ResizeObserver(([entry]) => {
      const ratio = window.devicePixelRatio || 1;
      const exact = entry?.devicePixelContentBoxSize?.[0];
      const device = (css: number, reported: number | undefined) =>
        // An emulated pixel ratio may report CSS pixels here: then it cannot be right.
        reported !== undefined && Math.abs(reported - css * ratio) <= ratio + 1
          ? reported
          : Math.round(css * ratio);
      this.size = {
        width: device(e.clientWidth, exact?.inlineSize),
        height: device(e.clientHeight, exact?.blockSize),
        ratio,
      };
      this.resize();
    });
    try {
      observer.observe(e, { box: 'device-pixel-content-box' });
    } catch {
      observer.observe(e); // Safari knows no device pixel box
    }
    listenForInput(e, this);
    e.addEventListener('webglcontextlost', (event) => {
      event.preventDefault();
      if (this.handle) this.module._canvasDestroy(this.handle);
      this.handle = 0;
      this.onContext?.('lost');
    });
    e.addEventListener('webglcontextrestored', () => {
      if (!this.create()) {
        this.onContext?.('gone');
        return;
      }
      this.resize(); // it may have changed meanwhile
      this.onContext?.('back');
    });
  }

  private resize(): void {
    const { width, height, ratio } = this.size;
    if (!this.handle || width < 1 || height < 1) return;
    this.element.width = width;
    this.element.height = height;
    if (ratio !== this.pixelRatio) {
      this.pixelRatio = ratio;
      this.sendFont(this.layers.classes.map((layer) => layer.name));
    }
    this.module._canvasResize(this.handle, width / ratio, height / ratio, ratio);
    this.draw(performance.now()); // setting the size has cleared the canvas
    this.ask();
    this.onView?.();
  }

  // --- CanvasInput ---

  pointer(at: Position, button: number, down: boolean): void {
    if (this.handle) this.module._canvasPointer(this.handle, at.x, at.y, button, Number(down));
    this.ask();
  }

  leave(): void {
    if (this.handle) this.module._canvasPointerLeave(this.handle);
    this.ask();
  }

  wheel(at: Position, deltaY: number): void {
    if (this.handle) this.module._canvasWheel(this.handle, at.x, at.y, deltaY);
    this.ask();
  }

  pinch(at: Position, dx: number, dy: number, factor: number): void {
    if (!this.handle) return;
    this.module._canvasPan(this.handle, dx, dy);
    this.module._canvasZoomAt(this.handle, at.x, at.y, factor);
    this.ask();
  }

  key(name: string, down: boolean, modifiers: number): boolean {
    if (!this.handle) return false;
    this.stageText(name);
    const used = this.module._canvasKey(this.handle, Number(down), modifiers);
    this.ask();
    return used !== 0;
  }
}
