// What was measured in each image, as rows that people take away: CSV and JSON. No page here.
import type {
  ClassSpec,
  Ellipse,
  EyeMeasurements,
  Manifest,
  Provider,
  Region,
  SegmentResult,
  Timings,
} from './types.js';

/** Which image; of a video, also which frame (from 0) and when it is shown. */
export interface Place {
  image: string;
  frame?: number;
  timeMs?: number;
}

/** One image's numbers; small, so that hundreds can be kept. */
export interface Measured extends Place {
  width: number;
  height: number;
  model: string;
  provider: Provider;
  mask?: string; // its file, where masks are saved
  /** `count`: of its parts as the model's manifest rules; the background has none. */
  classes: { name: string; areaPx: number; areaPercent: number; count?: number }[];
  eye: EyeMeasurements | null;
  regions: Omit<Region, 'outline'>[];
  timings: Timings;
}

/** An image without numbers, and why. */
export interface Failed extends Place {
  error: string;
}

export function measuredOf(place: Place, result: SegmentResult, manifest: Manifest): Measured {
  const total = result.width * result.height;
  return {
    ...place,
    width: result.width,
    height: result.height,
    model: manifest.name,
    provider: result.provider,
    classes: manifest.classes.map((spec, i) => {
      const areaPx = result.areasPx[i] ?? 0;
      const area = { name: spec.name, areaPx, areaPercent: (100 * areaPx) / total };
      return spec.role === 'background'
        ? area
        : { ...area, count: countOf(result.regions, i).count };
    }),
    eye: result.eye,
    regions: result.regions.map(({ outline: _, ...region }) => region),
    timings: result.timings,
  };
}

export function knowsEyes(classes: ClassSpec[]): boolean {
  return classes.some((spec) => spec.role === 'pupil' || spec.role === 'iris');
}

/** Parts of a class. The diameter is that of a disc of the area; both 0 without parts. */
export function countOf(
  regions: Pick<Region, 'classIndex' | 'areaPx'>[],
  classIndex: number,
): { count: number; medianAreaPx: number; medianDiameterPx: number } {
  const areas = regions
    .filter((region) => region.classIndex === classIndex)
    .map((region) => region.areaPx)
    .sort((a, b) => a - b);
  const half = areas.length / 2;
  const medianAreaPx = ((areas[Math.ceil(half) - 1] ?? 0) + (areas[Math.floor(half)] ?? 0)) / 2;
  const medianDiameterPx = 2 * Math.sqrt(medianAreaPx / Math.PI);
  return { count: areas.length, medianAreaPx, medianDiameterPx };
}

export function toJson(all: Measured[], failed: Failed[]): string {
  const content = { format: 'limbus-measurements', formatVersion: 1, images: all, failed };
  return `${JSON.stringify(content, null, 2)}\n`;
}

type Cell = string | number | boolean | null | undefined;

function cell(value: Cell): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return Number.isInteger(value) ? `${value}` : value.toFixed(4);
  if (typeof value === 'boolean') return value ? '1' : '0';
  // A name that a spreadsheet would run as a formula is text here.
  const text = /^[=+\-@\t]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function placeCells({ image, frame, timeMs }: Place): [string, Cell][] {
  if (frame === undefined) return [['image', image]];
  return [
    ['image', image],
    ['frame', frame],
    ['time_ms', timeMs],
  ];
}

function ellipseCells(prefix: string, e: Ellipse | null | undefined): [string, Cell][] {
  return [
    [`${prefix}_centre_x`, e?.centreX],
    [`${prefix}_centre_y`, e?.centreY],
    [`${prefix}_major_px`, e?.majorPx],
    [`${prefix}_minor_px`, e?.minorPx],
    [`${prefix}_angle_degrees`, e?.angleDegrees],
  ];
}

/**
 * Empty cells where something is absent. Images of models with other classes add columns; those that
 * failed come last, with the reason in the last column.
 */
export function toCsv(all: Measured[], failed: Failed[]): string {
  const rows = all.map((m) => {
    const cells: [string, Cell][] = [
      ...placeCells(m),
      ['width', m.width],
      ['height', m.height],
      ...m.classes.flatMap((c): [string, Cell][] => [
        [`area_px_${c.name}`, c.areaPx],
        [`area_percent_${c.name}`, c.areaPercent],
      ]),
      ...m.classes.flatMap((c): [string, Cell][] =>
        c.count === undefined ? [] : [[`count_${c.name}`, c.count]],
      ),
      ['pupil_diameter_px', m.eye?.pupilDiameterPx],
      ['iris_diameter_px', m.eye?.irisDiameterPx],
      ['pupil_to_iris_ratio', m.eye?.pupilToIrisRatio],
      ['iris_occluded', m.eye?.irisOccluded],
      ...ellipseCells('pupil', m.eye?.pupil),
      ...ellipseCells('iris', m.eye?.iris),
      ['model', m.model],
      ['provider', m.provider],
      ['inference_ms', m.timings.inferenceMs],
      ['total_ms', m.timings.totalMs],
      ...(m.mask === undefined ? [] : [['mask', m.mask] satisfies [string, Cell]]),
    ];
    return new Map(cells);
  });
  for (const place of failed) rows.push(new Map([...placeCells(place), ['error', place.error]]));
  const columns = [...new Set(['image', ...rows.flatMap((row) => [...row.keys()]), 'error'])];
  const lines = [columns.map(cell), ...rows.map((row) => columns.map((c) => cell(row.get(c))))];
  return lines.map((line) => `${line.join(',')}\r\n`).join('');
}
