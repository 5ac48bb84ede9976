// A result in words: what was found, for the legend and for those who do not see the picture.
import type { ClassSpec, Manifest, SegmentResult } from '../types.js';

export interface Finding {
  classIndex: number;
  name: string;
  /** Diameter of pupil and iris, source pixels; null for other classes. */
  diameterPx: number | null;
  /** Share of the picture, percent. */
  areaPercent: number;
}

function diameterOf(spec: ClassSpec, { eye }: SegmentResult): number | null {
  if (spec.role === 'pupil') return eye?.pupilDiameterPx ?? null;
  if (spec.role === 'iris') return eye?.irisDiameterPx ?? null;
  return null;
}

/** One for each class with pixels, background left out, in the order of the manifest. */
export function findingsOf(result: SegmentResult, classes: Manifest['classes']): Finding[] {
  const total = result.width * result.height;
  return classes.flatMap((spec, classIndex) => {
    const areaPx = result.areasPx[classIndex] ?? 0;
    if (spec.role === 'background' || areaPx === 0) return [];
    const diameterPx = diameterOf(spec, result);
    return [{ classIndex, name: spec.name, diameterPx, areaPercent: (100 * areaPx) / total }];
  });
}

/** As the legend writes it: 'Ø 128.4 px' or '12.3 %'. */
export function sizeOf({ diameterPx, areaPercent }: Finding): string {
  return diameterPx === null ? `${areaPercent.toFixed(1)} %` : `Ø ${diameterPx.toFixed(1)} px`;
}

/** As it is read out: 'iris 241.0 pixels in diameter, sclera 12.3 % of the picture'. */
export function describe(findings: Finding[]): string {
  if (findings.length === 0) return 'nothing found';
  return findings
    .map(({ name, diameterPx, areaPercent }) =>
      diameterPx === null
        ? `${name} ${areaPercent.toFixed(1)} % of the picture`
        : `${name} ${diameterPx.toFixed(1)} pixels in diameter`,
    )
    .join(', ');
}
