// What needs the core but no network: renders, file facts and manifests, in one shared worker.
import { Connection } from './connection.js';
import { LimbusError } from './error.js';
import type {
  CoreOptions,
  EyePreset,
  InputPreset,
  ManifestDraft,
  OnnxFacts,
  RenderedEye,
} from './types.js';

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

/**
 * The file with this manifest inside, so that it needs none from now on. For files without one: what
 * carries one is refused.
 */
export async function withManifest(
  bytes: ArrayBuffer | Uint8Array,
  manifest: ManifestDraft,
  options: CoreOptions = {},
): Promise<Blob> {
  const view = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
  const facts = await core(options).call('inspect', { bytes: view });
  if (facts.manifest)
    throw new LimbusError(
      'badArgument',
      `the file carries a manifest already ('${facts.manifest.name}'); \`limbus manifest\` changes it`,
    );
  const entry = await core(options).call('manifestEntry', { manifest });
  return new Blob([view as BlobPart, entry as BlobPart], { type: 'application/octet-stream' });
}

/** How other toolkits bring pixels to their networks, by name. */
export function inputPresets(options: CoreOptions = {}): Promise<InputPreset[]> {
  return core(options).call('inputPresets', {});
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
