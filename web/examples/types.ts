// What a strict TypeScript user writes: compiled by the tests, never run.
import { LimbusError, Segmenter, type ImageSource, type SegmentResult } from 'limbus';
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
