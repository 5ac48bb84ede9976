// What a strict TypeScript user writes: compiled by the tests, never run.
import { LimbusError, Segmenter, type ImageSource, type SegmentResult } from 'limbus';
import { LimbusSegmenterElement } from 'limbus/element';
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

export function pupilOf(eye: LimbusSegmenterElement): void {
  const found = document.querySelector('limbus-segmenter') satisfies LimbusSegmenterElement | null;
  eye.source = found?.source ?? null;
  eye.addEventListener('progress', ({ detail }) => console.log(detail.bytes?.percent));
  eye.addEventListener('error', ({ detail }) => console.log(detail.code));
  eye.addEventListener('click', ({ clientX }) => console.log(clientX, eye.result?.areasPx));
}
