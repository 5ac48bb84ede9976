// A file whose user says which of its outputs is the mask.
import { kInt64, type Model } from './foreign_model.js';
import { bands, conv, plain, single } from './foreign_pieces.js';

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
