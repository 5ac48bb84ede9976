// What moves -> pictures one after the other, with their time, each closed when it is done.
import { LimbusError, messageOf } from './error.js';
import { bitmapOf, kindOf, type ImageSource } from './image_source.js';
import { Mailbox } from './mailbox.js';
import { turn } from './turn.js';

/**
 * A video, a camera or another track, a stream of VideoFrames, or pictures one after the other. Each
 * VideoFrame is closed when it is done or passed over; all other pictures stay the caller's.
 */
export type StreamSource = HTMLVideoElement | MediaStream | MediaStreamTrack | ManySources;

/** Pictures one after the other; a string is no such thing. */
export type ManySources =
  ReadableStream<ImageSource> | AsyncIterable<ImageSource> | Iterable<ImageSource>;

export interface Picture {
  index: number; // of all that arrived
  timeMs: number | null; // in its medium
  source: ImageSource;
  close(): void;
}

/** Of a video: its copy may not be ready yet. */
export type Frame = Omit<Picture, 'source'> & { source: ImageSource | Promise<ImageSource> };

export interface Frames<Each = Frame> {
  readonly dropped: number;
  /** Begins with the first call; one at a time. Undefined: no more will come. */
  next(): Promise<Each | undefined>;
  stop(): void | Promise<void>;
}

/** Refuses what it does not know at once; begins nothing. */
export function framesOf(source: StreamSource, dropLate: boolean): Frames {
  const kind = kindOf(source);
  if (kind === 'HTMLVideoElement') return new VideoFrames(source as HTMLVideoElement, dropLate);
  if (kind === 'MediaStream') {
    const [track] = (source as MediaStream).getVideoTracks();
    if (!track) throw new LimbusError('badArgument', 'this MediaStream has no video track');
    return framesOfTrack(track, dropLate);
  }
  if (kind.endsWith('MediaStreamTrack')) return framesOfTrack(source as MediaStreamTrack, dropLate);
  const open = opener(source, 'stream() takes a video, a MediaStream or MediaStreamTrack');
  return dropLate ? new PumpedFrames(open, true) : new PulledFrames(open);
}

type Open = () => AsyncIterator<ImageSource> | Iterator<ImageSource>;

/** One after the other, as they are asked for. `takes`: the caller's words for what else it takes. */
export function pulled(sources: ManySources, takes: string): Frames<Picture> {
  return new PulledFrames(opener(sources, takes));
}

function opener(source: unknown, takes: string): Open {
  const kind = kindOf(source);
  if (kind === 'ReadableStream')
    return () => readerOf((source as ReadableStream<ImageSource>).getReader());
  if (typeof source === 'object' && source !== null) {
    if (Symbol.asyncIterator in source)
      return () => (source as AsyncIterable<ImageSource>)[Symbol.asyncIterator]();
    if (Symbol.iterator in source && !ArrayBuffer.isView(source))
      return () => (source as Iterable<ImageSource>)[Symbol.iterator]();
  }
  throw new LimbusError(
    'badArgument',
    `${takes}, a ReadableStream or an iterable of sources, got ${kind}`,
  );
}

function readerOf(reader: ReadableStreamDefaultReader<ImageSource>): AsyncIterator<ImageSource> {
  return {
    next: () => reader.read() as Promise<IteratorResult<ImageSource>>,
    async return() {
      await reader.cancel();
      return { done: true, value: undefined };
    },
  };
}

function frameOf(source: ImageSource, index: number): Picture {
  if (kindOf(source) !== 'VideoFrame') return { index, timeMs: null, source, close() {} };
  const frame = source as VideoFrame;
  return { index, timeMs: frame.timestamp / 1000, source, close: () => frame.close() };
}

/** As they are asked for: the source waits. */
class PulledFrames implements Frames<Picture> {
  readonly dropped = 0;
  private iterator: ReturnType<Open> | null = null;
  private index = 0;
  private asking = false;
  private stopped = false;

  constructor(private readonly open: Open) {}

  async next(): Promise<Picture | undefined> {
    this.iterator ??= this.open();
    this.asking = true;
    const { done, value } = await this.iterator.next();
    this.asking = false;
    if (done) {
      this.stopped = true;
      return undefined;
    }
    const frame = frameOf(value, this.index++);
    if (!this.stopped) return frame;
    frame.close();
    return undefined;
  }

  /** A source that is being asked for more may never answer: it is told, not waited for. */
  async stop(): Promise<void> {
    if (this.stopped) return;
    this.stopped = true;
    const told = this.iterator?.return?.();
    if (this.asking) void Promise.resolve(told).catch(() => {});
    else await told;
  }
}

/** As they come. */
class PumpedFrames implements Frames {
  private readonly pulled: PulledFrames;
  private readonly mailbox: Mailbox<Frame>;
  private pumping = false;

  constructor(open: Open, newestOnly: boolean) {
    this.pulled = new PulledFrames(open);
    this.mailbox = new Mailbox<Frame>(newestOnly, (frame) => frame.close());
  }

  get dropped(): number {
    return this.mailbox.dropped;
  }

  next(): Promise<Frame | undefined> {
    if (!this.pumping) void this.pump();
    this.pumping = true;
    return this.mailbox.take();
  }

  async stop(): Promise<void> {
    this.mailbox.close();
    await this.pulled.stop();
  }

  private async pump(): Promise<void> {
    try {
      for (;;) {
        const frame = await this.pulled.next();
        if (!frame) break;
        this.mailbox.push(frame);
        await turn(); // of a source that is always ready, for whoever takes from it
      }
      this.mailbox.end();
    } catch (error) {
      this.mailbox.end({ error });
    }
  }
}

/** What a video shows. Late frames are never copied: what is shown when one is asked for is taken. */
class VideoFrames implements Frames {
  private readonly mailbox: Mailbox<Frame>;
  private readonly ended = () => this.mailbox.end();
  private readonly failed = () => this.refused(this.video.error?.message || 'it cannot be played');
  private cancel: (() => void) | null = null;
  private live: EventTarget | null = null;
  private index = 0;

  constructor(
    protected readonly video: HTMLVideoElement,
    private readonly dropLate: boolean,
  ) {
    this.mailbox = new Mailbox<Frame>(dropLate, (frame) => frame.close());
  }

  get dropped(): number {
    return this.mailbox.dropped;
  }

  next(): Promise<Frame | undefined> {
    if (!this.cancel) this.begin();
    return this.mailbox.take();
  }

  stop(): void {
    this.cancel?.();
    this.live?.removeEventListener('inactive', this.ended);
    this.video.removeEventListener('ended', this.ended);
    this.video.removeEventListener('error', this.failed);
    this.mailbox.close();
  }

  protected refused(why: string): void {
    this.mailbox.end({ error: new LimbusError('badData', `the video failed: ${why}`) });
  }

  protected begin(): void {
    const { video } = this;
    // Of tracks that the page itself stops, Chromium tells the stream alone.
    this.live = video.srcObject instanceof MediaStream ? video.srcObject : null;
    this.live?.addEventListener('inactive', this.ended);
    video.addEventListener('ended', this.ended);
    video.addEventListener('error', this.failed);
    this.cancel = onEachFrame(video, (timeS) => this.arrived(timeS));
    // One that stands shows a frame already, and no other comes by itself.
    if (video.paused && video.readyState >= video.HAVE_CURRENT_DATA)
      this.arrived(video.currentTime);
    if (video.error) this.failed();
    if (video.ended) this.ended();
  }

  private arrived(timeS: number): void {
    const frame = { index: this.index++, timeMs: 1000 * timeS };
    if (this.dropLate) return this.mailbox.push({ ...frame, source: this.video, close() {} });
    const copy = bitmapOf(this.video, 'HTMLVideoElement');
    const close = () => void copy.then((bitmap) => bitmap.close()).catch(() => {});
    copy.catch(() => {}); // whoever takes it is told
    this.mailbox.push({ ...frame, source: copy, close });
  }
}

/** Calls with the media time of each frame that is shown, in seconds. Returns how to end that. */
function onEachFrame(video: HTMLVideoElement, shown: (timeS: number) => void): () => void {
  let id: number;
  if ('requestVideoFrameCallback' in video) {
    const frame = (_: number, { mediaTime }: VideoFrameCallbackMetadata) => {
      id = video.requestVideoFrameCallback(frame);
      shown(mediaTime);
    };
    id = video.requestVideoFrameCallback(frame);
    return () => video.cancelVideoFrameCallback(id);
  }
  const each = video as HTMLVideoElement;
  let before = each.currentTime;
  const look = () => {
    id = requestAnimationFrame(look);
    if (each.currentTime === before || each.readyState < each.HAVE_CURRENT_DATA) return;
    before = each.currentTime;
    shown(before);
  };
  id = requestAnimationFrame(look);
  return () => cancelAnimationFrame(id);
}

/** Chromium's and Safari's way to the frames of a track, not in TypeScript's library yet. */
declare const MediaStreamTrackProcessor:
  | (new (options: { track: MediaStreamTrack }) => { readable: ReadableStream<VideoFrame> })
  | undefined;

/** A live source cannot be held back: it is read as fast as it comes. */
function framesOfTrack(track: MediaStreamTrack, dropLate: boolean): Frames {
  if (track.kind !== 'video')
    throw new LimbusError('badArgument', `expected a video track, got one of ${track.kind}`);
  if (typeof MediaStreamTrackProcessor === 'function') {
    const Processor = MediaStreamTrackProcessor;
    const open = () => readerOf(new Processor({ track }).readable.getReader());
    return new PumpedFrames(open, dropLate);
  }
  if (typeof document === 'undefined')
    throw new LimbusError(
      'unsupported',
      'this browser gives the frames of a track to pages alone: call stream() there',
    );
  return new TrackFrames(track, dropLate);
}

/** By a video that nobody sees. */
class TrackFrames extends VideoFrames {
  constructor(
    private readonly track: MediaStreamTrack,
    dropLate: boolean,
  ) {
    super(document.createElement('video'), dropLate);
  }

  override stop(): void {
    super.stop();
    this.video.srcObject = null;
  }

  protected override begin(): void {
    const srcObject = new MediaStream([this.track]);
    Object.assign(this.video, { muted: true, playsInline: true, srcObject });
    super.begin();
    void this.video.play().catch((error: unknown) => this.refused(messageOf(error)));
  }
}
