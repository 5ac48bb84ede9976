// One image through one model: decode -> preprocess -> network -> postprocess, each timed.
import type { Core, CoreAnalysis } from '../core.js';
import { LimbusError } from '../error.js';
import type { LoadAnswer, LoadParameters, SegmentAnswer } from '../protocol.js';
import type { Manifest, ManifestDraft, PlainImage, Provider, SegmentOptions } from '../types.js';
import { decode, toImageData } from './decode.js';
import { checkInterface, Network, type NetworkOutput } from './network.js';
import { text } from './text.js';

export type Progress = (stage: 'core' | 'runtime' | 'warmup', message: string) => void;

/** A provider that cannot run a sound file: the page tries the next one. */
export class ProviderFailure extends LimbusError {}

export class Model {
  private constructor(
    private readonly core: Core,
    private readonly network: Network,
    private readonly provider: Provider,
  ) {}

  static async load(
    core: Core,
    { bytes, provider, manifest: given, measure }: LoadParameters,
    progress: Progress,
  ): Promise<{ model: Model; answer: LoadAnswer }> {
    progress('core', 'checking the file');
    const facts = core.inspect(bytes);
    const manifest = follow(core, facts.manifest, given);
    checkInterface(facts, manifest);
    try {
      progress('runtime', `starting ${provider}`);
      const network = await Network.start(bytes, provider);
      const model = new Model(core, network, provider);
      progress('warmup', `first run on ${provider}`);
      await model.runBlank(manifest);
      const inferenceMs = measure ? await model.runBlank(manifest) : null;
      return { model, answer: { manifest, facts, inferenceMs } };
    } catch (error) {
      if (error instanceof LimbusError) throw new ProviderFailure(error.code, error.message);
      throw new ProviderFailure('unsupported', `${provider}: the first run failed: ${text(error)}`);
    }
  }

  /** `opened`: of a file, if it is being decoded already; the network waits for `underWay`. */
  async segment(
    source: PlainImage,
    options: Omit<SegmentOptions, 'signal'>,
    opened: Promise<ImageBitmap> | null,
    underWay: () => Promise<void>,
  ): Promise<SegmentAnswer> {
    const start = performance.now();
    const image = await decode(source, opened);
    await underWay();
    const decoded = performance.now();
    const tensor = this.core.preprocess(image);
    const prepared = performance.now();
    const output = await this.network.run(tensor);
    const inferred = performance.now();
    const { mask, areasPx, regions, eye } = this.postprocess(output);
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
    if (options.withImage)
      result.pixels = toImageData(image).data as Uint8ClampedArray<ArrayBuffer>;
    return result;
  }

  private postprocess({ data, channels, height, width }: NetworkOutput): CoreAnalysis {
    return data instanceof Float32Array
      ? this.core.postprocess(data, channels, height, width)
      : this.core.postprocessIndices(data, height, width);
  }

  /** A black image of the usual size all the way: kernels get compiled, shapes get checked. */
  private async runBlank({ input }: Manifest): Promise<number> {
    const data = new Uint8Array(input.width * input.height);
    const { width, height } = input;
    const tensor = this.core.preprocess({ data, width, height, channels: 1 });
    const start = performance.now();
    const output = await this.network.run(tensor);
    const inferenceMs = performance.now() - start;
    this.postprocess(output);
    return inferenceMs;
  }
}

function follow(core: Core, own: Manifest | null, given: ManifestDraft | null): Manifest {
  if (own && given)
    throw new LimbusError(
      'badArgument',
      `the file carries a manifest of its own ('${own.name}'); leave options.manifest out`,
    );
  if (own) return core.useFileManifest();
  if (given) return core.useManifest(given);
  throw new LimbusError(
    'notFound',
    'the .onnx carries no manifest, so nobody knows what its input and classes mean; ' +
      'hand one in as options.manifest',
  );
}
