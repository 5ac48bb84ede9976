// The core module's heap, owned by one file: everything that crosses into wasm/exports.h crosses here,
// and nothing else knows its layout.
//
// Every call copies in, calls, copies out, and frees; no heap view outlives the statement that made it,
// because any call may grow the heap. All functions are synchronous.
import createLimbusCore, { type CoreModule } from 'limbus-core-module';

import { Row } from './core_row.js';
import { LimbusError, messageOf } from './error.js';
import type { JoinedOnnx } from './protocol.js';
import type {
  ClassSpec,
  ConfusionMatrix,
  Convention,
  Ellipse,
  ErrorCode,
  ExternalFile,
  EyePreset,
  ImagePort,
  InputPreset,
  Manifest,
  ManifestDraft,
  MaskAnalysis,
  MaskPixels,
  OnnxFacts,
  OwnBytes,
  OwnFloats,
  Scores,
} from './types.js';

// Statuses of shared/result.h, by number.
const kErrorCodes: Record<number, ErrorCode> = {
  1: 'badArgument',
  2: 'badData',
  3: 'unsupported',
  4: 'notFound',
  5: 'io',
};

const kMostProbabilities = 2 ** 27; // 512 MB
const kBandValues = 2 ** 20; // of them in the heap at once

export interface Pixels {
  data: Uint8Array | Uint8ClampedArray; // [height, width, channels]
  width: number;
  height: number;
  channels: 1 | 3 | 4; // grey, RGB, RGBA
}

export interface CoreTensor<Data = Float32Array | Uint16Array> {
  data: Data; // Uint16Array: float16
  shape: [number, number, number, number]; // [1,C,H,W] or [1,H,W,C], as the manifest says
}

/** The ports of a file that its manifest uses. */
export interface UsedPorts {
  input: ImagePort;
  output: ImagePort;
}

export interface CoreAnalysis extends MaskAnalysis {
  mask: OwnBytes; // at source size
}

export interface CoreRender {
  pixels: Uint8Array;
  mask: OwnBytes;
  width: number;
  height: number;
  channels: 1 | 3; // grey, RGB
  pupil: Ellipse | null;
  iris: Ellipse | null;
}

function bytesOf({
  buffer,
  byteOffset,
  byteLength,
}: Float32Array | Float64Array | Uint16Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function checkedMask(mask: MaskPixels): MaskPixels {
  const { data, width, height } = mask;
  const whole = [width, height].every((side) => Number.isInteger(side) && side > 0);
  const bytes = data instanceof Uint8Array || data instanceof Uint8ClampedArray;
  if (whole && bytes && data.length === width * height) return mask;
  throw new LimbusError(
    'badArgument',
    'a mask is { data: Uint8Array, width, height } with a byte for each pixel, ' +
      `got ${width} x ${height} with ${data?.length} bytes`,
  );
}

export class Core {
  private source = { width: 0, height: 0 }; // of the image that preprocess saw last
  private classes: ClassSpec[] = []; // of the manifest in use
  private fileManifest: Manifest | null = null; // of the file inspected last
  private externalFiles: ExternalFile[] = []; // of that file

  private constructor(
    private readonly module: CoreModule,
    private readonly handle: number,
  ) {}

  /** Starts a module of its own from the bytes of limbus_core.wasm. */
  static async start(wasmBinary: ArrayBuffer | Uint8Array): Promise<Core> {
    const module = await createLimbusCore({ wasmBinary }).catch((error: unknown) => {
      const why = messageOf(error).replace(/^Aborted\(|\)?\. Build with.*/g, '');
      const remedy = /simd/i.test(why)
        ? 'it takes a browser and a processor with SIMD instructions'
        : "a content security policy has to say script-src 'wasm-unsafe-eval'";
      throw new LimbusError('unsupported', `WebAssembly does not start here (${why}); ${remedy}`);
    });
    const handle = module._limbusCreate();
    if (handle === 0) throw new LimbusError('io', 'no memory for the core module');
    return new Core(module, handle);
  }

  heapBytes(): number {
    return this.module.HEAPU8.byteLength;
  }

  /** Only what says something enters the core: the numbers of tensors are passed over. */
  inspect(onnx: Uint8Array): OnnxFacts {
    this.fileManifest = null;
    this.check(this.module._limbusInspect(this.handle, onnx.byteLength));
    for (;;) {
      const size = this.module._limbusInspectBytes(this.handle) >>> 0;
      if (size === 0) break;
      const offset = this.module._limbusInspectOffset(this.handle) >>> 0;
      this.withBytes(onnx.subarray(offset, offset + size), (pointer) =>
        this.check(this.module._limbusInspectGive(this.handle, pointer)),
      );
    }
    const facts = JSON.parse(this.text()) as OnnxFacts;
    this.fileManifest = facts.manifest;
    this.externalFiles = facts.externalFiles;
    return facts;
  }

  /** Of the file inspected last, which has external files. */
  join(): JoinedOnnx {
    this.check(this.module._limbusJoin(this.handle));
    const row = this.numbers();
    return {
      files: this.externalFiles,
      text: this.textBytes(),
      parts: row.take(3 * row.next()).slice(),
    };
  }

  /** What preprocess and postprocess follow from now on. Returns it complete, defaults filled in. */
  useManifest(manifest: ManifestDraft | string): Manifest {
    const json = typeof manifest === 'string' ? manifest : JSON.stringify(manifest);
    this.withString(json, (pointer) =>
      this.check(this.module._limbusUseManifest(this.handle, pointer)),
    );
    const complete = JSON.parse(this.text()) as Manifest;
    this.classes = complete.classes;
    return complete;
  }

  /** The same with the manifest of the file inspected last, which was parsed then. */
  useFileManifest(): Manifest {
    this.check(this.module._limbusUseFileManifest(this.handle));
    this.classes = this.fileManifest!.classes;
    return this.fileManifest!;
  }

  /** That the manifest in use fits the file inspected last, which can run at all. */
  checkInterface(): UsedPorts {
    this.check(this.module._limbusCheckInterface(this.handle));
    return JSON.parse(this.text()) as UsedPorts;
  }

  /** What gives a file without a manifest this one, put at its end. */
  manifestEntry(manifest: string): Uint8Array {
    this.withString(manifest, (pointer) =>
      this.check(this.module._limbusManifestEntry(this.handle, pointer)),
    );
    return this.textBytes();
  }

  inputPresets(): InputPreset[] {
    this.check(this.module._limbusInputPresets(this.handle));
    return JSON.parse(this.text()) as InputPreset[];
  }

  /** halves: as float16. */
  preprocess(image: Pixels): CoreTensor<Float32Array>;
  preprocess(image: Pixels, halves: boolean): CoreTensor;
  preprocess(image: Pixels, halves = false): CoreTensor {
    const { data, width, height, channels } = image;
    if (data.length !== width * height * channels)
      throw new LimbusError(
        'badArgument',
        `an image of ${width} x ${height} with ${channels} channels has ` +
          `${width * height * channels} bytes, got ${data.length}`,
      );
    this.withBytes(data, (pointer) =>
      this.check(this.module._limbusPreprocess(this.handle, pointer, width, height, channels)),
    );
    this.source = { width, height };
    if (!halves) return this.input();
    const shape = this.inputShape();
    const count = shape[0] * shape[1] * shape[2] * shape[3];
    const pointer = this.module._limbusTensorHalves(this.handle);
    if (pointer === 0) throw new LimbusError('io', this.text());
    return { data: new Uint16Array(this.module.HEAPU8.buffer, pointer, count).slice(), shape };
  }

  /** What preprocess made of the image that it saw last, as floats. */
  input(): CoreTensor<OwnFloats> {
    const shape = this.inputShape();
    const count = shape[0] * shape[1] * shape[2] * shape[3];
    const tensor = this.module._limbusTensor(this.handle);
    return { data: new Float32Array(this.module.HEAPU8.buffer, tensor, count).slice(), shape };
  }

  private inputShape(): CoreTensor['shape'] {
    const at = this.module._limbusTensorShape(this.handle);
    const dims = new Int32Array(this.module.HEAPU8.buffer, at, 4);
    return [dims[0]!, dims[1]!, dims[2]!, dims[3]!];
  }

  /** Scores of the image that preprocess saw last, [C,h,w] or [h,w,C] as the manifest says, or [h,w]. */
  postprocess(scores: Float32Array | Uint16Array, shape: readonly number[]): CoreAnalysis {
    this.withScores(scores, shape, (...given) =>
      this.check(this.module._limbusPostprocess(this.handle, ...given)),
    );
    return this.analysis();
  }

  /** Of scores as postprocess takes them: [classes, height, width] of the source, [0,1]. */
  probabilities(scores: Float32Array | Uint16Array, shape: readonly number[]): OwnFloats {
    const { width, height } = this.source;
    const plane = width * height;
    const classes = this.classes.length;
    if (classes * plane > kMostProbabilities)
      throw new LimbusError(
        'unsupported',
        `${classes} classes of ${width} x ${height} pixels are more probabilities than ` +
          `${kMostProbabilities}; make the image smaller, or leave withProbabilities out`,
      );
    const values = new Float32Array(classes * plane);
    const band = Math.max(1, Math.floor(kBandValues / (classes * width)));
    this.withScores(scores, shape, (...given) => {
      try {
        this.check(this.module._limbusBeginProbabilities(this.handle, ...given));
        for (let first = 0; first < height; first += band) {
          const rows = Math.min(band, height - first);
          this.check(this.module._limbusProbabilities(this.handle, first, rows));
          const count = rows * width;
          const at = this.module._limbusProbabilityRows(this.handle);
          const found = new Float32Array(this.module.HEAPU8.buffer, at, classes * count);
          for (let c = 0; c < classes; ++c)
            values.set(found.subarray(c * count, (c + 1) * count), c * plane + first * width);
        }
      } finally {
        this.module._limbusEndProbabilities(this.handle);
      }
    });
    return values;
  }

  /** Class indices [height, width], for files that end in argmax. */
  postprocessIndices(classes: Uint8Array, height: number, width: number): CoreAnalysis {
    this.withBytes(classes, (pointer) =>
      this.check(this.module._limbusPostprocessIndices(this.handle, pointer, height, width)),
    );
    return this.analysis();
  }

  /** A mask from elsewhere, by the classes and the region rule of the manifest in use. */
  analyse(mask: MaskPixels): MaskAnalysis {
    const { data, width, height } = checkedMask(mask);
    this.withBytes(data, (pointer) =>
      this.check(this.module._limbusAnalyse(this.handle, pointer, width, height)),
    );
    return this.measurements();
  }

  /** x0, y0, x1, y1, ...; null where no ellipse fits. */
  fitEllipse(points: Float32Array): Ellipse | null {
    this.withBytes(bytesOf(points), (pointer) =>
      this.check(this.module._limbusFitEllipse(this.handle, pointer, points.length >> 1)),
    );
    return this.numbers().ellipse();
  }

  confusion(truth: MaskPixels, prediction: MaskPixels, classes: number): ConfusionMatrix {
    const [t, p] = [checkedMask(truth), checkedMask(prediction)];
    if (!Number.isInteger(classes) || classes < 1 || classes > 255)
      throw new LimbusError(
        'badArgument',
        `expected a whole number of 1 to 255 classes, got ${classes}`,
      );
    this.withBytes(t.data, (truthAt) =>
      this.withBytes(p.data, (predictionAt) =>
        this.check(
          this.module._limbusConfusion(
            ...([this.handle, truthAt, t.width, t.height] as const),
            ...([predictionAt, p.width, p.height, classes] as const),
          ),
        ),
      ),
    );
    return { classes, counts: [...this.numbers().take(classes * classes)] };
  }

  /** Matrices of as many classes each. */
  score(matrices: ConfusionMatrix[], convention: string): Scores {
    const classes = matrices[0]?.classes ?? 1;
    for (const { classes: own, counts } of matrices)
      if (own !== classes || counts.length !== own * own)
        throw new LimbusError(
          'badArgument',
          `expected confusion matrices of ${classes} classes, ${classes * classes} counts each; ` +
            `got one of ${own} classes and ${counts.length} counts`,
        );
    const counts = Float64Array.from(matrices.flatMap((each) => each.counts));
    this.withString(convention, (name) =>
      this.withBytes(bytesOf(counts), (pointer) =>
        this.check(this.module._limbusScore(this.handle, name, pointer, matrices.length, classes)),
      ),
    );
    const row = this.numbers();
    return {
      mIoU: row.next(),
      mDice: row.next(),
      pixelAccuracy: row.next(),
      classAccuracy: row.next(),
      classes: Array.from({ length: classes }, () => row.scores()),
    };
  }

  conventions(): Convention[] {
    this.check(this.module._limbusConventions(this.handle));
    return JSON.parse(this.text()) as Convention[];
  }

  /** Of a class that names none: '#rrggbb'. */
  classColour(index: number): string {
    const rgb = this.module._limbusClassColour(index);
    return `#${rgb.toString(16).padStart(6, '0')}`;
  }

  eyePresets(): EyePreset[] {
    this.check(this.module._limbusEyePresets(this.handle));
    return JSON.parse(this.text()) as EyePreset[];
  }

  renderEye(preset: string, seed: number, index: number): CoreRender {
    if (!Number.isSafeInteger(seed) || seed < 0)
      throw new LimbusError('badArgument', `seed is a whole number from 0, got ${seed}`);
    if (!Number.isInteger(index) || index < 0 || index > 0xffffffff)
      throw new LimbusError(
        'badArgument',
        `index is a whole number from 0 to 2^32-1, got ${index}`,
      );
    const high = Math.floor(seed / 2 ** 32);
    this.withString(preset, (pointer) =>
      this.check(this.module._limbusRenderEye(this.handle, pointer, seed >>> 0, high, index)),
    );
    const facts = this.row(this.module._limbusRenderFacts(this.handle));
    const [width, height, channels] = [facts.next(), facts.next(), facts.next() as 1 | 3];
    const [pupil, iris] = [facts.ellipse(), facts.ellipse()];
    const count = width * height;
    return {
      ...{ width, height, channels, pupil, iris },
      pixels: this.copy(this.module._limbusRenderImage(this.handle), count * channels),
      mask: this.copy(this.module._limbusRenderMask(this.handle), count),
    };
  }

  private analysis(): CoreAnalysis {
    const { width, height } = this.source;
    const mask = this.copy(this.module._limbusMask(this.handle), width * height);
    return { ...this.measurements(), mask };
  }

  private measurements(): MaskAnalysis {
    const row = this.row(this.module._limbusAnalysis(this.handle));
    return {
      areasPx: [...row.take(row.next())],
      eye: row.eye(),
      regions: Array.from({ length: row.next() }, () => row.region(this.classes)),
    };
  }

  private numbers(): Row {
    return this.row(this.module._limbusNumbers(this.handle));
  }

  /** Read before the next call: it lies in the heap. */
  private row(pointer: number): Row {
    return new Row(new Float64Array(this.module.HEAPU8.buffer, pointer));
  }

  private text(): string {
    return this.module.UTF8ToString(this.module._limbusText(this.handle));
  }

  private textBytes(): Uint8Array {
    const count = this.module._limbusTextBytes(this.handle) >>> 0;
    return this.copy(this.module._limbusText(this.handle), count);
  }

  private check(status: number): void {
    if (status !== 0) throw new LimbusError(kErrorCodes[status] ?? 'internal', this.text());
  }

  private copy(pointer: number, count: number): OwnBytes {
    return this.module.HEAPU8.slice(pointer, pointer + count);
  }

  private withBytes(bytes: Uint8Array | Uint8ClampedArray, use: (pointer: number) => void): void {
    const pointer = this.module._limbusAllocate(bytes.byteLength);
    if (pointer === 0)
      throw new LimbusError('io', `out of memory: ${bytes.byteLength} bytes more are needed`);
    try {
      this.module.HEAPU8.set(bytes, pointer);
      use(pointer);
    } finally {
      this.module._limbusFree(pointer);
    }
  }

  /** As the core takes them: pointer, whether they are halves, three dimensions. */
  private withScores(
    scores: Float32Array | Uint16Array,
    shape: readonly number[],
    use: (...given: [number, number, number, number, number]) => void,
  ): void {
    const [first, second, third] = shape.length === 2 ? [0, ...shape] : shape;
    const halves = scores instanceof Uint16Array ? 1 : 0;
    this.withBytes(bytesOf(scores), (pointer) => use(pointer, halves, first!, second!, third!));
  }

  private withString(text: string, use: (pointer: number) => void): void {
    this.withBytes(new TextEncoder().encode(`${text}\0`), use);
  }
}
