// The work: images are segmented one after the other; what is shown follows the work until the user picks an image.
import { confusion, LimbusError, renderEye, score } from '../src/index.js';
import type { RenderedEye, Segmenter, SegmentResult } from '../src/index.js';
import { measuredOf, type Measured } from '../src/measurements.js';
import { Ahead } from './ahead.js';
import { byId } from './elements.js';
import { without, type ImageList, type Item } from './images.js';
import { showError, showMessage, showState, textOf } from './messages.js';
import type { Models } from './models.js';
import type { Rgba, ShownPicture } from './picture_calls.js';
import type { Pictures } from './pictures.js';
import { colourOf } from './results.js';
import { iousOf, shownTruth } from './shown.js';
import type { Stage } from './stage.js';
import { maskFileOf, pictureOf, placeOf, type Moment } from './videos.js';

const kMostRenewals = 3; // in a row: what fails each image is not the worker's accident

export class Work {
  /** All that could be done has been. */
  onSettled: () => void = () => {};
  /** The mask of an image is there. */
  onPacked: () => void = () => {};

  private readonly ahead = new Ahead();
  private packing: Promise<void> = Promise.resolve(); // of the image before
  private wanted = -1; // the image to show next; -1: whatever is worked on
  private working = false;
  private readonly retried = new WeakSet<Item>(); // after a worker failed
  private renewals = 0; // of the segmenter since it last gave a result

  constructor(
    private readonly list: ImageList,
    private readonly models: Models,
    private readonly pictures: Pictures,
    private readonly stage: Stage,
  ) {}

  /** This image first, and shown; what was asked of others is let go. */
  want(index: number): void {
    this.ahead.drop();
    this.wanted = index;
    this.list.ask(index);
    // Whoever asks for an image wants it tried, whatever failed before.
    this.renewals = 0;
    const item = this.list.items[index];
    if (item) this.retried.delete(item);
    void this.go();
  }

  /** The image that stood there is not in the list any more. */
  removed(index: number): void {
    this.ahead.drop();
    this.wanted = without(this.wanted, index);
  }

  /** What is on its way is not wanted any more. */
  drop(): void {
    this.ahead.drop();
    this.wanted = -1;
    this.list.ask(-1);
  }

  /** The masks of all that is measured are there. */
  async packed(): Promise<void> {
    for (let last; last !== this.packing;) {
      last = this.packing;
      await last;
    }
  }

  /** With another model: the shown image first, or the one that was asked for, those after it as they come. */
  again(): void {
    this.wanted = Math.max(0, this.list.at);
  }

  private nextIndex(): number {
    if (this.list.items[this.wanted]) return this.wanted;
    return this.list.items.findIndex(isWaiting);
  }

  async go(): Promise<void> {
    if (this.working) return;
    this.working = true;
    let follow = false; // show the next one too: it comes right after what the user asked for
    let last: Item | null = null;
    try {
      for (let index = this.nextIndex(); index >= 0; index = this.nextIndex()) {
        const item = this.list.items[index];
        if (!item) break;
        const asked = index === this.wanted;
        if (asked) this.wanted = -1;
        if (!this.models.segmenter) {
          if (!asked) break;
          await this.preview(item);
          continue; // another may have been asked for meanwhile
        }
        follow = asked || (follow && this.list.items[index - 1] === last);
        await this.segment(item, follow, asked);
        if (this.indexOf(item) >= 0) last = item; // of one that was taken out the one before is followed
      }
    } finally {
      this.working = false;
      await this.packing;
      if (!this.working) this.onSettled();
    }
  }

  private async segment(item: Item, show: boolean, asked: boolean): Promise<void> {
    const { segmenter } = this.models;
    if (!segmenter) return;
    const count = this.list.items.length;
    showBusy(count > 1 ? `Segmenting ${this.indexOf(item) + 1} of ${count}…` : 'Segmenting…');
    item.status = 'working';
    this.list.refresh();
    let answering = false; // what fails then is the segmenter's
    try {
      const truth = await this.truthOf(item);
      const source = truth?.image ?? item.source;
      if ('preset' in source) return;
      const answer = this.ahead.take(segmenter, item, source);
      // After a failed worker by itself: another image may be what ended it.
      if (this.renewals === 0) this.ahead.ask(segmenter, this.list.items.filter(isWaiting));
      answering = true;
      const result = await answer;
      answering = false;
      const found = measuredOf(placeOf(item), result, segmenter.manifest);
      const measured = { ...found, mask: maskFileOf(item) };
      const { width, height } = result;
      const ious = await this.scoreOf(result, truth);
      // Another provider's mask may differ in pixels from what is measured now.
      const toPack = item.mask === null || item.measured?.provider !== result.provider;
      const file = show && source instanceof Blob ? source : null;
      const shown = await this.prepare(result, file, toPack, show);
      const { image, mask, plane, faint, packKey, wholeKey } = shown;
      if (segmenter !== this.models.segmenter) {
        if (packKey !== null) await this.pictures.call('pack', { key: packKey }); // lets it go
        return; // the new model sees the image again
      }
      item.measured = measured;
      if (packKey !== null) item.mask = null; // comes anew
      item.failure = null; // of an earlier try
      item.status = 'done';
      this.retried.delete(item);
      this.renewals = 0;
      const index = this.indexOf(item);
      if (show && index >= 0) {
        const { image: _, ...rest } = result;
        const known = { result: { ...rest, mask }, plane: plane ?? { mask, width, height } };
        this.stage.show(index, image, width, height, { ...known, truth, ious, faint, wholeKey });
      }
      if (packKey === null) return;
      await this.packing;
      this.packing = this.pack(item, measured, packKey);
    } catch (error) {
      if (!this.list.items.includes(item)) return; // taken away, and its video closed
      const superseded = segmenter !== this.models.segmenter; // whatever it was
      if (superseded || (answering && (await this.renew(segmenter, item, error)))) {
        // The new model sees the image again.
        item.status = 'waiting';
        if (show && this.wanted < 0) this.wanted = this.indexOf(item);
        return;
      }
      item.status = 'failed';
      this.showFailure(item, asked || (show && !this.stage.known.result), error);
    }
  }

  /**
   * Where the worker or its graphics processor failed: the model is loaded again, and the image may try once more.
   * False: it failed by itself, did so twice, or so did those before it.
   */
  private async renew(segmenter: Segmenter, item: Item, error: unknown): Promise<boolean> {
    if (!(error instanceof LimbusError) || error.code !== 'internal') return false;
    if (this.retried.has(item) || this.renewals >= kMostRenewals) return false;
    this.retried.add(item);
    this.renewals += 1;
    await this.models.renew(segmenter, error.message);
    return true;
  }

  /** The result's pixels and mask move. */
  private prepare(
    { image, mask }: SegmentResult,
    file: Blob | null,
    toPack: boolean,
    keep: boolean,
  ): Promise<ShownPicture> {
    if (!image) throw new LimbusError('internal', 'the worker gave no image');
    const pack = toPack
      ? { colours: this.stage.classes.map((spec) => colourOf(spec.colour)) }
      : null;
    const request = { image: rgbaOf(image), file, mask, side: this.stage.mostShown(), keep, pack };
    return this.pictures.call('show', request, [image.data.buffer, mask.buffer]);
  }

  private async pack(item: Item, measured: Measured, key: number): Promise<void> {
    try {
      const { png, thumbnail } = await this.pictures.call('pack', { key });
      if (item.measured !== measured) return; // another model's comes
      item.mask = png;
      this.list.thumbnails.set(item, thumbnail);
      this.onPacked();
    } catch (error) {
      showError(`The mask of ${item.name}`, error);
    }
  }

  private showFailure(item: Item, show: boolean, error: unknown): void {
    item.failure = textOf(error);
    item.measured = item.mask = null; // of an earlier try
    showMessage('error', failureText(item));
    const index = this.indexOf(item);
    if (show && index >= 0) this.stage.clear(index);
  }

  /** While others come and go; -1: it has gone. */
  private indexOf(item: Item): number {
    return this.list.items.indexOf(item);
  }

  /** Of a rendered eye, which is made again; null: of a file. */
  async truthOf({ source }: Item): Promise<RenderedEye | null> {
    return 'preset' in source ? renderEye(source.preset, source.seed, 0) : null;
  }

  /** Of the network's mask against the true one; null where there is none, or none of what it finds. */
  private async scoreOf(
    { mask, width, height }: SegmentResult,
    truth: RenderedEye | null,
  ): Promise<(number | null)[] | null> {
    const wanted = truth && shownTruth(truth, this.stage.classes);
    if (!wanted) return null;
    const counts = await confusion(
      { data: wanted.mask, width: wanted.width, height: wanted.height },
      { data: mask, width, height },
      this.stage.classes.length,
    );
    return iousOf(counts, await score([counts], 'dataset'));
  }

  /** Before there is a model: the image alone. */
  private async preview(item: Item): Promise<void> {
    try {
      const truth = await this.truthOf(item);
      const source = truth ? rgbaOf(truth.image) : await pictureOf(item.source as Blob | Moment);
      const { image, width, height, thumbnail, wholeKey } = await this.pictures.call(
        'preview',
        { source, side: this.stage.mostShown() },
        source instanceof ImageBitmap ? [source] : [],
      );
      this.list.thumbnails.set(item, thumbnail);
      const index = this.indexOf(item);
      if (this.models.segmenter || index < 0) {
        if (this.wanted < 0) this.wanted = index; // a model came meanwhile
        return;
      }
      if (truth) this.stage.setClasses(truth.classes);
      this.stage.show(index, image, width, height, { truth, wholeKey });
    } catch (error) {
      if (!this.list.items.includes(item)) return;
      item.status = 'failed';
      this.showFailure(item, true, error);
    }
  }
}

export const failureText = ({ name, failure }: Item) => `${name}: ${failure}`;

/** What is going on, over the image; '' when nothing is. */
export function showBusy(text: string): void {
  byId('results', HTMLElement).setAttribute('aria-busy', String(text !== ''));
  showState(text);
}

const isWaiting = ({ status }: Item) => status === 'waiting';

function rgbaOf({ data, width, height }: ImageData): Rgba {
  return { data: data as Rgba['data'], width, height };
}
