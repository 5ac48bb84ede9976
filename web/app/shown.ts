// What of a result goes onto the canvas: the network's mask or the renderer's true one, the outlines
// of regions, the ellipses with their labels.
import type {
  ClassSpec,
  ConfusionMatrix,
  Ellipse,
  RenderedEye,
  Scores,
  SegmentResult,
} from '../src/index.js';
import type { ClassLayer, EllipseShape, OutlineShape } from './canvas.js';
import { knowsEyes } from '../src/measurements.js';
import { colourOf } from './results.js';

export interface Shown {
  mask: Uint8Array;
  width: number;
  height: number;
  outlines: OutlineShape[];
  ellipses: EllipseShape[];
}

const kMostEllipses = 12; // more would hide the image

export function layersOf(classes: ClassSpec[]): ClassLayer[] {
  return classes.map((spec) => ({
    name: spec.name,
    colour: colourOf(spec.colour),
    visible: spec.role !== 'background',
  }));
}

function shapeOf(e: Ellipse, classIndex: number, label: string): EllipseShape {
  return { ...e, classIndex, label };
}

function eyeShapes(
  pupil: Ellipse | null,
  iris: Ellipse | null,
  classes: ClassSpec[],
  prefix: string,
): EllipseShape[] {
  const shapes: EllipseShape[] = [];
  const parts: ['iris' | 'pupil', Ellipse | null][] = [
    ['iris', iris],
    ['pupil', pupil],
  ];
  for (const [role, ellipse] of parts) {
    const index = classes.findIndex((spec) => spec.role === role);
    if (!ellipse || index < 0) continue;
    const name = classes[index]?.name ?? role;
    shapes.push(shapeOf(ellipse, index, `${prefix}${name} Ø ${ellipse.majorPx.toFixed(1)} px`));
  }
  return shapes;
}

export function shownResult(result: SegmentResult, classes: ClassSpec[]): Shown {
  const { mask, width, height, regions, eye } = result;
  const outlines = regions.map(({ classIndex, outline }) => ({ classIndex, points: outline }));
  const ellipses: EllipseShape[] = [];
  if (knowsEyes(classes)) {
    if (eye) ellipses.push(...eyeShapes(eye.pupil, eye.iris, classes, ''));
  } else if (regions.length <= kMostEllipses) {
    for (const region of regions) {
      const name = classes[region.classIndex]?.name ?? '';
      const e = region.ellipse;
      if (e) ellipses.push(shapeOf(e, region.classIndex, `${name} Ø ${e.majorPx.toFixed(1)} px`));
    }
  }
  return { mask, width, height, outlines, ellipses };
}

/** Intersection over union of each class, [0,1]; null where neither mask has it. */
export function iousOf({ classes, counts }: ConfusionMatrix, scores: Scores): (number | null)[] {
  const appears = (k: number) =>
    counts.some((count, i) => count > 0 && (Math.floor(i / classes) === k || i % classes === k));
  return scores.classes.map(({ iou }, k) => (appears(k) ? iou : null));
}

/** The true mask in the model's own class numbers; null: it knows no eyes, or no background to put the rest to. */
export function shownTruth(truth: RenderedEye, classes: ClassSpec[]): Shown | null {
  const ofRole = (role: ClassSpec['role']) => classes.findIndex((spec) => spec.role === role);
  const background = ofRole('background');
  if (!knowsEyes(classes) || background < 0) return null;
  const indices = truth.classes.map(({ role }) => {
    const own = ofRole(role);
    return own < 0 ? background : own;
  });
  return {
    mask: truth.mask.map((value) => indices[value] ?? background),
    width: truth.width,
    height: truth.height,
    outlines: [],
    ellipses: eyeShapes(truth.pupil, truth.iris, classes, 'true '),
  };
}
