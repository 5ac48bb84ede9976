// <limbus-segmenter>: a picture with what a model finds in it. Importing this file registers it.
//
//   import 'limbus/element';
//   const eye = document.createElement('limbus-segmenter');
//   eye.model = 'models/eye/model.onnx';
//   eye.source = file;                                  // or src, as in HTML
//   eye.addEventListener('result', ({ detail }) => console.log(detail.eye?.pupilDiameterPx));
//   document.body.append(eye);

/**
 * The element `<limbus-segmenter>`. Importing this module registers it.
 *
 * @module limbus/element
 */
import { LimbusError } from './error.js';
import type {
  LimbusSegmenterEventMap,
  LimbusSegmenterEvents,
  LimbusSegmenterListener,
} from './element/events.js';
import { kAttributes, kModelAttributes, kPictureAttributes } from './element/attributes.js';
import { FormElement } from './element/form_element.js';
import { ModelInUse } from './element/model_in_use.js';
import { Nearness } from './element/nearness.js';
import { View } from './element/view.js';
import { Work } from './element/work.js';
import type { ImageSource } from './image_source.js';
import type { SegmenterApi } from './segmenter.js';
import type { LoadStatus, ManifestDraft, SegmentOptions, SegmentResult } from './types.js';
import { urlOf } from './url.js';

export type { AttributeText, LimbusSegmenterAttributes, Overlay } from './element/attributes.js';
export type {
  LimbusSegmenterEventMap,
  LimbusSegmenterEvents,
  LimbusSegmenterListener,
  LimbusSegmenterProps,
} from './element/events.js';

type Listener = EventListenerOrEventListenerObject;
/** Typed as those of built-in elements are. */
export interface LimbusSegmenterElement {
  /** `event.detail` is typed by the event's name. */
  addEventListener<K extends keyof LimbusSegmenterEventMap>(
    type: K,
    listener: LimbusSegmenterListener<K>,
    options?: boolean | AddEventListenerOptions,
  ): void;
  /** For events of other names. */
  addEventListener(
    type: string,
    listener: Listener,
    options?: boolean | AddEventListenerOptions,
  ): void;
  /** As `addEventListener` takes them. */
  removeEventListener<K extends keyof LimbusSegmenterEventMap>(
    type: K,
    listener: LimbusSegmenterListener<K>,
    options?: boolean | EventListenerOptions,
  ): void;
  /** For events of other names. */
  removeEventListener(
    type: string,
    listener: Listener,
    options?: boolean | EventListenerOptions,
  ): void;
}

/**
 * `<limbus-segmenter>`: shows a picture, what a model finds in it, and a legend.
 *
 * - Attributes: `LimbusSegmenterAttributes`; each has a property that mirrors it.
 * - Events: `LimbusSegmenterEvents`.
 *
 * @slot - shown while there is neither picture nor poster
 * @slot poster - shown until the picture is there
 * @slot progress - in place of what is built in, while the model is loaded or the network runs
 * @slot error - in place of what is built in, after an error
 * @slot legend - in place of what is built in, below a result
 * @csspart frame - the box that holds the picture
 * @csspart poster - what is in it until the picture is there
 * @csspart fallback - what is in it without picture and poster
 * @csspart view - the three canvases, one upon the other
 * @csspart picture - canvas of the picture
 * @csspart mask - canvas of the areas
 * @csspart outlines - canvas of their outlines
 * @csspart progress - what is going on
 * @csspart bar - how much of the model is fetched
 * @csspart error - what went wrong
 * @csspart retry - the button after an error
 * @csspart legend - the list of classes
 * @csspart swatch - a class's colour in it
 * @csspart size - a class's diameter or share in it
 * @cssprop --limbus-opacity - of the areas, 0 to 1; 0.4
 * @cssprop --limbus-class-N - colour of class N instead of the manifest's; read when a result is drawn
 * @cssprop --limbus-accent - colour of progress and focus
 * @cssprop --limbus-background - of the empty box
 * @cssprop --limbus-radius - of its corners
 */
export class LimbusSegmenterElement extends FormElement {
  static readonly observedAttributes = kAttributes;

  readonly #view = new View(this, () => void this.segment().catch(() => {}));
  readonly #model = new ModelInUse(
    this,
    (status) => this.#showStatus(status),
    (segmenter) => this.#tell('load', segmenter),
  );
  readonly #work = new Work(
    {
      wanted: () => this.#source ?? urlOf(this.src, this.baseURI),
      changed: () => this.#renewForm(),
      prepare: (state) => this.setValue(state),
      tell: (type: 'result' | 'error', detail: SegmentResult | LimbusError) =>
        this.#tell(type, detail),
    },
    this.#view,
    this.#model,
  );
  #source: ImageSource | null = null;
  #scheduled = false;
  #near = false; // or has been
  readonly #nearness = new Nearness(this, () => {
    this.#near = true;
    this.#update();
  });

  /** Whatever `Segmenter.segment` takes. Of `src` and `source` the one set last counts; null: `src` again. */
  get source(): ImageSource | null {
    return this.#source;
  }
  set source(value: ImageSource | null | undefined) {
    if ((value ?? null) === this.#source) return;
    this.#source = value ?? null;
    this.#changed();
  }

  /** For an .onnx without one of its own: `LoadOptions.manifest`. */
  get manifest(): ManifestDraft | null {
    return this.#model.manifest;
  }
  set manifest(value: ManifestDraft | null | undefined) {
    if ((value ?? null) === this.#model.manifest) return;
    this.#model.manifest = value ?? null;
    this.#changed();
  }

  /** The one in use; null until it is loaded. One that you set goes before `model` and stays yours to dispose of. */
  get segmenter(): SegmenterApi | null {
    return this.#model.segmenter;
  }
  set segmenter(value: SegmenterApi | null | undefined) {
    if ((value ?? null) === this.#model.given) return;
    this.#model.given = value ?? null;
    this.#changed();
  }

  /** Of the picture that is shown; null while there is none. */
  get result(): SegmentResult | null {
    return this.#work.state.result;
  }

  /** Why there is no result; null while nothing went wrong. */
  get error(): LimbusError | null {
    return this.#work.state.error;
  }

  /** Picture or model are being fetched, or the network runs. */
  get busy(): boolean {
    return this.#work.state.busy;
  }

  /**
   * Segments now, in view or not: `source`, or what is there already; of a canvas or video what it shows now.
   * Rejects with a LimbusError, with an AbortError when another picture or model takes its place, or with the reason
   * of the signal; an older result is never shown, nor one that was aborted.
   */
  async segment(
    source?: ImageSource,
    options?: Pick<SegmentOptions, 'signal'>,
  ): Promise<SegmentResult> {
    options?.signal?.throwIfAborted();
    if (source !== undefined) this.#source = source;
    const why = this.#obstacle();
    if (why) throw new LimbusError('badArgument', `<limbus-segmenter> ${why}`);
    this.#near = true;
    // The same again: what is shown stays until there is news, as in a video.
    return (await this.#work.start(source === undefined && !this.#work.due, options?.signal))!;
  }

  /** Back to the poster: forgets `source` and result, stops what runs. `src` stays and waits for segment(). */
  reset(): void {
    this.#source = null;
    this.#work.stop();
    this.#work.due = false;
    this.#work.clear();
    this.#view.clearPicture();
    this.#renewForm();
  }

  // --- called by the browser ---

  /** @internal */
  connectedCallback(): void {
    this.upgradeProperties();
    this.#view.adoptStyle();
    this.#view.layers.watch();
    this.#schedule();
  }

  /** @internal */
  disconnectedCallback(): void {
    // What was only moved is back before this task ends.
    queueMicrotask(() => {
      if (this.isConnected) return;
      this.#work.pause();
      this.#model.letGo();
      this.#nearness.watch(false);
      this.#view.layers.unwatch();
    });
  }

  /** @internal */
  adoptedCallback(): void {
    this.#view.adoptStyle();
  }

  /** @internal */
  attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    // Set anew, `src` wins over a source all the same.
    const again = name === 'src' && now !== null && this.#source !== null;
    if (before === now && !again) return;
    if (kPictureAttributes.includes(name)) {
      if (now !== null) this.#source = null;
      this.#changed();
    } else if (kModelAttributes.includes(name)) this.#changed();
    else if (name === 'overlay') this.#view.setOverlay(this.overlay);
    else if (name === 'opacity') this.#view.setOpacity(this.opacity);
    else if (name === 'alt') this.#view.setAlt(this.alt);
    else this.#schedule();
  }

  /** @internal */
  formAssociatedCallback(): void {
    this.#renewForm();
  }

  /** @internal */
  formDisabledCallback(disabled: boolean): void {
    if (disabled) this.#work.pause();
    this.#schedule();
  }

  /** Back to what the attributes say. @internal */
  formResetCallback(): void {
    this.reset();
    this.#changed();
  }

  // --- from what is asked for to what is shown ---

  /** Nothing that was begun for the former picture or model is shown any more. */
  #changed(): void {
    this.#work.due = true;
    this.#work.stop();
    this.#schedule();
  }

  /** Changes within one task are one change. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      if (this.isConnected) this.#update();
    });
  }

  #update(): void {
    this.#view.setPoster(this.poster, this.loading, !this.#off);
    this.#model.letGoOfFormer();
    const { due } = this.#work;
    if (due) this.#work.clear();
    if (due && !this.#hasPicture) this.#view.clearPicture();
    const eager = this.loading === 'eager';
    const begins = due && this.#hasPicture && !this.#off;
    this.#nearness.watch(begins && !eager && !this.#near);
    if (begins && (eager || this.#near))
      this.#work.start().catch(() => {}); // `error` was told
    // So that the first picture need not wait for it.
    else if (eager && !this.#off && !this.busy && this.#model.named)
      this.#model.load().catch(() => {});
    this.#renewForm();
  }

  /** Disabled, by itself or by a fieldset. The parser's elements are told of that only after their first update. */
  get #off(): boolean {
    return this.matches(':disabled');
  }

  /** There is one to be opened. */
  get #hasPicture(): boolean {
    return this.#source !== null || this.src !== '';
  }

  #obstacle(): string | null {
    if (!this.isConnected) return 'segments only while it is part of a page: append it first';
    if (this.#off) return 'is disabled';
    if (!this.#model.named) return 'has no model: set `model` to the URL of an .onnx';
    return this.#hasPicture ? null : 'has no picture: set `src` or `source`';
  }

  #showStatus(status: LoadStatus): void {
    if (this.busy) this.#view.showProgress(status.stage, status.bytes?.percent ?? null);
    this.#tell('progress', status);
  }

  #renewForm(): void {
    const { state } = this.#work;
    this.#view.setFocusable(!this.setValidity(state, this.#view.anchor));
    void this.setValue(state);
  }

  #tell<K extends keyof LimbusSegmenterEvents>(
    type: K,
    detail: LimbusSegmenterEvents[K]['detail'],
  ): void {
    const travels = type === 'result';
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: travels, composed: travels }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'limbus-segmenter': LimbusSegmenterElement;
  }
}

if (globalThis.customElements === null)
  throw new LimbusError(
    'unsupported',
    'the content script of an extension has no custom elements; show a page of the extension with <limbus-segmenter> ' +
      'in an <iframe>',
  );
// A second copy of this file leaves the first one's element as it is.
if (typeof customElements !== 'undefined' && !customElements.get('limbus-segmenter'))
  customElements.define('limbus-segmenter', LimbusSegmenterElement);
