// What a strict TypeScript user writes: compiled by the tests, never run.
import {
  LimbusError,
  Segmenter,
  SegmenterPool,
  type ImageSource,
  type MapOptions,
  type PoolOptions,
  type SegmentResult,
  type StreamOptions,
} from 'limbus';
import { confusion, readManifest, score } from 'limbus/core';
import type { LimbusSegmenterProps } from 'limbus/element';
import { eyeS } from 'limbus/models';

export async function segmentOnce(source: ImageSource): Promise<SegmentResult | string> {
  try {
    using segmenter = await Segmenter.load(eyeS, {
      signal: AbortSignal.timeout(10_000),
      assetsUrl: '/limbus/',
      onStatus: ({ message, bytes }) => console.log(message, bytes?.percent),
    });
    return await segmenter.segment(source);
  } catch (error) {
    if (error instanceof LimbusError) return error.code;
    throw error;
  }
}

export async function scoreOnce(truth: Uint8Array, found: SegmentResult): Promise<number> {
  const { width, height, mask } = found;
  const classes = (await readManifest(eyeS))?.classes.length ?? 2;
  const sides = [truth, mask].map((data) => ({ data, width, height }));
  return (await score([await confusion(sides[0]!, sides[1]!, classes)])).mIoU;
}

/** What it answers is never shared memory: `Blob`, `crypto` and WebGPU take it as it is. */
export const asFile = ({ mask, probabilities = new Float32Array(0) }: SegmentResult): Blob =>
  new Blob([mask, probabilities]);

export async function watch(segmenter: Segmenter, video: HTMLVideoElement): Promise<number> {
  const results = segmenter.stream(video, { dropLate: true, withProbabilities: true });
  for await (const { timeMs, probabilities } of results)
    if (timeMs !== null && probabilities && timeMs > 1000) break;
  return results.dropped;
}

export async function areasOf(files: File[]): Promise<(number[] | string)[]> {
  using pool = await SegmenterPool.load(eyeS, { size: 2 });
  const lines: (number[] | string)[] = [];
  for await (const { index, result, error } of pool.map(files, { order: 'completed' }))
    lines[index] = error ? error.message : result.areasPx;
  return lines;
}

/** A wrapper hands on what it was given, or was not. */
export const wrapped = (options: Partial<Record<keyof AllOptions, undefined>>): AllOptions =>
  options;
type AllOptions = PoolOptions & StreamOptions & MapOptions & Pick<LimbusSegmenterProps, 'onresult'>;

/** What a script of one's own imports for `workerUrl`; it exports nothing. */
export type Worker = typeof import('limbus/limbus/worker.js');
