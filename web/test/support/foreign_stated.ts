// Files that differ in what they state: sizes, channels, layouts, types, outputs, names of classes.
import { kHalf, kInt64 } from './foreign_model.js';
import {
  bands,
  conv,
  input,
  kGrey,
  output,
  plain,
  single,
  type ForeignCase,
} from './foreign_pieces.js';

const kFourClasses = ['background', 'class 1', 'class 2', 'class 3'].map((name) => ({ name }));

export const kStatedCases: ForeignCase[] = [
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
    name: 'half_clipped',
    model: {
      inputs: input(undefined, kHalf),
      outputs: output(undefined, kHalf),
      nodes: [conv('x', 'q'), { op: 'Clip', inputs: ['q', 'low', 'high'], output: 'y' }],
      tensors: [
        ...bands(1, kHalf),
        { name: 'low', dims: [], values: [-8], type: kHalf },
        { name: 'high', dims: [], values: [8], type: kHalf },
      ],
    },
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
];
