import assert from 'node:assert/strict';
import { test } from 'node:test';

import { candidates, obstacle } from '../src/providers.js';

const everything = { crossOriginIsolated: true, webgpu: true };

test('every list ends with wasm, once', () => {
  for (const wanted of ['wasm', 'wasm-threads', 'webgpu'] as const) {
    const list = candidates(wanted);
    assert.equal(list[0], wanted);
    assert.equal(list.filter((each) => each === 'wasm').length, 1);
    assert.equal(list.at(-1), 'wasm');
  }
});

test('what stands in the way is said in words', () => {
  assert.equal(obstacle('wasm', { crossOriginIsolated: false, webgpu: false }), null);
  assert.equal(obstacle('wasm-threads', everything), null);
  assert.equal(obstacle('webgpu', everything), null);
  assert.match(obstacle('wasm-threads', { ...everything, crossOriginIsolated: false })!, /COOP/);
  assert.match(obstacle('webgpu', { ...everything, webgpu: false })!, /no WebGPU/);
});
