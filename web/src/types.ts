// What the package promises: every type that a caller sees. No code.
//
//   import { Segmenter } from 'limbus';
//   const segmenter = await Segmenter.load('models/eye/model.onnx');
//   const result = await segmenter.segment(file);      // or an element, a URL, pixels, ...
//   result.mask[y * result.width + x];                 // class index of a source pixel
//   result.eye?.pupilDiameterPx;
//   segmenter.dispose();

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

/** What is done to an image before the network sees it: colour, resize, gamma, CLAHE, pad, normalise. */
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
  /** Of the file's tensor; absent: 'nchw'. */
  layout?: Layout;
  /** Of the network, which repeat the colours in turn; absent: as many as the colours. */
  channels?: number;
}

/** How a tensor of images lies: planes, as PyTorch writes them, or pixels, as TensorFlow does. */
export type Layout = 'nchw' | 'nhwc';

/** What the network answers, and how a mask is made of it. */
export interface OutputSpec {
  /** logits: scores of any size; probabilities: in [0,1]; argmax: class indices. */
  kind: 'logits' | 'probabilities' | 'argmax';
  stride: number; // input pixels per output pixel
  alignCorners: boolean; // the corner rule of the upsampling that follows
  /** Which of several outputs; absent: the first. */
  name?: string;
  /** Of the file's tensor; absent: 'nchw'. */
  layout?: Layout;
  /** Class 0 has no channel: it is where no other class is more probable than this, in (0,1). */
  threshold?: number;
}

/** One class of a mask; its index is its place in the list. */
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
  output: OutputSpec;
  /** `neck`: what touches is parted where it is narrower than this share of the thinner part. */
  regions: { rule: 'byRole' | 'all' | 'largest'; minAreaPx: number; neck?: number };
  learnedParameters: number;
  scores: Record<string, number>;
}

/** The last step as somebody writes it: `name` is of `inputPresets()`, and what is given beside it counts. */
export interface NormaliseDraft {
  name?: string;
  by?: 'constants' | 'image';
  mean?: number[];
  std?: number[];
  minDeviation?: number;
}

/** As somebody writes it for a foreign file: only what has no default is needed. */
export type ManifestDraft = Pick<Manifest, 'formatVersion'> &
  Partial<Omit<Manifest, 'input' | 'classes' | 'output' | 'regions'>> & {
    input: Pick<InputSpec, 'width' | 'height'> &
      Partial<Omit<InputSpec, 'pad' | 'normalise' | 'clahe'>> & {
        clahe?: Partial<NonNullable<InputSpec['clahe']>> | null;
        pad?: Partial<InputSpec['pad']>;
        /** A text is the name of a preset: 'imagenet'. */
        normalise?: string | NormaliseDraft;
      };
    classes: (Pick<ClassSpec, 'name'> & Partial<ClassSpec>)[];
    output?: Partial<Manifest['output']>;
    regions?: Partial<Manifest['regions']>;
  };

// --- what is known of an .onnx file before it runs ---

/** An input or output of a network. */
export interface TensorInfo {
  name: string;
  type: string; // 'float', 'int64', ...
  shape: string[]; // numbers, or the name of a symbolic dimension
  shaped: boolean; // false: the file says nothing of its shape
}

/** A tensor of images; null: the file leaves that dimension open. */
export interface ImagePort {
  name: string;
  type: string; // 'float', 'float16'; of class indices 'int64' and the like
  layout: Layout;
  batch: number | null;
  channels: number | null;
  height: number | null;
  width: number | null;
}

/** A file beside the .onnx that holds data of its tensors ("external data"). */
export interface ExternalFile {
  name: string;
  bytes: number; // that it has at least
}

/** What an .onnx file says of itself. */
export interface OnnxFacts {
  irVersion: number;
  opset: number;
  producer: string;
  inputs: TensorInfo[];
  outputs: TensorInfo[];
  opCounts: Record<string, number>;
  initializerElements: number; // floating-point values that the file stores
  metadata: Record<string, string>; // all but the manifest
  externalFiles: ExternalFile[]; // without which it does not run: ModelOptions.externalData
  manifest: Manifest | null; // null in foreign files: hand one to Segmenter.load
  /** The input, and the outputs that may be masks; null where `obstacle` says why it cannot run. */
  ports: { input: ImagePort; outputs: ImagePort[] } | null;
  obstacle: string | null;
  /** What the file states, as a manifest: a width or height of 0 is left open. Null: cannot run. */
  draft: Manifest | null;
  /** The parts of the draft that another output changes, for each of ports.outputs; `draft` takes the first. */
  outputDrafts: Pick<Manifest, 'output' | 'classes'>[];
}

/** How other toolkits bring pixels to their networks: values for a manifest. */
export interface InputPreset {
  name: string;
  summary: string;
  order: 'rgb' | 'bgr'; // of three channels
  mean: [number, number, number]; // of values in [0,1], in that order
  std: [number, number, number];
}

// --- measurements ---

/**
 * Never shared memory, so that `Blob`, `crypto` and WebGPU take it as it is: `Uint8Array<ArrayBuffer>`, which
 * TypeScript before 5.7 does not know.
 */
export type OwnBytes = ReturnType<Uint8ArrayConstructor['of']>;
/** As `OwnBytes`, of a Float32Array. */
export type OwnFloats = ReturnType<Float32ArrayConstructor['of']>;

/** In source pixels; integer coordinates are pixel centres. */
export interface Ellipse {
  centreX: number;
  centreY: number;
  /** Full axis lengths, not radii. */
  majorPx: number;
  minorPx: number;
  /** Of the major axis. */
  angleDegrees: number;
}

/** A connected part of a class (8 neighbours), in source pixels. */
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
  /** x0, y0, x1, y1, ...: closed, in order. */
  outline: OwnFloats;
  /** Null when there are too few contour points. */
  ellipse: Ellipse | null;
  /** Iris: under a third of its contour borders sclera. */
  occluded: boolean;
}

/** What people measure in an eye, in source pixels. */
export interface EyeMeasurements {
  pupil: Ellipse | null;
  iris: Ellipse | null;
  irisOccluded: boolean;
  /** Major axes. */
  pupilDiameterPx: number | null;
  irisDiameterPx: number | null;
  pupilToIrisRatio: number | null;
}

/** Class index of each pixel, in rows from the top; 255 is void. */
export interface MaskPixels {
  data: Uint8Array | Uint8ClampedArray;
  width: number;
  height: number;
}

/** What is measured in a mask. */
export interface MaskAnalysis {
  /** Per class, background included. */
  areasPx: number[];
  /** By class, then by falling area; background has none. */
  regions: Region[];
  /** Null: no pupil or iris found, or no class has such a role. */
  eye: EyeMeasurements | null;
}

// --- metrics (shared/metrics/metrics.h) ---

/** How often each class was called which, in pixels; void pixels of the truth are not counted. */
export interface ConfusionMatrix {
  classes: number;
  /** [truth * classes + prediction]. */
  counts: number[];
}

/** Each in [0,1]; null where the convention leaves the class out. */
export interface ClassScores {
  iou: number | null;
  dice: number | null;
  precision: number | null;
  recall: number | null;
  /** Equals dice. */
  f1: number | null;
  /** Pixels rightly called this class or rightly not, of all. */
  accuracy: number | null;
}

/** All in [0,1]. */
export interface Scores {
  classes: ClassScores[];
  mIoU: number;
  mDice: number;
  pixelAccuracy: number;
  /** Mean recall. */
  classAccuracy: number;
}

/** A way to pool counts and to treat classes that are absent. */
export interface Convention {
  name: string;
  summary: string;
}

/** How long each stage took, in milliseconds. */
export interface Timings {
  decodeMs: number;
  preprocessMs: number;
  inferenceMs: number;
  postprocessMs: number;
  /** Inside the worker, from taking the request up to posting the answer. */
  totalMs: number;
}

// --- segmenting ---

/** What a load is doing. */
export interface LoadStatus {
  stage: 'fetch' | 'core' | 'runtime' | 'warmup' | 'measure' | 'fallback' | 'ready';
  /** The one being tried. */
  provider: Provider | null;
  /** One line for people. */
  message: string;
  /**
   * While something is fetched: how much has come of the model, the core and the runtime together, as they are,
   * however they are sent. The size of a model that is sent compressed is about that. Null: its server says none.
   */
  bytes?: { loaded: number; total: number | null; percent: number | null };
}

/** A URL (a string is one), a file or response that holds an .onnx, or its bytes. */
export type ModelSource = string | URL | Blob | Response | ArrayBuffer | Uint8Array;

/** Where the worker comes from, needed only where it is not found by itself; what ends the call. */
export interface CoreOptions {
  /** A folder made by `limbus copy-assets`: worker.js, limbus_core.wasm, ort/. */
  assetsUrl?: string | URL | undefined;
  /** A worker script of your own that imports ours; goes before assetsUrl. */
  workerUrl?: string | URL | undefined;
  /**
   * assetsUrl may lie on another origin, from which browsers start no worker: a line in a blob: URL
   * imports it. Needs `worker-src blob:`, and that origin there, in `script-src` and in `connect-src`.
   */
  crossOriginWorker?: boolean | undefined;
  /** Aborting rejects with the signal's reason at once; of a load the worker ends. */
  signal?: AbortSignal | undefined;
}

/** Where the weights of a model come from that are not in its file. */
export interface ModelOptions extends CoreOptions {
  /**
   * Of a model whose weights lie in other files (`OnnxFacts.externalFiles`): these, by their names. What is not
   * given is fetched from beside a model that has a URL.
   */
  externalData?: Record<string, ModelSource> | undefined;
}

export interface LoadOptions extends ModelOptions {
  /** Default 'wasm'. 'auto' starts with wasm and measures the others only when that takes over 100 ms. */
  provider?: Provider | 'auto' | undefined;
  /** Required for an .onnx without a manifest of its own; refused for one that carries it. */
  manifest?: ManifestDraft | undefined;
  /** Called at each stage, and with each part of the model that arrives. */
  onStatus?: ((status: LoadStatus) => void) | undefined;
}

/** Pixels in rows from the top: grey, RGB or RGBA, told apart by their number. */
export interface RawPixels {
  data: Uint8Array | Uint8ClampedArray;
  width: number;
  height: number;
}

/** What goes to the worker as it is; `ImageSource` holds what else segment() takes. */
export type PlainImage = Blob | ImageBitmap | ImageData | RawPixels;

/** What segment() is to do beside the mask. */
export interface SegmentOptions {
  /** Aborting rejects with the signal's reason at once; what has not begun never does. */
  signal?: AbortSignal | undefined;
  /** Also return the decoded pixels, as the network saw them before preprocessing. */
  withImage?: boolean | undefined;
  /** Also return how probable each class is at each pixel. Of models that end in argmax: refused. */
  withProbabilities?: boolean | undefined;
  /** Also return the values that the network was given: to see whether mean, colours and size are right. */
  withInput?: boolean | undefined;
}

/** An image as a network is given it: resized, padded, normalised. */
export interface NetworkInput {
  /** Also of networks that take float16. */
  data: OwnFloats;
  /** [1,C,H,W], or [1,H,W,C] where the manifest's layout is 'nhwc'. */
  shape: [number, number, number, number];
}

export interface SegmentResult extends MaskAnalysis {
  /** Source pixels, EXIF orientation applied. */
  width: number;
  height: number;
  /** [height * width] class indices. */
  mask: OwnBytes;
  timings: Timings;
  provider: Provider;
  /** With SegmentOptions.withImage. */
  image?: ImageData;
  /**
   * With SegmentOptions.withProbabilities, at the mask's size: [classes, height, width], so that
   * probabilities[(c * height + y) * width + x] is that of class c. Softmax of the network's answer as it is
   * enlarged for the mask: the most probable class, the first of equals, is the mask's.
   */
  probabilities?: OwnFloats;
  /** With SegmentOptions.withInput. */
  input?: NetworkInput;
}

/** What stream() is to do with pictures that come faster than they are done. */
export interface StreamOptions extends SegmentOptions {
  /** What comes while one runs is passed over, but for the newest. Otherwise each is done, in order. */
  dropLate?: boolean | undefined;
}

export interface StreamResult extends SegmentResult {
  /** From 0, of all that came. */
  frame: number;
  /** Of a frame in its video or track. */
  timeMs: number | null;
  /** Passed over so far. */
  dropped: number;
}

/** For `for await`: leaving the loop, an abort and an error each stop the source and free its frames. */
export interface ResultStream extends AsyncIterableIterator<StreamResult> {
  readonly dropped: number; // passed over so far
  /** Ends it, also while a result is being waited for. */
  return(): Promise<IteratorResult<StreamResult>>;
}

export interface PoolOptions extends LoadOptions {
  /** Workers. Default: a core each, but one for the page, and a GB each, at most 8. */
  size?: number | undefined;
}

/** How a pool hands out results. */
export interface MapOptions extends SegmentOptions {
  /** Default 'input'. */
  order?: 'input' | 'completed' | undefined;
}

/** A synthetic eye with its exact mask. */
export interface RenderedEye {
  /** As RGBA: grey, or in colour where the camera is. */
  image: ImageData;
  /** 0 background, 1 sclera, 2 iris, 3 pupil. */
  mask: OwnBytes;
  /** Of the mask, in that order. */
  classes: ClassSpec[];
  width: number;
  height: number;
  /** The true outlines before lids and lashes cover them. */
  pupil: Ellipse | null;
  iris: Ellipse | null;
}

/** A camera that eyes can be rendered for. */
export interface EyePreset {
  name: string;
  summary: string;
  width: number;
  height: number;
}
