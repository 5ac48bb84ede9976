// The core module under Node: it is built for workers, so it gets the two globals that it asks for.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Core } from '../../src/core.js';

export async function startCore(): Promise<Core> {
  const folder = process.env['LIMBUS_WASM'];
  if (!folder) throw new Error('LIMBUS_WASM names the build folder of the wasm preset');
  Object.assign(globalThis, { self: { location: { href: 'file:///limbus_core.js' } } });
  return Core.start(readFileSync(join(folder, 'wasm/limbus_core.wasm')));
}
