/// <reference lib="esnext.disposable" preserve="true" />
// Segmenter: fetches a model, picks the provider, and asks its worker.
import { orAborted } from './abort.js';
import { Connection } from './connection.js';
import { LimbusError } from './error.js';
import { framesOf, type StreamSource } from './frames.js';
import type { Failure, LoadAnswer, SegmentAnswer } from './protocol.js';
import { isPlain, type ImageSource } from './image_source.js';
import { LoadBytes } from './load_bytes.js';
import { ModelBytes } from './model_bytes.js';
import { abilitiesOfPage, candidates, obstacle } from './providers.js';
import { closeOurs, movedOf, sentAtOnce, sentUnlessEnded, type Sent } from './sent_image.js';
import { resultsOf } from './stream.js';
import type {
  CoreOptions,
  LoadOptions,
  LoadStatus,
  Manifest,
  ManifestDraft,
  ModelSource,
  OnnxFacts,
  Provider,
  ResultStream,
  SegmentOptions,
  SegmentResult,
  StreamOptions,
} from './types.js';

/** 'auto' looks beyond plain wasm only where an inference takes longer than this. */
const kSlowMs = 100;

const kProviders: readonly string[] = ['wasm', 'wasm-threads', 'webgpu', 'auto'];

/** One segmenter: one model in one worker. Made by `Segmenter.load`. */
export interface SegmenterApi {
  readonly manifest: Manifest;
  readonly facts: OnnxFacts;
  readonly provider: Provider;
  /** Why another provider than the wanted one runs; absent when the wanted one does. */
  readonly fallbackReason?: string;
  /** Milliseconds of one inference after warm-up, per provider that was measured. */
  readonly measuredMs: Partial<Record<Provider, number>>;
  /**
   * Answers in the order of the calls. The source stays usable: nothing is transferred away. Pixels and bitmaps may be
   * changed or closed after the call.
   */
  segment(source: ImageSource, options?: SegmentOptions): Promise<SegmentResult>;
  /**
   * Of a file without a manifest of its own: what its images mean from the next segment() on, without
   * loading it again. Rejects with 'badData', and keeps the one before, when it does not fit the file.
   * An abort ends the wait: the worker has been told.
   */
  useManifest(manifest: ManifestDraft, options?: Pick<CoreOptions, 'signal'>): Promise<Manifest>;
  /** Results as pictures come, for `for await`; nothing begins before the first is asked for. */
  stream(source: StreamSource, options?: StreamOptions): ResultStream;
  /** Ends the worker, which frees its memory; pending calls reject with code 'disposed'. */
  dispose(): void;
  /** For `using segmenter = ...`. */
  [Symbol.dispose](): void;
}

interface Started {
  connection: Connection;
  provider: Provider;
  answer: LoadAnswer;
  fallbackReason?: string;
}

export class Segmenter implements SegmenterApi {
  manifest: Manifest;
  readonly facts: OnnxFacts;
  readonly provider: Provider;
  readonly fallbackReason?: string;
  readonly measuredMs: Partial<Record<Provider, number>>;
  private readonly connection: Connection;
  private turn: Promise<unknown> | null = null; // of the sources that are being made ready

  private constructor(started: Started, measuredMs: Partial<Record<Provider, number>>) {
    this.connection = started.connection;
    this.provider = started.provider;
    this.manifest = started.answer.manifest;
    this.facts = started.answer.facts;
    this.measuredMs = measuredMs;
    if (started.fallbackReason !== undefined) this.fallbackReason = started.fallbackReason;
  }

  /** Loads a model; resolves when it is warm. */
  static async load(source: ModelSource, options: LoadOptions = {}): Promise<Segmenter> {
    wantedOf(options);
    options.signal?.throwIfAborted();
    return Segmenter.loadBytes(await ModelBytes.of(source, options), options);
  }

  /** Of a model that others may be loaded of as well. @internal */
  static async loadBytes(model: ModelBytes, options: LoadOptions): Promise<Segmenter> {
    const wanted = wantedOf(options);
    const measured: Partial<Record<Provider, number>> = {};
    let best = await start(model, wanted === 'auto' ? 'wasm' : wanted, options);
    if (wanted === 'auto') best = await fastest(model, best, measured, options);
    report(options, 'ready', best.provider, `ready on ${best.provider}`);
    return new Segmenter(best, measured);
  }

  async segment(source: ImageSource, options: SegmentOptions = {}): Promise<SegmentResult> {
    const { signal, ...rest } = options;
    signal?.throwIfAborted();
    // At once where that keeps the order; else a copy: the caller may change its pixels after the call.
    if (!this.turn && isPlain(source)) return this.send(sentAtOnce(source), rest, signal);
    return this.segmentSent(sentUnlessEnded(source, signal, this.connection.ended), options);
  }

  /** In its turn; what was made for it is closed as soon as nobody waits for it. @internal */
  async segmentSent(
    sent: Promise<Sent>,
    { signal, ...options }: SegmentOptions,
  ): Promise<SegmentResult> {
    const answer = this.inTurn(orAborted(sent, this.connection.ended), (ready) =>
      this.send(ready, options, signal),
    );
    return orAborted(answer, signal).finally(() => void sent.then(closeOurs, () => {}));
  }

  private async send(
    sent: Sent,
    options: Omit<SegmentOptions, 'signal'>,
    signal: AbortSignal | undefined,
  ): Promise<SegmentResult> {
    const call = { signal, moved: movedOf(sent) };
    return resultOf(await this.connection.call('segment', { source: sent.image, options }, call));
  }

  /** After all that was asked for before, as soon as `ready` is there too. */
  private async inTurn<Ready, Answer>(
    ready: Promise<Ready>,
    send: (ready: Ready) => Promise<Answer>,
  ): Promise<Answer> {
    const turn = Promise.allSettled([ready, this.turn]);
    this.turn = turn;
    const [mine] = await turn;
    if (this.turn === turn) this.turn = null;
    if (mine.status === 'rejected') throw mine.reason;
    return send(mine.value); // at once: what asks now comes after it
  }

  async useManifest(
    manifest: ManifestDraft,
    { signal }: Pick<CoreOptions, 'signal'> = {},
  ): Promise<Manifest> {
    signal?.throwIfAborted();
    const text = JSON.stringify(manifest); // as it is now
    const send = () => this.connection.call('useManifest', { manifest: text });
    const used = this.turn ? this.inTurn(Promise.resolve(), send) : send();
    return orAborted(
      used.then((complete) => (this.manifest = complete)),
      signal,
    );
  }

  stream(source: StreamSource, { dropLate = false, ...options }: StreamOptions = {}): ResultStream {
    const frames = framesOf(source, dropLate);
    return resultsOf(frames, (picture, how) => this.segment(picture, how), options);
  }

  /** Aborted when its worker has failed or was ended. @internal */
  get ended(): AbortSignal {
    return this.connection.ended;
  }

  /** For `using segmenter = ...`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  dispose(): void {
    this.connection.close();
  }
}

function wantedOf({ provider = 'wasm' }: LoadOptions): Provider | 'auto' {
  if (kProviders.includes(provider)) return provider;
  throw new LimbusError(
    'badArgument',
    `unknown provider '${provider}'; known: ${kProviders.join(', ')}`,
  );
}

function resultOf({ pixels, ...answer }: SegmentAnswer): SegmentResult {
  if (!pixels) return answer;
  return { ...answer, image: new ImageData(pixels, answer.width, answer.height) };
}

function report(
  options: LoadOptions,
  stage: LoadStatus['stage'],
  provider: Provider | null,
  message: string,
  bytes?: LoadStatus['bytes'],
): void {
  options.onStatus?.({ stage, provider, message, ...(bytes && { bytes }) });
}

/** Tries `wanted`, then what comes after it. What is wrong with the model itself is no fallback. */
async function start(model: ModelBytes, wanted: Provider, options: LoadOptions): Promise<Started> {
  const failures: Failure[] = [];
  for (const provider of candidates(wanted)) {
    const why = obstacle(provider, abilitiesOfPage());
    const tried = why
      ? ({ code: 'unsupported', message: why } satisfies Failure)
      : await tryProvider(model, provider, options);
    if ('connection' in tried) {
      if (failures.length > 0) tried.fallbackReason = messages(failures);
      return tried;
    }
    failures.push(tried);
    report(options, 'fallback', provider, tried.message);
  }
  const { code, cause } = failures[failures.length - 1]!;
  throw new LimbusError(code, messages(failures), { cause });
}

function messages(failures: Failure[]): string {
  return failures.map((failure) => failure.message).join('; ');
}

/** A warm provider, or why it does not run. Throws when the file or its manifest is refused. */
async function tryProvider(
  model: ModelBytes,
  provider: Provider,
  options: LoadOptions,
): Promise<Started | Failure> {
  const sofar = new LoadBytes(provider, model.bytes.length);
  const connection = new Connection(options, (told) => {
    if ('progress' in told) {
      const { stage, message } = told.progress;
      if (stage === 'warmup') sofar.finish();
      report(options, stage, provider, message, sofar.told);
    } else if (sofar.came(told.came.part, told.came.loaded))
      report(options, told.came.part, provider, `fetching the ${told.came.part}`, sofar.told);
  });
  try {
    const measure = options.provider === 'auto';
    const load = () => {
      const { bytes, manifest } = model;
      const { signal } = options;
      return connection.call('load', { bytes, provider, manifest, measure }, { signal });
    };
    let answer = await load();
    while ('lacking' in answer) {
      await model.complete(answer.lacking);
      sofar.came('model', model.bytes.length, model.bytes.length);
      answer = await load();
    }
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
  model: ModelBytes,
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
    const tried = await tryProvider(model, provider, options).catch((error: unknown) => {
      best.connection.close();
      throw error;
    });
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
