// A video file -> its frames, each when it is asked for. A program of its own: most visits open no video.
import {
  BlobSource,
  EncodedPacketSink,
  Input,
  Logging,
  LogLevel,
  MATROSKA,
  MP4,
  QTFF,
  UnsupportedInputFormatError,
  VideoSampleSink,
  WEBM,
  type InputVideoTrack,
  type VideoSample,
} from 'mediabunny';

import { absentBytes, breaksOff } from './cut_off.js';
import type { Video } from './videos.js';

const kSameS = 1e-5; // decoders count in microseconds
const kRestMs = 5000; // a decoder holds frames: after so long without a question it goes
const kVp8Shown = 0x10; // in a frame's first byte (RFC 6386, 9.1)
const kStills = [
  [0xff, 0xd8, 0xff], // JPEG
  [0x89, 0x50, 0x4e, 0x47], // PNG
];

Logging.level = LogLevel.Silent; // what fails is told in the page

/** Rejects with one line where nothing in it can be decoded. */
export async function open(file: Blob): Promise<Video> {
  const absent = await absentBytes(file);
  const input = new Input({ source: new BlobSource(file), formats: [MP4, QTFF, WEBM, MATROSKA] });
  try {
    const track = await trackOf(input);
    const stills = await holdsStills(track);
    await (stills ? checkUpright(track) : checkDecodable(track));
    const times = await timesOf(track);
    return stills
      ? new Stills(input, track, times, absent)
      : new Coded(input, track, times, absent);
  } catch (error) {
    input.dispose();
    if (absent > 0) throw new Error(`${(error as Error).message}; ${breaksOff(absent)}`);
    throw error;
  }
}

async function trackOf(input: Input): Promise<InputVideoTrack> {
  const track = await input.getPrimaryVideoTrack().catch((error: Error) => {
    throw error instanceof UnsupportedInputFormatError
      ? new Error(
          'it is no MP4, MOV, WebM or Matroska file; `ffmpeg -i IN -c copy OUT.mkv` makes one of most videos',
        )
      : new Error(`the file is damaged: ${error.message}`);
  });
  if (!track) throw new Error('there is no video in it');
  return track;
}

async function checkDecodable(track: InputVideoTrack): Promise<void> {
  if (typeof VideoDecoder === 'undefined')
    throw new Error(
      'this browser decodes no videos here: it has no WebCodecs, or the page came without HTTPS',
    );
  // The library would merge it in a worker from a blob, which the page's policy forbids.
  if (await track.canBeTransparent())
    throw new Error('it has an alpha channel; convert it first, to a video without (yuv420p)');
  if (await track.canDecode()) return checkBeginning(track);
  const codec = (await track.getCodecParameterString()) ?? (await track.getInternalCodecId());
  const name = codec instanceof Uint8Array || codec === null ? 'unknown' : codec;
  throw new Error(
    `this browser does not decode its codec (${name}); convert it first, to H.264 or VP9`,
  );
}

/** Cut without its first whole picture, a video has nothing that decoders begin with. */
async function checkBeginning(track: InputVideoTrack): Promise<void> {
  const sink = new EncodedPacketSink(track);
  if (await sink.getFirstKeyPacket({ verifyKeyPackets: true })) return;
  throw new Error('it has no whole picture to begin with; convert it first, to H.264 or VP9');
}

async function checkUpright(track: InputVideoTrack): Promise<void> {
  const degrees = await track.getRotation();
  if (degrees !== 0)
    throw new Error(`its pictures are turned by ${degrees} degrees; convert it first, to H.264`);
}

/** Motion JPEG, as many cameras record, or PNG: each packet is a file that every browser reads. */
async function holdsStills(track: InputVideoTrack): Promise<boolean> {
  if ((await track.getCodec()) !== null) return false;
  const first = (await new EncodedPacketSink(track).getFirstPacket())?.data ?? [];
  return kStills.some((start) => start.every((byte, i) => first[i] === byte));
}

/** Of each frame, in s, in the order in which they are shown. What lies before 0 is not. */
async function timesOf(track: InputVideoTrack): Promise<number[]> {
  const times = new Set<number>();
  const isVp8 = (await track.getCodec()) === 'vp8';
  const packets = new EncodedPacketSink(track).packets(undefined, undefined, {
    metadataOnly: !isVp8,
  });
  for await (const { timestamp, data } of packets) {
    // By them the library would put all later frames out of their time. Other codecs pack them up with a shown one.
    if (isVp8 && !(data[0]! & kVp8Shown))
      throw new Error('its VP8 has frames that are not shown; convert it first, to H.264 or VP9');
    if (timestamp >= 0) times.add(timestamp);
  }
  if (times.size === 0) throw new Error('there is no whole frame in it');
  return [...times].sort((a, b) => a - b);
}

class Stills implements Video {
  readonly timesMs: number[];

  constructor(
    private readonly input: Input,
    private readonly track: InputVideoTrack,
    private readonly times: readonly number[],
    readonly absentBytes: number,
  ) {
    this.timesMs = times.map((time) => 1000 * time);
  }

  async frame(index: number): Promise<Blob> {
    const packet = await new EncodedPacketSink(this.track).getPacket(this.times[index]!);
    if (!packet) throw new Error('this frame cannot be read');
    return new Blob([packet.data as Uint8Array<ArrayBuffer>]);
  }

  close(): void {
    this.input.dispose();
  }
}

class Coded implements Video {
  readonly timesMs: number[];

  private readonly sink: VideoSampleSink;
  private samples: AsyncGenerator<VideoSample, void> | null = null;
  private next = -1; // the frame that `samples` gives next
  private before: Promise<unknown> = Promise.resolve();
  private rest: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly input: Input,
    track: InputVideoTrack,
    private readonly times: readonly number[],
    readonly absentBytes: number,
  ) {
    this.sink = new VideoSampleSink(track);
    this.timesMs = times.map((time) => 1000 * time);
  }

  frame(index: number, signal?: AbortSignal): Promise<VideoFrame> {
    clearTimeout(this.rest);
    const reading = this.before.then(() => {
      signal?.throwIfAborted();
      return this.read(index);
    });
    this.before = reading.catch(() => {});
    this.rest = setTimeout(() => (this.before = this.before.then(() => this.rewind())), kRestMs);
    return reading;
  }

  close(): void {
    clearTimeout(this.rest);
    void this.rewind();
    this.input.dispose();
  }

  /** Quick for the frame after the one before: from any other one decodes from the last whole picture on. */
  private async read(index: number): Promise<VideoFrame> {
    if (index === this.next) {
      // A decoder that nobody asked for a while may be gone.
      const frame = await this.readNext(index).catch(() => null);
      if (frame) return frame;
    }
    await this.rewind();
    this.samples = this.sink.samples(this.times[index]);
    try {
      return await this.readNext(index);
    } catch (error) {
      await this.rewind();
      throw new Error(`this frame cannot be decoded: ${(error as Error).message}`);
    }
  }

  private async readNext(index: number): Promise<VideoFrame> {
    const time = this.times[index]!;
    for (;;) {
      const { value: sample } = await this.samples!.next();
      if (!sample || sample.timestamp > time + kSameS) {
        sample?.close();
        throw new Error('its data are damaged');
      }
      try {
        if (sample.timestamp < time - kSameS) continue; // of a time that two have
        this.next = index + 1;
        return upright(sample);
      } finally {
        sample.close();
      }
    }
  }

  private async rewind(): Promise<void> {
    const { samples } = this;
    this.samples = null;
    this.next = -1;
    await samples?.return().catch(() => {}); // it may have failed
  }
}

/** As a player shows it: decoders leave pictures as the camera was held. */
function upright(sample: VideoSample): VideoFrame {
  if (sample.rotation === 0 && !sample.flip) return sample.toVideoFrame();
  const canvas = new OffscreenCanvas(sample.displayWidth, sample.displayHeight);
  const context = canvas.getContext('2d', { alpha: false });
  if (!context) throw new Error(`no memory for ${canvas.width} x ${canvas.height} pixels`);
  sample.draw(context, 0, 0);
  return new VideoFrame(canvas, { timestamp: sample.microsecondTimestamp });
}
