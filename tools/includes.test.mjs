import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { faults } from './includes.mjs';

/** The faults of a tree of its own: path -> the files that it includes, as "a.h" or in brackets as "<a.h>". */
function faultsOf(tree) {
  const root = mkdtempSync(join(tmpdir(), 'limbus-includes-'));
  try {
    for (const [file, included] of Object.entries(tree)) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      const lines = included.map((name) => (name.startsWith('<') ? name : `"${name}"`));
      writeFileSync(join(root, file), lines.map((name) => `#include ${name}\n`).join(''));
    }
    return faults(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

test('the project keeps the directions and has no circles', () => {
  assert.deepEqual(faults(dirname(dirname(fileURLToPath(import.meta.url)))), []);
});

test('along the directions, and to what is not ours, everything may be included', () => {
  const tree = {
    'shared/result.h': [],
    'native/data/dataset.h': ['shared/result.h', 'opencv2/core.hpp'],
    'native/train/losses/pixels.h': ['native/train/losses.h'],
    'native/train/losses.h': ['native/data/dataset.h'],
    'tests/native/native_train.cpp': ['native/train/losses.h'],
  };
  assert.deepEqual(faultsOf(tree), []);
});

const against = {
  'shared/graph/graph.h': 'shared/onnx/wire.h',
  'shared/image.h': 'shared/vision/resample.h',
  'shared/result.h': 'native/data/dataset.h',
  'native/system/files.h': 'native/data/dataset.h',
  'native/data/dataset.h': 'native/train/loop.h',
  'native/train/loop.h': 'native/infer/model.h',
  'native/infer/model.h': 'native/commands/commands.h',
  'wasm/exports.cpp': 'native/data/dataset.h',
  'wasm/canvas/canvas.h': 'shared/result.h',
  'native/train/losses/dice.cpp': 'tests/native/scratch.h',
};
for (const [file, other] of Object.entries(against))
  test(`${file} may not include ${other}`, () => {
    const [line, ...more] = faultsOf({ [file]: [other], [other]: [] });
    assert.match(line, new RegExp(`^${file} includes ${other}: .* may include `));
    assert.deepEqual(more, []);
  });

test('a file beside its own is found without its folder', () => {
  const lines = faultsOf({ 'shared/graph/a.h': ['../onnx/wire.h'], 'shared/onnx/wire.h': [] });
  assert.match(lines.join('\n'), /shared\/graph\/a\.h includes shared\/onnx\/wire\.h/);
});

test('brackets hide no file of ours', () => {
  const tree = {
    'shared/result.h': ['<string>', '<native/data/dataset.h>'],
    'native/data/dataset.h': ['<opencv2/core.hpp>'],
  };
  const [line, ...more] = faultsOf(tree);
  assert.match(line, /^shared\/result\.h includes native\/data\/dataset\.h: /);
  assert.deepEqual(more, []);
});

test('a circle is told once, with its way', () => {
  const tree = {
    'shared/eyes/a.h': ['shared/eyes/b.h'],
    'shared/eyes/b.h': ['c.h'],
    'shared/eyes/c.h': ['shared/eyes/a.h'],
    'shared/eyes/d.h': ['shared/eyes/a.h'],
  };
  const way = ['a', 'b', 'c', 'a'].map((name) => `shared/eyes/${name}.h`).join(' -> ');
  assert.deepEqual(faultsOf(tree), [`include circle: ${way}`]);
});

test('a new room wants a row', () => {
  assert.match(
    faultsOf({ 'native/draw/pen.h': [] }).join(),
    /^native\/draw\/pen\.h: .* has no row/,
  );
});
