// Several segmenters of one model, for folders of images: a worker each, one queue.
import { orAborted, stoppable } from './abort.js';
import { NeverBegun, untilBegun } from './connection.js';
import { LimbusError } from './error.js';
import { pulled, type Frames, type ManySources, type Picture } from './frames.js';
import type { ImageSource } from './image_source.js';
import { Mailbox } from './mailbox.js';
import { ModelBytes } from './model_bytes.js';
import { Segmenter } from './segmenter.js';
import { closeOurs, sentUnlessEnded } from './sent_image.js';
import type {
  LoadOptions,
  Manifest,
  MapOptions,
  ModelSource,
  OnnxFacts,
  PoolOptions,
  Provider,
  SegmentOptions,
  SegmentResult,
} from './types.js';

const kMostWorkers = 8;
const kThreadsEach = 4; // of wasm-threads
const kDisposed = 'disposed before it could answer; SegmenterPool.load() makes another';
const kInFlight = 2; // per worker: the next is there when one is done

/** A core each, but one for the page; a GB each; two are enough to keep a GPU busy. */
export function usualPoolSize(provider: Provider): number {
  const { hardwareConcurrency = 4, deviceMemory = 4 } = navigator as {
    hardwareConcurrency?: number;
    deviceMemory?: number; // GB, at most 8; not all browsers tell
  };
  const spare = hardwareConcurrency - 1;
  const cores = provider === 'wasm-threads' ? Math.floor(spare / kThreadsEach) : spare;
  const most = provider === 'webgpu' ? 2 : kMostWorkers;
  return Math.max(1, Math.min(cores, Math.floor(deviceMemory), most));
}

/** Of one source: what came of it, or why nothing did. */
export type PoolItem = { index: number; source: ImageSource } & (
  { result: SegmentResult; error?: never } | { error: Error; result?: never }
);

interface Slot {
  segmenter: Segmenter | Promise<Segmenter>; // a promise while its worker is being replaced
  busy: number; // pictures that it was given and has not answered
}

/** Several workers with one model, fetched once. Made by `SegmenterPool.load`. */
export class SegmenterPool {
  readonly manifest: Manifest;
  readonly facts: OnnxFacts;
  readonly provider: Provider;
  private readonly slots: Slot[];
  private readonly ending = new AbortController();

  private constructor(
    segmenters: Segmenter[],
    private readonly renewed: () => Promise<Segmenter>,
  ) {
    const [first] = segmenters;
    this.manifest = first!.manifest;
    this.facts = first!.facts;
    this.provider = first!.provider;
    this.slots = segmenters.map((segmenter) => ({ segmenter, busy: 0 }));
  }

  /**
   * Loads the model; resolves when all workers are warm. What the model is refused for is found out by the
   * first. Where others do not start, the pool is smaller.
   */
  static async load(source: ModelSource, options: PoolOptions = {}): Promise<SegmenterPool> {
    const { size: wanted, onStatus, ...rest } = options;
    if (wanted !== undefined && !(Number.isInteger(wanted) && wanted > 0))
      throw new LimbusError(
        'badArgument',
        `the size of a pool is a whole number from 1, got ${wanted}`,
      );
    options.signal?.throwIfAborted();
    const model = await ModelBytes.of(source, options);
    const first = await Segmenter.loadBytes(model, {
      ...rest,
      ...(onStatus && {
        onStatus: (status) => {
          if (status.stage !== 'ready') onStatus(status);
        },
      }),
    });
    const { provider } = first;
    const alike: LoadOptions = { ...rest, provider };
    const size = wanted ?? usualPoolSize(provider);
    const others = await Promise.allSettled(
      Array.from({ length: size - 1 }, () => Segmenter.loadBytes(model, alike)),
    );
    const all = [first, ...others.flatMap((each) => ('value' in each ? [each.value] : []))];
    if (options.signal?.aborted) {
      for (const segmenter of all) segmenter.dispose();
      throw options.signal.reason;
    }
    const message = `ready: ${all.length} workers on ${provider}`;
    onStatus?.({ stage: 'ready', provider, message });
    const { signal: _, ...later } = alike;
    return new SegmenterPool(all, () => Segmenter.loadBytes(model, later));
  }

  /** Workers that run. */
  get size(): number {
    return this.slots.length;
  }

  /** By the worker that has least to do. Files again where one died before it came to them: they never change. */
  async segment(source: ImageSource, options: SegmentOptions = {}): Promise<SegmentResult> {
    const ask = () => this.ask(source, options);
    return source instanceof Blob ? untilBegun(ask) : ask();
  }

  private async ask(source: ImageSource, options: SegmentOptions): Promise<SegmentResult> {
    options.signal?.throwIfAborted();
    const [slot] = this.slots.slice().sort((a, b) => a.busy - b.busy);
    if (!slot) throw this.ending.signal.reason ?? new LimbusError('internal', 'no worker is left');
    slot.busy += 1;
    let segmenter: Segmenter | null = null;
    // At once where a worker is waited for: pixels may be changed or closed after the call, and videos go on.
    const held =
      slot.segmenter instanceof Promise
        ? sentUnlessEnded(source, options.signal, this.ending.signal)
        : null;
    try {
      segmenter =
        slot.segmenter instanceof Promise
          ? await orAborted(orAborted(slot.segmenter, options.signal), this.ending.signal)
          : slot.segmenter;
      return await (held
        ? segmenter.segmentSent(held, options)
        : segmenter.segment(source, options));
    } catch (error) {
      if (!(error instanceof LimbusError)) throw error;
      if (error.code === 'internal') this.renew(slot, segmenter);
      // Its worker was replaced, because another picture failed there.
      const replaced = error.code === 'disposed' && !this.ending.signal.aborted;
      throw replaced && !(error instanceof NeverBegun) ? new NeverBegun(error, true) : error;
    } finally {
      slot.busy -= 1;
      held?.then(closeOurs, () => {}); // was told, or nobody came to ask
    }
  }

  /**
   * Segments many: results in the order of the sources, or as they are done. A picture that fails is an
   * item with an error and ends nothing; one of which its worker dies takes with it what waited for the same
   * worker and is no file. Sources are asked for as results are taken: two for each worker wait or run at most. An error of
   * the sources themselves comes after the results of those before it.
   */
  map(
    sources: ManySources,
    { signal, order = 'input', ...options }: MapOptions = {},
  ): AsyncIterableIterator<PoolItem> {
    if (order !== 'input' && order !== 'completed')
      throw new LimbusError('badArgument', `order is 'input' or 'completed', got '${order}'`);
    const pictures = pulled(sources, 'map() takes an array');
    let feed: Feed | null = null;
    const work = async (source: ImageSource, index: number, stop: AbortSignal): Promise<PoolItem> =>
      this.segment(source, { ...options, signal: stop }).then(
        (result) => ({ index, source, result }),
        (error: Error) => ({ index, source, error }),
      );
    const room = () => Math.max(1, kInFlight * this.size); // without a worker each one says so

    async function* items(stop: AbortSignal): AsyncGenerator<PoolItem, undefined> {
      feed = new Feed(pictures, order, room, (source, index) => work(source, index, stop));
      for (;;) {
        const item = await orAborted(feed.take(), stop);
        if (!item) return undefined;
        yield item;
      }
    }
    return stoppable([signal, this.ending.signal], items, () => feed?.stop());
  }

  /** Ends all workers, which frees their memory; what runs rejects with code 'disposed'. */
  dispose(): void {
    this.ending.abort(new LimbusError('disposed', kDisposed));
    for (const { segmenter } of this.slots.splice(0))
      if (!(segmenter instanceof Promise)) segmenter.dispose();
  }

  /** For `using pool = ...`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Its worker has failed: another takes its place, or, if none starts, the pool is smaller. */
  private renew(slot: Slot, failed: Segmenter | null): void {
    if (slot.segmenter !== failed || this.ending.signal.aborted) return;
    failed.dispose();
    const next = this.renewed().then((segmenter) => {
      if (this.ending.signal.aborted) {
        segmenter.dispose();
        throw this.ending.signal.reason;
      }
      slot.segmenter = segmenter;
      return segmenter;
    });
    slot.segmenter = next;
    next.catch(() => {
      if (this.slots.includes(slot)) this.slots.splice(this.slots.indexOf(slot), 1);
    });
  }
}

/** Asks the sources while there is room, and hands out what is done. */
class Feed {
  private readonly done = new Mailbox<Promise<PoolItem>>(false, () => {});
  private readonly running = new Set<Promise<PoolItem>>();
  private out = 0; // items that were begun and not taken
  private stopped = false;
  private wake: (() => void) | null = null;

  constructor(
    private readonly pictures: Frames<Picture>,
    private readonly order: 'input' | 'completed',
    private readonly room: () => number,
    private readonly work: (source: ImageSource, index: number) => Promise<PoolItem>,
  ) {
    void this.fill();
  }

  async take(): Promise<PoolItem | undefined> {
    const item = await await this.done.take();
    this.out -= 1;
    this.wake?.();
    return item;
  }

  async stop(): Promise<void> {
    if (this.stopped) return;
    this.stopped = true;
    this.done.close();
    this.wake?.();
    await this.pictures.stop();
  }

  private async fill(): Promise<void> {
    let failure: { error: unknown } | null = null;
    try {
      for (;;) {
        while (this.out >= this.room() && !this.stopped)
          await new Promise<void>((resolve) => (this.wake = resolve));
        if (this.stopped) return;
        const picture = await this.pictures.next();
        if (!picture) break;
        this.begin(picture);
      }
    } catch (error) {
      failure = { error };
    }
    await Promise.all(this.running);
    this.done.end(failure);
  }

  private begin({ source, index, close }: Picture): void {
    const item = this.work(source, index).finally(close);
    this.out += 1;
    this.running.add(item);
    if (this.order === 'input') this.done.push(item);
    void item.then(() => {
      this.running.delete(item);
      if (this.order === 'completed') this.done.push(item);
    });
  }
}
