// Whether what is drawn on a canvas can be read from it.
import { LimbusError } from '../error.js';

let readsBack = false;

/**
 * Browsers that let no page tell their users apart (Firefox's resistFingerprinting, Tor) hand out invented pixels; a
 * few levels of noise, as Brave's, let be.
 */
export function checkReadBack(): void {
  if (readsBack) return;
  const context = new OffscreenCanvas(8, 8).getContext('2d', { willReadFrequently: true })!;
  const put = new ImageData(8, 8);
  put.data.forEach((_, i) => (put.data[i] = i % 4 < 3 ? 99 : 255));
  context.putImageData(put, 0, 0);
  const { data } = context.getImageData(0, 0, 8, 8);
  readsBack = data.every((value, i) => Math.abs(value - put.data[i]!) < 9);
  if (!readsBack)
    throw new LimbusError(
      'unsupported',
      'this browser hands out invented pixels against fingerprinting: ' +
        'allow this site canvas data, or hand in { data, width, height }',
    );
}
