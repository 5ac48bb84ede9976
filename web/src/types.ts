// What the package promises: every type that a caller sees. No code.
//
//   import { Segmenter } from 'limbus';
//   const segmenter = await Segmenter.load('models/eye/model.onnx');
//   const result = await segmenter.segment(file);      // or an element, a URL, pixels, ...
//   result.mask[y * result.width + x];                 // class index of a source pixel
//   result.eye?.pupilDiameterPx;
//   segmenter.dispose();
//
// Lengths are source pixels, areas source pixels squared; integer coordinates are pixel centres.
// Angles are degrees in (-90, 90], clockwise on the screen. What is absent is null, never zero.

/** Where a network runs. Each has a worker of its own. */
export type Provider = 'wasm' | 'wasm-threads' | 'webgpu';

/** One row per reason to fail; `LimbusError.code`. */
export type ErrorCode =
  | 'badArgument' // the caller asked for something that does not exist or does not fit
  | 'badData' // bytes that are not what they claim to be
  | 'unsupported' // understood, but not something this build or browser can do
  | 'notFound' // a URL, tensor or key is missing
  | 'io' // the system refused: network, memory
  | 'disposed' // the segmenter was disposed before it could answer
  | 'internal'; // the worker or the runtime failed unexpectedly

// --- the manifest: the contract of one model, as JSON (shared/manifest.h) ---

export interface InputSpec {
  width: number; // with resize 'none': the usual size; others are accepted
  height: number;
  colour: 'grey' | 'rgb' | 'bgr';
  /** shrink: fit, but images that are smaller keep their pixels. */
  resize: 'none' | 'stretch' | 'fit' | 'shrink';
  interpolation: 'nearest' | 'linear' | 'area' | 'cubic';
  gamma: number;
  clahe?: { clipLimit: number; tilesX: number; tilesY: number };
  pad: {
    to: 'box' | 'multiple';
    multiple: number;
    fill: 'constant' | 'replicate' | 'reflect';
    value: number;
    place: 'centre' | 'end';
  };
  normalise:
    | { by: 'constants'; mean: number[]; std: number[] } // per channel, of values in [0,1]
    | { by: 'image'; minDeviation: number }; // grey levels
}

export interface ClassSpec {
  name: string;
  colour: string; // '#rrggbb'
  role?: 'background' | 'sclera' | 'iris' | 'pupil';
}

/** Complete: what was left out in the file is filled in. */
export interface Manifest {
  formatVersion: number;
  name: string;
  description: string;
  licence: string;
  trainingData: string;
  input: InputSpec;
  classes: ClassSpec[];
  output: { kind: 'logits' | 'argmax'; stride: number; alignCorners: boolean };
  regions: { rule: 'byRole' | 'all' | 'largest'; minAreaPx: number };
  learnedParameters: number;
  scores: Record<string, number>;
}

/** As somebody writes it for a foreign file: only what has no default is needed. */
export type ManifestDraft = Pick<Manifest, 'formatVersion'> &
  Partial<Omit<Manifest, 'input' | 'classes' | 'output' | 'regions'>> & {
    input: Pick<InputSpec, 'width' | 'height'> &
      Partial<Omit<InputSpec, 'pad' | 'normalise' | 'clahe'>> & {
        clahe?: Partial<NonNullable<InputSpec['clahe']>>;
        pad?: Partial<InputSpec['pad']>;
        normalise?: { by?: string; mean?: number[]; std?: number[]; minDeviation?: number };
      };
    classes: (Pick<ClassSpec, 'name'> & Partial<ClassSpec>)[];
    output?: Partial<Manifest['output']>;
    regions?: Partial<Manifest['regions']>;
  };

// --- what is known of an .onnx file before it runs ---

export interface TensorInfo {
  name: string;
  type: string; // 'float', 'int64', ...
  shape: string[]; // numbers, or the name of a symbolic dimension
}

export interface OnnxFacts {
  irVersion: number;
  opset: number;
  producer: string;
  inputs: TensorInfo[];
  outputs: TensorInfo[];
  opCounts: Record<string, number>;
  initializerElements: number;
  manifest: Manifest | null; // null in foreign files: hand one to Segmenter.load
}

// --- measurements ---

export interface Ellipse {
  centreX: number;
  centreY: number;
  majorPx: number; // full axis lengths, not radii
  minorPx: number;
  angleDegrees: number; // of the major axis
}

export interface Region {
  classIndex: number;
  className: string;
  areaPx: number;
  centroidX: number;
  centroidY: number;
  left: number;
  top: number;
  width: number;
  height: number;
  outline: Float32Array; // x0, y0, x1, y1, ...: closed, in order
  ellipse: Ellipse | null; // null when there are too few contour points
  occluded: boolean; // iris: under a third of its contour borders sclera
}

export interface EyeMeasurements {
  pupil: Ellipse | null;
  iris: Ellipse | null;
  irisOccluded: boolean;
  pupilDiameterPx: number | null; // major axes
  irisDiameterPx: number | null;
  pupilToIrisRatio: number | null;
}

export interface Timings {
  decodeMs: number;
  preprocessMs: number;
  inferenceMs: number;
  postprocessMs: number;
  totalMs: number; // inside the worker, from taking the request up to posting the answer
}

// --- segmenting ---

export interface LoadStatus {
  stage: 'fetch' | 'core' | 'runtime' | 'warmup' | 'measure' | 'fallback' | 'ready';
  provider: Provider | null; // the one being tried
  message: string; // one line for people
  /** Of the model, while it is fetched. */
  bytes?: { loaded: number; total: number | null; percent: number | null };
}

/** Where the worker comes from; needed only where it is not found by itself. */
export interface CoreOptions {
  /** A folder made by `limbus copy-assets`: worker.js, limbus_core.wasm, ort/. */
  assetsUrl?: string | URL;
  /** A worker script of your own that imports ours; goes before assetsUrl. */
  workerUrl?: string | URL;
  /**
   * assetsUrl may lie on another origin, from which browsers start no worker: a line in a blob: URL
   * imports it. Needs `worker-src blob:`, and that origin there, in `script-src` and in `connect-src`.
   */
  crossOriginWorker?: boolean;
}

export interface LoadOptions extends CoreOptions {
  /** Default 'wasm'. 'auto' starts with wasm and measures the others only when that takes over 100 ms. */
  provider?: Provider | 'auto';
  /** Required for an .onnx without a manifest of its own; refused for one that carries it. */
  manifest?: ManifestDraft;
  onStatus?: (status: LoadStatus) => void;
  /** Aborting ends the worker and rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** Pixels in rows from the top: grey, RGB or RGBA, told apart by their number. */
export interface RawPixels {
  data: Uint8Array | Uint8ClampedArray;
  width: number;
  height: number;
}

/** What goes to the worker as it is; `ImageSource` holds what else segment() takes. */
export type PlainImage = Blob | ImageBitmap | ImageData | RawPixels;

export interface SegmentOptions {
  /** Aborting rejects with the signal's reason at once; what has not begun never does. */
  signal?: AbortSignal;
  /** Also return the decoded pixels, as the network saw them before preprocessing. */
  withImage?: boolean;
}

export interface SegmentResult {
  width: number; // source pixels, EXIF orientation applied
  height: number;
  mask: Uint8Array; // [height * width] class indices
  areasPx: number[]; // per class, background included
  regions: Region[]; // by class, then by falling area; background has none
  eye: EyeMeasurements | null; // null: no pupil or iris found, or the model knows none
  timings: Timings;
  provider: Provider;
  image?: ImageData; // with SegmentOptions.withImage
}

export interface RenderedEye {
  image: ImageData; // grey as RGBA
  mask: Uint8Array; // 0 background, 1 sclera, 2 iris, 3 pupil
  classes: ClassSpec[]; // of the mask, in that order
  width: number;
  height: number;
  pupil: Ellipse | null; // the true outlines before lids and lashes cover them
  iris: Ellipse | null;
}

// Functions of the package beside Segmenter (index.ts):
//   renderEye(preset: string, seed: number, index: number, options?: CoreOptions): Promise<RenderedEye>
//   eyePresets(options?: CoreOptions): Promise<EyePreset[]>
//   inspect(bytes: ArrayBuffer | Uint8Array, options?: CoreOptions): Promise<OnnxFacts>
// They share one worker that is started on first use and ended by closeCore().

export interface EyePreset {
  name: string;
  summary: string;
  width: number;
  height: number;
}
