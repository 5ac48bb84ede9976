// What needs the core but no network: renders and file facts, in one shared worker.
import { Connection } from './connection.js';
import type { CoreOptions, EyePreset, OnnxFacts, RenderedEye } from './types.js';

let shared: Connection | null = null;

function core(options: CoreOptions): Connection {
  if (!shared?.alive) shared = new Connection(options);
  return shared;
}

/** Facts of an .onnx file, checked before any runtime sees it. Rejects what is not one. */
export function inspect(
  bytes: ArrayBuffer | Uint8Array,
  options: CoreOptions = {},
): Promise<OnnxFacts> {
  const view = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
  return core(options).call('inspect', { bytes: view });
}

/** The rendered eye of (preset, seed, index): the same bytes everywhere and always. */
export function renderEye(
  preset: string,
  seed: number,
  index: number,
  options: CoreOptions = {},
): Promise<RenderedEye> {
  return core(options).call('renderEye', { preset, seed, index });
}

export function eyePresets(options: CoreOptions = {}): Promise<EyePreset[]> {
  return core(options).call('eyePresets', {});
}

/** Ends the shared worker and frees its memory; the next call starts another. */
export function closeCore(): void {
  shared?.close();
  shared = null;
}
