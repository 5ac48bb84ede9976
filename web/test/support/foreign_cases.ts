// Files as other people's exporters write them, one per trait that a page meets: each tells grey
// levels apart by thresholds, so that a test image is its own ground truth.
//
// tests/cases/foreign/ holds what is made here, for the C++ tests: web/test/foreign.test.ts writes it
// with LIMBUS_WRITE_CASES=1 and otherwise compares.
import {
  kFloat,
  kHalf,
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
function bands(channels = 1, type = kFloat): Tensor[] {
  const biases = [0, 0, 0, 0];
  for (let k = 1; k < 4; ++k) biases[k] = biases[k - 1]! - (kThresholds[k - 1]! + 0.5) / 255;
  const weights = [0, 1, 2, 3].flatMap((k) => Array<number>(channels).fill(k / channels));
  return [
    { name: 'w', dims: [4, channels, 1, 1], values: weights, type },
    { name: 'b', dims: [4], values: biases, type },
  ];
}

/** One channel that is above 0 where the grey level is above 127. */
const single: Tensor[] = [
  { name: 'w', dims: [1, 1, 1, 1], values: [8] },
  { name: 'b', dims: [1], values: [(-8 * 127.5) / 255] },
];

const conv = (input: string, output: string): Node => ({
  op: 'Conv',
  inputs: [input, 'w', 'b'],
  output,
});

const whole = (name: string, values: number[]): Tensor => ({
  name,
  dims: [values.length],
  values,
  type: kInt64,
});

const number = (name: string, value: number): Tensor => ({ name, dims: [], values: [value] });

/** The bands as a window of which one cell counts. */
function window(size: number, cell: number): Tensor[] {
  const [weights, biases] = bands();
  const values = weights!.values.flatMap((weight) =>
    Array.from({ length: size * size }, (_, i) => (i === cell ? weight : 0)),
  );
  return [{ name: 'w', dims: [4, 1, size, size], values }, biases!];
}

const input = (dims: Dims = ['N', 1, 'H', 'W'], type = kFloat): Port[] => [
  { name: 'x', dims, type },
];
const output = (dims: Dims = ['N', 4, 'H', 'W'], type = kFloat): Port[] => [
  { name: 'y', dims, type },
];

const kGrey = { input: { width: 64, height: 48, colour: 'grey' } };

const kFourClasses = ['background', 'class 1', 'class 2', 'class 3'].map((name) => ({ name }));

const plain: Model = {
  inputs: input(),
  outputs: output(),
  nodes: [conv('x', 'y')],
  tensors: bands(),
};

/** Boxes in rows that end in coefficients, and the planes that these mix masks from. Never run. */
const instances = (image: Dims, rows: Dims, planes: Dims): Model => ({
  ...plain,
  inputs: input(image),
  outputs: [
    { name: 'rows', dims: rows },
    { name: 'planes', dims: planes },
  ],
  nodes: [conv('x', 'rows'), conv('x', 'planes')],
});

/** Scores, what softmax makes of them, one channel of a sigmoid, and class indices. */
export const kManyOutputs: Model = {
  ...plain,
  outputs: [
    { name: 'scores', dims: ['N', 4, 'H', 'W'] },
    { name: 'shares', dims: ['N', 4, 'H', 'W'] },
    { name: 'edge', dims: ['N', 1, 'H', 'W'] },
    { name: 'mask', dims: ['N', 'H', 'W'], type: kInt64 },
  ],
  nodes: [
    conv('x', 'scores'),
    { op: 'Softmax', inputs: ['scores'], output: 'shares', attributes: { axis: 1 } },
    { op: 'Conv', inputs: ['x', 'v', 'c'], output: 'level' },
    { op: 'Sigmoid', inputs: ['level'], output: 'edge' },
    { op: 'ArgMax', inputs: ['scores'], output: 'mask', attributes: { axis: 1, keepdims: 0 } },
  ],
  tensors: [...bands(), { ...single[0]!, name: 'v' }, { ...single[1]!, name: 'c' }],
  metadata: { id2label: '{"0": "wall", "1": "floor", "2": "roof", "3": "door"}' },
};

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

export const kForeignCases: ForeignCase[] = [
  {
    name: 'planes',
    model: plain,
    draft: { input: { width: 0, height: 0, colour: 'grey' }, output: { kind: 'logits' } },
    answers: kGrey,
  },
  {
    name: 'colour',
    model: {
      ...plain,
      inputs: input(['N', 3, 'H', 'W']),
      tensors: bands(3),
    },
    draft: { input: { colour: 'rgb', normalise: { mean: [0, 0, 0], std: [1, 1, 1] } } },
    answers: { input: { width: 64, height: 48 } },
  },
  {
    name: 'four_channels',
    model: { ...plain, inputs: input(['N', 4, 'H', 'W']), tensors: bands(4) },
    draft: { input: { channels: 4 } },
    answers: { input: { width: 64, height: 48 } },
  },
  {
    name: 'pixels',
    model: {
      inputs: input([1, 48, 64, 1]),
      outputs: output([1, 48, 64, 4]),
      nodes: [
        { op: 'Transpose', inputs: ['x'], output: 'p', attributes: { perm: [0, 3, 1, 2] } },
        conv('p', 'q'),
        { op: 'Transpose', inputs: ['q'], output: 'y', attributes: { perm: [0, 2, 3, 1] } },
      ],
      tensors: bands(),
    },
    draft: {
      input: { layout: 'nhwc', width: 64, height: 48, resize: 'stretch' },
      output: { layout: 'nhwc' },
    },
  },
  {
    name: 'softmax',
    model: {
      ...plain,
      nodes: [
        conv('x', 'q'),
        { op: 'Softmax', inputs: ['q'], output: 'y', attributes: { axis: 1 } },
      ],
    },
    draft: { output: { kind: 'probabilities' } },
    answers: kGrey,
  },
  {
    name: 'argmax',
    model: {
      ...plain,
      outputs: output(['N', 'H', 'W'], kInt64),
      nodes: [
        conv('x', 'q'),
        { op: 'ArgMax', inputs: ['q'], output: 'y', attributes: { axis: 1, keepdims: 0 } },
      ],
    },
    draft: { output: { kind: 'argmax' }, classes: kFourClasses },
    answers: { ...kGrey, classes: ['dark', 'dim', 'light', 'bright'].map((name) => ({ name })) },
  },
  {
    name: 'argmax_keepdims',
    model: {
      ...plain,
      outputs: output(['N', 1, 'H', 'W'], kInt64),
      nodes: [
        conv('x', 'q'),
        { op: 'ArgMax', inputs: ['q'], output: 'y', attributes: { axis: 1, keepdims: 1 } },
      ],
    },
    draft: { output: { kind: 'argmax' }, classes: kFourClasses },
    answers: { ...kGrey, classes: ['dark', 'dim', 'light', 'bright'].map((name) => ({ name })) },
  },
  {
    name: 'one_logit',
    model: { ...plain, outputs: output(['N', 1, 'H', 'W']), tensors: single },
    draft: {
      output: { kind: 'logits', threshold: 0.5 },
      classes: [{ name: 'background' }, { name: 'class 1' }],
    },
    answers: kGrey,
    thresholds: [127],
  },
  {
    name: 'sigmoid',
    model: {
      ...plain,
      outputs: output(['N', 1, 'H', 'W']),
      nodes: [conv('x', 'q'), { op: 'Sigmoid', inputs: ['q'], output: 'y' }],
      tensors: single,
    },
    draft: { output: { kind: 'probabilities', threshold: 0.5 } },
    answers: kGrey,
    thresholds: [127],
  },
  {
    name: 'squeezed',
    model: {
      ...plain,
      outputs: output(['N', 'H', 'W']),
      nodes: [conv('x', 'q'), { op: 'Squeeze', inputs: ['q', 'axes'], output: 'y' }],
      tensors: [...single, { name: 'axes', dims: [1], values: [1], type: kInt64 }],
    },
    draft: { output: { kind: 'logits', threshold: 0.5 } },
    answers: kGrey,
    thresholds: [127],
  },
  {
    name: 'half',
    model: {
      ...plain,
      inputs: input(undefined, kHalf),
      outputs: output(undefined, kHalf),
      tensors: bands(1, kHalf),
    },
    draft: { input: { colour: 'grey' } },
    answers: kGrey,
  },
  {
    name: 'fixed_size',
    model: { ...plain, inputs: input([1, 1, 48, 64]), outputs: output([1, 4, 48, 64]) },
    draft: { input: { width: 64, height: 48, resize: 'stretch' }, output: { stride: 1 } },
  },
  {
    name: 'fixed_batch',
    model: { ...plain, inputs: input([2, 1, 'H', 'W']), outputs: output([2, 4, 'H', 'W']) },
    answers: kGrey,
  },
  {
    name: 'two_outputs',
    model: {
      ...plain,
      outputs: [{ name: 'features', dims: ['N', 4, 'H', 'W'] }, ...output()],
      nodes: [conv('x', 'y'), { op: 'Neg', inputs: ['y'], output: 'features' }],
    },
    draft: { output: { name: 'features' } },
    answers: { ...kGrey, output: { name: 'y' } },
  },
  {
    name: 'old_opset',
    model: { ...plain, opset: 9, ir: 3, weightsAreInputs: true },
    answers: kGrey,
  },
  { name: 'new_opset', model: { ...plain, opset: 21, ir: 10 }, answers: kGrey },
  {
    name: 'ultralytics_names',
    model: {
      ...plain,
      metadata: { names: "{0: 'skin', 1: \"eye's white\", 2: 'iris', 3: 'pupil'}" },
    },
    draft: {
      classes: [{ name: 'skin' }, { name: "eye's white" }, { name: 'iris' }, { name: 'pupil' }],
    },
    answers: kGrey,
  },
  {
    name: 'hugging_face_names',
    model: {
      ...plain,
      metadata: { id2label: '{"0": "wall", "1": "floor", "3": "door", "2": "roof"}' },
    },
    draft: { classes: [{ name: 'wall' }, { name: 'floor' }, { name: 'roof' }, { name: 'door' }] },
    answers: kGrey,
  },
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
  {
    name: 'two_inputs',
    model: {
      ...plain,
      inputs: [...input(), { name: 'prompt', dims: ['N', 4] }],
    },
    obstacle: 'the network takes 2 inputs: x, prompt; expected one image',
  },
  {
    name: 'vector',
    model: { ...plain, inputs: input(['N', 10]) },
    obstacle: "input 'x' is float [N,10]; expected images",
  },
  {
    name: 'tokens',
    model: { ...plain, inputs: input(['N', 1, 'H', 'W'], kInt64) },
    obstacle: "input 'x' is int64 [N,1,H,W]; expected images",
  },
  {
    name: 'classifier',
    model: {
      ...plain,
      outputs: output(['N', 4]),
      nodes: [
        conv('x', 'q'),
        { op: 'GlobalAveragePool', inputs: ['q'], output: 'r' },
        { op: 'Flatten', inputs: ['r'], output: 'y' },
      ],
    },
    obstacle: "no output is a mask or has scores per pixel: 'y' is float [N,4]",
  },
  {
    name: 'instances',
    model: instances([1, 1, 48, 64], [1, 38, 63], [1, 32, 12, 16]),
    obstacle:
      'the outputs are boxes and prototypes of the masks of single objects (instance segmentation), ' +
      "not classes per pixel: 'rows' is float [1,38,63]; 'planes' is float [1,32,12,16]",
  },
  {
    name: 'instances_open',
    model: {
      ...instances(['N', 1, 'H', 'W'], ['N', 38, 'anchors'], ['N', 32, 'h', 'w']),
      metadata: { author: 'Ultralytics', task: 'segment' },
    },
    obstacle: 'the outputs are boxes and prototypes of the masks of single objects',
  },
  {
    name: 'boxes',
    model: {
      ...instances(['N', 1, 48, 64], ['N', 6, 63], ['N', 10]),
      outputs: [{ name: 'rows', dims: ['N', 6, 63] }],
    },
    obstacle: "no output is a mask or has scores per pixel: 'rows' is float [N,6,63]",
  },
];
