// The core for `limbus/core`: in the thread that calls. Nothing else is fetched than limbus_core.wasm.
import { orAborted } from './abort.js';
import { folderOf } from './assets.js';
import type { Core } from './core.js';
import { coreCalls } from './core_calls.js';
import { fetchCore } from './fetch_core.js';
import type { CoreCalls, CoreKind } from './protocol.js';
import type { CoreOptions } from './types.js';

/** Put in as a literal by build.mjs: bundlers look for one. */
declare const LIMBUS_CORE: string;

let shared: Promise<Core> | null = null;

function started({ assetsUrl }: CoreOptions): Promise<Core> {
  if (!shared) {
    const url =
      assetsUrl === undefined
        ? new URL(LIMBUS_CORE, import.meta.url)
        : new URL('limbus_core.wasm', folderOf(assetsUrl));
    const core = fetchCore(url, 'say as assetsUrl where the folder of it is served');
    core.catch(() => (shared = shared === core ? null : shared));
    shared = core;
  }
  return shared;
}

export async function callCore<K extends CoreKind>(
  kind: K,
  parameters: CoreCalls[K][0],
  options: CoreOptions,
): Promise<CoreCalls[K][1]> {
  return coreCalls[kind](await orAborted(started(options), options.signal), parameters);
}

/** Frees the core that the functions of this module share; the next call starts another. */
export function closeCore(): void {
  shared = null;
}
