// One image through one model: decode -> preprocess -> network -> postprocess, each timed.
import type { Core, CoreAnalysis } from '../core.js';
import { LimbusError } from '../error.js';
import { toImageData } from '../image_data.js';
import type {
  JoinedOnnx,
  LoadAnswer,
  LoadParameters,
  SegmentAnswer,
  SentImage,
} from '../protocol.js';
import type { Manifest, OwnFloats, Provider, SegmentOptions } from '../types.js';
import { decode } from './decode.js';
import { Network, type NetworkOutput } from './network.js';
import { inOurWords } from './runtime_words.js';

export interface Progress {
  stage(stage: 'core' | 'runtime' | 'warmup', message: string): void;
  /** So many bytes of the runtime. */
  came(loaded: number): void;
}

/** A provider that cannot run a sound file: the page tries the next one. */
export class ProviderFailure extends LimbusError {}

/** Operations that the runtime gets wrong: behind a convolution WebGPU's forgets alpha and beta. */
const kComputedWrongly: Partial<Record<Provider, string[]>> = { webgpu: ['HardSigmoid'] };

export class Model {
  private constructor(
    private readonly core: Core,
    private readonly network: Network,
    private readonly provider: Provider,
    private manifest: Manifest,
    private readonly own: boolean, // the manifest is the file's
  ) {}

  static async load(
    core: Core,
    { bytes, provider, manifest: given, measure }: LoadParameters,
    progress: Progress,
  ): Promise<{ model: Model; answer: LoadAnswer } | { lacking: JoinedOnnx }> {
    progress.stage('core', 'checking the file');
    const facts = core.inspect(bytes);
    const manifest = follow(core, facts.manifest, given);
    const ports = core.checkInterface();
    if (facts.externalFiles.length > 0) return { lacking: core.join() };
    try {
      const wrong = kComputedWrongly[provider]?.find((type) => facts.opCounts[type]);
      if (wrong)
        throw new LimbusError(
          'unsupported',
          `${provider}: ONNX Runtime computes ${wrong} wrongly there`,
        );
      progress.stage('runtime', `starting ${provider}`);
      const network = await Network.start(bytes, provider, ports, manifest, progress.came);
      const model = new Model(core, network, provider, manifest, facts.manifest !== null);
      progress.stage('warmup', `first run on ${provider}`);
      await model.runBlank(manifest);
      const inferenceMs = measure ? await model.runBlank(manifest) : null;
      return { model, answer: { manifest, facts, inferenceMs } };
    } catch (error) {
      const { code, message, cause } = inOurWords(error, provider, 'unsupported');
      throw new ProviderFailure(code, message, { cause });
    }
  }

  /** `opened`: of a file, if it is being decoded already; the network waits for `underWay`. */
  async segment(
    source: SentImage,
    options: Omit<SegmentOptions, 'signal'>,
    opened: Promise<ImageBitmap> | null,
    underWay: () => Promise<void>,
  ): Promise<SegmentAnswer> {
    const start = performance.now();
    const image = await decode(source, opened);
    await underWay();
    const decoded = performance.now();
    const tensor = this.core.preprocess(image, this.network.takesHalves);
    const prepared = performance.now();
    const output = await this.network.run(tensor).catch((error: unknown) => {
      throw inOurWords(error, this.provider, 'internal');
    });
    const inferred = performance.now();
    const { mask, areasPx, regions, eye } = this.postprocess(output);
    const probabilities = options.withProbabilities ? this.probabilities(output) : undefined;
    const input = options.withInput ? this.core.input() : undefined;
    const end = performance.now();
    const result: SegmentAnswer = {
      width: image.width,
      height: image.height,
      mask,
      areasPx,
      regions,
      eye,
      provider: this.provider,
      timings: {
        decodeMs: decoded - start,
        preprocessMs: prepared - decoded,
        inferenceMs: inferred - prepared,
        postprocessMs: end - inferred,
        totalMs: end - start,
      },
    };
    if (options.withImage) result.pixels = toImageData(image).data;
    if (probabilities) result.probabilities = probabilities;
    if (input) result.input = input;
    return result;
  }

  /** What its images mean from now on; when it does not fit the file, nothing changes. */
  useManifest(draft: string): Manifest {
    if (this.own)
      throw new LimbusError('badArgument', 'the file carries a manifest of its own, which counts');
    const before = this.manifest;
    try {
      this.manifest = this.core.useManifest(draft);
      this.network.use(this.core.checkInterface(), this.manifest);
      return this.manifest;
    } catch (error) {
      this.manifest = this.core.useManifest(before);
      throw error;
    }
  }

  private postprocess({ scores, indices, shape }: NetworkOutput): CoreAnalysis {
    return scores
      ? this.core.postprocess(scores, shape)
      : this.core.postprocessIndices(indices!, shape[0]!, shape[1]!);
  }

  private probabilities({ scores, shape }: NetworkOutput): OwnFloats {
    if (scores) return this.core.probabilities(scores, shape);
    throw new LimbusError(
      'unsupported',
      'the model ends in argmax and tells no probabilities; leave withProbabilities out',
    );
  }

  /** A black image of the usual size all the way: kernels get compiled, shapes get checked. */
  private async runBlank({ input }: Manifest): Promise<number> {
    const data = new Uint8Array(input.width * input.height);
    const { width, height } = input;
    const blank = { data, width, height, channels: 1 } as const;
    const tensor = this.core.preprocess(blank, this.network.takesHalves);
    const start = performance.now();
    const output = await this.network.run(tensor);
    const inferenceMs = performance.now() - start;
    this.postprocess(output);
    return inferenceMs;
  }
}

function follow(core: Core, own: Manifest | null, given: string | null): Manifest {
  if (own && given)
    throw new LimbusError(
      'badArgument',
      `the file carries a manifest of its own ('${own.name}'); leave the manifest out`,
    );
  if (own) return core.useFileManifest();
  if (given) return core.useManifest(given);
  throw new LimbusError(
    'badArgument',
    'the .onnx carries no manifest, so nobody knows what its input and classes mean; ' +
      'hand one in as manifest',
  );
}
