// What goes between the page and the worker that prepares what it shows and saves. One answer per request.
import type { OwnBytes } from '../src/types.js';

/** A mask as the canvas takes it: class indices, perhaps of fewer pixels than the image. */
export interface Plane {
  mask: Uint8Array;
  width: number;
  height: number;
}

/** RGBA. An ImageData would be copied on its way, even where its buffer moves. */
export interface Rgba {
  data: Uint8ClampedArray<ArrayBuffer>; // [height, width, 4], opaque
  width: number;
  height: number;
}

/** Of an image, in its pixels. */
export interface Part {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface Preview {
  image: Rgba; // as the canvas takes it
  width: number; // of the source
  height: number;
  thumbnail: Blob;
  wholeKey: number | null; // for 'crop', until another image is kept
}

export interface ResultToShow {
  image: Rgba; // moves
  file: Blob | null; // that it is of, for `faint`
  mask: OwnBytes; // moves, and comes back
  side: number; // what is shown has at most so many pixels on a side
  keep: boolean; // where that is smaller: for 'crop', in place of the one before
  pack: { colours: [number, number, number][] } | null; // keep what 'pack' needs; tint of the thumbnail, by class
}

export interface ShownPicture {
  image: Rgba;
  mask: OwnBytes; // the one that was sent
  plane: Plane | null; // of `image`'s size; null: the mask is
  faint: number | null; // its largest value, where the high bytes of 16-bit values are nearly empty
  packKey: number | null; // for 'pack', once
  wholeKey: number | null; // for 'crop', until another image is kept
}

/** Request by kind -> its parameters and its answer. */
export interface PictureCalls {
  preview: [{ source: Blob | Rgba | ImageBitmap; side: number }, Preview]; // a bitmap moves
  thumbnail: [{ file: Blob }, Blob];
  show: [ResultToShow, ShownPicture];
  /** A part of the kept image in so many pixels; null: another one is kept by now. */
  crop: [{ key: number; part: Part; width: number; height: number }, Rgba | null];
  pack: [{ key: number }, { png: Blob; thumbnail: Blob }];
  zip: [{ files: { name: string; blob: Blob }[] }, Blob];
}

export type PictureKind = keyof PictureCalls;

export type PictureRequest = {
  [K in PictureKind]: { id: number; kind: K; parameters: PictureCalls[K][0] };
}[PictureKind];

export type PictureAnswer =
  { id: number; value: PictureCalls[PictureKind][1] } | { id: number; error: string };
