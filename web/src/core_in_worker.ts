// The core for `limbus`: one shared worker, so that no call keeps a page waiting.
import { Connection } from './connection.js';
import { isPart } from './image_source.js';
import type { CoreCalls, CoreKind } from './protocol.js';
import type { CoreOptions, MaskPixels } from './types.js';

let shared: Connection | null = null;

// Async: what is wrong with the options rejects, too.
export async function callCore<K extends CoreKind>(
  kind: K,
  parameters: CoreCalls[K][0],
  options: CoreOptions,
): Promise<CoreCalls[K][1]> {
  if (!shared?.alive) shared = new Connection(options);
  const [sent, moved] = withoutRest(parameters);
  return shared.call(kind, sent, { signal: options.signal, moved });
}

/** Masks that are parts of buffers as copies, which move. */
function withoutRest<Parameters extends object>(
  parameters: Parameters,
): [Parameters, Transferable[]] {
  const moved: Transferable[] = [];
  const entries = Object.entries(parameters).map(([key, value]: [string, Partial<MaskPixels>]) => {
    if (!isPart(value?.data)) return [key, value];
    const data = new Uint8Array(value.data);
    moved.push(data.buffer);
    return [key, { ...value, data }];
  });
  return [Object.fromEntries(entries) as Parameters, moved];
}

/** Frees the core that the functions of this module share; the next call starts another. */
export function closeCore(): void {
  shared?.close('closed before it could answer; the next call starts another');
  shared = null;
}
