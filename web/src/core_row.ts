// What the core hands out as numbers in a row.
import type { ClassScores, ClassSpec, Ellipse, EyeMeasurements, Region } from './types.js';

/** Reads numbers in a row, as exports.h lays them out; NaN: absent. */
export class Row {
  private at = 0;

  constructor(private readonly numbers: Float64Array) {}

  next(): number {
    return this.numbers[this.at++]!;
  }

  take(count: number): Float64Array {
    this.at += count;
    return this.numbers.subarray(this.at - count, this.at);
  }

  optional(): number | null {
    const value = this.next();
    return Number.isNaN(value) ? null : value;
  }

  flag(): boolean {
    return this.next() === 1;
  }

  ellipse(): Ellipse | null {
    const ellipse = {
      centreX: this.next(),
      centreY: this.next(),
      majorPx: this.next(),
      minorPx: this.next(),
      angleDegrees: this.next(),
    };
    return Number.isNaN(ellipse.centreX) ? null : ellipse;
  }

  eye(): EyeMeasurements | null {
    if (!this.flag()) return null;
    return {
      pupil: this.ellipse(),
      iris: this.ellipse(),
      irisOccluded: this.flag(),
      pupilDiameterPx: this.optional(),
      irisDiameterPx: this.optional(),
      pupilToIrisRatio: this.optional(),
    };
  }

  scores(): ClassScores {
    return {
      iou: this.optional(),
      dice: this.optional(),
      precision: this.optional(),
      recall: this.optional(),
      f1: this.optional(),
      accuracy: this.optional(),
    };
  }

  region(classes: ClassSpec[]): Region {
    const classIndex = this.next();
    const areaPx = this.next();
    const [centroidX, centroidY] = [this.next(), this.next()];
    const [left, top, width, height] = [this.next(), this.next(), this.next(), this.next()];
    const ellipse = this.ellipse();
    const occluded = this.flag();
    const outline = Float32Array.from(this.take(2 * this.next()));
    const className = classes[classIndex]!.name;
    const where = { centroidX, centroidY, left, top, width, height };
    return { classIndex, className, areaPx, ...where, outline, ellipse, occluded };
  }
}
