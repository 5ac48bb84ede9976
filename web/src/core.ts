// The core module's heap, owned by one file: everything that crosses into wasm/exports.h crosses here,
// and nothing else knows its layout.
//
// Every call copies in, calls, copies out, and frees; no heap view outlives the statement that made it,
// because any call may grow the heap. All functions are synchronous.
import createLimbusCore, { type CoreModule } from 'limbus-core-module';

import { LimbusError } from './error.js';
import type {
  ClassSpec,
  Ellipse,
  ErrorCode,
  EyeMeasurements,
  EyePreset,
  ImagePort,
  InputPreset,
  Manifest,
  ManifestDraft,
  OnnxFacts,
  Region,
} from './types.js';

// Statuses of shared/result.h, by number.
const kErrorCodes: Record<number, ErrorCode> = {
  1: 'badArgument',
  2: 'badData',
  3: 'unsupported',
  4: 'notFound',
  5: 'io',
};

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

export interface CoreAnalysis {
  mask: Uint8Array; // at source size
  areasPx: number[];
  regions: Region[];
  eye: EyeMeasurements | null;
}

export interface CoreRender {
  pixels: Uint8Array;
  mask: Uint8Array;
  width: number;
  height: number;
  channels: 1 | 3; // grey, RGB
  pupil: Ellipse | null;
  iris: Ellipse | null;
}

/** Reads numbers in a row, as exports.h lays them out; NaN: absent. */
class Row {
  private at = 0;

  constructor(private readonly numbers: Float64Array) {}

  next(): number {
    return this.numbers[this.at++]!;
  }

  take(count: number): Float64Array {
    this.at += count;
    return this.numbers.subarray(this.at - count, this.at);
  }

  optional(): number | null {
    const value = this.next();
    return Number.isNaN(value) ? null : value;
  }

  flag(): boolean {
    return this.next() === 1;
  }

  ellipse(): Ellipse | null {
    const ellipse = {
      centreX: this.next(),
      centreY: this.next(),
      majorPx: this.next(),
      minorPx: this.next(),
      angleDegrees: this.next(),
    };
    return Number.isNaN(ellipse.centreX) ? null : ellipse;
  }

  eye(): EyeMeasurements | null {
    if (!this.flag()) return null;
    return {
      pupil: this.ellipse(),
      iris: this.ellipse(),
      irisOccluded: this.flag(),
      pupilDiameterPx: this.optional(),
      irisDiameterPx: this.optional(),
      pupilToIrisRatio: this.optional(),
    };
  }

  region(classes: ClassSpec[]): Region {
    const classIndex = this.next();
    const areaPx = this.next();
    const [centroidX, centroidY] = [this.next(), this.next()];
    const [left, top, width, height] = [this.next(), this.next(), this.next(), this.next()];
    const ellipse = this.ellipse();
    const occluded = this.flag();
    const outline = Float32Array.from(this.take(2 * this.next()));
    const className = classes[classIndex]!.name;
    const where = { centroidX, centroidY, left, top, width, height };
    return { classIndex, className, areaPx, ...where, outline, ellipse, occluded };
  }
}

export class Core {
  private sourceSize = 0; // pixels of the image that preprocess saw last
  private classes: ClassSpec[] = []; // of the manifest in use
  private fileManifest: Manifest | null = null; // of the file inspected last

  private constructor(
    private readonly module: CoreModule,
    private readonly handle: number,
  ) {}

  /** Starts a module of its own from the bytes of limbus_core.wasm. */
  static async start(wasmBinary: ArrayBuffer | Uint8Array): Promise<Core> {
    const module = await createLimbusCore({ wasmBinary });
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
    return facts;
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
  manifestEntry(manifest: ManifestDraft): Uint8Array {
    this.withString(JSON.stringify(manifest), (pointer) =>
      this.check(this.module._limbusManifestEntry(this.handle, pointer)),
    );
    const count = this.module._limbusTextBytes(this.handle) >>> 0;
    return this.copy(this.module._limbusText(this.handle), count);
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
    this.sourceSize = width * height;
    const at = this.module._limbusTensorShape(this.handle);
    const dims = new Int32Array(this.module.HEAPU8.buffer, at, 4);
    const shape: CoreTensor['shape'] = [dims[0]!, dims[1]!, dims[2]!, dims[3]!];
    const count = shape[0] * shape[1] * shape[2] * shape[3];
    if (halves) {
      const pointer = this.module._limbusTensorHalves(this.handle);
      if (pointer === 0) throw new LimbusError('io', this.text());
      return { data: new Uint16Array(this.module.HEAPU8.buffer, pointer, count).slice(), shape };
    }
    const tensor = this.module._limbusTensor(this.handle);
    return { data: new Float32Array(this.module.HEAPU8.buffer, tensor, count).slice(), shape };
  }

  /** Scores of the image that preprocess saw last, [C,h,w] or [h,w,C] as the manifest says, or [h,w]. */
  postprocess(scores: Float32Array | Uint16Array, shape: readonly number[]): CoreAnalysis {
    const bytes = new Uint8Array(scores.buffer, scores.byteOffset, scores.byteLength);
    const [first, second, third] = shape.length === 2 ? [0, ...shape] : shape;
    const call =
      scores instanceof Float32Array
        ? this.module._limbusPostprocess
        : this.module._limbusPostprocessHalves;
    this.withBytes(bytes, (pointer) =>
      this.check(call(this.handle, pointer, first!, second!, third!)),
    );
    return this.analysis();
  }

  /** Class indices [height, width], for files that end in argmax. */
  postprocessIndices(classes: Uint8Array, height: number, width: number): CoreAnalysis {
    this.withBytes(classes, (pointer) =>
      this.check(this.module._limbusPostprocessIndices(this.handle, pointer, height, width)),
    );
    return this.analysis();
  }

  /** Fingerprint of bytes, the same on every target; not for security. */
  hash(bytes: Uint8Array): string {
    this.withBytes(bytes, (pointer) =>
      this.check(this.module._limbusHash(this.handle, pointer, bytes.byteLength)),
    );
    return this.text();
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
    const row = this.row(this.module._limbusAnalysis(this.handle));
    return {
      areasPx: [...row.take(row.next())],
      eye: row.eye(),
      regions: Array.from({ length: row.next() }, () => row.region(this.classes)),
      mask: this.copy(this.module._limbusMask(this.handle), this.sourceSize),
    };
  }

  /** Read before the next call: it lies in the heap. */
  private row(pointer: number): Row {
    return new Row(new Float64Array(this.module.HEAPU8.buffer, pointer));
  }

  private text(): string {
    return this.module.UTF8ToString(this.module._limbusText(this.handle));
  }

  private check(status: number): void {
    if (status !== 0) throw new LimbusError(kErrorCodes[status] ?? 'internal', this.text());
  }

  private copy(pointer: number, count: number): Uint8Array {
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

  private withString(text: string, use: (pointer: number) => void): void {
    this.withBytes(new TextEncoder().encode(`${text}\0`), use);
  }
}
