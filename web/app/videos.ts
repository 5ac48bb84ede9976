// Videos in the list: each of their frames is an image of its own, read when its turn comes.
import { kBitmapRules } from '../src/bitmap_rules.js';
import type { Place } from '../src/measurements.js';
import type { Item } from './images.js';

export interface Video {
  readonly timesMs: readonly number[]; // of its frames, rising
  readonly absentBytes: number; // of a file that breaks off
  /** The caller closes it; of some videos it is a file. Rejects with one line where its data are damaged. */
  frame(index: number, signal?: AbortSignal): Promise<VideoFrame | Blob>;
  close(): void;
}

/** One frame of a video. */
export interface Moment {
  name: string; // of the video
  video: Video;
  frame: number; // from 0
  timeMs: number;
}

const kMostFrames = 10_000; // each has its place in the list: more than 5 minutes at 30 a second

/** Some systems take scripts in TypeScript for MPEG-TS. */
export const isVideo = ({ name, type }: File) =>
  /^video\/(?!mp2t|vnd\.dlna)/.test(type) || /\.(mp4|m4v|mov|webm|mkv|avi)$/i.test(name);

export async function openVideo(file: File): Promise<Video> {
  const url = new URL('./video_reader.js', import.meta.url).href;
  const { open } = (await import(url).catch(() => {
    throw new Error('what reads videos could not be fetched; load the page again');
  })) as { open: (file: Blob) => Promise<Video> };
  return open(file);
}

/** The first ones of a long video: `left` are left out. */
export function momentsOf(
  name: string,
  video: Video,
): { items: Pick<Item, 'name' | 'source'>[]; left: number } {
  const times = video.timesMs.slice(0, kMostFrames);
  const digits = String(times.length - 1).length;
  const items = times.map((timeMs, frame) => ({
    name: `${name} #${String(frame).padStart(digits, '0')}`,
    source: { name, video, frame, timeMs },
  }));
  return { items, left: video.timesMs.length - times.length };
}

/** Those of the items of which the others have no frame. */
export function closeVideos(items: Item[], others: Item[] = []): void {
  const videosOf = (of: Item[]) =>
    new Set(of.flatMap(({ source }) => ('video' in source ? source.video : [])));
  const kept = videosOf(others);
  for (const video of videosOf(items)) if (!kept.has(video)) video.close();
}

/** What `use` makes of the frame, which is closed behind it. */
export async function withFrame<T>(
  { video, frame }: Moment,
  use: (frame: VideoFrame | Blob) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const picture = await video.frame(frame, signal);
  try {
    return await use(picture);
  } finally {
    if (!(picture instanceof Blob)) picture.close();
  }
}

/** For what only shows it. */
export async function pictureOf(source: Blob | Moment): Promise<Blob | ImageBitmap> {
  if (source instanceof Blob) return source;
  return withFrame(source, (frame) => createImageBitmap(frame, kBitmapRules));
}

const withoutEnding = (path: string) => path.replace(/\.[^./]*$/, '');

/** What files of it are called: eye.mp4 #07 -> eye-07. */
export function stemOf({ name, source }: Pick<Item, 'name' | 'source'>): string {
  if (!('video' in source)) return withoutEnding(name);
  return `${withoutEnding(source.name)}-${name.slice(source.name.length + 2)}`;
}

/** Of its mask among those of all images. */
export const maskFileOf = ({ stem }: Item) => `${stem}-mask.png`;

/** As tables name it. */
export function placeOf({ name, source }: Item): Place {
  if (!('video' in source)) return { image: name };
  return { image: source.name, frame: source.frame, timeMs: source.timeMs };
}
