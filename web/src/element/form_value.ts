// What a form sends: the mask as a file and what was measured.
import { measuredOf, toJson } from '../measurements.js';
import { encodePng } from '../png.js';
import type { Manifest, SegmentResult } from '../types.js';

/**
 * `name`: an 8-bit grey PNG whose values are class indices; `name-measurements`: the JSON that the page
 * of Limbus saves for one picture.
 */
export async function formValueOf(
  name: string,
  result: SegmentResult,
  manifest: Manifest,
): Promise<FormData> {
  const png = await encodePng(result.mask, result.width, result.height);
  const value = new FormData();
  value.append(name, new File([png], `${name}.png`, { type: 'image/png' }));
  value.append(`${name}-measurements`, toJson([measuredOf({ image: name }, result, manifest)], []));
  return value;
}
