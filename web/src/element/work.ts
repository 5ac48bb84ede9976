// From what is asked for to what is shown: picture and model come, the network runs, and the newest run alone shows
// anything.
import { orAborted } from '../abort.js';
import { untilBegun } from '../connection.js';
import { LimbusError, messageOf } from '../error.js';
import type { ImageSource } from '../image_source.js';
import type { SegmenterApi } from '../segmenter.js';
import type { SegmentResult } from '../types.js';
import type { FormState } from './form_element.js';
import type { ModelInUse } from './model_in_use.js';
import { openPicture, type Picture } from './picture.js';
import type { View } from './view.js';

/** The element, as its work sees it. */
export interface Asker {
  /** Throws where `src` is no URL. */
  wanted(): ImageSource;
  /** It became busy, or idle. */
  changed(): void;
  /** The form has the value of `state` when this resolves; nothing is shown yet. */
  prepare(state: FormState): Promise<void>;
  /** As an event. */
  tell(type: 'result', detail: SegmentResult): void;
  tell(type: 'error', detail: LimbusError): void;
}

export class Work {
  /** What is asked for is not what is shown. */
  due = false;
  #run: AbortController | null = null;
  #shownBy: AbortController | null = null; // whose picture is shown
  #state: Omit<FormState, 'busy'> = { result: null, manifest: null, error: null };

  constructor(
    private readonly asker: Asker,
    private readonly view: View,
    private readonly model: ModelInUse,
  ) {}

  /** The manifest is that of the result: it outlives the segmenter. */
  get state(): FormState {
    return { busy: this.#run !== null, ...this.#state };
  }

  /** Null: there is no model, so that the picture is shown as it is. `again`: until then the one before stays. */
  start(again = false, signal?: AbortSignal): Promise<SegmentResult | null> {
    this.stop();
    this.model.letGoOfFormer(); // segment() may come before the update does
    this.due = false;
    if (!again || this.#state.error) this.clear();
    const run = new AbortController();
    this.#run = run;
    this.view.showBusy(true);
    this.asker.changed();
    const abort = () => {
      if (this.#run !== run) return;
      this.stop(signal!.reason);
      this.asker.changed();
    };
    signal?.addEventListener('abort', abort);
    return this.#work(run).finally(() => signal?.removeEventListener('abort', abort));
  }

  stop(
    reason: unknown = new DOMException(
      'another picture or model took its place, or it was removed',
      'AbortError',
    ),
  ): void {
    this.#run?.abort(reason);
    this.#run = null;
    this.view.showBusy(false);
  }

  /** Until it can go on: what was running is due then. */
  pause(): void {
    this.due ||= this.#run !== null;
    this.stop();
  }

  /** Of the result or error. */
  clear(): void {
    this.#state = { result: null, manifest: null, error: null };
    this.view.clearResult();
    this.view.showError(null);
  }

  /** Each step ends in a look at the signal. */
  async #work(run: AbortController): Promise<SegmentResult | null> {
    const { signal } = run;
    const opening = this.#open(run);
    try {
      const both = Promise.all([opening, this.model.named && this.model.load()]);
      const [picture, segmenter] = await orAborted(both, signal);
      if (!segmenter) {
        this.#settle();
        return null;
      }
      const { image, ...result } = await this.#answer(segmenter, picture, signal);
      if (image) await this.#showPixels(image, run);
      const found = { result, manifest: segmenter.manifest, error: null };
      await this.asker.prepare({ busy: true, ...found });
      signal.throwIfAborted();
      this.#state = found;
      this.view.showResult(result, found.manifest);
      this.#settle();
      this.asker.tell('result', result);
      return result;
    } catch (error) {
      signal.throwIfAborted();
      run.abort(error); // what the other half still does is for nothing
      throw this.#fail(error, run);
    } finally {
      // Also one that waited for a model which failed, or that another picture followed.
      opening.then((picture) => picture.close()).catch(() => {});
    }
  }

  #answer(first: SegmenterApi, picture: Picture, signal: AbortSignal): Promise<SegmentResult> {
    const withImage = picture.shown === null;
    let segmenter: SegmenterApi | null = first;
    return untilBegun(async () => {
      segmenter ??= await orAborted(this.model.load(), signal);
      this.view.showProgress('segment', null);
      try {
        return await segmenter.segment(picture.image, { signal, withImage });
      } catch (error) {
        signal.throwIfAborted(); // nobody is left to load a model for
        segmenter = null;
        throw error;
      }
    });
  }

  async #open(run: AbortController): Promise<Picture> {
    const picture = await openPicture(this.asker.wanted(), run.signal);
    if (run.signal.aborted) picture.close();
    run.signal.throwIfAborted();
    if (picture.shown) this.#showPicture(picture.shown, run);
    return picture;
  }

  async #showPixels(image: ImageData, run: AbortController): Promise<void> {
    const bitmap = await createImageBitmap(image);
    if (!run.signal.aborted) this.#showPicture(bitmap, run);
    bitmap.close();
  }

  #showPicture(picture: ImageBitmap, run: AbortController): void {
    this.view.showPicture(picture);
    this.#shownBy = run;
  }

  #fail(error: unknown, run: AbortController): LimbusError {
    const ours = error instanceof LimbusError;
    if (ours && error.code === 'internal') this.model.discard(); // its worker's, not the picture's
    const failure = ours ? error : new LimbusError('internal', messageOf(error));
    if (this.#shownBy !== run) this.view.clearPicture();
    this.clear();
    this.#state.error = failure;
    this.view.showError(failure.message);
    this.#settle();
    this.asker.tell('error', failure);
    return failure;
  }

  #settle(): void {
    this.#run = null;
    this.view.showBusy(false);
    this.asker.changed();
  }
}
