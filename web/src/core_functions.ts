// What needs the core but no network, for both entries. `limbus` asks a worker that all of these share, `limbus/core`
// the thread that calls: build.mjs puts core_here.ts in the place of core_in_worker.ts there.
import { callCore } from './core_in_worker.js';
import { LimbusError } from './error.js';
import { modelBytes } from './model_bytes.js';
import type {
  ConfusionMatrix,
  Convention,
  CoreOptions,
  Ellipse,
  EyePreset,
  InputPreset,
  Manifest,
  ManifestDraft,
  MaskAnalysis,
  MaskPixels,
  ModelOptions,
  ModelSource,
  OnnxFacts,
  RenderedEye,
  Scores,
} from './types.js';
import { wholeModel } from './whole_model.js';

export { closeCore } from './core_in_worker.js';

/**
 * Facts of an .onnx file, checked before any runtime sees it. Rejects what is not one. A string is a URL. The files
 * that its weights may lie in are named, and not read.
 */
export async function inspect(model: ModelSource, options: CoreOptions = {}): Promise<OnnxFacts> {
  const { signal } = options;
  return callCore('inspect', { bytes: await modelBytes(model, { signal }) }, options);
}

/** The manifest that an .onnx carries, complete; null when it carries none. */
export async function readManifest(
  model: ModelSource,
  options: CoreOptions = {},
): Promise<Manifest | null> {
  return (await inspect(model, options)).manifest;
}

/**
 * The file with this manifest inside, and with the weights that lie in other files, so that it needs none from now on.
 * For files without one: what carries one is refused.
 */
export async function withManifest(
  model: ModelSource,
  manifest: ManifestDraft,
  options: ModelOptions = {},
): Promise<Blob> {
  const text = JSON.stringify(manifest); // as it is now
  const { bytes } = await wholeModel(model, options, (facts) => {
    if (facts.manifest)
      throw new LimbusError(
        'badArgument',
        `the file carries a manifest already ('${facts.manifest.name}'); \`limbus manifest\` changes it`,
      );
  });
  const entry = await callCore('manifestEntry', { manifest: text }, options);
  return new Blob([bytes as BlobPart, entry as BlobPart], { type: 'application/octet-stream' });
}

/** How other toolkits bring pixels to their networks, by name. */
export function inputPresets(options: CoreOptions = {}): Promise<InputPreset[]> {
  return callCore('inputPresets', {}, options);
}

/** The rendered eye of (preset, seed, index): the same bytes everywhere and always. */
export function renderEye(
  preset: string,
  seed: number,
  index: number,
  options: CoreOptions = {},
): Promise<RenderedEye> {
  return callCore('renderEye', { preset, seed, index }, options);
}

/** The cameras that renderEye knows. */
export function eyePresets(options: CoreOptions = {}): Promise<EyePreset[]> {
  return callCore('eyePresets', {}, options);
}

/**
 * Measures a mask from anywhere as `segment` measures its own: areas, regions, ellipses, the eye.
 * `by`: a manifest, or as much of one as counts here; without `regions` its defaults.
 */
export function analyse(
  mask: MaskPixels,
  by: Pick<ManifestDraft, 'classes' | 'regions'>,
  options: CoreOptions = {},
): Promise<MaskAnalysis> {
  const { classes, regions = {} } = by;
  return callCore('analyse', { mask, by: { classes, regions } }, options);
}

/**
 * The ellipse that runs closest to points x0, y0, x1, y1, ... (at least 6), outliers let go.
 * Null when none fits them.
 */
export function fitEllipse(
  points: ArrayLike<number>,
  options: CoreOptions = {},
): Promise<Ellipse | null> {
  return callCore('fitEllipse', { points: Float32Array.from(points) }, options);
}

/** Counts two masks of one size against each other; 255 in the truth is void and not counted. */
export function confusion(
  truth: MaskPixels,
  prediction: MaskPixels,
  classes: number,
  options: CoreOptions = {},
): Promise<ConfusionMatrix> {
  return callCore('confusion', { truth, prediction, classes }, options);
}

/** Scores over the counts of all images. `convention`: a name of `conventions()`. */
export function score(
  matrices: ConfusionMatrix[],
  convention = 'openeds2019',
  options: CoreOptions = {},
): Promise<Scores> {
  return callCore('score', { matrices, convention }, options);
}

/** How scores may be pooled, and what becomes of absent classes. */
export function conventions(options: CoreOptions = {}): Promise<Convention[]> {
  return callCore('conventions', {}, options);
}
