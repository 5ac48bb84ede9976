import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { usualPoolSize } from '../src/pool.js';
import type { Provider } from '../src/types.js';

const own = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
after(() => {
  if (own) Object.defineProperty(globalThis, 'navigator', own);
  else Reflect.deleteProperty(globalThis, 'navigator');
});

// Cores and gigabytes as browsers tell them; undefined: not told.
const rows: [Provider, number | undefined, number | undefined, number, string][] = [
  ['wasm', 4, 8, 3, 'a core is left to the page'],
  ['wasm', 1, 8, 1, 'one at least'],
  ['wasm', 16, 4, 4, 'a gigabyte each'],
  ['wasm', 16, 0.25, 1, 'one at least, however little memory'],
  ['wasm', 64, 64, 8, 'eight at most'],
  ['wasm', undefined, undefined, 3, 'four cores where none are told'],
  ['wasm', 16, undefined, 4, 'four gigabytes where none are told'],
  ['wasm-threads', 16, 8, 3, 'four cores each'],
  ['wasm-threads', 17, 8, 4, 'four cores each, exactly'],
  ['wasm-threads', 4, 8, 1, 'one at least, on few cores'],
  ['webgpu', 16, 8, 2, 'two keep a graphics processor busy'],
  ['webgpu', 2, 8, 1, 'a core each there, too'],
];

for (const [provider, hardwareConcurrency, deviceMemory, size, why] of rows)
  test(`the usual size of a pool, ${provider}: ${why}`, () => {
    Object.defineProperty(globalThis, 'navigator', {
      value: {
        ...(hardwareConcurrency !== undefined && { hardwareConcurrency }),
        ...(deviceMemory !== undefined && { deviceMemory }),
      },
      configurable: true,
    });
    assert.equal(usualPoolSize(provider), size);
  });
