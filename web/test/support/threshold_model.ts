// A network whose answer is known without running it: brightness bands, as one 1x1 convolution.
//
// logit k = k * v - (t1 + ... + tk) for a grey value v in [0,1]; its argmax is the number of
// thresholds below v. So a test image is its own ground truth.
import type { ManifestDraft } from '../../src/types.js';
import { message, type Field } from './protobuf.js';

export const kThresholds = [50, 125, 200]; // grey levels between four classes

export const kEyeClasses: ManifestDraft['classes'] = [
  { name: 'background', colour: '#202028', role: 'background' },
  { name: 'sclera', colour: '#f0e442', role: 'sclera' },
  { name: 'iris', colour: '#009e73', role: 'iris' },
  { name: 'pupil', colour: '#d55e00', role: 'pupil' },
];

export function bandOf(grey: number): number {
  return kThresholds.filter((threshold) => grey > threshold).length;
}

export function thresholdManifest(changes: Partial<ManifestDraft> = {}): ManifestDraft {
  return {
    formatVersion: 1,
    name: 'thresholds',
    input: {
      width: 64,
      height: 48,
      colour: 'grey',
      normalise: { by: 'constants', mean: [0], std: [1] },
    },
    classes: kEyeClasses,
    output: { kind: 'logits', stride: 1, alignCorners: false },
    ...changes,
  };
}

const kFloat = 1;
const kExternalOffset = 64;

export function floats(values: number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

export function initializer(
  name: string,
  dims: number[],
  values: number[],
  external?: string, // a file that holds them, from kExternalOffset on
): Uint8Array {
  const fields: Field[] = [...dims.map((dim): Field => [1, dim]), [2, kFloat], [8, name]];
  if (external === undefined) fields.push([9, floats(values)]);
  else {
    const entries = { location: external, offset: kExternalOffset, length: 4 * values.length };
    for (const [key, text] of Object.entries(entries))
      fields.push([13, message([1, key], [2, String(text)])]);
    fields.push([14, 1]);
  }
  return message(...fields);
}

function ballast(bytes: number): Uint8Array {
  return message([1, bytes / 4], [2, kFloat], [8, 'unused'], [9, new Uint8Array(bytes)]);
}

export function value(name: string, dims: (number | string)[], type = kFloat): Uint8Array {
  const shape = message(
    ...dims.map((dim): Field => [1, message(typeof dim === 'number' ? [1, dim] : [2, dim])]),
  );
  return message([1, name], [2, message([1, message([1, type], [2, shape])])]);
}

export interface ModelOptions {
  manifest?: ManifestDraft | string | null; // null: a foreign file
  externalData?: string | boolean; // weights lie in a file of this name, or 'weights.bin': externalWeights()
  op?: string; // instead of Conv
  inputChannels?: number;
  unusedBytes?: number; // of a tensor that nothing reads: makes the file as large as wanted
}

function weightsOf(channels: number): number[] {
  return [0, 1, 2, 3].flatMap((k) => Array<number>(channels).fill(k / channels));
}

/** The file beside a model of one channel whose weights lie there. */
export function externalWeights(): Uint8Array {
  return new Uint8Array([...new Uint8Array(kExternalOffset), ...floats(weightsOf(1))]);
}

export function thresholdModel(options: ModelOptions = {}): Uint8Array {
  const { manifest = thresholdManifest(), externalData = false, op = 'Conv' } = options;
  const channels = options.inputChannels ?? 1;
  const unused = options.unusedBytes ?? 0;
  const biases = [0, 0, 0, 0];
  // Between two grey levels, so that rounding cannot matter.
  for (let k = 1; k < 4; ++k) biases[k] = biases[k - 1]! - (kThresholds[k - 1]! + 0.5) / 255;
  const weights = weightsOf(channels);
  const file = externalData === true ? 'weights.bin' : externalData || undefined;
  const node = message([1, 'image'], [1, 'w'], [1, 'b'], [2, 'logits'], [3, 'classify'], [4, op]);
  const graph = message(
    [1, node],
    [2, 'thresholds'],
    [5, initializer('w', [4, channels, 1, 1], weights, file)],
    [5, initializer('b', [4], biases)],
    ...(unused > 0 ? [[5, ballast(unused)] satisfies Field] : []),
    [11, value('image', ['N', channels, 'H', 'W'])],
    [12, value('logits', ['N', 4, 'H', 'W'])],
  );
  const fields: Field[] = [
    [1, 8],
    [2, 'limbus tests'],
    [7, graph],
    [8, message([1, ''], [2, 17])],
  ];
  if (manifest !== null) {
    const json = typeof manifest === 'string' ? manifest : JSON.stringify(manifest);
    fields.push([14, message([1, 'limbus.manifest'], [2, json])]);
  }
  return message(...fields);
}
