import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { drifting, faults } from './drift.mjs';

/** The faults of a tree with this text in one file. */
function faultsOf(file, text) {
  const root = mkdtempSync(join(tmpdir(), 'limbus-drift-'));
  try {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
    return faults(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

test('the project asks for versions of LibTorch in one place', () => {
  assert.deepEqual(faults(dirname(dirname(fileURLToPath(import.meta.url)))), []);
});

const planted = [
  '#if TORCH_VERSION_MAJOR >= 2',
  '#include <ATen/cuda/CUDAContext.h>',
  '#include <torch/script.h>',
  '#if __has_include(<torch/nn.h>)',
  'at::autocast::set_autocast_gpu_dtype(type);',
  'c10d::ProcessGroupGloo group;',
  'at::globalContext().setUserEnabledMkldnn(false);',
  'log(torch::show_config());',
];
test('every rule has a planted line', () => {
  for (const [name] of drifting) assert.ok(planted.some((line) => name.test(line)), String(name));
});
for (const line of planted)
  test(`found: ${line}`, () => {
    const text = `\n${line}\n`;
    const found = faultsOf('native/train/losses/dice.cpp', text);
    assert.match(found.join('\n'), /^native\/train\/losses\/dice\.cpp:2: .* belongs in native\/train\/torch_compat\.h/);
    for (const home of ['torch_compat.h', 'ranks/torch_ranks.h'])
      assert.deepEqual(faultsOf(`native/train/${home}`, text), []);
    assert.deepEqual(faultsOf('native/train/losses/dice.cpp', `// ${line}`), []);
  });
test('what stays is left alone', () => {
  assert.deepEqual(faultsOf('native/train/loop.cpp', '#include <torch/torch.h>\ntorch::manual_seed(1);\n'), []);
});
