// Messages of ONNX Runtime Web 1.30, as they came, and what is said instead.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { LimbusError } from '../src/error.js';
import { inOurWords } from '../src/worker/runtime_words.js';

const session = "Can't create a session. ERROR_CODE:";
const run = 'failed to call OrtRun(). ERROR_CODE:';
const at = '/mnt/azure_nvme_temp/_work/1/s/onnxruntime/core/graph';

const rows: [string, string][] = [
  [
    `${session} 6, ERROR_MESSAGE: No Op registered for Nonsense with domain_version of 17`,
    'ONNX Runtime lacks operation Nonsense of opset 17',
  ],
  [
    `${session} 9, ERROR_MESSAGE: Could not find an implementation for Einsum(12) node with name '/a/Einsum'`,
    'ONNX Runtime lacks operation Einsum of opset 12',
  ],
  [
    `${session} 1, ERROR_MESSAGE: Fatal error: com.example:Blur(-1) is not a registered function/op`,
    'ONNX Runtime lacks operation com.example:Blur',
  ],
  [
    `${session} 1, ERROR_MESSAGE: ${at}/model_load_utils.h:56 void onnxruntime::ValidateOpsetForDomain(int) ONNX ` +
      'Runtime only *guarantees* support for models stamped with official released onnx opset versions. Opset 99 ' +
      'is under development and support for this is limited. Current official support for domain ai.onnx is till ' +
      'opset 26.\n',
    'opset 99 is too new, ONNX Runtime knows 26',
  ],
  [
    `${session} 1, ERROR_MESSAGE: ${at}/model.cc:203 onnxruntime::Model::Model(ModelProto &&) Unsupported model IR ` +
      'version: 99, max supported IR version: 13\n',
    'IR version 99 is too new, ONNX Runtime knows 13',
  ],
  [
    `${run} 2, ERROR_MESSAGE: Got invalid dimensions for input: image for the following indices\n index: 1 Got: 2 ` +
      'Expected: 1\n Please fix either the inputs/outputs or the model.',
    'image takes 1 in axis 1, got 2',
  ],
  [`${run} 6, ERROR_MESSAGE: std::bad_alloc`, 'there is not enough memory for it'],
  [
    `${run} 1, ERROR_MESSAGE: Non-zero status code returned while running Concat node. Name:'/up/Concat' Status ` +
      'Message: Non concat axis dimensions must match: Axis 2 has mismatched dimensions of 13 and 12',
    'its operation Concat fails; it may want another size of input',
  ],
  [
    `${run} 1, ERROR_MESSAGE: ${at}/safeint.h:17 Integer overflow`,
    'the runtime cannot run this network',
  ],
];

test('what the runtime says is said in one line of ours, its own words stay as the cause', () => {
  for (const [raw, ours] of rows) {
    const error = inOurWords(new Error(raw), 'wasm', 'unsupported');
    assert.equal(error.message, `wasm: ${ours}`);
    assert.equal(error.code, 'unsupported');
    assert.equal(error.cause, raw.replace(/\s+/g, ' ').trim());
  }
});

test('our own errors pass as they are', () => {
  const error = new LimbusError('io', 'the network answers nothing');
  assert.equal(inOurWords(error, 'wasm', 'unsupported'), error);
});
