// ONNX Runtime Web behind three calls: start a provider, run it, end it.
//
// Where the runtime comes from: runtime_folder.ts, or runtime_bundled.ts in the worker for bundlers.
import type * as Ort from 'onnxruntime-web';

import type { CoreTensor, UsedPorts } from '../core.js';
import { LimbusError } from '../error.js';
import { eachPart } from '../response_body.js';
import type { Manifest, Provider } from '../types.js';
import { importRuntime } from './runtime_folder.js';

/** Of one image. */
export interface NetworkOutput {
  /** Scores, Uint16Array: as float16; or class indices. */
  scores: Float32Array | Uint16Array | null;
  indices: Uint8Array | null;
  shape: number[]; // without the batch: of scores [C,h,w], [h,w,C] or [h,w]; of indices [h,w]
}

const kMaxThreads = 4;
const kLossIsToldMs = 200;

export class Network {
  private gone: Error | null = null; // why its device is no more
  private tell: (why: Error) => void = () => {}; // whoever waits for a run

  /** `lost` rejects when the device is gone that it runs on; it is heard once: a run must not leave anything on it. */
  private constructor(
    private readonly ort: typeof Ort,
    private readonly session: Ort.InferenceSession,
    private ports: UsedPorts,
    private kind: Manifest['output']['kind'],
    private readonly lost: Promise<never> | null,
  ) {
    lost?.catch((why: Error) => {
      this.gone = why;
      this.tell(why);
    });
  }

  static async start(
    bytes: Uint8Array,
    provider: Provider,
    ports: UsedPorts,
    { output }: Manifest,
    came: (loaded: number) => void,
  ): Promise<Network> {
    const ort = await loadRuntime(provider);
    const session = await counted(came, () =>
      ort.InferenceSession.create(bytes, {
        executionProviders: [provider === 'webgpu' ? 'webgpu' : 'wasm'],
        logSeverityLevel: 3, // errors: that shape arithmetic runs on the CPU is as it should be
        graphOptimizationLevel: 'all',
      }),
    );
    const lost = provider === 'webgpu' ? deviceLost(ort) : null;
    return new Network(ort, session, ports, output.kind, lost);
  }

  /** From now on; of the same file. */
  use(ports: UsedPorts, { output }: Manifest): void {
    this.ports = ports;
    this.kind = output.kind;
  }

  /** Whether the file's input is float16. */
  get takesHalves(): boolean {
    return this.ports.input.type === 'float16';
  }

  async run({ data, shape }: CoreTensor): Promise<NetworkOutput> {
    const { input, output } = this.ports;
    // A file that fixes its batch gets the image as often as it asks for.
    const copies = input.batch ?? 1;
    const dims = [copies, ...shape.slice(1)];
    const type = this.takesHalves ? 'float16' : 'float32';
    const tensor = new this.ort.Tensor(type, repeated(data, copies) as Float32Array, dims);
    const outputs = await this.unlessLost(() =>
      this.session.run({ [input.name]: tensor }, [output.name]),
    );
    const answer = outputs[output.name]!;
    try {
      return unpack(answer, this.kind);
    } finally {
      answer.dispose();
    }
  }

  /** One run at a time. */
  private async unlessLost<T>(run: () => Promise<T>): Promise<T> {
    if (this.gone) throw this.gone;
    try {
      return await new Promise<T>((resolve, reject) => {
        this.tell = reject;
        run().then(resolve, reject);
      });
    } catch (error) {
      // The runtime may fail a moment before the loss is told, which is the reason then.
      if (this.lost && !this.gone)
        await new Promise((resolve) => setTimeout(resolve, kLossIsToldMs));
      throw this.gone ?? error;
    } finally {
      this.tell = () => {};
    }
  }
}

/** Without its device the runtime fails in words of its own, or never answers. */
async function deviceLost(ort: typeof Ort): Promise<never> {
  const device = await (ort.env.webgpu.device as Promise<GPUDevice | undefined>);
  await (device ? device.lost : new Promise<never>(() => {})); // a runtime that shows none
  throw new LimbusError('internal', 'webgpu: the graphics processor was lost');
}

function repeated<Data extends Float32Array | Uint16Array>(data: Data, copies: number): Data {
  if (copies === 1) return data;
  const all = new (data.constructor as new (count: number) => Data)(copies * data.length);
  for (let i = 0; i < copies; ++i) all.set(data, i * data.length);
  return all;
}

/** The runtime fetches its module itself, to compile it while it comes: a copy of that answer is counted. */
async function counted<T>(came: (loaded: number) => void, run: () => Promise<T>): Promise<T> {
  const { fetch } = globalThis;
  let running = true;
  globalThis.fetch = async (...request) => {
    const response = await fetch(...request);
    if (response.ok)
      eachPart(response.clone(), (loaded) => running && came(loaded)).catch(() => {});
    return response;
  };
  try {
    return await run();
  } finally {
    running = false;
    globalThis.fetch = fetch;
  }
}

async function loadRuntime(provider: Provider): Promise<typeof Ort> {
  if (provider === 'webgpu' && !(await navigator.gpu?.requestAdapter()))
    throw new LimbusError('unsupported', 'webgpu: the browser has no graphics adapter for it');
  const ort = await importRuntime(provider);
  ort.env.logLevel = 'error';
  ort.env.wasm.proxy = false;
  ort.env.wasm.numThreads =
    provider === 'wasm-threads'
      ? Math.max(2, Math.min(kMaxThreads, navigator.hardwareConcurrency))
      : 1;
  return ort;
}

/** The first image's part of an answer. */
function unpack(answer: Ort.Tensor, kind: Manifest['output']['kind']): NetworkOutput {
  const { dims, type } = answer;
  const shape = dims.slice(1);
  const count = shape.reduce((product, size) => product * size, 1);
  const all = answer.data as Float32Array | Uint16Array | BigInt64Array | Int32Array | Uint8Array;
  if (shape.length >= 2 && shape.length <= 3 && dims[0]! >= 1) {
    if (kind === 'argmax') {
      const sides = shape.length === 3 && shape[0] === 1 ? shape.slice(1) : shape.slice(0, 2);
      const plane = shape.length === 2 || shape[0] === 1 || shape[2] === 1;
      const numbers = type === 'float16' ? null : all.subarray(0, count);
      if (plane && numbers) return { scores: null, indices: indices(numbers), shape: sides };
    } else if (type === 'float32') {
      return {
        scores: new Float32Array(all as Float32Array).slice(0, count),
        indices: null,
        shape,
      };
    } else if (type === 'float16') {
      // A Float16Array where the browser knows it.
      const halves = new Uint16Array(all.buffer, all.byteOffset, count).slice();
      return { scores: halves, indices: null, shape };
    }
  }
  throw new LimbusError(
    'unsupported',
    `the network answers ${type} [${dims.join(',')}]; expected ` +
      (kind === 'argmax' ? 'class indices [N,h,w]' : 'scores [N,C,h,w], [N,h,w,C] or [N,h,w]'),
  );
}

function indices(values: ArrayLike<number | bigint>): Uint8Array {
  const bytes = new Uint8Array(values.length);
  for (let i = 0; i < values.length; ++i) {
    const value = Number(values[i]);
    if (!(value >= 0 && value <= 255 && Number.isInteger(value)))
      throw new LimbusError('badData', `the network answers class ${value}, expected 0 to 255`);
    bytes[i] = value;
  }
  return bytes;
}
