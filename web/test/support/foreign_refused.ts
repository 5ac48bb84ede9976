// Files that cannot run, and what their refusal says.
import { kInt64, type Dims, type Model } from './foreign_model.js';
import { conv, input, output, plain, type ForeignCase } from './foreign_pieces.js';

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

export const kRefusedCases: ForeignCase[] = [
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
