// ONNX Runtime Web behind three calls: start a provider, run it, end it.
//
// Where the runtime comes from: runtime_folder.ts, or runtime_bundled.ts in the worker for bundlers.
import type * as Ort from 'onnxruntime-web';

import type { CoreTensor } from '../core.js';
import { LimbusError } from '../error.js';
import type { Manifest, OnnxFacts, Provider, TensorInfo } from '../types.js';
import { importRuntime } from './runtime_folder.js';
import { text } from './text.js';

export interface NetworkOutput {
  data: Float32Array | Uint8Array; // logits [channels,height,width], or class indices [height,width]
  channels: number; // 0: class indices
  height: number;
  width: number;
}

const kMaxThreads = 4;

export class Network {
  private constructor(
    private readonly ort: typeof Ort,
    private readonly session: Ort.InferenceSession,
  ) {}

  static async start(bytes: Uint8Array, provider: Provider): Promise<Network> {
    const ort = await loadRuntime(provider);
    try {
      const session = await ort.InferenceSession.create(bytes, {
        executionProviders: [provider === 'webgpu' ? 'webgpu' : 'wasm'],
        logSeverityLevel: 3, // errors: that shape arithmetic runs on the CPU is as it should be
        graphOptimizationLevel: 'all',
      });
      return new Network(ort, session);
    } catch (error) {
      throw new LimbusError(
        'badData',
        `${provider}: the runtime refuses the model: ${text(error)}`,
      );
    }
  }

  async run(input: CoreTensor): Promise<NetworkOutput> {
    const tensor = new this.ort.Tensor('float32', input.data, input.shape);
    const inputName = this.session.inputNames[0]!;
    const outputName = this.session.outputNames[0]!;
    const outputs = await this.session.run({ [inputName]: tensor }, [outputName]);
    const output = outputs[outputName]!;
    try {
      return unpack(output);
    } finally {
      output.dispose();
    }
  }
}

/** One image in, [1,C,h,w] or [1,h,w] out, as the manifest says: checked before the runtime starts. */
export function checkInterface(facts: OnnxFacts, manifest: Manifest): void {
  const [input, ...more] = facts.inputs;
  if (!input || more.length > 0)
    throw new LimbusError(
      'unsupported',
      `the network takes ${facts.inputs.length} inputs, expected one image: ` +
        facts.inputs.map((each) => each.name).join(', '),
    );
  if (input.type !== 'float' || input.shape.length !== 4)
    throw new LimbusError(
      'unsupported',
      `input '${input.name}' is ${input.type} [${input.shape.join(',')}], expected float [N,C,H,W]`,
    );
  const channels = manifest.input.colour === 'grey' ? 1 : 3;
  checkFixed('input', input, 0, 1, 'images at a time');
  checkFixed('input', input, 1, channels, `channels (colour '${manifest.input.colour}')`);
  const [output] = facts.outputs;
  if (!output) throw new LimbusError('unsupported', 'the network has no output');
  if (manifest.output.kind === 'logits' && output.shape.length === 4)
    checkFixed('output', output, 1, manifest.classes.length, 'classes');
}

/** A dimension that the file fixes must be what the manifest says; a symbolic one may be anything. */
function checkFixed(
  kind: string,
  { name, shape }: TensorInfo,
  axis: number,
  said: number,
  of: string,
): void {
  const fixed = Number(shape[axis]);
  if (Number.isInteger(fixed) && fixed > 0 && fixed !== said)
    throw new LimbusError(
      'badData',
      `${kind} '${name}' is [${shape.join(',')}], but the manifest says ${said} ${of}; ` +
        'the manifest does not fit this file',
    );
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

function unpack(output: Ort.Tensor): NetworkOutput {
  const { dims, type } = output;
  const [batch, ...rest] = dims;
  if (batch === 1 && rest.length === 3 && type === 'float32')
    return {
      data: new Float32Array(output.data as Float32Array),
      channels: rest[0]!,
      height: rest[1]!,
      width: rest[2]!,
    };
  if (
    batch === 1 &&
    rest.length === 2 &&
    (type === 'int64' || type === 'int32' || type === 'uint8')
  )
    return {
      data: indices(output.data as BigInt64Array | Int32Array | Uint8Array),
      channels: 0,
      height: rest[0]!,
      width: rest[1]!,
    };
  throw new LimbusError(
    'unsupported',
    `the network answers ${type} [${dims.join(',')}], expected float32 [1,C,H,W] or integers [1,H,W]`,
  );
}

function indices(values: BigInt64Array | Int32Array | Uint8Array): Uint8Array {
  const bytes = new Uint8Array(values.length);
  for (let i = 0; i < values.length; ++i) {
    const value = Number(values[i]);
    if (value < 0 || value > 255)
      throw new LimbusError('badData', `the network answers class ${value}, expected 0 to 255`);
    bytes[i] = value;
  }
  return bytes;
}
