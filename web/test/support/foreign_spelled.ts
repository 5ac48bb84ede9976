// Files that spell the same network in other operations.
import type { Model, Node, Tensor } from './foreign_model.js';
import { bands, conv, kGrey, plain, whole, type ForeignCase } from './foreign_pieces.js';

const number = (name: string, value: number): Tensor => ({ name, dims: [], values: [value] });

/** The bands as a window of which one cell counts. */
function window(size: number, cell: number): Tensor[] {
  const [weights, biases] = bands();
  const values = weights!.values.flatMap((weight) =>
    Array.from({ length: size * size }, (_, i) => (i === cell ? weight : 0)),
  );
  return [{ name: 'w', dims: [4, 1, size, size], values }, biases!];
}

/** The middle four of twelve channels are the scores; `nodes` and `tensors` say where they begin: four. */
const cut = (nodes: Node[], tensors: Tensor[]): Model => ({
  ...plain,
  nodes: [
    conv('x', 'p'),
    { op: 'Neg', inputs: ['p'], output: 'unread' },
    { op: 'Relu', inputs: ['p'], output: 'other' },
    { op: 'Concat', inputs: ['other', 'p', 'other'], output: 'q', attributes: { axis: 1 } },
    ...nodes,
    { op: 'Slice', inputs: ['q', 'four', 'end', 'axis'], output: 'y' },
  ],
  tensors: [...bands(), ...tensors, whole('end', [-4]), whole('axis', [1])],
});

/** Logits that are too small by 1, 2, 3 and 4, and a gate that knows it; `nodes` make planes of its vector. */
const gate = (nodes: Node[], tensors: Tensor[]): Model => ({
  ...plain,
  nodes: [
    conv('x', 'p'),
    { op: 'GlobalAveragePool', inputs: ['p'], output: 'mean' },
    { op: 'Flatten', inputs: ['mean'], output: 'vector' },
    { op: 'Gemm', inputs: ['vector', 'm', 'f'], output: 'gate', attributes: { transB: 1 } },
    { op: 'Relu', inputs: ['gate'], output: 'positive' },
    ...nodes,
    { op: 'Mul', inputs: ['p', 'planes'], output: 'y' },
  ],
  tensors: [
    ...bands().map((tensor) => ({
      ...tensor,
      values: tensor.values.map((value, k) => value / (k + 1)),
    })),
    { name: 'm', dims: [4, 4], values: Array<number>(16).fill(0) },
    { name: 'f', dims: [4], values: [1, 2, 3, 4] },
    ...tensors,
  ],
});

export const kSpelledCases: ForeignCase[] = [
  {
    name: 'constants',
    model: {
      ...plain,
      nodes: [
        ...bands().map((constant): Node => ({
          op: 'Constant',
          inputs: [],
          output: constant.name,
          constant,
        })),
        conv('x', 'y'),
      ],
      tensors: [],
    },
    answers: kGrey,
  },
  {
    name: 'normalised_inside',
    model: {
      ...plain,
      nodes: [
        { op: 'Sub', inputs: ['x', 'half'], output: 'p' },
        { op: 'Div', inputs: ['p', 'spread'], output: 'q' },
        { op: 'Mul', inputs: ['spread', 'q'], output: 'r' },
        { op: 'Add', inputs: ['r', 'half'], output: 's' },
        conv('s', 'y'),
      ],
      tensors: [
        ...bands(),
        number('half', 0.5),
        { name: 'spread', dims: [1, 1, 1, 1], values: [0.25] },
      ],
    },
    answers: kGrey,
  },
  {
    name: 'same_upper',
    model: {
      ...plain,
      nodes: [{ ...conv('x', 'y'), attributes: { auto_pad: 'SAME_UPPER' } }],
      tensors: window(3, 4),
    },
    answers: kGrey,
  },
  {
    name: 'uneven_pads',
    model: {
      ...plain,
      nodes: [{ ...conv('x', 'y'), attributes: { pads: [0, 0, 1, 1], kernel_shape: [2, 2] } }],
      tensors: window(2, 0),
    },
    answers: kGrey,
  },
  {
    name: 'padded_and_cut',
    model: {
      ...plain,
      nodes: [
        { op: 'Pad', inputs: ['x', 'pads'], output: 'p' },
        { op: 'Slice', inputs: ['p', 'top', 'bottom', 'axis2'], output: 'q' },
        { op: 'Slice', inputs: ['q', 'left', 'right', 'axis3'], output: 'r' },
        conv('r', 'y'),
      ],
      tensors: [
        ...bands(),
        whole('pads', [0, 0, 1, 2, 0, 0, 3, 4]),
        ...[whole('top', [1]), whole('bottom', [-3]), whole('axis2', [2])],
        ...[whole('left', [2]), whole('right', [-4]), whole('axis3', [-1])],
      ],
    },
    answers: kGrey,
  },
  {
    name: 'resized_like',
    model: {
      ...plain,
      nodes: [
        conv('x', 'p'),
        { op: 'Shape', inputs: ['p'], output: 'own' },
        { op: 'Slice', inputs: ['own', 'zero', 'two'], output: 'first' },
        { op: 'Shape', inputs: ['x'], output: 'like' },
        { op: 'Gather', inputs: ['like', 'two'], output: 'height' },
        { op: 'Gather', inputs: ['like', 'three'], output: 'width' },
        {
          op: 'Concat',
          inputs: ['first', 'height', 'width'],
          output: 'sizes',
          attributes: { axis: 0 },
        },
        {
          op: 'Resize',
          inputs: ['p', '', '', 'sizes'],
          output: 'y',
          attributes: { mode: 'linear', coordinate_transformation_mode: 'pytorch_half_pixel' },
        },
      ],
      tensors: [...bands(), whole('zero', [0]), whole('two', [2]), whole('three', [3])],
    },
    answers: kGrey,
  },
  {
    name: 'upsampled',
    model: {
      ...plain,
      opset: 9,
      nodes: [
        { op: 'Upsample', inputs: ['x', 'scales'], output: 'p', attributes: { mode: 'nearest' } },
        {
          op: 'MaxPool',
          inputs: ['p'],
          output: 'q',
          attributes: { kernel_shape: [2, 2], strides: [2, 2] },
        },
        conv('q', 'y'),
      ],
      tensors: [...bands(), { name: 'scales', dims: [4], values: [1, 1, 2, 2] }],
    },
    answers: kGrey,
  },
  { name: 'channels_cut', model: cut([], [whole('four', [4])]), answers: kGrey },
  {
    // As PyTorch's chunk() finds a third of the channels: 4 = (12 + 2) / 3.
    name: 'channels_cut_by_shape',
    model: cut(
      [
        { op: 'Shape', inputs: ['q'], output: 'shape' },
        { op: 'Gather', inputs: ['shape', 'axis'], output: 'all' },
        { op: 'Add', inputs: ['all', 'two'], output: 'more' },
        { op: 'Div', inputs: ['more', 'three'], output: 'four' },
      ],
      [whole('two', [2]), whole('three', [3])],
    ),
    answers: kGrey,
  },
  {
    name: 'channels_split',
    model: {
      ...plain,
      nodes: [
        conv('x', 'p'),
        {
          op: 'Split',
          inputs: ['p', 'sizes'],
          output: 'first',
          more: ['second', 'rest'],
          attributes: { axis: 1 },
        },
        { op: 'Concat', inputs: ['rest', 'second', 'first'], output: 'q', attributes: { axis: 1 } },
        {
          op: 'Split',
          inputs: ['q', 'back'],
          output: 'r',
          more: ['s', 't'],
          attributes: { axis: 1 },
        },
        { op: 'Concat', inputs: ['t', 's', 'r'], output: 'y', attributes: { axis: 1 } },
      ],
      tensors: [...bands(), whole('sizes', [1, 1, 2]), whole('back', [2, 1, 1])],
    },
    answers: kGrey,
  },
  {
    name: 'group_norm',
    model: {
      ...plain,
      nodes: [
        // As PyTorch exports GroupNorm; one group of all channels keeps their order.
        conv('x', 'p'),
        { op: 'Reshape', inputs: ['p', 'groups'], output: 'q' },
        {
          op: 'InstanceNormalization',
          inputs: ['q', 'one', 'zero'],
          output: 'r',
        },
        { op: 'Shape', inputs: ['p'], output: 'shape' },
        { op: 'Reshape', inputs: ['r', 'shape'], output: 's' },
        { op: 'Mul', inputs: ['s', 'scale'], output: 't' },
        { op: 'Add', inputs: ['t', 'shift'], output: 'y' },
      ],
      tensors: [
        ...bands(),
        whole('groups', [0, 1, -1]),
        { name: 'one', dims: [1], values: [2] },
        { name: 'zero', dims: [1], values: [0.5] },
        { name: 'scale', dims: [4, 1, 1], values: [3, 3, 3, 3] },
        { name: 'shift', dims: [4, 1, 1], values: [1, 1, 1, 1] },
      ],
    },
    answers: kGrey,
  },
  {
    name: 'group_normalization',
    model: {
      ...plain,
      opset: 21,
      ir: 10,
      nodes: [
        conv('x', 'p'),
        {
          op: 'GroupNormalization',
          inputs: ['p', 'scale', 'shift'],
          output: 'y',
          attributes: { num_groups: 1 },
        },
      ],
      tensors: [
        ...bands(),
        { name: 'scale', dims: [4], values: [3, 3, 3, 3] },
        { name: 'shift', dims: [4], values: [1, 1, 1, 1] },
      ],
    },
    answers: kGrey,
  },
  {
    name: 'gate_of_vectors',
    model: gate(
      [{ op: 'Unsqueeze', inputs: ['positive', 'axes'], output: 'planes' }],
      [whole('axes', [2, 3])],
    ),
    answers: kGrey,
  },
  {
    // As PyTorch exports w[:, :, None, None].
    name: 'gate_axis_by_axis',
    model: gate(
      [
        { op: 'Unsqueeze', inputs: ['positive', 'height'], output: 'columns' },
        { op: 'Unsqueeze', inputs: ['columns', 'width'], output: 'planes' },
      ],
      [whole('height', [2]), whole('width', [3])],
    ),
    answers: kGrey,
  },
];
