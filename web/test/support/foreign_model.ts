// ONNX files as other people's exporters write them, from a description.
import { message, type Field } from './protobuf.js';
import { value } from './threshold_model.js';

export const kFloat = 1;
export const kInt64 = 7;
export const kHalf = 10;

export type Dims = (number | string)[];

export interface Port {
  name: string;
  dims: Dims;
  type?: number;
}

export interface Tensor {
  name: string;
  dims: number[];
  values: number[];
  type?: number;
}

export interface Node {
  op: string;
  inputs: string[];
  output: string;
  more?: string[]; // outputs behind the first
  attributes?: Record<string, number | number[] | string>;
  constant?: Tensor; // of a Constant node
}

export interface Model {
  inputs: Port[];
  outputs: Port[];
  nodes: Node[];
  tensors?: Tensor[];
  opset?: number;
  ir?: number;
  weightsAreInputs?: boolean; // as before IR 4
  metadata?: Record<string, string>;
}

/** To half precision; only for the few weights here, which are normal numbers. */
function half(value: number): number {
  if (value === 0) return 0;
  const exponent = Math.floor(Math.log2(Math.abs(value)));
  const fraction = Math.round((Math.abs(value) / 2 ** exponent - 1) * 1024);
  return (value < 0 ? 0x8000 : 0) + ((exponent + 15) << 10) + fraction;
}

function tensor({ name, dims, values, type = kFloat }: Tensor): Uint8Array {
  const raw =
    type === kInt64
      ? new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer)
      : type === kHalf
        ? new Uint8Array(Uint16Array.from(values.map(half)).buffer)
        : new Uint8Array(Float32Array.from(values).buffer);
  return message(...dims.map((dim): Field => [1, dim]), [2, type], [8, name], [9, raw]);
}

function attribute(name: string, given: number | number[] | string): Uint8Array {
  if (typeof given === 'string') return message([1, name], [4, given], [20, 3]);
  if (typeof given === 'number') return message([1, name], [3, given], [20, 2]);
  return message([1, name], ...given.map((each): Field => [8, each]), [20, 7]);
}

function node({ op, inputs, output, more = [], attributes = {}, constant }: Node): Uint8Array {
  const fields: Field[] = inputs.map((name) => [1, name]);
  for (const name of [output, ...more]) fields.push([2, name]);
  fields.push([3, `${op}_${output}`], [4, op]);
  for (const [name, given] of Object.entries(attributes)) fields.push([5, attribute(name, given)]);
  if (constant) fields.push([5, message([1, 'value'], [5, tensor(constant)], [20, 4])]);
  return message(...fields);
}

export function foreignModel(model: Model): Uint8Array {
  const tensors = model.tensors ?? [];
  const inputs = [...model.inputs, ...(model.weightsAreInputs ? tensors : [])];
  const graph = message(
    ...model.nodes.map((each): Field => [1, node(each)]),
    [2, 'foreign'],
    ...tensors.map((each): Field => [5, tensor(each)]),
    ...inputs.map((each): Field => [11, value(each.name, each.dims, each.type)]),
    ...model.outputs.map((each): Field => [12, value(each.name, each.dims, each.type)]),
  );
  return message(
    [1, model.ir ?? 8],
    [2, 'somebody else'],
    [7, graph],
    [8, message([1, ''], [2, model.opset ?? 17])],
    ...Object.entries(model.metadata ?? {}).map(([key, text]): Field => [
      14,
      message([1, key], [2, text]),
    ]),
  );
}
