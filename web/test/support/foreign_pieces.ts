// What the files of foreign_cases.ts are put together from: a network that tells grey levels apart, its ports, its tensors.
import {
  kFloat,
  kInt64,
  type Dims,
  type Model,
  type Node,
  type Port,
  type Tensor,
} from './foreign_model.js';
import { kThresholds } from './threshold_model.js';

export interface ForeignCase {
  name: string;
  model: Model;
  /** What the refusal says, for what cannot run. */
  obstacle?: string;
  /** Parts of the draft that the file leads to. */
  draft?: unknown;
  /** What a user adds to it; a JSON merge patch. */
  answers?: unknown;
  /** Class of a grey level: how many of these lie below it. */
  thresholds?: number[];
}

/** A 1x1 convolution of grey levels in [0,1] whose argmax is the number of thresholds below. */
export function bands(channels = 1, type = kFloat): Tensor[] {
  const biases = [0, 0, 0, 0];
  for (let k = 1; k < 4; ++k) biases[k] = biases[k - 1]! - (kThresholds[k - 1]! + 0.5) / 255;
  const weights = [0, 1, 2, 3].flatMap((k) => Array<number>(channels).fill(k / channels));
  return [
    { name: 'w', dims: [4, channels, 1, 1], values: weights, type },
    { name: 'b', dims: [4], values: biases, type },
  ];
}

/** One channel that is above 0 where the grey level is above 127. */
export const single: Tensor[] = [
  { name: 'w', dims: [1, 1, 1, 1], values: [8] },
  { name: 'b', dims: [1], values: [(-8 * 127.5) / 255] },
];

export const conv = (input: string, output: string): Node => ({
  op: 'Conv',
  inputs: [input, 'w', 'b'],
  output,
});

export const whole = (name: string, values: number[]): Tensor => ({
  name,
  dims: [values.length],
  values,
  type: kInt64,
});

export const input = (dims: Dims = ['N', 1, 'H', 'W'], type = kFloat): Port[] => [
  { name: 'x', dims, type },
];
export const output = (dims: Dims = ['N', 4, 'H', 'W'], type = kFloat): Port[] => [
  { name: 'y', dims, type },
];

export const kGrey = { input: { width: 64, height: 48, colour: 'grey' } };

export const plain: Model = {
  inputs: input(),
  outputs: output(),
  nodes: [conv('x', 'y')],
  tensors: bands(),
};
