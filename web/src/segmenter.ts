// Segmenter: fetches a model, picks the provider, and asks its worker.
import { Connection } from './connection.js';
import { LimbusError } from './error.js';
import type { Failure, LoadAnswer } from './protocol.js';
import { abilitiesOfPage, candidates, obstacle } from './providers.js';
import type {
  ImageSource,
  LoadOptions,
  LoadStatus,
  Manifest,
  OnnxFacts,
  Provider,
  SegmentOptions,
  SegmenterApi,
  SegmentResult,
} from './types.js';

/** 'auto' looks beyond plain wasm only where an inference takes longer than this. */
const kSlowMs = 100;

const kProviders: readonly string[] = ['wasm', 'wasm-threads', 'webgpu', 'auto'];

/** What a worker can be sent and decodes; by name, because a frame has classes of its own. */
const kImageKinds = ['Blob', 'File', 'ImageBitmap', 'ImageData'];

interface Started {
  connection: Connection;
  provider: Provider;
  answer: LoadAnswer;
  fallbackReason?: string;
}

export class Segmenter implements SegmenterApi {
  readonly manifest: Manifest;
  readonly facts: OnnxFacts;
  readonly provider: Provider;
  readonly fallbackReason?: string;
  readonly measuredMs: Partial<Record<Provider, number>>;
  private readonly connection: Connection;

  private constructor(started: Started, measuredMs: Partial<Record<Provider, number>>) {
    this.connection = started.connection;
    this.provider = started.provider;
    this.manifest = started.answer.manifest;
    this.facts = started.answer.facts;
    this.measuredMs = measuredMs;
    if (started.fallbackReason !== undefined) this.fallbackReason = started.fallbackReason;
  }

  /** Loads a model from a URL of this origin or from its bytes; resolves when it is warm. */
  static async load(
    source: string | URL | ArrayBuffer | Uint8Array,
    options: LoadOptions = {},
  ): Promise<Segmenter> {
    const wanted = options.provider ?? 'wasm';
    if (!kProviders.includes(wanted))
      throw new LimbusError(
        'badArgument',
        `unknown provider '${wanted}'; known: ${kProviders.join(', ')}`,
      );
    const bytes = await bytesOf(source, options);
    const measured: Partial<Record<Provider, number>> = {};
    let best = await start(bytes, wanted === 'auto' ? 'wasm' : wanted, options);
    if (wanted === 'auto') best = await fastest(bytes, best, measured, options);
    report(options, 'ready', best.provider, `ready on ${best.provider}`);
    return new Segmenter(best, measured);
  }

  async segment(source: ImageSource, options: SegmentOptions = {}): Promise<SegmentResult> {
    const kind = Object.prototype.toString.call(source).slice(8, -1);
    if (!kImageKinds.includes(kind))
      throw new LimbusError(
        'badArgument',
        `segment() takes a Blob, an ImageBitmap or an ImageData, got ${kind}; createImageBitmap() makes one of an element`,
      );
    return this.connection.call('segment', { source, options });
  }

  dispose(): void {
    this.connection.close();
  }
}

function report(
  options: LoadOptions,
  stage: LoadStatus['stage'],
  provider: Provider | null,
  message: string,
): void {
  options.onStatus?.({ stage, provider, message });
}

async function bytesOf(
  source: string | URL | ArrayBuffer | Uint8Array,
  options: LoadOptions,
): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  const url = new URL(source, location.href);
  report(options, 'fetch', null, `fetching ${url.pathname}`);
  let response: Response;
  try {
    response = await fetch(url);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new LimbusError('io', `could not fetch ${url.href}: ${why}`);
  }
  if (!response.ok)
    throw new LimbusError('notFound', `could not fetch ${url.href}: status ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** Tries `wanted`, then what comes after it. What is wrong with the model itself is no fallback. */
async function start(bytes: Uint8Array, wanted: Provider, options: LoadOptions): Promise<Started> {
  const failures: Failure[] = [];
  for (const provider of candidates(wanted)) {
    const why = obstacle(provider, abilitiesOfPage());
    const tried = why
      ? ({ code: 'unsupported', message: why } satisfies Failure)
      : await tryProvider(bytes, provider, options);
    if ('connection' in tried) {
      if (failures.length > 0) tried.fallbackReason = messages(failures);
      return tried;
    }
    failures.push(tried);
    report(options, 'fallback', provider, tried.message);
  }
  throw new LimbusError(failures[failures.length - 1]!.code, messages(failures));
}

function messages(failures: Failure[]): string {
  return failures.map((failure) => failure.message).join('; ');
}

/** A warm provider, or why it does not run. Throws when the file or its manifest is refused. */
async function tryProvider(
  bytes: Uint8Array,
  provider: Provider,
  options: LoadOptions,
): Promise<Started | Failure> {
  const connection = new Connection(options, (progress) =>
    report(options, progress.stage, provider, progress.message),
  );
  try {
    const manifest = options.manifest ?? null;
    const measure = options.provider === 'auto';
    const answer = await connection.call('load', { bytes, provider, manifest, measure });
    if (!('providerFailed' in answer)) return { connection, provider, answer };
    connection.close();
    return answer.providerFailed;
  } catch (error) {
    connection.close();
    if (error instanceof LimbusError && error.code === 'internal')
      return { code: error.code, message: error.message };
    throw error;
  }
}

/**
 * Wasm when it is quick enough, otherwise the quickest of all. One after the other, because two
 * sessions at once disturb each other; the workers that lose are ended.
 */
async function fastest(
  bytes: Uint8Array,
  wasm: Started,
  measured: Partial<Record<Provider, number>>,
  options: LoadOptions,
): Promise<Started> {
  let best = wasm;
  let bestMs = wasm.answer.inferenceMs ?? 0;
  measured[wasm.provider] = bestMs;
  if (bestMs <= kSlowMs) return best;
  for (const provider of ['wasm-threads', 'webgpu'] as const) {
    if (obstacle(provider, abilitiesOfPage()) !== null) continue;
    report(options, 'measure', provider, `measuring ${provider}`);
    const tried = await tryProvider(bytes, provider, options);
    if (!('connection' in tried)) {
      report(options, 'fallback', provider, tried.message);
      continue;
    }
    const ms = tried.answer.inferenceMs ?? Infinity;
    measured[provider] = ms;
    (ms < bestMs ? best : tried).connection.close();
    if (ms < bestMs) [best, bestMs] = [tried, ms];
  }
  return best;
}
