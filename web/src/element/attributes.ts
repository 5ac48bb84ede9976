// The attributes of <limbus-segmenter> and the properties that mirror them.
import type { LoadOptions } from '../types.js';

/** 'mask': areas and their outlines. */
export type Overlay = 'mask' | 'outlines' | 'none';

/** As they are written in HTML; for the typing of JSX and templates. */
export interface LimbusSegmenterAttributes {
  src?: string | undefined;
  model?: string | undefined;
  poster?: string | undefined;
  loading?: 'lazy' | 'eager' | undefined;
  'assets-url'?: string | undefined;
  'worker-url'?: string | undefined;
  'cross-origin-worker'?: boolean | undefined;
  provider?: NonNullable<LoadOptions['provider']> | undefined;
  overlay?: Overlay | undefined;
  opacity?: number | string | undefined;
  alt?: string | undefined;
  name?: string | undefined;
  disabled?: boolean | undefined;
  required?: boolean | undefined;
}

/** What a property that mirrors an attribute takes: null and undefined take it away, as frameworks mean them. */
export type AttributeText = string | URL | null | undefined;

const kOverlays: readonly string[] = ['mask', 'outlines', 'none'] satisfies Overlay[];

/** What makes another picture, another model. */
export const kPictureAttributes = ['src'];
export const kModelAttributes = [
  'model',
  'provider',
  'assets-url',
  'worker-url',
  'cross-origin-worker',
];
const kOtherAttributes = ['poster', 'loading', 'overlay', 'opacity', 'alt', 'name', 'required'];
export const kAttributes = [...kPictureAttributes, ...kModelAttributes, ...kOtherAttributes];

/** May have been set before the element was defined. */
const kProperties = [
  ...['source', 'manifest', 'segmenter', 'assetsUrl', 'workerUrl', 'crossOriginWorker'],
  ...['src', 'model', 'provider', 'disabled', ...kOtherAttributes],
];

/** A server that renders pages has no elements; importing the class must not fail there. */
const kElement: typeof HTMLElement = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

function textOf(element: Element, name: string): string {
  return element.getAttribute(name) ?? '';
}

function mirror(element: Element, name: string, value: AttributeText | number): void {
  if (value === null || value === undefined) element.removeAttribute(name);
  else element.setAttribute(name, String(value));
}

export class MirroredElement extends kElement {
  /** URL of the picture. */
  get src(): string {
    return textOf(this, 'src');
  }
  set src(value: AttributeText) {
    mirror(this, 'src', value);
  }

  /** URL of the .onnx; without one the picture is shown as it is. */
  get model(): string {
    return textOf(this, 'model');
  }
  set model(value: AttributeText) {
    mirror(this, 'model', value);
  }

  /** URL of a picture that is shown until that of `src` is there. */
  get poster(): string {
    return textOf(this, 'poster');
  }
  set poster(value: AttributeText) {
    mirror(this, 'poster', value);
  }

  /** 'lazy' (default) fetches nothing before the element comes near the viewport. */
  get loading(): 'lazy' | 'eager' {
    return textOf(this, 'loading') === 'eager' ? 'eager' : 'lazy';
  }
  set loading(value: AttributeText) {
    mirror(this, 'loading', value);
  }

  /** Folder of worker, core and runtime, where they are not found by themselves: `CoreOptions.assetsUrl`. */
  get assetsUrl(): string {
    return textOf(this, 'assets-url');
  }
  set assetsUrl(value: AttributeText) {
    mirror(this, 'assets-url', value);
  }

  /** A worker script that imports ours: `CoreOptions.workerUrl`. */
  get workerUrl(): string {
    return textOf(this, 'worker-url');
  }
  set workerUrl(value: AttributeText) {
    mirror(this, 'worker-url', value);
  }

  /** `assets-url` may lie on another origin: `CoreOptions.crossOriginWorker`. */
  get crossOriginWorker(): boolean {
    return this.hasAttribute('cross-origin-worker');
  }
  set crossOriginWorker(value: boolean) {
    this.toggleAttribute('cross-origin-worker', Boolean(value));
  }

  /** What runs the network: `LoadOptions.provider`; an unknown one is an error when the model is loaded. */
  get provider(): NonNullable<LoadOptions['provider']> {
    return (textOf(this, 'provider') || 'wasm') as NonNullable<LoadOptions['provider']>;
  }
  set provider(value: AttributeText) {
    mirror(this, 'provider', value);
  }

  /** What lies over the picture; 'mask' unless said otherwise. */
  get overlay(): Overlay {
    const value = textOf(this, 'overlay');
    return kOverlays.includes(value) ? (value as Overlay) : 'mask';
  }
  set overlay(value: AttributeText) {
    mirror(this, 'overlay', value);
  }

  /** Of the areas, [0,1]; NaN where the attribute says nothing and `--limbus-opacity` decides. */
  get opacity(): number {
    const value = Number.parseFloat(textOf(this, 'opacity'));
    return Math.min(1, Math.max(0, value));
  }
  set opacity(value: number | string | null | undefined) {
    mirror(this, 'opacity', Number.isNaN(value) ? null : value);
  }

  /** The picture in words; what was found follows it in the accessible name. */
  get alt(): string {
    return textOf(this, 'alt');
  }
  set alt(value: AttributeText) {
    mirror(this, 'alt', value);
  }

  /** Under which a form sends the mask. */
  get name(): string {
    return textOf(this, 'name');
  }
  set name(value: AttributeText) {
    mirror(this, 'name', value);
  }

  /** Nothing is fetched or segmented, and a form leaves it out. */
  get disabled(): boolean {
    return this.hasAttribute('disabled');
  }
  set disabled(value: boolean) {
    this.toggleAttribute('disabled', Boolean(value));
  }

  /** A form wants a result. */
  get required(): boolean {
    return this.hasAttribute('required');
  }
  set required(value: boolean) {
    this.toggleAttribute('required', Boolean(value));
  }

  /** What was set too early lies before the accessors, which take it over. */
  protected upgradeProperties(): void {
    const own = this as Record<string, unknown>;
    for (const name of kProperties) {
      if (!Object.hasOwn(own, name)) continue;
      const value = own[name];
      delete own[name];
      own[name] = value;
    }
  }
}
