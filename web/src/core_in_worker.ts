// The core for `limbus`: one shared worker, so that no call keeps a page waiting.
import { Connection } from './connection.js';
import type { CoreCalls, CoreKind } from './protocol.js';
import type { CoreOptions } from './types.js';

let shared: Connection | null = null;

// Async: what is wrong with the options rejects, too.
export async function callCore<K extends CoreKind>(
  kind: K,
  parameters: CoreCalls[K][0],
  options: CoreOptions,
): Promise<CoreCalls[K][1]> {
  if (!shared?.alive) shared = new Connection(options);
  return shared.call(kind, parameters, { signal: options.signal });
}

/** Frees the core that the functions of this module share; the next call starts another. */
export function closeCore(): void {
  shared?.close();
  shared = null;
}
