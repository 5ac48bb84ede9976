// What goes between page and worker: one request, one answer with the same id, in order.
import type {
  ConfusionMatrix,
  Convention,
  Ellipse,
  ErrorCode,
  ExternalFile,
  EyePreset,
  InputPreset,
  Manifest,
  ManifestDraft,
  MaskAnalysis,
  MaskPixels,
  OnnxFacts,
  PlainImage,
  Provider,
  RenderedEye,
  Scores,
  SegmentOptions,
  SegmentResult,
} from './types.js';

/** What went wrong, as it crosses. */
export interface Failure {
  code: ErrorCode;
  message: string;
  cause?: unknown;
}

export interface LoadAnswer {
  manifest: Manifest;
  facts: OnnxFacts;
  inferenceMs: number | null; // of a run after the warm-up, if asked for
}

/** How an .onnx and its external files become one file: parts one behind the other. */
export interface JoinedOnnx {
  files: ExternalFile[];
  text: Uint8Array; // what none of them has as it stands there
  /** Of each: where its bytes come from (0 text, 1 the .onnx, from 2 on `files`), from which offset on, how many. */
  parts: Float64Array;
}

/** An ImageData would be copied on its way, even where its buffer moves: its RGBA bytes go alone. */
export type SegmentAnswer = Omit<SegmentResult, 'image'> & {
  pixels?: ImageData['data'];
};

export interface LoadParameters {
  bytes: Uint8Array;
  provider: Provider;
  manifest: string | null; // as JSON, which no caller changes on the way
  measure: boolean;
}

/** A frame is made for the worker, which closes it. */
export type SentImage = PlainImage | VideoFrame;

/** What needs the core but no network: kind -> its parameters and its answer. */
export interface CoreCalls {
  inspect: [{ bytes: Uint8Array }, OnnxFacts];
  join: [{ bytes: Uint8Array }, JoinedOnnx];
  manifestEntry: [{ manifest: string }, Uint8Array];
  inputPresets: [Record<string, never>, InputPreset[]];
  eyePresets: [Record<string, never>, EyePreset[]];
  renderEye: [{ preset: string; seed: number; index: number }, RenderedEye];
  analyse: [{ mask: MaskPixels; by: Pick<ManifestDraft, 'classes' | 'regions'> }, MaskAnalysis];
  fitEllipse: [{ points: Float32Array }, Ellipse | null];
  confusion: [{ truth: MaskPixels; prediction: MaskPixels; classes: number }, ConfusionMatrix];
  score: [{ matrices: ConfusionMatrix[]; convention: string }, Scores];
  conventions: [Record<string, never>, Convention[]];
}

export type CoreKind = keyof CoreCalls;

/** Request by kind -> its parameters and its answer. */
export interface Calls extends CoreCalls {
  // A refused file or manifest is an error; a provider that cannot run it is an answer, and what files it lacks.
  load: [LoadParameters, LoadAnswer | { providerFailed: Failure } | { lacking: JoinedOnnx }];
  segment: [{ source: SentImage; options: Omit<SegmentOptions, 'signal'> }, SegmentAnswer];
  useManifest: [{ manifest: string }, Manifest];
}

export type Kind = keyof Calls;

export type Request = {
  [K in Kind]: { id: number; kind: K; parameters: Calls[K][0] };
}[Kind];

/** The answer to `cancel` is not wanted any more: a request that has not begun is passed over. */
export interface Cancel {
  cancel: number;
}

export type Answer =
  | { id: number; value: Calls[Kind][1] }
  | { id: number; error: Failure }
  | { passedOver: number }
  | { progress: { stage: 'core' | 'runtime' | 'warmup'; message: string } }
  | { came: { part: 'core' | 'runtime'; loaded: number } }; // bytes of it
