// A worker as a queue of promises: calls are answered in order, ending it rejects what is pending.
import { LimbusError, messageOf } from './error.js';
import { kindOf } from './image_source.js';
import type { Answer, Calls, Cancel, Kind } from './protocol.js';
import { startWorker } from './start_worker.js';
import type { CoreOptions } from './types.js';

interface Pending {
  resolve(value: never): void;
  reject(error: unknown): void;
}

export interface CallOptions {
  signal?: AbortSignal | undefined;
  moved?: Transferable[];
}

/** What a worker tells before it answers. */
export type Told = Extract<Answer, { progress: unknown } | { came: unknown }>;

/** The worker ended before it came to this call, maybe of the one before it: another may answer it. */
export class NeverBegun extends LimbusError {
  constructor(
    { code, message }: LimbusError,
    readonly behindAnother: boolean,
  ) {
    super(code, message);
  }
}

/** Asks again where a worker ended before it came to the picture: once by itself, or of any number of others. */
export async function untilBegun<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  for (let again = true; ;)
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof NeverBegun) || !(again || error.behindAnother)) throw error;
      again &&= error.behindAnother;
    }
}

export class Connection {
  private readonly worker: Worker;
  private readonly pending = new Map<number, Pending>();
  private nextId = 0;
  private readonly ending = new AbortController();

  constructor(
    options: CoreOptions,
    private readonly onTold: (told: Told) => void = () => {},
  ) {
    const { worker, url } = startWorker(options);
    this.worker = worker;
    this.worker.onmessage = (event: MessageEvent<Answer>) => this.receive(event.data);
    this.worker.onmessageerror = () =>
      this.end(new LimbusError('internal', 'an answer of the worker could not be read'));
    this.worker.onerror = (event) => {
      event.preventDefault();
      const what =
        event.message ||
        `it did not start; is ${url} served, with what it imports? \`npx limbus copy-assets DIR\` copies both`;
      this.end(new LimbusError('internal', `the worker failed: ${what}`));
    };
  }

  /** False once the worker has failed or was closed. */
  get alive(): boolean {
    return !this.ended.aborted;
  }

  /** Aborted when the worker has failed or was closed, with what its calls reject with. */
  get ended(): AbortSignal {
    return this.ending.signal;
  }

  /** An abort rejects at once; the worker passes over a request that it has not begun. */
  call<K extends Kind>(
    kind: K,
    parameters: Calls[K][0],
    { signal, moved = [] }: CallOptions = {},
  ): Promise<Calls[K][1]> {
    if (!this.alive) return Promise.reject(new NeverBegun(this.ended.reason, false));
    if (signal?.aborted) return Promise.reject(signal.reason);
    const id = this.nextId++;
    return new Promise<Calls[K][1]>((resolve, reject) => {
      try {
        this.worker.postMessage({ id, kind, parameters }, moved);
      } catch (error) {
        reject(new LimbusError('badArgument', whyUnsent(parameters, error)));
        return;
      }
      // It stays pending until the worker is done with it: a death may be its doing, not the next one's.
      const abort = () => {
        this.worker.postMessage({ cancel: id } satisfies Cancel);
        reject(signal!.reason);
      };
      signal?.addEventListener('abort', abort, { once: true });
      const settled = () => signal?.removeEventListener('abort', abort);
      this.pending.set(id, {
        resolve: (value) => (settled(), resolve(value)),
        reject: (error) => (settled(), reject(error)),
      });
    });
  }

  /** `why`: what all calls reject with that it has not answered. */
  close(why = 'disposed before it could answer; Segmenter.load() makes another'): void {
    this.end(new LimbusError('disposed', why));
  }

  private receive(answer: Answer): void {
    if ('progress' in answer || 'came' in answer) {
      this.onTold(answer);
      return;
    }
    if ('passedOver' in answer) {
      this.pending.delete(answer.passedOver);
      return;
    }
    const waiting = this.pending.get(answer.id);
    this.pending.delete(answer.id);
    if ('error' in answer) {
      const { code, message, cause } = answer.error;
      waiting?.reject(new LimbusError(code, message, { cause }));
    } else waiting?.resolve(answer.value as never);
  }

  private end(reason: LimbusError): void {
    if (!this.alive) return;
    this.ending.abort(reason);
    this.worker.terminate();
    const [first, ...behind] = this.pending.values(); // in their order, which is that of the worker
    first?.reject(reason);
    for (const waiting of behind) waiting.reject(new NeverBegun(reason, true));
    this.pending.clear();
  }
}

/** Of bitmaps the browser sends all but closed ones, which have no width, and those of other origins' pictures. */
export function whyUnsent(parameters: object, error: unknown): string {
  if (
    'source' in parameters &&
    (parameters.source as Partial<ImageBitmap>).width &&
    kindOf(parameters.source) === 'ImageBitmap'
  )
    return (
      'this picture comes from another origin, which does not allow reading it: set crossorigin on the ' +
      '<img> or <video>, and Access-Control-Allow-Origin on that server'
    );
  return `this cannot be sent to the worker: ${messageOf(error)}`;
}
